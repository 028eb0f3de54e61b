package result

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"iter"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/rule"
)

// InteropSchema names the format of an interop run as JSON.
const InteropSchema = "mlsconform/interop/v1"

// An Interop is everything that one interop run found.
type Interop struct {
	Schema  string          `json:"schema"`
	Tool    Tool            `json:"tool"`
	Started string          `json:"started,omitempty"` // RFC 3339, in UTC
	Summary Summary         `json:"summary"`           // counts as in [Run]
	Plan    InteropPlan     `json:"plan"`
	Clients []InteropClient `json:"clients"`
	// Baseline has an element for each entry of the baseline that was given, and
	// for each known failure of a peer.
	Baseline []KnownFailure `json:"baseline,omitempty"`
	Cases    []InteropCase  `json:"cases"` // in the order of the plan
}

// An InteropPlan is what was to be run.
type InteropPlan struct {
	Digest string        `json:"digest"` // SHA-256, in hex, over the ids of all cases of all shards, one to a line
	Cases  int           `json:"cases"`  // of all shards
	Shard  *InteropShard `json:"shard,omitempty"`
	Seed   *uint64       `json:"seed,omitempty"` // of a sample
	Notes  []string      `json:"notes,omitempty"`
}

// DigestPlan is the digest of a plan whose cases have these ids, in this order.
func DigestPlan(ids iter.Seq[string]) string {
	h := sha256.New()
	for id := range ids {
		io.WriteString(h, id+"\n")
	}
	return hex.EncodeToString(h.Sum(nil))
}

// An InteropShard is one of several parts into which a plan was cut.
type InteropShard struct {
	Index int `json:"index"` // from 1
	Count int `json:"count"`
}

// An InteropClient took part in a run.
type InteropClient struct {
	Name   string                  `json:"name"` // on the command line
	Kind   string                  `json:"kind"` // builtin, client (was running) or exec (was started)
	Stack  string                  `json:"stack,omitempty"`
	About  About                   `json:"about,omitzero"` // what its peer.json says
	Suites []codepoint.CipherSuite `json:"suites"`
	Starts int                     `json:"starts,omitempty"` // how often it was started
	Error  string                  `json:"error,omitempty"`  // why it could not take part
}

// Stale returns the entries of the baseline that have to go, since what they
// list passes. A shard has none: what fails may be in another one.
func (i *Interop) Stale() []KnownFailure {
	if i.Plan.Shard != nil {
		return nil
	}
	return stale(i.Baseline)
}

// Unused returns the entries of the baseline that list nothing that ran. Those of
// a peer are about more scripts than a run needs to have.
func (i *Interop) Unused() []KnownFailure {
	if i.Plan.Shard != nil {
		return nil
	}
	return entries(i.Baseline, func(k *KnownFailure) bool { return k.Failed == 0 && k.Passed == 0 && k.Peer == "" })
}

// An About is what a peer.json says of an implementation.
type About struct {
	Library string `json:"library,omitempty"`
	Version string `json:"version,omitempty"`
	Lacks   []Lack `json:"lacks,omitempty"`
}

// A Lack is something that an implementation cannot do.
type Lack struct {
	Feature string `json:"feature"`
	Reason  string `json:"reason"`
}

// An InteropCase is the verdict on one script, run by certain clients with one
// suite and one framing.
type InteropCase struct {
	ID      string                `json:"id"`
	File    string                `json:"file"` // without directory and .json
	Script  string                `json:"script"`
	Suite   codepoint.CipherSuite `json:"suite"`
	Framing string                `json:"framing"` // public or private
	Roles   []InteropRole         `json:"roles"`
	Outcome Outcome               `json:"outcome"`
	// First is the outcome of a first run, where the case was run once more
	// because a client in it had failed something before.
	First Outcome `json:"first,omitempty"`
	// Agreement tells whether all members agree on what they derive, beside the
	// script's own outcome. It is empty when that was not asked.
	Agreement       Outcome `json:"agreement,omitempty"`
	AgreementDetail string  `json:"agreement_detail,omitempty"`

	Step         *int      `json:"step,omitempty"`   // the step that failed, from 0 as in scripts
	Action       string    `json:"action,omitempty"` // of that step
	RPC          string    `json:"rpc,omitempty"`    // that failed
	Client       string    `json:"client,omitempty"` // that it was sent to
	Code         string    `json:"code,omitempty"`   // gRPC status, as in INVALID_ARGUMENT
	Detail       string    `json:"detail,omitempty"`
	Requirements []rule.ID `json:"requirements,omitempty"`
	Reason       string    `json:"reason,omitempty"` // of the baseline, for known failures
	Folder       string    `json:"folder,omitempty"` // with the transcript
	Replay       string    `json:"replay,omitempty"` // the command that runs this case alone
	Steps        int       `json:"steps"`            // that were run
	RPCs         int       `json:"rpcs"`             // that were made
	Seconds      float64   `json:"seconds"`
}

// Disagrees tells whether members of the case were found to derive different
// things, or could not be asked to the end.
func (c *InteropCase) Disagrees() bool {
	switch c.Agreement {
	case "", Pass, Unsupported, Skipped:
		return false
	}
	return true
}

// An InteropRole is a role of a script and the client that plays it.
type InteropRole struct {
	Role   string `json:"role"`
	Client string `json:"client"`
}
