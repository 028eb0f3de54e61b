package client_test

import (
	"slices"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// once is the part of a program that makes a call, with the choices for its fields.
// Choices among handles and among what came along begin with the newest: of the
// group's states, 0 is carol's, 1 is bob's and 2 is alice's.
func once(method protoreflect.Name, choices ...byte) []byte { return planned(0, method, choices) }

// toAll makes a call to everyone.
func toAll(method protoreflect.Name, choices ...byte) []byte {
	return planned(6, method, append([]byte{0}, choices...))
}

func planned(how byte, method protoreflect.Name, choices []byte) []byte {
	const unchanged = 0
	return slices.Concat([]byte{how, byte(methods.ByName(method).Index())}, choices, []byte{unchanged})
}

// committed has alice commit the last proposals, and all others follow.
func committed(proposals byte) []byte {
	last := make([]byte, proposals)
	for i := range last {
		last[i] = byte(i)
	}
	return slices.Concat(
		once("Commit", slices.Concat([]byte{2, proposals}, last, []byte{0, 0, 0})...),
		toAll("HandlePendingCommit"),
		toAll("HandleCommit", slices.Concat([]byte{proposals}, last, []byte{0})...),
	)
}

// sequences are what fuzzing begins with: uses of a group as they should be. Each
// RPC is in one of them.
func sequences() [][]byte {
	return [][]byte{
		slices.Concat( // somebody joins and talks
			once("Name"), once("SupportedCiphersuites"),
			once("AddProposal", 1, 0), once("UpdateProposal", 1), committed(2),
			once("JoinGroup", 0, 0, 1, 3, 0), once("Protect", 0), toAll("Unprotect", 0),
		),
		slices.Concat( // what a group uses
			toAll("StorePSK"), once("ExternalPSKProposal", 1), once("ResumptionPSKProposal", 1, 1),
			once("GroupContextExtensionsProposal", 1, 1), committed(3), toAll("StateAuth"), toAll("Export"),
		),
		slices.Concat( // somebody joins from outside, and another has to go
			once("GroupInfo", 0, 0), once("ExternalJoin", 0, 0, 1, 3, 0, 0), toAll("HandleCommit", 0, 0),
			once("RemoveProposal", 1, 3), once("CreateGroup", 0, 0, 0), once("Free", 0),
		),
		slices.Concat( // proposals from outside
			once("CreateExternalSigner", 0), once("AddExternalSigner", 1, 0), committed(1), once("GroupInfo", 2, 0),
			once("ExternalSignerProposal", 0, 0, 0, 0, 1, 0, 2, 0, 0, 0),
			once("GroupInfo", 2, 1), once("NewMemberAddProposal", 0, 3), committed(2),
		),
		slices.Concat( // another group takes the place
			once("ReInitProposal", 1, 1, 0), once("ReInitCommit", 2, 1, 0, 0, 0, 0),
			toAll("HandlePendingReInitCommit"), toAll("HandleReInitCommit", 1, 0, 0),
			once("ReInitWelcome", 2, 2, 0, 1, 0, 0), once("HandleReInitWelcome", 1, 0, 0), once("HandleReInitWelcome", 0, 0, 0),
		),
		slices.Concat( // a group of some
			once("CreateKeyPackage", 1), once("CreateBranch", 2, 1, 0, 1, 0, 0, 0), once("HandleBranch", 2, 0, 0, 0),
		),
	}
}

func TestEveryCallIsInASequence(t *testing.T) {
	r := newRig(t)
	succeeded := make(map[protoreflect.Name]bool)
	for _, s := range sequences() {
		for _, name := range r.run(t, s).succeeded {
			succeeded[name] = true
		}
	}
	for i := range methods.Len() {
		if name := methods.Get(i).Name(); !succeeded[name] {
			t.Errorf("%s has not succeeded", name)
		}
	}
}
