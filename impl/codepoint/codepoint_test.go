package codepoint_test

import (
	"testing"

	"github.com/mlsconform/mlsconform/impl/codepoint"
)

// The fifteen values are spelled out in RFC 9420, Section 13.5; 0xFAFA is private use.
var grease = []uint16{
	0x0a0a, 0x1a1a, 0x2a2a, 0x3a3a, 0x4a4a, 0x5a5a, 0x6a6a, 0x7a7a,
	0x8a8a, 0x9a9a, 0xaaaa, 0xbaba, 0xcaca, 0xdada, 0xeaea,
}

func TestGREASE(t *testing.T) {
	want := map[uint16]bool{}
	for i, v := range grease {
		want[v] = true
		if got := codepoint.GREASE(i); got != v {
			t.Errorf("GREASE(%d) = %#04x, want %#04x", i, got, v)
		}
	}
	for v := range 0x10000 {
		if got := codepoint.IsGREASE(uint16(v)); got != want[uint16(v)] {
			t.Errorf("IsGREASE(%#04x) = %v", v, got)
		}
	}
}

func TestDefaultTypes(t *testing.T) {
	for v := range 0x10000 {
		if got, want := codepoint.ExtensionType(v).IsDefault(), v >= 1 && v <= 5; got != want {
			t.Errorf("ExtensionType(%#04x).IsDefault() = %v", v, got)
		}
		if got, want := codepoint.ProposalType(v).IsDefault(), v >= 1 && v <= 7; got != want {
			t.Errorf("ProposalType(%#04x).IsDefault() = %v", v, got)
		}
	}
}

// RFC 9420, Section 17.4, columns "Ext" and "Path".
func TestProposalColumns(t *testing.T) {
	for _, c := range []struct {
		typ            codepoint.ProposalType
		external, path bool
	}{
		{codepoint.ProposalAdd, true, false},
		{codepoint.ProposalUpdate, false, true},
		{codepoint.ProposalRemove, true, true},
		{codepoint.ProposalPSK, true, false},
		{codepoint.ProposalReInit, true, false},
		{codepoint.ProposalExternalInit, false, true},
		{codepoint.ProposalGroupContextExtensions, true, true},
		{0xf001, false, true},
	} {
		if got := c.typ.FromExternal(); got != c.external {
			t.Errorf("%v.FromExternal() = %v", c.typ, got)
		}
		if got := c.typ.NeedsPath(); got != c.path {
			t.Errorf("%v.NeedsPath() = %v", c.typ, got)
		}
	}
}

func TestString(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{codepoint.MLS10.String(), "mls10"},
		{codepoint.ProtocolVersion(2).String(), "0x0002"},
		{codepoint.CipherSuite(1).String(), "MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519"},
		{codepoint.CipherSuite(0x2a2a).String(), "GREASE(0x2a2a)"},
		{codepoint.WireFormatWelcome.String(), "mls_welcome"},
		{codepoint.WireFormat(0).String(), "0x0000"},
		{codepoint.ExtensionExternalPub.String(), "external_pub"},
		{codepoint.ExtensionType(0xf000).String(), "0xf000"},
		{codepoint.ProposalPSK.String(), "psk"},
		{codepoint.ProposalType(0x0a0a).String(), "GREASE(0x0a0a)"},
		{codepoint.CredentialX509.String(), "x509"},
		{codepoint.CredentialType(3).String(), "0x0003"},
	} {
		if c.got != c.want {
			t.Errorf("String = %q, want %q", c.got, c.want)
		}
	}
}
