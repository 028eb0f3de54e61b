package ciphersuite

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/mlsconform/mlsconform/impl/rule"
)

// A Signer signs with a private key that stays where it is.
type Signer interface {
	// Public returns the public key in the form of RFC 9420, Section 5.1.1.
	Public() []byte
	// Sign returns a signature in the form of RFC 9420, Section 5.1.2.
	Sign(message []byte) ([]byte, error)
}

// A SignatureKey is a signature key pair in memory. It does not change, and
// printing it shows only the public key.
type SignatureKey struct {
	private Secret
	public  []byte
	sign    func(message []byte) ([]byte, error)
}

// Public returns the public key. The caller must not change it.
func (k *SignatureKey) Public() []byte { return k.public[:len(k.public):len(k.public)] }

// Private returns a copy of the private key: the scalar in big-endian order for
// ECDSA, the seed of RFC 8032 for EdDSA.
func (k *SignatureKey) Private() Secret { return append(Secret(nil), k.private...) }

// Sign signs message. The same message always gets the same signature.
func (k *SignatureKey) Sign(message []byte) ([]byte, error) { return k.sign(message) }

// Format prints the public key, for every verb, also where the key pair itself
// is printed and not a pointer to it.
func (k SignatureKey) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "signature key pair %x", k.public)
}

// GenerateSignatureKey returns the key pair that rand decides.
func (s *Suite) GenerateSignatureKey(rand io.Reader) (*SignatureKey, error) {
	return s.signature.generateKey(rand)
}

// ParseSignatureKey reads a private key and computes the public one.
func (s *Suite) ParseSignatureKey(private []byte) (*SignatureKey, error) {
	key, err := s.signature.parseKey(private)
	if err != nil {
		return nil, fmt.Errorf("signature private key: %w", err)
	}
	return key, nil
}

// CheckSignatureKey checks that a public key has the form of the suite's
// signature scheme (RFC 9420, Section 5.1.1).
func (s *Suite) CheckSignatureKey(public []byte) error {
	return s.signature.checkPublicKey(public)
}

// SignWithLabel signs content under a label (RFC 9420, Section 5.1.2), given
// without the protocol's name in front.
func (s *Suite) SignWithLabel(signer Signer, label string, content []byte) ([]byte, error) {
	message, err := signContent(label, content)
	if err != nil {
		return nil, fmt.Errorf("SignContent: %w", err)
	}
	return signer.Sign(message)
}

var errSignature = errors.New("signature does not verify")

// VerifyWithLabel verifies a signature of SignWithLabel (RFC 9420,
// Section 5.1.2). The error names a requirement only where the form of the key
// or of the signature is wrong; otherwise the caller knows what was signed, and
// [Suite.Mislabelled] can tell more.
func (s *Suite) VerifyWithLabel(public []byte, label string, content, signature []byte) error {
	message, err := signContent(label, content)
	if err != nil {
		return fmt.Errorf("SignContent: %w", err)
	}
	err = s.signature.verify(public, message, signature)
	switch {
	case err == nil:
		return nil
	case rule.Skipped("rfc9420-5.1.2-01") && s.looseScheme(public, message, signature):
		return nil
	case err == errSignature && rule.Skipped("rfc9420-6.1-02"):
		return nil
	}
	return err
}

// Mislabelled returns an error of the requirement on labels when a signature that
// was refused is right but for its label: it has the label of another object, the
// protocol's name is missing, doubled or that of the drafts, or all of SignContent
// is missing. Otherwise it returns refused. It verifies the signature seven times
// more.
func (s *Suite) Mislabelled(public []byte, label string, content, signature []byte, refused error) error {
	if refused != errSignature {
		return refused
	}
	messages := [][]byte{content}
	add := func(message []byte, err error) {
		if err == nil {
			messages = append(messages, message)
		}
	}
	for _, prefix := range []string{"", protocolName + protocolName, "mls10 "} {
		add(unprefixedSignContent(prefix+label, content))
	}
	for _, other := range []string{"LeafNodeTBS", "KeyPackageTBS", "FramedContentTBS", "GroupInfoTBS"} {
		if other != label {
			add(signContent(other, content))
		}
	}
	if !slices.ContainsFunc(messages, func(m []byte) bool { return s.signature.verify(public, m, signature) == nil }) {
		return refused
	}
	if rule.Skipped("rfc9420-5.1.2-05") {
		return nil
	}
	return rule.Errorf("rfc9420-5.1.2-05", "%w: it was not made for %s", refused, label)
}
