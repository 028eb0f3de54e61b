package differential

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/runner/subject"
	"github.com/mlsconform/mlsconform/runner/subject/local"
	"github.com/mlsconform/mlsconform/vectors"
	"github.com/mlsconform/mlsconform/vectors/format"
)

// A kind says in which way a stack differs.
type kind string

const (
	takes   kind = "takes"   // what mlsconform refuses
	refuses kind = "refuses" // what mlsconform takes
	encodes kind = "encodes" // a message, in another way
	reads   kind = "reads"   // other fields of a KeyPackage
	breaks  kind = "breaks"  // and gives no answer, or one that is none
	open    kind = "open"    // and may: either verdict is right
)

// A difference is one thing in which a stack differs on an input.
type difference struct {
	kind kind
	// rules are those that the input breaks, of what the stack takes.
	rules []rule.ID
	// detail is what mlsconform says of an input that the stack takes, else what
	// the stack says.
	detail string
	// review is there when mlsconform takes the input.
	review *review
}

// class is the same for differences that have one cause, as far as can be seen.
func (d *difference) class() string {
	if d.kind == takes {
		return join(string(d.kind), d.rules...)
	}
	return string(d.kind) + " " + normal(d.detail)
}

// finding is the class of a difference on an input that was made small. What such
// an input is, and what is unusual about it, is likely to matter.
func (d *difference) finding() string {
	if d.review == nil {
		return d.class()
	}
	return strings.Join(slices.Concat([]string{d.class()}, d.review.shape, d.review.remarks), "; ")
}

func join(first string, ids ...rule.ID) string {
	for _, id := range ids {
		first += " " + string(id)
	}
	return first
}

var (
	longHex = regexp.MustCompile(`\b[0-9a-f]{8,}\b`)
	number  = regexp.MustCompile(`[0-9]+`)
)

// normal is a text without what differs from one input to the next: numbers, and
// all that is far from its beginning.
func normal(detail string) string {
	detail, _, _ = strings.Cut(detail, "\n")
	detail = number.ReplaceAllString(longHex.ReplaceAllString(detail, "#"), "#")
	const most = 160
	return detail[:min(len(detail), most)]
}

// name is a short name for a class.
func name(class string) string {
	h := fnv.New32a()
	h.Write([]byte(class))
	return fmt.Sprintf("%08x", h.Sum32())
}

// panicked begins the details of peers whose stack has panicked on an input.
const panicked = "panic: "

// compare tells how a stack's answer differs from mlsconform's.
func compare(request format.Request, ours format.Verdict, answer subject.Answer, err error) []difference {
	theirs := answer.Verdict
	switch {
	case err != nil:
		return []difference{{kind: breaks, detail: broken(err)}}
	case strings.HasPrefix(theirs.Detail, panicked):
		return []difference{{kind: breaks, detail: theirs.Detail}}
	case theirs.Result == format.Unsupported:
		return nil
	case ours.Result == format.Reject && theirs.Result == format.Accept:
		return faultsOf(request, &ours)
	case ours.Result == format.Reject:
		return nil
	}
	d := difference{kind: refuses, detail: theirs.Detail}
	if theirs.Result == format.Accept {
		switch field := differentField(&ours, &theirs); {
		case theirs.Encoding != nil && string(theirs.Encoding) != string(ours.Encoding):
			d.kind, d.detail = encodes, fmt.Sprintf("%x", []byte(theirs.Encoding))
		case field != "":
			d.kind, d.detail = reads, field
		default:
			return nil
		}
	}
	d.review = reviewRequest(request)
	if len(d.review.objections) > 0 && d.kind != reads {
		return []difference{{kind: open}}
	}
	return []difference{d}
}

// broken is what is to be said of a stack that gave no answer; how long that took
// does not matter.
func broken(err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return "no answer in time"
	}
	return err.Error()
}

// differentField returns the first field of a KeyPackage that a stack has read in
// another way, if it tells.
func differentField(ours, theirs *format.Verdict) string {
	if theirs.Reference != nil && string(theirs.Reference) != string(ours.Reference) {
		return "reference"
	}
	if theirs.Parsed == nil || ours.Parsed == nil {
		return ""
	}
	mine, other := fields(ours.Parsed), fields(theirs.Parsed)
	for _, field := range slices.Sorted(maps.Keys(mine)) {
		if string(mine[field]) != string(other[field]) {
			return field
		}
	}
	return ""
}

func fields(k *format.KeyPackageFields) map[string]json.RawMessage {
	encoded, err := json.Marshal(k)
	if err != nil {
		panic(err) // there is nothing in the type that cannot be encoded
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(encoded, &all); err != nil {
		panic(err)
	}
	return all
}

// faultsOf returns the faults of an input that a stack takes: each of them should
// have kept it from that, unless either verdict is right.
func faultsOf(request format.Request, ours *format.Verdict) []difference {
	faults := []difference{{kind: takes, rules: ours.IDs, detail: ours.Detail}}
	if q, ok := request.(*format.KeyPackageRequest); ok {
		if all, err := local.KeyPackageFaults(q); err == nil {
			faults = nil
			for _, fault := range all {
				faults = append(faults, difference{kind: takes, rules: rule.All(fault), detail: fault.Error()})
			}
		}
	}
	_, decoding := request.(*format.DecodingRequest)
	faults = slices.DeleteFunc(faults, func(d difference) bool {
		return isOpen(d.rules) || decoding && leftToOthers(&d)
	})
	if len(faults) == 0 {
		return []difference{{kind: open}}
	}
	return faults
}

// isOpen reports whether the RFC leaves the verdict on a fault open, as the
// catalogue says of its rules. That a lifetime has to cover the time in which the
// KeyPackage is used is beyond doubt, whatever else is wrong with it.
func isOpen(rules []rule.ID) bool {
	return !slices.Contains(rules, "rfc9420-7.3-05") && slices.ContainsFunc(rules, func(id rule.ID) bool {
		r, ok := vectors.Lookup(id)
		return ok && r.MayAccept()
	})
}

// leftToOthers reports whether a decoder may leave the fault to whoever processes
// the message: nothing behind the field depends on its value.
func leftToOthers(d *difference) bool {
	switch d.rules[0] {
	case "rfc9420-6-04", "rfc9420-10-07", "rfc9420-8.4-05":
		return true
	case "rfc9420-6-07":
		return strings.HasPrefix(d.detail, "mls_private_message: ")
	}
	return false
}
