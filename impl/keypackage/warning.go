package keypackage

import (
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/rule"
)

// Warnings names what a KeyPackage should not have, but no receiver is told to
// refuse. Each warning is a [*rule.Error]: an extension that stands where the
// registry does not put it (RFC 9420, Section 17.3), such as an application_id
// among the KeyPackage's own extensions; an extension of the KeyPackage that its
// leaf does not list (Section 10); a default type that it does list (Section 7.2).
// Of these, [Build] lets only the first happen.
func (k *KeyPackage) Warnings() []error {
	warnings := misplaced(k.Extensions, "KeyPackage")
	warnings = append(warnings, misplaced(k.LeafNode.Extensions, "LeafNode")...)
	c := &k.LeafNode.Capabilities
	for _, e := range k.Extensions {
		if !c.SupportsExtension(e.Type) {
			warnings = append(warnings, rule.Errorf("rfc9420-10-09", "capabilities do not list the KeyPackage's own extension %v", e.Type))
		}
	}
	for _, t := range c.Extensions {
		if t.IsDefault() {
			warnings = append(warnings, rule.Errorf("rfc9420-7.2-01", "capabilities list the default extension %v", t))
		}
	}
	for _, t := range c.Proposals {
		if t.IsDefault() {
			warnings = append(warnings, rule.Errorf("rfc9420-7.2-01", "capabilities list the default proposal %v", t))
		}
	}
	return warnings
}

// misplaced finds the extensions that a receiver will not look for here.
func misplaced(list leaf.Extensions, here string) []error {
	var warnings []error
	for _, e := range list {
		if place := placeOf(e.Type); place != "" && place != here {
			warnings = append(warnings, rule.Errorf("rfc9420-17.3-01", "extension %v in a %s: its place is the %s", e.Type, here, place))
		}
	}
	return warnings
}

// placeOf returns the object that the registry names for a type, or nothing for
// a type that this implementation does not know.
func placeOf(t codepoint.ExtensionType) string {
	switch t {
	case codepoint.ExtensionApplicationID:
		return "LeafNode"
	case codepoint.ExtensionRatchetTree, codepoint.ExtensionExternalPub:
		return "GroupInfo"
	case codepoint.ExtensionRequiredCapabilities, codepoint.ExtensionExternalSenders:
		return "GroupContext"
	case codepoint.ExtensionLastResort:
		return "KeyPackage"
	}
	return ""
}
