package schedule_test

import (
	"slices"
	"testing"

	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/schedule"
	"github.com/mlsconform/mlsconform/impl/syntax/syntaxtest"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

const (
	maxForward = 6 // generations that a message may skip
	maxKept    = 4 // keys of skipped generations
)

// A received is what a receiver knows of a ratchet, without its secrets: what
// comes next, and which skipped generations have a key, in order.
type received struct {
	next uint64
	kept []uint32
}

// refusal is the requirement under which a generation is refused, if it is.
func (r *received) refusal(generation uint32) rule.ID {
	switch g := uint64(generation); {
	case g < r.next && !slices.Contains(r.kept, generation):
		return "rfc9420-9.2-01"
	case g > r.next+maxForward:
		return "rfc9420-15.3-02"
	}
	return ""
}

func (r *received) consume(generation uint32) {
	if i := slices.Index(r.kept, generation); i >= 0 {
		r.kept = slices.Delete(r.kept, i, i+1)
		return
	}
	for ; r.next < uint64(generation); r.next++ {
		r.kept = append(r.kept, uint32(r.next))
	}
	r.next++
	r.kept = r.kept[max(0, len(r.kept)-maxKept):]
}

// FuzzReceiver has messages of two leaves and both ratchets come in any order,
// with any generation: each step of the program is one. What is refused, and
// which keys there are, is known from a model (RFC 9420, Sections 9.1, 9.2 and
// 15.3).
func FuzzReceiver(f *testing.F) {
	suite, ref := suite1(f)
	f.Add([]byte{})
	f.Add([]byte{8, 8, 9, 8, 10, 8, 11, 8, 8, 8, 12, 8})
	f.Fuzz(func(t *testing.T, program []byte) {
		syntaxtest.InTime(t)
		tree := newTree(suite, 1)
		tree.LimitSkipped(maxKept)
		var model [2][2]received
		for range 48 {
			if len(program) < 2 {
				break
			}
			leaf, typ, what := program[0]&1, program[0]>>1&1, program[0]>>2&3
			r := &model[leaf][typ]
			generation, rest := near(r.next, program[1:])
			program = rest
			got, err := tree.Peek(treemath.LeafIndex(leaf), schedule.RatchetType(typ), generation, maxForward)
			if want := r.refusal(generation); rule.Of(err) != want || (err == nil) != (want == "") {
				t.Fatalf("generation %d after %+v: %v, want %q", generation, *r, err, want)
			}
			if err != nil {
				continue
			}
			handshake, application := ref.chains(secret("encryption", ref.nh), 1, uint32(leaf))
			wantKey(t, got, []chain{handshake, application}[typ], generation)
			switch what {
			case 0: // forged: not consumed
			case 1:
				tree = restore(t, marshal(t, tree))
				tree.LimitSkipped(maxKept)
				fallthrough
			default:
				tree.Consume(treemath.LeafIndex(leaf), schedule.RatchetType(typ), generation)
				r.consume(generation)
			}
		}
	})
}

// near reads a generation from a program: one around the next, or any.
func near(next uint64, program []byte) (generation uint32, rest []byte) {
	first, rest := program[0], program[1:]
	if first >= 0xf0 && len(rest) >= 4 {
		for _, b := range rest[:4] {
			generation = generation<<8 | uint32(b)
		}
		return generation, rest[4:]
	}
	return uint32(max(0, int64(next)+int64(first%20)-8)), rest
}
