package ciphersuite

import "crypto/ecdh"

// A group is the Diffie-Hellman group of a KEM (RFC 9180, Section 7.1).
type group interface {
	// kemID is the number of the KEM in the HPKE registry.
	kemID() uint16
	// privateSize is Nsk, in bytes.
	privateSize() int
	// candidateMask is zero where any Nsk bytes are a private key. Otherwise
	// DeriveKeyPair tries candidates whose first byte has gone through the mask
	// (RFC 9180, Section 7.1.3).
	candidateMask() byte
	// parseKey is DeserializePrivateKey. It computes the public key.
	parseKey(private []byte) (groupKey, error)
	// checkPublicKey fails where DeserializePublicKey does.
	checkPublicKey(public []byte) error
	// loosePoint is what can be made of a key that checkPublicKey refuses, for
	// test builds that do not refuse it.
	loosePoint(public []byte) []byte
}

// A groupKey is a private key with its public key, ready for use.
type groupKey interface {
	private() []byte
	public() []byte
	// exchange is DH. It fails for a malformed public key, and where RFC 9180,
	// Section 7.1.4, forbids the result.
	exchange(public []byte) ([]byte, error)
}

// A nistGroup is a curve of NIST. crypto/ecdh takes uncompressed points only and
// refuses those off the curve.
type nistGroup struct {
	kem   uint16
	curve ecdh.Curve
	size  int  // of a scalar, in bytes
	mask  byte // leaves as many bits as the order has
}

var (
	p256 = nistGroup{0x0010, ecdh.P256(), 32, 0xff}
	p384 = nistGroup{0x0011, ecdh.P384(), 48, 0xff}
	p521 = nistGroup{0x0012, ecdh.P521(), 66, 0x01}
)

func (g nistGroup) kemID() uint16 { return g.kem }

func (g nistGroup) privateSize() int { return g.size }

func (g nistGroup) candidateMask() byte { return g.mask }

func (g nistGroup) parseKey(private []byte) (groupKey, error) {
	key, err := g.curve.NewPrivateKey(private)
	if err != nil {
		return nil, err
	}
	return &nistKey{key, key.PublicKey().Bytes()}, nil
}

func (g nistGroup) checkPublicKey(public []byte) error {
	_, err := g.curve.NewPublicKey(public)
	return err
}

type nistKey struct {
	key     *ecdh.PrivateKey
	encoded []byte // the public key
}

func (k *nistKey) private() []byte { return k.key.Bytes() }

func (k *nistKey) public() []byte { return k.encoded }

func (k *nistKey) exchange(public []byte) ([]byte, error) {
	other, err := k.key.Curve().NewPublicKey(public)
	if err != nil {
		return nil, err
	}
	return k.key.ECDH(other)
}
