package group_test

import (
	"slices"
	"testing"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/schedule"
)

// GroupInfos that are wrong besides their tree (RFC 9420, Sections 12.4.3 and
// 12.4.3.1), for those who join by a Welcome and those who join by an external
// Commit.
func TestJoinRefusesGroupInfo(t *testing.T) { runWelcomeCases(t, groupInfoCases, true) }

var groupInfoCases = []welcomeCase{
	{id: "rfc9420-2.1.2-05", name: "required_capabilities cut off", at: beforeKeys, do: func(d *welcomeDraft) {
		e := &d.context.Extensions[0]
		e.Data = e.Data[:len(e.Data)-1]
	}},
	{id: "rfc9420-5.3.1-03", name: "refused external sender", at: beforeKeys, do: func(d *welcomeDraft) {
		d.context.Extensions = append(d.context.Extensions, externalSenders(d.signers[6], "mallory"))
	}, client: refusesMallory},
	{id: "rfc9420-12.1.8.1-01", name: "external_senders cut off", at: beforeKeys, do: func(d *welcomeDraft) {
		e := externalSenders(d.signers[6], "server")
		// One byte less in the credential; the vector's header is one byte.
		e.Data = append([]byte{e.Data[0] - 1}, e.Data[1:len(e.Data)-1]...)
		d.context.Extensions = append(d.context.Extensions, e)
	}},
	{id: "rfc9420-12.4.3-02", name: "unknown extension that the client lists", at: beforeKeys, do: func(*welcomeDraft) {},
		client: func(c *client, _ *group.JoinOptions) {
			c.config.Capabilities = c.bundle.KeyPackage.LeafNode.Capabilities
			c.config.Capabilities.Extensions = drop(c.config.Capabilities.Extensions, privateExtension)
		}},
	{id: "rfc9420-12.4.3-02", name: "unknown extension that no leaf lists", at: beforeKeys, do: func(d *welcomeDraft) {
		d.context.Extensions = append(d.context.Extensions, leaf.Extension{Type: 0xf003})
	}},
	{id: "rfc9420-12.4.3-03", name: "group_id of another group of the client", at: beforeKeys, do: func(*welcomeDraft) {},
		client: func(_ *client, o *group.JoinOptions) {
			o.IsMember = func(id []byte) bool { return string(id) == "forged group" }
		}},
	{id: "rfc9420-12.4.3-04", name: "bit of the signature", at: beforeSealing, do: func(d *welcomeDraft) {
		d.info.Signature = toggled(d.info.Signature)
	}},
	{id: "rfc9420-12.4.3-04", name: "empty signature", at: beforeSealing, do: func(d *welcomeDraft) {
		d.info.Signature = nil
	}},
	{id: "rfc9420-12.4.3-04", name: "another signer without a new signature", at: beforeSealing, do: func(d *welcomeDraft) {
		d.info.Signer = 1
	}},
	{id: "rfc9420-12.4.3-04", name: "key of another member", at: beforeSigning, do: func(d *welcomeDraft) {
		d.signer = d.signers[1]
	}},
	{id: "rfc9420-12.4.3-05", name: "signer blank", at: beforeSigning, do: func(d *welcomeDraft) { d.info.Signer = 3 }},
	{id: "rfc9420-12.4.3-05", name: "signer beyond the tree", at: beforeSigning, do: func(d *welcomeDraft) { d.info.Signer = 8 }},
	{id: "rfc9420-12.4.3-05", name: "highest signer", at: beforeSigning, do: func(d *welcomeDraft) { d.info.Signer = 0xffffffff }},
	{id: "rfc9420-12.4.3.1-10", name: "version 2", at: beforeKeys, do: func(d *welcomeDraft) { d.context.Version = 2 }},
	{id: "rfc9420-12.4.3.1-10", name: "version 0", at: beforeKeys, do: func(d *welcomeDraft) { d.context.Version = 0 }},
	{id: "rfc9420-13.4-05", name: "two external_pub", at: beforeSigning, do: func(d *welcomeDraft) {
		e := d.info.Extensions
		d.info.Extensions = append(e, e[slices.IndexFunc(e, func(x leaf.Extension) bool { return x.Type == codepoint.ExtensionExternalPub })])
	}},
	{id: "rfc9420-13.4-05", name: "two ratchet_tree", at: beforeSigning, do: func(d *welcomeDraft) {
		d.info.Extensions = append(d.info.Extensions, leaf.Extension{Type: codepoint.ExtensionRatchetTree, Data: d.encoded})
	}},
	{id: "rfc9420-13.4-05", name: "two unknown", at: beforeSigning, do: func(d *welcomeDraft) {
		d.info.Extensions = append(d.info.Extensions, leaf.Extension{Type: 0xf003}, leaf.Extension{Type: 0xf003, Data: []byte("x")})
	}},
	{id: "rfc9420-13.4-06", name: "two in the GroupContext", at: beforeKeys, do: func(d *welcomeDraft) {
		d.context.Extensions = append(d.context.Extensions, leaf.Extension{Type: privateExtension})
	}},
	{id: "rfc9420-13.4-06", name: "two required_capabilities", at: beforeKeys, do: func(d *welcomeDraft) {
		d.context.Extensions = append(d.context.Extensions, d.context.Extensions[0])
	}},
	{id: "rfc9420-13.5-06", name: "required extension that is GREASE to the client", at: beforeKeys, do: func(d *welcomeDraft) {
		d.context.Extensions[0] = must(leaf.Encode(codepoint.ExtensionRequiredCapabilities, &leaf.RequiredCapabilities{
			ExtensionTypes: []codepoint.ExtensionType{greaseType},
		}))
	}},
}

// externalSenders is the extension with one entry.
func externalSenders(signer ciphersuite.Signer, names ...string) leaf.Extension {
	var list leaf.ExternalSenders
	for _, name := range names {
		list = append(list, leaf.ExternalSender{SignatureKey: signer.Public(), Credential: leaf.Basic([]byte(name))})
	}
	return must(leaf.Encode(codepoint.ExtensionExternalSenders, &list))
}

// Welcomes that are wrong around their GroupInfo (RFC 9420, Sections 8.4 and
// 12.4.3.1).
func TestJoinRefusesWelcome(t *testing.T) { runWelcomeCases(t, sealedCases, false) }

var sealedCases = []welcomeCase{
	{id: "rfc9420-7.5-10", name: "path secret of 31 bytes", at: beforeSecrets, do: func(d *welcomeDraft) {
		d.secrets.PathSecret.PathSecret = d.secrets.PathSecret.PathSecret[1:]
	}},
	{id: "rfc9420-8.4-01", name: "other order", reports: "rfc9420-12.4.3.1-08", at: beforeSecrets, do: func(d *welcomeDraft) {
		slices.Reverse(d.secrets.PSKs)
	}},
	{id: "rfc9420-8.4-01", name: "other order, also for the GroupInfo", reports: "rfc9420-12.4.3.1-17", at: beforeSealing, do: func(d *welcomeDraft) {
		slices.Reverse(d.secrets.PSKs)
		slices.Reverse(d.psks)
	}},
	{id: "rfc9420-8.4-01", name: "one left out", reports: "rfc9420-12.4.3.1-08", at: beforeSecrets, do: func(d *welcomeDraft) {
		d.secrets.PSKs = d.secrets.PSKs[:1]
	}},
	{id: "rfc9420-12.4.3.1-02", name: "for another KeyPackage", at: beforeSecrets, do: func(d *welcomeDraft) {
		d.ref = d.random(len(d.ref))
	}},
	{id: "rfc9420-12.4.3.1-02", name: "bit of new_member", at: afterSealing, do: func(d *welcomeDraft) {
		d.welcome.Secrets[0].NewMember = toggled(d.welcome.Secrets[0].NewMember)
	}},
	{id: "rfc9420-12.4.3.1-02", name: "no entries", at: afterSealing, do: func(d *welcomeDraft) {
		d.welcome.Secrets = nil
	}},
	{id: "rfc9420-12.4.3.1-03", name: "suite 3 throughout", at: beforeKeys, do: func(d *welcomeDraft) {
		d.suite = must(ciphersuite.Lookup(3))
	}},
	{id: "rfc9420-12.4.3.1-03", name: "GREASE as suite", at: afterSealing, do: func(d *welcomeDraft) {
		d.welcome.CipherSuite = greaseType
	}},
	{id: "rfc9420-12.4.3.1-04", name: "bit of kem_output", at: afterSealing, do: func(d *welcomeDraft) {
		c := &d.welcome.Secrets[0].EncryptedGroupSecrets
		c.KEMOutput = toggled(c.KEMOutput)
	}},
	{id: "rfc9420-12.4.3.1-04", name: "bit of the ciphertext", at: afterSealing, do: func(d *welcomeDraft) {
		c := &d.welcome.Secrets[0].EncryptedGroupSecrets
		c.Ciphertext = toggled(c.Ciphertext)
	}},
	{id: "rfc9420-12.4.3.1-04", name: "empty kem_output and ciphertext", at: afterSealing, do: func(d *welcomeDraft) {
		d.welcome.Secrets[0].EncryptedGroupSecrets = ciphersuite.HPKECiphertext{}
	}},
	{id: "rfc9420-12.4.3.1-04", name: "bit of encrypted_group_info", at: afterSealing, do: func(d *welcomeDraft) {
		d.welcome.EncryptedGroupInfo = toggled(d.welcome.EncryptedGroupInfo)
	}},
	{id: "rfc9420-12.4.3.1-05", name: "external PSK that the client does not have", at: beforeKeys, do: func(d *welcomeDraft) {
		d.psks = append(d.psks, d.externalPSK("p3"))
	}},
	{id: "rfc9420-12.4.3.1-05", name: "client without PSKs", at: beforeKeys, do: func(*welcomeDraft) {},
		client: func(c *client, _ *group.JoinOptions) { c.config.PSK = nil }},
	{id: "rfc9420-12.4.3.1-05", name: "resumption PSK of another group", at: beforeKeys, do: func(d *welcomeDraft) {
		d.psks = append(d.psks, schedule.PSK{ID: schedule.PreSharedKeyID{
			Type:    schedule.PSKResumption,
			Usage:   schedule.UsageApplication,
			GroupID: []byte("another group"),
			Epoch:   1,
			Nonce:   d.random(32),
		}, Secret: d.random(32)})
	}},
	{id: "rfc9420-12.4.3.1-08", name: "bit of the AEAD tag", at: beforeSecrets, do: func(d *welcomeDraft) {
		d.welcome.EncryptedGroupInfo = toggled(d.welcome.EncryptedGroupInfo)
	}},
	{id: "rfc9420-12.4.3.1-08", name: "empty", at: beforeSecrets, do: func(d *welcomeDraft) {
		d.welcome.EncryptedGroupInfo = nil
	}},
	{id: "rfc9420-12.4.3.1-08", name: "another joiner secret", at: beforeSecrets, do: func(d *welcomeDraft) {
		d.secrets.JoinerSecret = d.random(32)
	}},
	{id: "rfc9420-12.4.3.1-09", name: "suite 3 in the GroupInfo", at: beforeKeys, do: func(d *welcomeDraft) {
		d.context.CipherSuite = 3
	}},
	{id: "rfc9420-12.4.3.1-15", name: "leaf of another KeyPackage of the client", at: beforeLinks, do: func(d *welcomeDraft) {
		d.tree.leaf(d.place).EncryptionKey = d.key().Public()
		d.tree.sign(d.place)
	}},
	{id: "rfc9420-12.4.3.1-16", name: "random path secret", at: beforeSecrets, do: func(d *welcomeDraft) {
		d.secrets.PathSecret.PathSecret = d.random(32)
	}},
	{id: "rfc9420-12.4.3.1-16", name: "path secret of the node above", at: beforeSecrets, do: func(d *welcomeDraft) {
		d.secrets.PathSecret.PathSecret = d.suite.DeriveSecret(d.secrets.PathSecret.PathSecret, "path")
	}},
	{id: "rfc9420-12.4.3.1-16", name: "node above the common ancestor with another key", at: beforeLinks, do: func(d *welcomeDraft) {
		d.tree.parent(7).EncryptionKey = d.key().Public()
	}},
	{id: "rfc9420-12.4.3.1-16", name: "common ancestor blank", at: beforeLinks, do: func(d *welcomeDraft) {
		d.tree.nodes[3], d.tree.nodes[7] = nil, nil
		delete(d.tree.links, 3)
		delete(d.tree.links, 7)
	}},
	{id: "rfc9420-12.4.3.1-17", name: "bit of the tag", at: beforeSigning, do: func(d *welcomeDraft) {
		d.info.ConfirmationTag = toggled(d.info.ConfirmationTag)
	}},
	{id: "rfc9420-12.4.3.1-17", name: "empty tag", at: beforeSigning, do: func(d *welcomeDraft) {
		d.info.ConfirmationTag = nil
	}},
	{id: "rfc9420-12.4.3.1-17", name: "shortened tag", at: beforeSigning, do: func(d *welcomeDraft) {
		d.info.ConfirmationTag = d.info.ConfirmationTag[:16]
	}},
	{id: "rfc9420-12.4.3.1-17", name: "longer tag", at: beforeSigning, do: func(d *welcomeDraft) {
		d.info.ConfirmationTag = append(d.info.ConfirmationTag, 0)
	}},
}
