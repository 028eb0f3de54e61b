package result

import (
	"slices"

	"github.com/mlsconform/mlsconform/impl/rule"
)

// A KnownFailure tells what became of an entry of a baseline.
type KnownFailure struct {
	Case   string  `json:"case"` // these three as in the entry
	Client string  `json:"client,omitempty"`
	Detail string  `json:"detail,omitempty"`
	Rule   rule.ID `json:"rule,omitempty"`
	Reason string  `json:"reason"`
	Link   string  `json:"link,omitempty"`
	Peer   string  `json:"peer,omitempty"` // whose peer.json lists it; empty for the baseline that was given
	Failed int     `json:"failed"`         // cases that failed as the entry says
	Passed int     `json:"passed"`         // cases of the entry that passed
}

// stale are the entries that have to go, since what they list passes.
func stale(list []KnownFailure) []KnownFailure {
	return entries(list, func(k *KnownFailure) bool { return k.Failed == 0 && k.Passed > 0 })
}

func entries(list []KnownFailure, are func(*KnownFailure) bool) []KnownFailure {
	return slices.DeleteFunc(slices.Clone(list), func(k KnownFailure) bool { return !are(&k) })
}
