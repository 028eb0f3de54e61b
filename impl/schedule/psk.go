package schedule

import (
	"bytes"
	"fmt"
	"math"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/syntax"
)

// A PSKType says where a pre-shared key comes from (RFC 9420, Section 8.4).
type PSKType uint8

// The types of RFC 9420, Section 8.4.
const (
	PSKExternal   PSKType = 1
	PSKResumption PSKType = 2
)

func (t PSKType) String() string {
	switch t {
	case PSKExternal:
		return "external"
	case PSKResumption:
		return "resumption"
	}
	return fmt.Sprintf("0x%02x", uint8(t))
}

// A ResumptionPSKUsage says what a resumption PSK is injected for
// (RFC 9420, Section 8.4).
type ResumptionPSKUsage uint8

// The usages of RFC 9420, Section 8.4.
const (
	UsageApplication ResumptionPSKUsage = 1
	UsageReInit      ResumptionPSKUsage = 2
	UsageBranch      ResumptionPSKUsage = 3
)

func (u ResumptionPSKUsage) String() string {
	switch u {
	case UsageApplication:
		return "application"
	case UsageReInit:
		return "reinit"
	case UsageBranch:
		return "branch"
	}
	return fmt.Sprintf("0x%02x", uint8(u))
}

// A PreSharedKeyID names a pre-shared key and makes its injection unique
// (RFC 9420, Section 8.4). ID belongs to the external type; Usage, GroupID and
// Epoch belong to the resumption type.
type PreSharedKeyID struct {
	Type    PSKType
	ID      []byte
	Usage   ResumptionPSKUsage
	GroupID []byte
	Epoch   uint64
	Nonce   []byte
}

func (id *PreSharedKeyID) MarshalMLS(b *cryptobyte.Builder) {
	if err := id.check(); err != nil {
		b.SetError(err)
		return
	}
	b.AddUint8(uint8(id.Type))
	if id.Type == PSKExternal {
		syntax.AddOpaque(b, id.ID)
	} else {
		b.AddUint8(uint8(id.Usage))
		syntax.AddOpaque(b, id.GroupID)
		b.AddUint64(id.Epoch)
	}
	syntax.AddOpaque(b, id.Nonce)
}

func (id *PreSharedKeyID) UnmarshalMLS(s *cryptobyte.String) error {
	*id = PreSharedKeyID{}
	if err := syntax.ReadUint8(s, &id.Type); err != nil {
		return fmt.Errorf("psktype: %w", err)
	}
	switch {
	case id.Type == PSKResumption:
		if err := syntax.ReadUint8(s, &id.Usage); err != nil {
			return fmt.Errorf("usage: %w", err)
		}
	case id.Type == PSKExternal || rule.Skipped("rfc9420-8.4-04"):
		if err := syntax.ReadOpaque(s, &id.ID); err != nil {
			return fmt.Errorf("psk_id: %w", err)
		}
	}
	// The type and the usage decide what follows, so they are judged here.
	if err := id.check(); err != nil {
		return err
	}
	if id.Type == PSKResumption {
		if err := syntax.ReadOpaque(s, &id.GroupID); err != nil {
			return fmt.Errorf("psk_group_id: %w", err)
		}
		if err := syntax.ReadUint64(s, &id.Epoch); err != nil {
			return fmt.Errorf("psk_epoch: %w", err)
		}
	}
	if err := syntax.ReadOpaque(s, &id.Nonce); err != nil {
		return fmt.Errorf("psk_nonce: %w", err)
	}
	return nil
}

// check refuses the values that the two enumerations do not have.
func (id *PreSharedKeyID) check() error {
	switch id.Type {
	case PSKExternal:
		return nil
	case PSKResumption:
		if id.Usage < UsageApplication || id.Usage > UsageBranch {
			return rule.Errorf("rfc9420-8.4-05", "usage: %v", id.Usage)
		}
		return nil
	}
	if rule.Skipped("rfc9420-8.4-04") {
		return nil
	}
	return rule.Errorf("rfc9420-8.4-04", "psktype: %v", id.Type)
}

// Equal reports whether both have the same encoding.
func (id *PreSharedKeyID) Equal(o *PreSharedKeyID) bool {
	if id.Type != o.Type || !bytes.Equal(id.Nonce, o.Nonce) {
		return false
	}
	if id.Type == PSKExternal {
		return bytes.Equal(id.ID, o.ID)
	}
	return id.Usage == o.Usage && bytes.Equal(id.GroupID, o.GroupID) && id.Epoch == o.Epoch
}

// A PSK is a pre-shared key with its name.
type PSK struct {
	ID     PreSharedKeyID
	Secret ciphersuite.Secret
}

// PSKSecret chains the pre-shared keys, in their order, into the psk_secret of
// the key schedule: all zeros without keys (RFC 9420, Section 8.4).
func PSKSecret(suite *ciphersuite.Suite, psks []PSK) (ciphersuite.Secret, error) {
	// The label that binds a key to its place counts in 16 bits.
	if len(psks) > math.MaxUint16 {
		return nil, rule.Errorf("rfc9420-8.4-03", "%d pre-shared keys, at most %d can be chained", len(psks), math.MaxUint16)
	}
	zero := make(ciphersuite.Secret, suite.HashSize())
	secret := make(ciphersuite.Secret, suite.HashSize())
	for i := range psks {
		input, err := pskInput(suite, zero, &psks[i], uint16(i), uint16(len(psks)))
		if err != nil {
			clear(secret)
			return nil, fmt.Errorf("pre-shared key %d: %w", i, err)
		}
		next := suite.Extract(input, secret)
		clear(input)
		clear(secret)
		secret = next
	}
	return secret, nil
}

// pskInput is the psk_input of one key; its context is the PSKLabel.
func pskInput(suite *ciphersuite.Suite, zero ciphersuite.Secret, psk *PSK, index, count uint16) (ciphersuite.Secret, error) {
	var label cryptobyte.Builder
	psk.ID.MarshalMLS(&label)
	label.AddUint16(index)
	label.AddUint16(count)
	context, err := label.Bytes()
	if err != nil {
		return nil, err
	}
	extracted := suite.Extract(zero, psk.Secret)
	defer clear(extracted)
	return suite.ExpandWithLabel(extracted, "derived psk", context, suite.HashSize())
}
