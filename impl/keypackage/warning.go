package keypackage

import (
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/rule"
)

// Warnings names the extensions that stand where the registry of extension types
// does not put them (RFC 9420, Section 17.3), such as an application_id among the
// KeyPackage's own extensions. Nothing orders a receiver to refuse them, but one
// that looks for them looks elsewhere. Each warning is a [*rule.Error].
func (k *KeyPackage) Warnings() []error {
	var warnings []error
	warn := func(list leaf.Extensions, here string) {
		for _, e := range list {
			if place := placeOf(e.Type); place != "" && place != here {
				warnings = append(warnings, rule.Errorf("rfc9420-17.3-01", "extension %v in a %s: its place is the %s", e.Type, here, place))
			}
		}
	}
	warn(k.Extensions, "KeyPackage")
	warn(k.LeafNode.Extensions, "LeafNode")
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
