package schedule

import (
	"crypto/subtle"
	"fmt"
	"slices"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

// SenderData says which key of the secret tree a PrivateMessage is encrypted
// with (RFC 9420, Section 6.3.2).
type SenderData struct {
	LeafIndex  treemath.LeafIndex
	Generation uint32
	ReuseGuard [4]byte
}

// ParseSenderData reads decrypted sender data, which has exactly twelve bytes.
func ParseSenderData(data []byte) (SenderData, error) {
	var d SenderData
	s := cryptobyte.String(data)
	if err := d.UnmarshalMLS(&s); err != nil {
		return SenderData{}, fmt.Errorf("sender_data: %w", err)
	}
	if !s.Empty() {
		return SenderData{}, rule.Errorf("rfc9420-6.3.2-06", "sender_data: %d bytes follow the structure", len(s))
	}
	return d, nil
}

func (d *SenderData) MarshalMLS(b *cryptobyte.Builder) {
	b.AddUint32(uint32(d.LeafIndex))
	b.AddUint32(d.Generation)
	b.AddBytes(d.ReuseGuard[:])
}

func (d *SenderData) UnmarshalMLS(s *cryptobyte.String) error {
	*d = SenderData{}
	if err := syntax.ReadUint32(s, &d.LeafIndex); err != nil {
		return rule.Errorf("rfc9420-6.3.2-05", "leaf_index: %w", err)
	}
	if err := syntax.ReadUint32(s, &d.Generation); err != nil {
		return rule.Errorf("rfc9420-6.3.2-05", "generation: %w", err)
	}
	if !s.CopyBytes(d.ReuseGuard[:]) {
		return rule.Errorf("rfc9420-6.3.2-05", "reuse_guard: %d bytes are left", len(*s))
	}
	return nil
}

// SenderDataKeyNonce returns the key and the nonce that encrypt the sender data
// of a message: a sample of its encrypted content makes them differ from one
// message to the next (RFC 9420, Section 6.3.2).
func SenderDataKeyNonce(suite *ciphersuite.Suite, senderDataSecret ciphersuite.Secret, ciphertext []byte) (key, nonce ciphersuite.Secret) {
	sample := ciphertext[:min(len(ciphertext), suite.HashSize())]
	key = expand(suite, senderDataSecret, "key", sample, suite.KeySize())
	nonce = expand(suite, senderDataSecret, "nonce", sample, suite.NonceSize())
	return key, nonce
}

// ApplyReuseGuard returns the nonce with its first four bytes XORed with the
// guard (RFC 9420, Section 6.3.1).
func ApplyReuseGuard(nonce ciphersuite.Secret, guard [4]byte) ciphersuite.Secret {
	guarded := slices.Clone(nonce)
	subtle.XORBytes(guarded, guarded, guard[:])
	return guarded
}
