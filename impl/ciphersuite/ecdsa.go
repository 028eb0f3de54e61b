package ciphersuite

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"errors"
	"io"

	"github.com/mlsconform/mlsconform/impl/rule"
)

// An ecdsaScheme is ECDSA with one curve and hash.
type ecdsaScheme struct {
	curve elliptic.Curve
	hash  crypto.Hash
}

var (
	ecdsaP256 = ecdsaScheme{elliptic.P256(), crypto.SHA256}
	ecdsaP384 = ecdsaScheme{elliptic.P384(), crypto.SHA384}
	ecdsaP521 = ecdsaScheme{elliptic.P521(), crypto.SHA512}
)

// scalarSize is the length of a scalar and of a coordinate, in bytes.
func (e ecdsaScheme) scalarSize() int { return (e.curve.Params().BitSize + 7) / 8 }

// generateKey takes the first scalar in the stream that is in range (FIPS 186-5,
// Appendix A.2.2). The limit ends it for a reader that repeats one bad value.
func (e ecdsaScheme) generateKey(rand io.Reader) (*SignatureKey, error) {
	excess := 8*e.scalarSize() - e.curve.Params().BitSize
	for range 64 {
		scalar, err := readSeed(rand, e.scalarSize())
		if err != nil {
			return nil, err
		}
		scalar[0] &= 0xff >> excess
		key, err := e.parseKey(scalar)
		clear(scalar)
		if err == nil {
			return key, nil
		}
	}
	return nil, errors.New("randomness: no value in a row of 64 is a private key")
}

func (e ecdsaScheme) parseKey(private []byte) (*SignatureKey, error) {
	key, err := ecdsa.ParseRawPrivateKey(e.curve, private)
	if err != nil {
		return nil, err
	}
	public, err := key.PublicKey.Bytes()
	if err != nil {
		return nil, err
	}
	return &SignatureKey{
		private: append(Secret(nil), private...),
		public:  public,
		// Without a reader the library takes the nonce of RFC 6979.
		sign: func(message []byte) ([]byte, error) { return key.Sign(nil, e.digest(message), e.hash) },
	}, nil
}

func (e ecdsaScheme) digest(message []byte) []byte {
	h := e.hash.New()
	h.Write(message)
	return h.Sum(nil)
}

func (e ecdsaScheme) checkPublicKey(public []byte) error {
	_, err := e.publicKey(public)
	if err != nil && rule.Skipped("rfc9420-5.1.1-03") {
		return nil
	}
	return err
}

func (e ecdsaScheme) publicKey(public []byte) (*ecdsa.PublicKey, error) {
	key, err := ecdsa.ParseUncompressedPublicKey(e.curve, public)
	if err != nil {
		return nil, rule.Errorf("rfc9420-5.1.1-03", "%s public key of %d bytes: %w", e.curve.Params().Name, len(public), err)
	}
	return key, nil
}

func (e ecdsaScheme) verify(public, message, signature []byte) error {
	key, err := e.publicKey(public)
	if err != nil {
		if !rule.Skipped("rfc9420-5.1.1-03") {
			return err
		}
		if key = e.looseKey(public); key == nil { // nothing to verify with
			return nil
		}
	}
	if rule.Skipped("rfc9420-5.1.2-02") {
		if signature = e.looseSignature(signature); signature == nil { // nothing to verify
			return nil
		}
	}
	if ecdsa.VerifyASN1(key, e.digest(message), signature) {
		return nil
	}
	return e.mismatch(signature)
}

// mismatch says why a signature was refused.
func (e ecdsaScheme) mismatch(signature []byte) error {
	switch {
	case isDER(signature):
		return errSignature
	case len(signature) != 2*e.scalarSize() && isBER(signature):
		return rule.Errorf("rfc9420-5.1.2-03", "ECDSA signature is not in the form of DER")
	default:
		return rule.Errorf("rfc9420-5.1.2-02", "ECDSA signature of %d bytes is no SEQUENCE of two INTEGERs", len(signature))
	}
}
