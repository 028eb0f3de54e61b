package ciphersuite

import (
	"crypto/ecdh"
	"errors"
	"fmt"

	"github.com/cloudflare/circl/dh/x25519"
	"github.com/cloudflare/circl/dh/x448"
)

// A group is the Diffie-Hellman group of a KEM (RFC 9180, Section 7.1).
type group interface {
	// sizes returns Nsk and Npk, in bytes.
	sizes() (private, public int)
	// candidateMask is zero where any Nsk bytes are a private key. Otherwise
	// DeriveKeyPair tries candidates whose first byte has gone through the mask
	// (RFC 9180, Section 7.1.3).
	candidateMask() byte
	// parseKey reads a private key as DeserializePrivateKey does.
	parseKey(private []byte) (groupKey, error)
	// checkPublicKey reads a public key as DeserializePublicKey does.
	checkPublicKey(public []byte) error
}

// A groupKey is a private key with its public key, ready for use.
type groupKey interface {
	private() []byte
	public() []byte
	// exchange is DH. A result that RFC 9180, Section 7.1.4, forbids is an error.
	exchange(public []byte) ([]byte, error)
}

var errNoSharedSecret = errors.New("the shared secret is all-zero")

// An ecdhGroup is a NIST curve.
type ecdhGroup struct {
	curve                   ecdh.Curve
	privateSize, publicSize int
	mask                    byte
}

var (
	p256 = ecdhGroup{ecdh.P256(), 32, 65, 0xff}
	p384 = ecdhGroup{ecdh.P384(), 48, 97, 0xff}
	p521 = ecdhGroup{ecdh.P521(), 66, 133, 0x01}
)

func (g ecdhGroup) sizes() (private, public int) { return g.privateSize, g.publicSize }

func (g ecdhGroup) candidateMask() byte { return g.mask }

func (g ecdhGroup) parseKey(private []byte) (groupKey, error) {
	key, err := g.curve.NewPrivateKey(private)
	if err != nil {
		return nil, err
	}
	return ecdhKey{key, key.PublicKey().Bytes()}, nil
}

func (g ecdhGroup) checkPublicKey(public []byte) error {
	_, err := g.curve.NewPublicKey(public)
	return err
}

type ecdhKey struct {
	key     *ecdh.PrivateKey
	encoded []byte // the public key
}

func (k ecdhKey) private() []byte { return k.key.Bytes() }

func (k ecdhKey) public() []byte { return k.encoded }

func (k ecdhKey) exchange(public []byte) ([]byte, error) {
	other, err := k.key.Curve().NewPublicKey(public)
	if err != nil {
		return nil, err
	}
	return k.key.ECDH(other)
}

// An x25519Group is Curve25519. circl is faster here than crypto/ecdh.
type x25519Group struct{}

func (x25519Group) sizes() (private, public int) { return x25519.Size, x25519.Size }

func (x25519Group) candidateMask() byte { return 0 }

func (x25519Group) parseKey(private []byte) (groupKey, error) {
	if len(private) != x25519.Size {
		return nil, fmt.Errorf("%d bytes, X25519 keys have %d", len(private), x25519.Size)
	}
	k := new(x25519Key)
	copy(k.scalar[:], private)
	k.scalar[0] &= 248
	k.scalar[31] = k.scalar[31]&127 | 64
	x25519.KeyGen(&k.encoded, &k.scalar)
	return k, nil
}

func (x25519Group) checkPublicKey(public []byte) error {
	if len(public) != x25519.Size {
		return fmt.Errorf("%d bytes, X25519 keys have %d", len(public), x25519.Size)
	}
	return nil
}

// The scalar is clamped, as SerializePrivateKey has it (RFC 9180, Section 7.1.2).
type x25519Key struct {
	scalar, encoded x25519.Key
}

func (k *x25519Key) private() []byte { return k.scalar[:] }

func (k *x25519Key) public() []byte { return k.encoded[:] }

func (k *x25519Key) exchange(public []byte) ([]byte, error) {
	if err := (x25519Group{}).checkPublicKey(public); err != nil {
		return nil, err
	}
	var shared x25519.Key
	if !x25519.Shared(&shared, &k.scalar, (*x25519.Key)(public)) {
		return nil, errNoSharedSecret
	}
	return shared[:], nil
}

// An x448Group is Curve448.
type x448Group struct{}

func (x448Group) sizes() (private, public int) { return x448.Size, x448.Size }

func (x448Group) candidateMask() byte { return 0 }

func (x448Group) parseKey(private []byte) (groupKey, error) {
	if len(private) != x448.Size {
		return nil, fmt.Errorf("%d bytes, X448 keys have %d", len(private), x448.Size)
	}
	k := new(x448Key)
	copy(k.scalar[:], private)
	k.scalar[0] &= 252
	k.scalar[55] |= 128
	x448.KeyGen(&k.encoded, &k.scalar)
	return k, nil
}

func (x448Group) checkPublicKey(public []byte) error {
	if len(public) != x448.Size {
		return fmt.Errorf("%d bytes, X448 keys have %d", len(public), x448.Size)
	}
	return nil
}

// The scalar is clamped, as SerializePrivateKey has it (RFC 9180, Section 7.1.2).
type x448Key struct {
	scalar, encoded x448.Key
}

func (k *x448Key) private() []byte { return k.scalar[:] }

func (k *x448Key) public() []byte { return k.encoded[:] }

func (k *x448Key) exchange(public []byte) ([]byte, error) {
	if err := (x448Group{}).checkPublicKey(public); err != nil {
		return nil, err
	}
	var shared x448.Key
	if !x448.Shared(&shared, &k.scalar, (*x448.Key)(public)) {
		return nil, errNoSharedSecret
	}
	return shared[:], nil
}
