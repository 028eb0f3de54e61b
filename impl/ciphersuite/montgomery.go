package ciphersuite

import (
	"errors"
	"fmt"

	"github.com/cloudflare/circl/dh/x25519"
	"github.com/cloudflare/circl/dh/x448"
)

// A montgomeryGroup is one of the functions of RFC 7748. circl has both, and its
// X25519 takes two thirds of the time of crypto/ecdh.
type montgomeryGroup struct {
	kem    uint16
	name   string
	size   int // of all keys and results, in bytes
	clamp  func(scalar []byte)
	keyGen func(public, scalar []byte)
	shared func(shared, scalar, public []byte) bool
}

var curve25519 = &montgomeryGroup{
	kem:  0x0020,
	name: "X25519",
	size: x25519.Size,
	clamp: func(scalar []byte) {
		scalar[0] &= 248
		scalar[31] = scalar[31]&127 | 64
	},
	keyGen: func(public, scalar []byte) {
		x25519.KeyGen((*x25519.Key)(public), (*x25519.Key)(scalar))
	},
	shared: func(shared, scalar, public []byte) bool {
		return x25519.Shared((*x25519.Key)(shared), (*x25519.Key)(scalar), (*x25519.Key)(public))
	},
}

var curve448 = &montgomeryGroup{
	kem:  0x0021,
	name: "X448",
	size: x448.Size,
	clamp: func(scalar []byte) {
		scalar[0] &= 252
		scalar[55] |= 128
	},
	keyGen: func(public, scalar []byte) {
		x448.KeyGen((*x448.Key)(public), (*x448.Key)(scalar))
	},
	shared: func(shared, scalar, public []byte) bool {
		return x448.Shared((*x448.Key)(shared), (*x448.Key)(scalar), (*x448.Key)(public))
	},
}

func (g *montgomeryGroup) kemID() uint16 { return g.kem }

func (g *montgomeryGroup) privateSize() int { return g.size }

func (g *montgomeryGroup) candidateMask() byte { return 0 }

func (g *montgomeryGroup) parseKey(private []byte) (groupKey, error) {
	if len(private) != g.size {
		return nil, fmt.Errorf("%d bytes, %s keys have %d", len(private), g.name, g.size)
	}
	k := &montgomeryKey{g, append([]byte(nil), private...), make([]byte, g.size)}
	g.clamp(k.scalar)
	g.keyGen(k.encoded, k.scalar)
	return k, nil
}

// checkPublicKey has only the length to check: every string of bytes stands for
// a point, and exchange refuses those of low order.
func (g *montgomeryGroup) checkPublicKey(public []byte) error {
	if len(public) != g.size {
		return fmt.Errorf("%d bytes, %s keys have %d", len(public), g.name, g.size)
	}
	return nil
}

type montgomeryKey struct {
	group   *montgomeryGroup
	scalar  []byte // clamped, as SerializePrivateKey has it (RFC 9180, Section 7.1.2)
	encoded []byte // the public key
}

func (k *montgomeryKey) private() []byte { return k.scalar }

func (k *montgomeryKey) public() []byte { return k.encoded }

func (k *montgomeryKey) exchange(public []byte) ([]byte, error) {
	if err := k.group.checkPublicKey(public); err != nil {
		return nil, err
	}
	shared := make([]byte, k.group.size)
	if !k.group.shared(shared, k.scalar, public) {
		return nil, errors.New("point of low order, the shared secret is all-zero")
	}
	return shared, nil
}
