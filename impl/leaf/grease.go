package leaf

import (
	"fmt"
	"io"
	"slices"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
)

// DefaultCapabilities lists what this implementation supports: the version, all
// cipher suites and both credential types of the RFC, and the extension type
// last_resort_key_package.
func DefaultCapabilities() Capabilities {
	c := Capabilities{
		Versions:    []codepoint.ProtocolVersion{codepoint.MLS10},
		Extensions:  []codepoint.ExtensionType{codepoint.ExtensionLastResort},
		Credentials: []codepoint.CredentialType{codepoint.CredentialBasic, codepoint.CredentialX509},
	}
	for _, s := range ciphersuite.All() {
		c.CipherSuites = append(c.CipherSuites, s.ID())
	}
	return c
}

// OrDefault returns c with a list of [DefaultCapabilities] in the place of each
// list that is empty, and without the default types. A list that has nothing but
// default types becomes empty: so a client says that it supports no more than
// these (RFC 9420, Section 7.2).
func (c *Capabilities) OrDefault() Capabilities {
	d := DefaultCapabilities()
	filled := Capabilities{
		Versions:     or(c.Versions, d.Versions),
		CipherSuites: or(c.CipherSuites, d.CipherSuites),
		Extensions:   or(c.Extensions, d.Extensions),
		Proposals:    or(c.Proposals, d.Proposals),
		Credentials:  or(c.Credentials, d.Credentials),
	}
	return filled.WithoutDefaults()
}

func or[T any](list, otherwise []T) []T {
	if len(list) == 0 {
		return otherwise
	}
	return list
}

// WithoutDefaults returns c without the default types, which RFC 9420,
// Section 7.2 wants left out.
func (c *Capabilities) WithoutDefaults() Capabilities {
	d := c.clone()
	d.Extensions = slices.DeleteFunc(d.Extensions, codepoint.ExtensionType.IsDefault)
	d.Proposals = slices.DeleteFunc(d.Proposals, codepoint.ProposalType.IsDefault)
	return d
}

// AddGREASE appends to each list of capabilities that RFC 9420, Section 13.5
// names a reserved value that is not there yet.
func (c *Capabilities) AddGREASE(rand io.Reader) error {
	var draw [4]byte
	if _, err := io.ReadFull(rand, draw[:]); err != nil {
		return fmt.Errorf("choosing GREASE values: %w", err)
	}
	c.CipherSuites = appendGREASE(c.CipherSuites, draw[0])
	c.Extensions = appendGREASE(c.Extensions, draw[1])
	c.Proposals = appendGREASE(c.Proposals, draw[2])
	c.Credentials = appendGREASE(c.Credentials, draw[3])
	return nil
}

func appendGREASE[T ~uint16](list []T, draw byte) []T {
	for i := range 15 {
		v := T(codepoint.GREASE(int(draw) + i))
		if !slices.Contains(list, v) {
			return append(slices.Clip(list), v)
		}
	}
	return list
}

// AddGREASE adds reserved values to the capabilities, and an extension of a
// reserved type that they list (RFC 9420, Section 13.5).
func (n *LeafNode) AddGREASE(rand io.Reader) error {
	if err := n.Capabilities.AddGREASE(rand); err != nil {
		return err
	}
	e, err := GREASEExtension(rand)
	if err != nil {
		return err
	}
	if _, there := n.Extensions.Find(e.Type); there {
		return nil
	}
	n.Extensions = append(slices.Clip(n.Extensions), e)
	n.Capabilities.AddExtension(e.Type)
	return nil
}

// GREASEExtension returns an extension of a reserved type with up to 15 random
// bytes (RFC 9420, Section 13.5).
func GREASEExtension(rand io.Reader) (Extension, error) {
	var draw [17]byte
	if _, err := io.ReadFull(rand, draw[:]); err != nil {
		return Extension{}, fmt.Errorf("choosing a GREASE extension: %w", err)
	}
	return Extension{
		Type: codepoint.ExtensionType(codepoint.GREASE(int(draw[0]))),
		Data: slices.Clone(draw[2 : 2+draw[1]&15]),
	}, nil
}
