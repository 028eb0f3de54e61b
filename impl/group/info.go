package group

import (
	"fmt"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/schedule"
)

// GroupInfoOptions say what a GroupInfo holds besides what it must.
type GroupInfoOptions struct {
	// OmitTree leaves out the ratchet_tree extension; those who join then need
	// the tree from elsewhere (RFC 9420, Section 12.4.3.3).
	OmitTree bool
	// ExternalPub adds the external_pub extension, which lets others join by an
	// external Commit (RFC 9420, Section 12.4.3.2).
	ExternalPub bool
	// Extensions are added as they are.
	Extensions leaf.Extensions
}

// GroupInfo describes the group as it is (RFC 9420, Section 12.4.3), for those who
// are to join it. There are none when a ReInit has ended it.
func (g *Group) GroupInfo(o GroupInfoOptions) (*message.GroupInfo, error) {
	if err := g.usable(); err != nil {
		return nil, err
	}
	return g.groupInfo(&g.config, o)
}

func (e *epoch) groupInfo(config *Config, o GroupInfoOptions) (*message.GroupInfo, error) {
	info := &message.GroupInfo{
		GroupContext:    *e.context,
		Extensions:      o.Extensions.Clone(),
		ConfirmationTag: e.confirmationTag,
		Signer:          e.private.Index,
	}
	if !o.OmitTree {
		data, err := e.tree.Marshal()
		if err != nil {
			return nil, fmt.Errorf("ratchet_tree: %w", err)
		}
		info.Extensions = append(info.Extensions, leaf.Extension{Type: codepoint.ExtensionRatchetTree, Data: data})
	}
	if o.ExternalPub {
		key, err := e.secrets.ExternalKey(e.suite)
		if err != nil {
			return nil, fmt.Errorf("external_pub: %w", err)
		}
		ext, err := leaf.Encode(codepoint.ExtensionExternalPub, &leaf.ExternalPub{ExternalPub: key.Public()})
		if err != nil {
			return nil, err
		}
		info.Extensions = append(info.Extensions, ext)
	}
	if !config.NoGREASE {
		ext, err := leaf.GREASEExtension(config.random())
		if err != nil {
			return nil, err
		}
		if _, there := info.Extensions.Find(ext.Type); !there {
			info.Extensions = append(info.Extensions, ext)
		}
	}
	if err := info.Sign(e.suite, e.signer); err != nil {
		return nil, err
	}
	return info, nil
}

// welcome makes the Welcome for the members that a Commit adds; it is nil when
// there are none (RFC 9420, Section 12.4.3.1).
func (g *Group) welcome(d *draft, o CommitOptions, joiner ciphersuite.Secret) (*message.Welcome, error) {
	if len(d.added) == 0 {
		return nil, nil
	}
	info, err := d.next.groupInfo(&g.config, o.Welcome)
	if err != nil {
		return nil, err
	}
	pskSecret, err := schedule.PSKSecret(g.suite, d.psks)
	if err != nil {
		return nil, err
	}
	defer clear(pskSecret)
	welcomeSecret := schedule.WelcomeSecret(g.suite, joiner, pskSecret)
	defer clear(welcomeSecret)
	w := &message.Welcome{CipherSuite: g.suite.ID()}
	if err := w.SealGroupInfo(g.suite, welcomeSecret, info); err != nil {
		return nil, err
	}
	recipients := make([]message.Recipient, len(d.added))
	for i, at := range d.added {
		kp := d.changes.adds[i]
		ref, err := kp.Ref()
		if err != nil {
			return nil, err
		}
		secrets := &message.GroupSecrets{JoinerSecret: joiner, PSKs: d.changes.psks}
		if d.path != nil {
			if secret, ok := d.path.PathSecretFor(d.next.tree, at); ok {
				secrets.PathSecret = &message.PathSecret{PathSecret: secret}
			}
		}
		recipients[i] = message.Recipient{KeyPackageRef: ref, InitKey: kp.InitKey, Secrets: secrets}
	}
	if err := w.SealSecrets(g.config.random(), g.suite, recipients); err != nil {
		return nil, err
	}
	return w, nil
}
