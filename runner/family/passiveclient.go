package family

import (
	"bytes"
	"context"
	"slices"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/schedule"
	"github.com/mlsconform/mlsconform/runner/strict"
)

type passiveClientCase struct {
	Suite             codepoint.CipherSuite `json:"cipher_suite"`
	ExternalPSKs      []externalPSKCase     `json:"external_psks"`
	KeyPackage        strict.Hex            `json:"key_package"`
	SignaturePrivate  strict.Hex            `json:"signature_priv"`
	EncryptionPrivate strict.Hex            `json:"encryption_priv"`
	InitPrivate       strict.Hex            `json:"init_priv"`

	Welcome                   strict.Hex  `json:"welcome"`
	RatchetTree               *strict.Hex `json:"ratchet_tree"`
	InitialEpochAuthenticator strict.Hex  `json:"initial_epoch_authenticator"`

	Epochs []passiveEpochCase `json:"epochs"`
}

type externalPSKCase struct {
	ID  strict.Hex `json:"psk_id"`
	PSK strict.Hex `json:"psk"`
}

type passiveEpochCase struct {
	Proposals          []strict.Hex `json:"proposals"`
	Commit             strict.Hex   `json:"commit"`
	EpochAuthenticator strict.Hex   `json:"epoch_authenticator"`
}

func passiveClientWelcome() Family {
	return Family{
		Name: "passive-client-welcome", Title: "Passive client: Welcome", Section: "12.4.3.1", Cases: 56,
		Requirements: []rule.ID{
			"rfc9420-5.2-01", "rfc9420-8.4-03", "rfc9420-8.7-01", "rfc9420-12.4.1-03", "rfc9420-12.4.3.3-08",
		},
		Check: replay(checkPassiveClient),
	}
}

func passiveClientHandlingCommit() Family {
	return Family{
		Name: "passive-client-handling-commit", Title: "Passive client: handling commits", Section: "12", Cases: 91,
		Requirements: []rule.ID{
			"rfc9420-5.2-02", "rfc9420-6-03", "rfc9420-8.1-01", "rfc9420-8.2-01", "rfc9420-8.7-01",
			"rfc9420-12.3-01", "rfc9420-12.4-05", "rfc9420-12.4-08", "rfc9420-12.4-11", "rfc9420-12.4.1-04",
		},
		Check: replay(checkPassiveClient),
	}
}

func passiveClientRandom() Family {
	return Family{
		Name: "passive-client-random", Title: "Passive client: random", Section: "12", Cases: 1,
		Requirements: []rule.ID{"rfc9420-7.5-09", "rfc9420-7.7-01", "rfc9420-8.1-01", "rfc9420-8.7-01", "rfc9420-12.3-01"},
		Check:        replay(checkPassiveClient),
	}
}

func checkPassiveClient(ctx context.Context, c *passiveClientCase) error {
	suite, err := lookup(c.Suite)
	if err != nil {
		return err
	}
	bundle, signer, err := c.client(suite)
	if err != nil {
		return err
	}
	g, err := c.join(bundle, signer)
	if err != nil {
		return err
	}
	for i := range c.Epochs {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := c.Epochs[i].follow(g); err != nil {
			return at(index("epochs", i), err)
		}
	}
	return nil
}

// client puts the KeyPackage and its private keys together.
func (c *passiveClientCase) client(suite *ciphersuite.Suite) (*keypackage.Bundle, *ciphersuite.SignatureKey, error) {
	kp, err := c.keyPackage()
	if err != nil {
		return nil, nil, err
	}
	signer, err := parseSignatureKey(suite, c.SignaturePrivate)
	if err != nil {
		return nil, nil, at("signature_priv", err)
	}
	encryptionKey, err := parseKEMKey(suite, c.EncryptionPrivate)
	if err != nil {
		return nil, nil, at("encryption_priv", err)
	}
	initKey, err := parseKEMKey(suite, c.InitPrivate)
	if err != nil {
		return nil, nil, at("init_priv", err)
	}
	err = firstDifference([]comparison{
		{"signature_priv: public key", kp.LeafNode.SignatureKey, signer.Public()},
		{"encryption_priv: public key", kp.LeafNode.EncryptionKey, encryptionKey.Public()},
		{"init_priv: public key", kp.InitKey, initKey.Public()},
	})
	return &keypackage.Bundle{KeyPackage: *kp, InitKey: initKey, EncryptionKey: encryptionKey}, signer, err
}

// keyPackage reads the field key_package. The description asks for a KeyPackage,
// the official files hold one inside of an MLSMessage; either is read.
func (c *passiveClientCase) keyPackage() (*keypackage.KeyPackage, error) {
	kp, err := parseKeyPackage(c.KeyPackage, c.Suite)
	if err == nil {
		return kp, nil
	}
	bare, bareErr := recode[keypackage.KeyPackage]("key_package", c.KeyPackage)
	if bareErr != nil {
		return nil, err
	}
	return bare, same("key_package.cipher_suite", c.Suite, bare.CipherSuite)
}

// config is that of a client without a clock: it checks no lifetimes.
func (c *passiveClientCase) config() group.Config {
	return group.Config{
		PSK:              c.externalPSK,
		PastEpochs:       -1,
		ResumptionEpochs: len(c.Epochs) + 1,
	}
}

func (c *passiveClientCase) externalPSK(id *schedule.PreSharedKeyID) (ciphersuite.Secret, bool) {
	if id.Type != schedule.PSKExternal {
		return nil, false
	}
	for _, p := range c.ExternalPSKs {
		if bytes.Equal(p.ID, id.ID) {
			return slices.Clone([]byte(p.PSK)), true
		}
	}
	return nil, false
}

func (c *passiveClientCase) join(bundle *keypackage.Bundle, signer ciphersuite.Signer) (*group.Group, error) {
	w, err := parseWelcome(c.Welcome, c.Suite)
	if err != nil {
		return nil, err
	}
	var o group.JoinOptions
	if c.RatchetTree != nil {
		o.RatchetTree = *c.RatchetTree
	}
	g, err := group.Join(c.config(), w, bundle, signer, o)
	if err != nil {
		return nil, at("welcome", err)
	}
	if c.RatchetTree != nil {
		// The group may have taken the tree from the Welcome.
		tree, err := g.Tree().Marshal()
		if err != nil {
			return nil, at("ratchet_tree", err)
		}
		if err := equal("ratchet_tree", *c.RatchetTree, tree); err != nil {
			return nil, err
		}
	}
	return g, equal("initial_epoch_authenticator", c.InitialEpochAuthenticator, g.EpochAuthenticator())
}

// follow brings the group into the next epoch.
func (c *passiveEpochCase) follow(g *group.Group) error {
	for i, data := range c.Proposals {
		if err := process(g, data, framing.ContentProposal); err != nil {
			return at(index("proposals", i), err)
		}
	}
	if err := process(g, c.Commit, framing.ContentCommit); err != nil {
		return at("commit", err)
	}
	return equal("epoch_authenticator", c.EpochAuthenticator, g.EpochAuthenticator())
}

func process(g *group.Group, data []byte, want framing.ContentType) error {
	m, err := framing.Parse(data)
	if err != nil {
		return err
	}
	received, err := g.Process(m)
	if err != nil {
		return err
	}
	return same("content_type", want, received.ContentType)
}
