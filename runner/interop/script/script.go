// Package script reads interop scripts: the files of the MLS working group's
// interop tests, and this project's own, which say a few things more
// (docs/interop-scripts.md). It reads strictly. What would go wrong in a run
// whatever the clients do is an error before anything runs: an unknown key or
// action, a reference to a step that comes later or makes something else, a
// role that is in no group.
package script

import "encoding/json"

// A Script is a list of steps that clients of a group carry out together.
type Script struct {
	File  string // its name without directory and .json
	Name  string // in the file
	Roles []string
	Steps []Step

	// ChangesSuite tells that a step re-initializes a group with another
	// cipher suite, so that the clients need two in common.
	ChangesSuite bool
}

// A Step is one action. References of one step to another are by Index.
type Step struct {
	Index  int    // from 0
	Actor  string // the role that acts; empty for actions of several roles, such as reinit
	Action Action
	Args   any // a pointer to the struct of the action, such as *FullCommit
	Raw    json.RawMessage

	// Comment says what the step is for. It is not in the official format,
	// whose runner ignores it.
	Comment string
	// Group names the group in which the step takes place ("x-group"). A role
	// has a state in each group that it is in; the empty name, which all
	// official scripts use, is a group like any other.
	Group string
	// GREASE has mlsconform's own client put GREASE values (RFC 9420, Section
	// 13.5) into the KeyPackages that the step makes ("x-grease").
	GREASE bool
	// ExpectError tells that each RPC of the step has to fail
	// ("x-expectError"), and that the states it named have to stay usable. The
	// step stores nothing. That a client does not implement the RPC, takes
	// too long or dies is not what is expected. Only steps that make one kind
	// of RPC have it, see [Action.OneCall].
	ExpectError bool
}

// An Action says what a step does.
type Action string

// The actions of the official format.
const (
	ActionCreateGroup                    Action = "createGroup"
	ActionCreateKeyPackage               Action = "createKeyPackage"
	ActionJoinGroup                      Action = "joinGroup"
	ActionExternalJoin                   Action = "externalJoin"
	ActionInstallExternalPSK             Action = "installExternalPSK"
	ActionGroupInfo                      Action = "groupInfo"
	ActionAddProposal                    Action = "addProposal"
	ActionUpdateProposal                 Action = "updateProposal"
	ActionRemoveProposal                 Action = "removeProposal"
	ActionExternalPSKProposal            Action = "externalPSKProposal"
	ActionResumptionPSKProposal          Action = "resumptionPSKProposal"
	ActionGroupContextExtensionsProposal Action = "groupContextExtensionsProposal"
	ActionFullCommit                     Action = "fullCommit"
	ActionCommit                         Action = "commit"
	ActionHandleCommit                   Action = "handleCommit"
	ActionHandlePendingCommit            Action = "handlePendingCommit"
	ActionProtect                        Action = "protect"
	ActionUnprotect                      Action = "unprotect"
	ActionReInit                         Action = "reinit"
	ActionBranch                         Action = "branch"
	ActionNewMemberAddProposal           Action = "newMemberAddProposal"
	ActionAddExternalSigner              Action = "addExternalSigner"
	ActionExternalSignerProposal         Action = "externalSignerProposal"
)

// This project's own actions.
const (
	ActionExport    Action = "x-export"
	ActionStateAuth Action = "x-stateAuth"
)

// OneCall reports whether a step of the action makes only one kind of RPC, so
// that it is clear which one is to fail in a step with ExpectError.
func (a Action) OneCall() bool {
	switch a {
	case ActionCreateGroup, ActionExternalJoin, ActionFullCommit, ActionReInit, ActionBranch,
		ActionInstallExternalPSK, ActionNewMemberAddProposal, ActionAddExternalSigner,
		ActionExternalSignerProposal, ActionStateAuth:
		return false
	}
	return true
}
