package codepoint

// An ExtensionType is a value of the "MLS Extension Types" registry
// (RFC 9420, Section 17.3).
type ExtensionType uint16

// The extension types of RFC 9420, Section 17.3, and those of
// draft-ietf-mls-extensions that this project knows by name.
const (
	ExtensionApplicationID        ExtensionType = 0x0001
	ExtensionRatchetTree          ExtensionType = 0x0002
	ExtensionRequiredCapabilities ExtensionType = 0x0003
	ExtensionExternalPub          ExtensionType = 0x0004
	ExtensionExternalSenders      ExtensionType = 0x0005
	ExtensionLastResort           ExtensionType = 0x000a
)

// IsDefault reports whether every client supports the type, so that it is left
// out of capabilities (RFC 9420, Section 7.2).
func (e ExtensionType) IsDefault() bool {
	return e >= ExtensionApplicationID && e <= ExtensionExternalSenders
}

func (e ExtensionType) String() string {
	switch e {
	case ExtensionApplicationID:
		return "application_id"
	case ExtensionRatchetTree:
		return "ratchet_tree"
	case ExtensionRequiredCapabilities:
		return "required_capabilities"
	case ExtensionExternalPub:
		return "external_pub"
	case ExtensionExternalSenders:
		return "external_senders"
	case ExtensionLastResort:
		return "last_resort_key_package"
	}
	return unnamed(uint16(e))
}
