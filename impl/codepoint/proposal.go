package codepoint

// A ProposalType is a value of the "MLS Proposal Types" registry
// (RFC 9420, Section 17.4).
type ProposalType uint16

// The proposal types of RFC 9420, Section 17.4.
const (
	ProposalAdd                    ProposalType = 0x0001
	ProposalUpdate                 ProposalType = 0x0002
	ProposalRemove                 ProposalType = 0x0003
	ProposalPSK                    ProposalType = 0x0004
	ProposalReInit                 ProposalType = 0x0005
	ProposalExternalInit           ProposalType = 0x0006
	ProposalGroupContextExtensions ProposalType = 0x0007
)

// IsDefault reports whether every client supports the type, so that it is left
// out of capabilities (RFC 9420, Section 7.2).
func (p ProposalType) IsDefault() bool {
	return p >= ProposalAdd && p <= ProposalGroupContextExtensions
}

// NeedsPath reports whether a Commit that covers a proposal of this type needs
// a path (RFC 9420, Section 12.4; the "Path Required" column of Section 17.4).
// A type that is not in the registry needs one: Section 12.4 has the path
// populated by default.
func (p ProposalType) NeedsPath() bool {
	switch p {
	case ProposalAdd, ProposalPSK, ProposalReInit:
		return false
	}
	return true
}

// FromExternal reports whether an external sender may send the type
// (RFC 9420, Section 12.1.8; the "External" column of Section 17.4).
func (p ProposalType) FromExternal() bool {
	switch p {
	case ProposalAdd, ProposalRemove, ProposalPSK, ProposalReInit, ProposalGroupContextExtensions:
		return true
	}
	return false
}

func (p ProposalType) String() string {
	switch p {
	case ProposalAdd:
		return "add"
	case ProposalUpdate:
		return "update"
	case ProposalRemove:
		return "remove"
	case ProposalPSK:
		return "psk"
	case ProposalReInit:
		return "reinit"
	case ProposalExternalInit:
		return "external_init"
	case ProposalGroupContextExtensions:
		return "group_context_extensions"
	}
	return unnamed(uint16(p))
}
