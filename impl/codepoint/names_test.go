package codepoint_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/impl/codepoint"
)

// names lists the names of the values from 1 to n.
func names[T interface {
	~uint16
	String() string
}](n T) []string {
	var list []string
	for v := T(1); v <= n; v++ {
		list = append(list, v.String())
	}
	return list
}

// The registries of RFC 9420, Section 17, and the first value without a name in
// each.
func TestRegistries(t *testing.T) {
	for name, c := range map[string]struct{ got, want []string }{
		"versions": {names(codepoint.ProtocolVersion(2)), []string{"mls10", "0x0002"}},
		"cipher suites": {names(codepoint.CipherSuite(8)), []string{
			"MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519",
			"MLS_128_DHKEMP256_AES128GCM_SHA256_P256",
			"MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519",
			"MLS_256_DHKEMX448_AES256GCM_SHA512_Ed448",
			"MLS_256_DHKEMP521_AES256GCM_SHA512_P521",
			"MLS_256_DHKEMX448_CHACHA20POLY1305_SHA512_Ed448",
			"MLS_256_DHKEMP384_AES256GCM_SHA384_P384",
			"0x0008",
		}},
		"wire formats": {names(codepoint.WireFormat(6)), []string{
			"mls_public_message", "mls_private_message", "mls_welcome", "mls_group_info", "mls_key_package", "0x0006",
		}},
		"extensions": {names(codepoint.ExtensionType(6)), []string{
			"application_id", "ratchet_tree", "required_capabilities", "external_pub", "external_senders", "0x0006",
		}},
		"proposals": {names(codepoint.ProposalType(8)), []string{
			"add", "update", "remove", "psk", "reinit", "external_init", "group_context_extensions", "0x0008",
		}},
		"credentials": {names(codepoint.CredentialType(3)), []string{"basic", "x509", "0x0003"}},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if got := codepoint.ExtensionLastResort.String(); got != "last_resort_key_package" {
		t.Errorf("extension 0x000a is called %q", got)
	}
}
