// Package plan says what an interop run is to do: which script with which
// suite and framing, and which client in which role. It is computed before
// anything runs, and its cases have stable ids.
package plan

import (
	"fmt"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/runner/interop/script"
)

// MaxCases is how many cases a plan may have, all shards together. Each takes
// some hundred bytes.
const MaxCases = 1_000_000

// maxClients is up to how many clients every two, three or more of them can be
// listed.
const maxClients = 30

// ErrTooMany says that a plan would have more than MaxCases cases.
var ErrTooMany = fmt.Errorf("more than %d cases", MaxCases)

// A Plan is a list of cases.
type Plan struct {
	Cases []Case // of this shard
	Total int    // how many cases all shards have
	// Digest is the SHA-256, in hex, over the ids of the cases of all shards,
	// one to a line.
	Digest string
	Notes  []string // what is not in the plan, and why
}

// A Case is a script, and how it is to be run.
type Case struct {
	ID      string // as in application/in_order/suite1/public/alice=a,bob=b
	Script  *script.Script
	Suite   codepoint.CipherSuite
	Framing Framing
	Roles   []Role // of all roles of the script, in its order; shared between cases
	// Common lists the suites that all clients of the case have, in order.
	Common []codepoint.CipherSuite
}

// A Role is a role of a script, and the client that plays it.
type Role struct{ Role, Client string }

// A Framing says how handshake messages are sent.
type Framing string

// The framings.
const (
	Public  Framing = "public"  // as PublicMessage
	Private Framing = "private" // as PrivateMessage
)

// A Client takes part in a run.
type Client struct {
	Name   string
	Suites []codepoint.CipherSuite // that it offers, known or not
}

// Options say what a plan is to have. The zero value is what a run without
// flags does.
type Options struct {
	Roles     Assignments             // zero: all up to four roles, pairwise above
	RolesOf   []ScriptRoles           // other ones for some scripts; the last that fits counts
	Mix       int                     // at most so many different clients in a case; zero: no limit
	Seed      uint64                  // of samples
	Suites    []codepoint.CipherSuite // empty: all that RFC 9420 names
	Framings  []Framing               // empty: both
	Alternate bool                    // each assignment has one of both in a suite, and the other in the next
	CaseGlobs []string                // cases whose id one of them matches; empty: all
	Shard     Shard                   // zero: no shards
}

// Assignments say which clients play which roles.
type Assignments struct {
	Mode   Mode
	Sample int // how many for each script, suite and framing, with ModeSample
}

// ScriptRoles are the assignments of the scripts whose FILE/NAME the pattern
// matches, in the sense of package glob.
type ScriptRoles struct {
	Glob  string
	Roles Assignments
}

// A Mode is a way to choose assignments.
type Mode int

// The ways to choose assignments.
const (
	ModeDefault  Mode = iota // all up to four roles, pairwise above
	ModeAll                  // every distinct assignment; pairwise, with a note, where a script has more than MaxCases
	ModePairwise             // every pair of roles is played by every pair of clients
	ModeSample               // some at random, of as many clients as can be in a case
)

// A Shard is one of several parts into which a plan is cut.
type Shard struct{ Index, Count int } // Index is from 1

// NextSuite is the suite to which a script changes from current: the next one
// that all clients of the case have, the first after the last. It is zero when
// there is no other.
func (c *Case) NextSuite(current codepoint.CipherSuite) codepoint.CipherSuite {
	for _, s := range c.Common {
		if s > current {
			return s
		}
	}
	if len(c.Common) > 0 && c.Common[0] != current {
		return c.Common[0]
	}
	return 0
}
