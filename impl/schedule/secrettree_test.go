package schedule_test

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/schedule"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

// newTree returns a secret tree of 2^height leaves over a known secret.
func newTree(suite *ciphersuite.Suite, height int) *schedule.SecretTree {
	return schedule.NewSecretTree(suite, treemath.Size(1)<<height, secret("encryption", suite.HashSize()))
}

func marshal(t testing.TB, v syntax.Marshaler) []byte {
	t.Helper()
	encoded, err := syntax.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return encoded
}

// receive does what the receiver of a genuine message does.
func receive(t testing.TB, tree *schedule.SecretTree, leaf treemath.LeafIndex, typ schedule.RatchetType, generation uint32) schedule.KeyNonce {
	t.Helper()
	k, err := tree.Peek(leaf, typ, generation, 100)
	if err != nil {
		t.Fatalf("Peek(%d, %v, %d): %v", leaf, typ, generation, err)
	}
	tree.Consume(leaf, typ, generation)
	return k
}

func wantKey(t testing.TB, got schedule.KeyNonce, from chain, generation uint32) {
	t.Helper()
	_, key, nonce := from.at(generation)
	if got.Generation != generation || !bytes.Equal(got.Key, key) || !bytes.Equal(got.Nonce, nonce) {
		t.Errorf("generation %d: got %d, %x, %x, want %x, %x", generation, got.Generation, []byte(got.Key), []byte(got.Nonce), key, nonce)
	}
}

// refused checks that Peek refuses a generation under the given requirement.
func refused(t testing.TB, tree *schedule.SecretTree, leaf treemath.LeafIndex, typ schedule.RatchetType, generation uint32, want rule.ID) {
	t.Helper()
	if _, err := tree.Peek(leaf, typ, generation, 100); rule.Of(err) != want {
		t.Errorf("Peek(%d, %v, %d): %v, want %s", leaf, typ, generation, err, want)
	}
}

func TestSecretTreeNext(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite, ref reference) {
		for height := range 4 {
			tree := newTree(suite, height)
			for leaf := range uint32(1) << height {
				handshake, application := ref.chains(secret("encryption", ref.nh), height, leaf)
				for generation := range uint32(3) {
					for typ, from := range []chain{handshake, application} {
						got, err := tree.Next(treemath.LeafIndex(leaf), schedule.RatchetType(typ))
						if err != nil {
							t.Fatal(err)
						}
						wantKey(t, got, from, generation)
					}
				}
			}
		}
	})
}

// The example of RFC 9420, Section 9.2: D, the last of four members, has sent
// the message of generation 1, and the one of generation 0 has not come.
func TestDeletionScheduleOfTheExample(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite, ref reference) {
		g := secret("encryption", ref.nh)
		e, f := ref.child(g, "left"), ref.child(g, "right")
		c, d := ref.child(f, "left"), ref.child(f, "right")
		handshake, application := chain{ref, ref.derive(d, "handshake")}, chain{ref, ref.derive(d, "application")}
		ar0, k0, n0 := application.at(0)
		ar1, k1, n1 := application.at(1)
		ar2, _, _ := application.at(2)

		tree := newTree(suite, 2)
		wantKey(t, receive(t, tree, 3, schedule.Application, 1), application, 1)
		state := marshal(t, tree)
		for name, kept := range map[string][]byte{"K0": k0, "N0": n0, "AR2": ar2, "HR0": handshake.root, "E": e, "C": c} {
			if !bytes.Contains(state, kept) {
				t.Errorf("%s has been deleted", name)
			}
		}
		for name, consumed := range map[string][]byte{"K1": k1, "N1": n1, "AR1": ar1, "AR0": ar0, "D": d, "F": f, "G": g} {
			if bytes.Contains(state, consumed) {
				t.Errorf("%s is still there", name)
			}
		}

		receive(t, tree, 3, schedule.Application, 0)
		if state := marshal(t, tree); bytes.Contains(state, k0) || bytes.Contains(state, n0) {
			t.Error("K0 or N0 is still there after use")
		}
	})
}

func TestNextDeletes(t *testing.T) {
	suite, ref := suite1(t)
	tree := newTree(suite, 0)
	root := secret("encryption", ref.nh)
	_, application := ref.chains(root, 0, 0)
	for generation := range uint32(3) {
		if _, err := tree.Next(0, schedule.Application); err != nil {
			t.Fatal(err)
		}
		state := marshal(t, tree)
		from, key, nonce := application.at(generation)
		for _, consumed := range [][]byte{root, from, key, nonce} {
			if bytes.Contains(state, consumed) {
				t.Errorf("after generation %d, %x is still there", generation, consumed)
			}
		}
		refused(t, tree, 0, schedule.Application, generation, "rfc9420-9.2-01")
	}
}

func TestPeekChangesNothing(t *testing.T) {
	suite, ref := suite1(t)
	tree := newTree(suite, 3)
	receive(t, tree, 5, schedule.Application, 3)
	before := marshal(t, tree)
	for range 2 {
		for _, c := range []struct {
			leaf       treemath.LeafIndex
			generation uint32
		}{
			{5, 0}, {5, 2}, {5, 4}, {5, 9}, {4, 0}, {4, 3}, {0, 1}, {7, 0},
		} {
			got, err := tree.Peek(c.leaf, schedule.Application, c.generation, 100)
			if err != nil {
				t.Fatal(err)
			}
			_, application := ref.chains(secret("encryption", ref.nh), 3, uint32(c.leaf))
			wantKey(t, got, application, c.generation)
			got.Erase() // the key is the caller's
			wantBytes(t, "state", marshal(t, tree), before)
		}
		refused(t, tree, 5, schedule.Application, 3, "rfc9420-9.2-01")
		refused(t, tree, 5, schedule.Application, math.MaxUint32, "rfc9420-15.3-02")
		refused(t, tree, 8, schedule.Application, 0, "rfc9420-6.3.2-02")
		wantBytes(t, "state", marshal(t, tree), before)
	}
}

func TestLeafOutsideOfTheTree(t *testing.T) {
	suite, _ := suite1(t)
	for height := range 3 {
		tree := newTree(suite, height)
		before := marshal(t, tree)
		// Leaf 2^31 would stand at node 0 if its node number were cut to 32 bits.
		for _, leaf := range []treemath.LeafIndex{1 << height, 1 << 31, math.MaxUint32} {
			refused(t, tree, leaf, schedule.Handshake, 0, "rfc9420-6.3.2-02")
			if _, err := tree.Next(leaf, schedule.Handshake); rule.Of(err) != "rfc9420-6.3.2-02" {
				t.Errorf("Next(%d): %v", leaf, err)
			}
			tree.Consume(leaf, schedule.Handshake, 0)
		}
		wantBytes(t, "state", marshal(t, tree), before)
	}
}

func TestLargestTree(t *testing.T) {
	suite, ref := suite1(t)
	tree := newTree(suite, 31)
	const leaf = 1<<31 - 1
	_, application := ref.chains(secret("encryption", ref.nh), 31, leaf)
	wantKey(t, receive(t, tree, leaf, schedule.Application, 1), application, 1)
	restored := restore(t, marshal(t, tree))
	wantKey(t, receive(t, restored, leaf, schedule.Application, 0), application, 0)
}

func TestClonesAreIndependent(t *testing.T) {
	suite, ref := suite1(t)
	handshake, application := ref.chains(secret("encryption", ref.nh), 2, 2)
	tree := newTree(suite, 2)
	receive(t, tree, 2, schedule.Application, 2)
	tree.LimitSkipped(5)
	clone := tree.Clone()
	before := marshal(t, tree)
	wantBytes(t, "clone", marshal(t, clone), before)

	receive(t, clone, 2, schedule.Application, 1)
	receive(t, clone, 2, schedule.Application, 9)
	refused(t, clone, 2, schedule.Application, 3, "rfc9420-9.2-01") // it has the limit of the original
	receive(t, clone, 0, schedule.Handshake, 0)
	clone.Erase()
	wantBytes(t, "original", marshal(t, tree), before)

	for _, generation := range []uint32{1, 0, 3} {
		wantKey(t, receive(t, tree, 2, schedule.Application, generation), application, generation)
	}
	wantKey(t, receive(t, tree, 2, schedule.Handshake, 0), handshake, 0)
}

func TestErase(t *testing.T) {
	suite, _ := suite1(t)
	tree := newTree(suite, 2)
	receive(t, tree, 1, schedule.Application, 2)
	if _, err := tree.Peek(3, schedule.Application, 0, 0); err != nil {
		t.Fatal(err)
	}
	tree.Erase()
	for leaf := range treemath.LeafIndex(4) {
		refused(t, tree, leaf, schedule.Application, 0, "rfc9420-9.2-01")
		if _, err := tree.Next(leaf, schedule.Handshake); rule.Of(err) != "rfc9420-9.2-01" {
			t.Errorf("Next(%d): %v", leaf, err)
		}
	}
	wantBytes(t, "state", marshal(t, tree), []byte{0, 1, 0, 0, 0, 4, 0})
}

func TestNewSecretTreeTakesTheSecretOver(t *testing.T) {
	suite, ref := suite1(t)
	encryption := secret("encryption", ref.nh)
	tree := schedule.NewSecretTree(suite, 2, encryption)
	wantBytes(t, "argument", encryption, make([]byte, ref.nh))
	_, application := ref.chains(secret("encryption", ref.nh), 1, 0)
	wantKey(t, receive(t, tree, 0, schedule.Application, 0), application, 0)
}

func TestSecretTreePrintsNoSecret(t *testing.T) {
	suite, _ := suite1(t)
	tree := newTree(suite, 1)
	k, err := tree.Next(0, schedule.Handshake)
	if err != nil {
		t.Fatal(err)
	}
	const want = "secret tree of 2 leaves"
	for _, got := range []string{fmt.Sprint(tree), fmt.Sprintf("%+v", *tree), fmt.Sprintf("%#v", tree)} {
		if got != want {
			t.Errorf("printed as %s, want %s", got, want)
		}
	}
	if got := fmt.Sprintf("%v", k); got != "{[secret] [secret] 0}" {
		t.Errorf("printed as %s", got)
	}
}

// A receiver's life: messages of all leaves and both ratchets in any order,
// replays and forgeries among them, and restarts. The model knows each key by
// the formulas, and which ones have been used.
func TestReceiverAgainstModel(t *testing.T) {
	suite, ref := suite1(t)
	const height, last = 3, 12
	random := rand.New(rand.NewPCG(9420, 9))
	tree := newTree(suite, height)
	type message struct {
		leaf       treemath.LeafIndex
		typ        schedule.RatchetType
		generation uint32
	}
	used := map[message]bool{}
	for range 3000 {
		m := message{treemath.LeafIndex(random.IntN(1 << height)), schedule.RatchetType(random.IntN(2)), random.Uint32N(last)}
		got, err := tree.Peek(m.leaf, m.typ, m.generation, last)
		if used[m] {
			if rule.Of(err) != "rfc9420-9.2-01" {
				t.Fatalf("%+v again: %v", m, err)
			}
			continue
		}
		if err != nil {
			t.Fatalf("%+v: %v", m, err)
		}
		handshake, application := ref.chains(secret("encryption", ref.nh), height, uint32(m.leaf))
		wantKey(t, got, []chain{handshake, application}[m.typ], m.generation)
		switch random.IntN(4) {
		case 0: // forged: not consumed
		case 1:
			tree = restore(t, marshal(t, tree))
			fallthrough
		default:
			tree.Consume(m.leaf, m.typ, m.generation)
			used[m] = true
		}
	}
	if want := last << (height + 1); len(used) != want {
		t.Errorf("%d messages were received, want %d", len(used), want)
	}
}

func BenchmarkSecretTree(b *testing.B) {
	suite, ref := suite1(b)
	const leaves = 1000
	size := treemath.SizeFor(leaves)
	fresh := func() *schedule.SecretTree { return schedule.NewSecretTree(suite, size, secret("encryption", ref.nh)) }
	next := func(b *testing.B, tree *schedule.SecretTree, leaf treemath.LeafIndex) {
		if _, err := tree.Next(leaf, schedule.Application); err != nil {
			b.Fatal(err)
		}
	}
	open := fresh()
	for leaf := range treemath.LeafIndex(leaves) {
		next(b, open, leaf)
	}
	b.Run("FirstKey/1000", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			next(b, fresh(), 777)
		}
	})
	b.Run("FirstReceive/1000", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			receive(b, fresh(), 777, schedule.Application, 0)
		}
	})
	b.Run("Next", func(b *testing.B) {
		tree := fresh()
		b.ReportAllocs()
		for b.Loop() {
			next(b, tree, 777)
		}
	})
	b.Run("Receive", func(b *testing.B) {
		tree := fresh()
		b.ReportAllocs()
		for generation := uint32(0); b.Loop(); generation++ {
			receive(b, tree, 777, schedule.Application, generation)
		}
	})
	b.Run("CloneFresh/1000", func(b *testing.B) {
		tree := fresh()
		b.ReportAllocs()
		for b.Loop() {
			tree.Clone()
		}
	})
	b.Run("CloneAllOpen/1000", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			open.Clone()
		}
	})
	b.Run("MarshalAllOpen/1000", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			marshal(b, open)
		}
	})
}
