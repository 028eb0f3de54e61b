package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/leaf"
)

// A codePoint is a number of a registry: decimal, or hexadecimal after 0x.
type codePoint uint16

func (c *codePoint) UnmarshalText(text []byte) error {
	n, err := strconv.ParseUint(string(text), 0, 16)
	if err != nil {
		return fmt.Errorf("%q is no 16-bit number, such as 10 or 0x000a", text)
	}
	*c = codePoint(n)
	return nil
}

func pointsOf[T ~uint16](list []codePoint) []T {
	var points []T
	for _, c := range list {
		points = append(points, T(c))
	}
	return points
}

// A hexBytes is bytes in hexadecimal.
type hexBytes []byte

func (h *hexBytes) UnmarshalText(text []byte) (err error) {
	*h, err = hex.DecodeString(string(text))
	return err
}

// An extensionFlag is TYPE or TYPE=HEX.
type extensionFlag leaf.Extension

func (e *extensionFlag) UnmarshalText(text []byte) error {
	name, data, _ := strings.Cut(string(text), "=")
	var t codePoint
	var d hexBytes
	if err := errors.Join(t.UnmarshalText([]byte(name)), d.UnmarshalText([]byte(data))); err != nil {
		return fmt.Errorf("want TYPE or TYPE=HEX: %w", err)
	}
	*e = extensionFlag{Type: codepoint.ExtensionType(t), Data: d}
	return nil
}

func extensionsOf(flags []extensionFlag) leaf.Extensions {
	var list leaf.Extensions
	for _, e := range flags {
		list = append(list, leaf.Extension(e))
	}
	return list
}

// A span is a duration in days, such as 90d, or as Go writes it.
type span time.Duration

func (s *span) UnmarshalText(text []byte) error {
	const most = 100 * 365
	if days, ok := strings.CutSuffix(string(text), "d"); ok {
		n, err := strconv.ParseUint(days, 10, 32)
		if err != nil || n > most {
			return fmt.Errorf("%q is no number of days up to %d", text, most)
		}
		*s = span(time.Duration(n) * 24 * time.Hour)
		return nil
	}
	d, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("%q is no duration, such as 90d or 12h30m", text)
	}
	*s = span(d)
	return nil
}

// An instant is a time in seconds since 1970-01-01T00:00:00Z, or as in RFC 3339.
type instant uint64

func (i *instant) UnmarshalText(text []byte) error {
	if n, err := strconv.ParseUint(string(text), 10, 64); err == nil {
		*i = instant(n)
		return nil
	}
	t, err := time.Parse(time.RFC3339, string(text))
	if err != nil || t.Unix() < 0 {
		return fmt.Errorf("%q is no time, such as 1800000000 or 2027-01-15T08:00:00Z", text)
	}
	*i = instant(t.Unix())
	return nil
}

// lookupSuite finds the suite of a flag.
func lookupSuite(n uint16) (*ciphersuite.Suite, error) {
	suite, err := ciphersuite.Lookup(codepoint.CipherSuite(n))
	if err != nil {
		return nil, usagef("--suite %d: there is no such cipher suite, see mlsconform suites", n)
	}
	return suite, nil
}

// capabilityFlags list what the client supports.
type capabilityFlags struct {
	Versions        []codePoint `placeholder:"N" help:"Protocol versions that the client supports. For these lists and the next: numbers with commas between; without a flag, what mlsconform supports."`
	CipherSuites    []codePoint `placeholder:"N" help:"Cipher suites."`
	ExtensionTypes  []codePoint `placeholder:"N" help:"Extension types. What the key package itself carries is added, default types are left out."`
	ProposalTypes   []codePoint `placeholder:"N" help:"Proposal types. Default types are left out."`
	CredentialTypes []codePoint `placeholder:"N" help:"Credential types."`
}

func (f *capabilityFlags) capabilities() leaf.Capabilities {
	return leaf.Capabilities{
		Versions:     pointsOf[codepoint.ProtocolVersion](f.Versions),
		CipherSuites: pointsOf[codepoint.CipherSuite](f.CipherSuites),
		Extensions:   pointsOf[codepoint.ExtensionType](f.ExtensionTypes),
		Proposals:    pointsOf[codepoint.ProposalType](f.ProposalTypes),
		Credentials:  pointsOf[codepoint.CredentialType](f.CredentialTypes),
	}
}
