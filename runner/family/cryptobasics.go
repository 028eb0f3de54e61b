package family

import (
	"context"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/runner/strict"
)

type cryptoBasicsCase struct {
	Suite            codepoint.CipherSuite `json:"cipher_suite"`
	RefHash          refHashCase           `json:"ref_hash"`
	ExpandWithLabel  expandCase            `json:"expand_with_label"`
	DeriveSecret     deriveSecretCase      `json:"derive_secret"`
	DeriveTreeSecret deriveTreeSecretCase  `json:"derive_tree_secret"`
	SignWithLabel    signCase              `json:"sign_with_label"`
	EncryptWithLabel encryptCase           `json:"encrypt_with_label"`
}

type refHashCase struct {
	Label string     `json:"label"`
	Value strict.Hex `json:"value"`
	Out   strict.Hex `json:"out"`
}

type expandCase struct {
	Secret  strict.Hex `json:"secret"`
	Label   string     `json:"label"`
	Context strict.Hex `json:"context"`
	Length  uint16     `json:"length"`
	Out     strict.Hex `json:"out"`
}

type deriveSecretCase struct {
	Secret strict.Hex `json:"secret"`
	Label  string     `json:"label"`
	Out    strict.Hex `json:"out"`
}

type deriveTreeSecretCase struct {
	Secret     strict.Hex `json:"secret"`
	Label      string     `json:"label"`
	Generation uint32     `json:"generation"`
	Length     uint16     `json:"length"`
	Out        strict.Hex `json:"out"`
}

type signCase struct {
	Private   strict.Hex `json:"priv"`
	Public    strict.Hex `json:"pub"`
	Content   strict.Hex `json:"content"`
	Label     string     `json:"label"`
	Signature strict.Hex `json:"signature"`
}

type encryptCase struct {
	Private    strict.Hex `json:"priv"`
	Public     strict.Hex `json:"pub"`
	Label      string     `json:"label"`
	Context    strict.Hex `json:"context"`
	Plaintext  strict.Hex `json:"plaintext"`
	KEMOutput  strict.Hex `json:"kem_output"`
	Ciphertext strict.Hex `json:"ciphertext"`
}

func cryptoBasics() Family {
	return Family{
		Name: "crypto-basics", Title: "Crypto basics", Section: "5.1, 5.2, 8, 9", Cases: 7,
		Requirements: []rule.ID{"rfc9420-5.1.3-01", "rfc9420-17.1-02"},
		Check:        replay(checkCryptoBasics),
	}
}

func checkCryptoBasics(_ context.Context, c *cryptoBasicsCase) error {
	suite, err := lookup(c.Suite)
	if err != nil {
		return err
	}
	for _, part := range []struct {
		field string
		check func(*ciphersuite.Suite) error
	}{
		{"ref_hash", c.RefHash.check},
		{"expand_with_label", c.ExpandWithLabel.check},
		{"derive_secret", c.DeriveSecret.check},
		{"derive_tree_secret", c.DeriveTreeSecret.check},
		{"sign_with_label", c.SignWithLabel.check},
		{"encrypt_with_label", c.EncryptWithLabel.check},
	} {
		if err := part.check(suite); err != nil {
			return at(part.field, err)
		}
	}
	return nil
}

func (c *refHashCase) check(suite *ciphersuite.Suite) error {
	return equal("out", c.Out, suite.RefHash(c.Label, c.Value))
}

func (c *expandCase) check(suite *ciphersuite.Suite) error {
	out, err := suite.ExpandWithLabel(c.Secret, c.Label, c.Context, int(c.Length))
	if err != nil {
		return at("length", err)
	}
	return equal("out", c.Out, out)
}

func (c *deriveSecretCase) check(suite *ciphersuite.Suite) error {
	return equal("out", c.Out, suite.DeriveSecret(c.Secret, c.Label))
}

func (c *deriveTreeSecretCase) check(suite *ciphersuite.Suite) error {
	out, err := suite.DeriveTreeSecret(c.Secret, c.Label, c.Generation, int(c.Length))
	if err != nil {
		return at("length", err)
	}
	return equal("out", c.Out, out)
}

// check verifies the given signature, and one made anew: ECDSA gives other
// signatures to other signers, so the two are not compared.
func (c *signCase) check(suite *ciphersuite.Suite) error {
	key, err := parseSignatureKey(suite, c.Private)
	if err != nil {
		return at("priv", err)
	}
	if err := equal("pub", c.Public, key.Public()); err != nil {
		return err
	}
	if err := suite.VerifyWithLabel(c.Public, c.Label, c.Content, c.Signature); err != nil {
		return at("signature", err)
	}
	own, err := suite.SignWithLabel(key, c.Label, c.Content)
	if err != nil {
		return at("priv", err)
	}
	return at("signature made anew", suite.VerifyWithLabel(c.Public, c.Label, c.Content, own))
}

// check opens the given ciphertext, and one made anew.
func (c *encryptCase) check(suite *ciphersuite.Suite) error {
	key, err := parseKEMKey(suite, c.Private)
	if err != nil {
		return at("priv", err)
	}
	if err := equal("pub", c.Public, key.Public()); err != nil {
		return err
	}
	given := ciphersuite.HPKECiphertext{KEMOutput: c.KEMOutput, Ciphertext: c.Ciphertext}
	plaintext, err := suite.DecryptWithLabel(key, c.Label, c.Context, given)
	if err != nil {
		return at("ciphertext", err)
	}
	if err := equal("plaintext", c.Plaintext, plaintext); err != nil {
		return err
	}
	own, err := suite.EncryptWithLabel(newRandom(), c.Public, c.Label, c.Context, c.Plaintext)
	if err != nil {
		return at("pub", err)
	}
	plaintext, err = suite.DecryptWithLabel(key, c.Label, c.Context, own)
	if err != nil {
		return at("ciphertext made anew", err)
	}
	return equal("plaintext of the ciphertext made anew", c.Plaintext, plaintext)
}
