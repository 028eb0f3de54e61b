package group

import (
	"bytes"
	"crypto/rand"
	"io"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/schedule"
)

// The limits that a zero [Config] sets.
const (
	DefaultMaxForward       = 4096
	DefaultPastEpochs       = 3
	DefaultResumptionEpochs = 64
)

// A Config holds what RFC 9420 leaves to a client or its application. The zero
// value is useful.
type Config struct {
	// Policy judges leaf nodes and credentials. Its clock is the group's.
	Policy leaf.Policy
	// Capabilities are what the client truly supports, without GREASE values.
	// The zero value means what its own leaf lists, without GREASE values.
	Capabilities leaf.Capabilities
	// PublicHandshake has proposals and Commits sent as PublicMessage instead of
	// PrivateMessage (RFC 9420, Section 6).
	PublicHandshake bool
	// Padding returns how many zero bytes to add to an encrypted message whose
	// content has the given length in bytes; nil adds none
	// (RFC 9420, Section 15.1).
	Padding func(length int) int
	// MaxForward bounds how many generations one message may skip in a ratchet
	// (RFC 9420, Section 15.3); zero means [DefaultMaxForward].
	MaxForward uint32
	// PastEpochs is for how many past epochs late application messages can be
	// read; zero means [DefaultPastEpochs], less than zero none.
	PastEpochs int
	// ResumptionEpochs is for how many past epochs the resumption PSK is kept
	// (RFC 9420, Section 8.6); zero means [DefaultResumptionEpochs], less than
	// zero none.
	ResumptionEpochs int
	// PSK looks up external PSKs and, where the group does not know them itself,
	// resumption PSKs. Nil knows none.
	PSK func(id *schedule.PreSharedKeyID) (ciphersuite.Secret, bool)
	// SameClient tells whether two leaf nodes stand for the same client
	// (RFC 9420, Section 12.2); nil compares signature keys.
	SameClient func(a, b *leaf.LeafNode) bool
	// SameIdentity tells whether two credentials present equivalent identifiers
	// (RFC 9420, Sections 11.2 and 11.3); nil compares the credentials.
	SameIdentity func(a, b *leaf.Credential) bool
	// Authorize judges proposals from outside the group (RFC 9420,
	// Section 12.1.8); nil permits all.
	Authorize func(sender framing.Sender, p *message.Proposal) error
	// NoGREASE leaves out the reserved values that are otherwise added to the
	// client's leaf nodes and GroupInfos (RFC 9420, Section 13.5).
	NoGREASE bool
	// Rand is the source of randomness; nil means crypto/rand.Reader.
	Rand io.Reader
}

func (c *Config) random() io.Reader {
	if c.Rand == nil {
		return rand.Reader
	}
	return c.Rand
}

func (c *Config) maxForward() uint32 {
	if c.MaxForward == 0 {
		return DefaultMaxForward
	}
	return c.MaxForward
}

func (c *Config) pastEpochs() int { return limit(c.PastEpochs, DefaultPastEpochs) }

func (c *Config) resumptionEpochs() int { return limit(c.ResumptionEpochs, DefaultResumptionEpochs) }

func limit(n, standard int) int {
	if n == 0 {
		return standard
	}
	return max(0, n)
}

func (c *Config) psk(id *schedule.PreSharedKeyID) (ciphersuite.Secret, bool) {
	if c.PSK == nil {
		return nil, false
	}
	return c.PSK(id)
}

func (c *Config) sameClient(a, b *leaf.LeafNode) bool {
	if c.SameClient == nil {
		return bytes.Equal(a.SignatureKey, b.SignatureKey)
	}
	return c.SameClient(a, b)
}

func (c *Config) sameIdentity(a, b *leaf.Credential) bool {
	if c.SameIdentity == nil {
		return a.Equal(b)
	}
	return c.SameIdentity(a, b)
}

// handshakeFormat is how proposals and Commits of this client travel.
func (c *Config) handshakeFormat() codepoint.WireFormat {
	if c.PublicHandshake {
		return codepoint.WireFormatPublicMessage
	}
	return codepoint.WireFormatPrivateMessage
}

// supported returns what the client truly supports, given its own leaf.
func (c *Config) supported(own *leaf.LeafNode) leaf.Capabilities {
	if len(c.Capabilities.Versions) == 0 {
		return own.Capabilities.WithoutGREASE()
	}
	return c.Capabilities.WithoutGREASE()
}
