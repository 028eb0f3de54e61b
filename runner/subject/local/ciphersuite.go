package local

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/vectors/format"
)

// errCase is about a case that asks for what is no claim about its function.
var errCase = errors.New("the case is at fault")

// JudgeCiphersuite computes what the case is about, and compares.
func JudgeCiphersuite(r *format.CiphersuiteRequest) format.Verdict {
	suite, err := ciphersuite.Lookup(codepoint.CipherSuite(r.Suite))
	if err != nil {
		return format.Verdict{Result: format.Unsupported, Detail: err.Error()}
	}
	err = judgeFunction(suite, r.Arguments)
	switch {
	case err == nil:
		return format.Verdict{Result: format.Accept}
	case errors.Is(err, errCase):
		return format.Verdict{Result: format.Unsupported, Detail: err.Error()}
	}
	return format.Verdict{Result: format.Reject, Detail: err.Error(), IDs: rule.All(err)}
}

func judgeFunction(s *ciphersuite.Suite, arguments format.Arguments) error {
	switch a := arguments.(type) {
	case *format.HashArguments:
		return compare("rfc9420-17.1-02", s.Hash(a.Data), a.Out)
	case *format.MACArguments:
		return judgeMAC(s, a)
	case *format.AEADOpenArguments:
		return judgeAEAD(s, a)
	case *format.DeriveKeyPairArguments:
		return judgeKeyPair(s, a)
	case *format.VerifyWithLabelArguments:
		return judgeSignature(s, a)
	case *format.EncryptWithLabelArguments:
		_, err := s.EncryptWithLabel(rand.Reader, a.Public, a.Label, a.Context, a.Plaintext)
		return err
	case *format.DecryptWithLabelArguments:
		return judgeDecryption(s, a)
	case *format.RefHashArguments:
		return compare(refHashRule(a.Label), s.RefHash(a.Label, a.Value), a.Out)
	case *format.ExpandWithLabelArguments:
		return judgeExpansion(s, a)
	case *format.DeriveSecretArguments:
		return compare("rfc9420-8-01", s.DeriveSecret(a.Secret, a.Label), a.Out)
	case *format.DeriveTreeSecretArguments:
		return judgeTreeSecret(s, a)
	}
	return fmt.Errorf("%w: no function takes %T", errCase, arguments)
}

// compare checks a value that is claimed to be an output. In test builds the
// comparison is what can be taken out of the rules about computed values.
func compare(id rule.ID, got, claimed []byte) error {
	if bytes.Equal(got, claimed) || rule.Skipped(id) {
		return nil
	}
	return rule.Errorf(id, "the output is not the one of %d bytes that is claimed", len(claimed))
}

// named adds a requirement to an error that names none.
func named(id rule.ID, err error) error {
	if err == nil || rule.Of(err) != "" {
		return err
	}
	return rule.Errorf(id, "%w", err)
}

func judgeMAC(s *ciphersuite.Suite, a *format.MACArguments) error {
	err := s.VerifyMAC(a.Key, a.Data, a.Tag)
	if len(a.Tag) != s.HashSize() {
		return named("rfc9420-6.2-04", err)
	}
	return named("rfc9420-6.2-02", err)
}

func judgeAEAD(s *ciphersuite.Suite, a *format.AEADOpenArguments) error {
	plaintext, err := s.Open(a.Key, a.Nonce, a.AAD, a.Ciphertext)
	if err != nil {
		return named("rfc9420-6.3-02", err)
	}
	return compare("rfc9420-6.3-02", plaintext, a.Plaintext)
}

func judgeKeyPair(s *ciphersuite.Suite, a *format.DeriveKeyPairArguments) error {
	key, err := s.DeriveKeyPair(a.IKM)
	if err != nil {
		return named("rfc9420-7.4-01", err)
	}
	return compare("rfc9420-7.4-01", key.Public(), a.Public)
}

// judgeSignature names two requirements when the signature has the right form:
// verifying cannot tell whether it is one of something else.
func judgeSignature(s *ciphersuite.Suite, a *format.VerifyWithLabelArguments) error {
	err := s.VerifyWithLabel(a.Public, a.Label, a.Content, a.Signature)
	if err != nil && rule.Of(err) == "" {
		return rule.Errorf("rfc9420-6.1-02", "%w", rule.Errorf("rfc9420-5.1.2-05", "%w", err))
	}
	return err
}

func judgeDecryption(s *ciphersuite.Suite, a *format.DecryptWithLabelArguments) error {
	key, err := s.ParseKEMKey(a.Private)
	if err != nil {
		return fmt.Errorf("%w: priv: %w", errCase, err)
	}
	if !bytes.Equal(key.Public(), a.Public) {
		return fmt.Errorf("%w: priv and pub are no key pair", errCase)
	}
	plaintext, err := s.DecryptWithLabel(key, a.Label, a.Context, ciphersuite.HPKECiphertext{KEMOutput: a.KEMOutput, Ciphertext: a.Ciphertext})
	if err != nil {
		return err
	}
	return compare("rfc9420-5.1.3-01", plaintext, a.Plaintext)
}

// refHashRule is the rule about what the label says is hashed.
func refHashRule(label string) rule.ID {
	if label == "MLS 1.0 Proposal Reference" {
		return "rfc9420-5.2-02"
	}
	return "rfc9420-5.2-01"
}

func judgeExpansion(s *ciphersuite.Suite, a *format.ExpandWithLabelArguments) error {
	out, err := s.ExpandWithLabel(a.Secret, a.Label, a.Context, int(a.Length))
	if err != nil {
		return named("rfc9420-8-01", err)
	}
	return compare("rfc9420-8-01", out, a.Out)
}

func judgeTreeSecret(s *ciphersuite.Suite, a *format.DeriveTreeSecretArguments) error {
	out, err := s.DeriveTreeSecret(a.Secret, a.Label, a.Generation, int(a.Length))
	if err != nil {
		return named("rfc9420-9.1-02", err)
	}
	return compare("rfc9420-9.1-02", out, a.Out)
}
