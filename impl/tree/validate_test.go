package tree_test

import (
	"cmp"
	"errors"
	"runtime"
	"testing"

	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/rule"
)

// Each case breaks one rule about unmerged leaves in the tree of the figure in
// RFC 9420, Section 7.9. Parent hashes are computed anew and stay valid.
func TestBrokenUnmergedLeaves(t *testing.T) {
	suite := suite1(t)
	const T, U, W, Y = 1, 3, 7, 11
	// fromU has the root linked from U, so that the resolution of Y is free.
	fromU := func(m model) {
		m[Y].Parent.ParentHash = []byte("hash of an earlier root")
		m.link(suite, 4, Y)
		m.link(suite, 0, T, U, W)
	}
	for _, c := range []struct {
		name   string
		change func(m model) model
		want   rule.ID
	}{
		{"blank leaf under the other child", func(m model) model {
			m[4] = nil // leaf 2; the root is linked from Y
			m[W].Parent.UnmergedLeaves = []leafIndex{2, 5}
			m.link(suite, 0, T, U)
			m.link(suite, 4, Y, W)
			return m
		}, "rfc9420-12.4.3.1-12"},
		{"leaf that is not below the parent", func(m model) model {
			m[Y].Parent.UnmergedLeaves = []leafIndex{0, 5}
			fromU(m)
			return m
		}, "rfc9420-12.4.3.1-12"},
		{"leaf on the other side of the root's child", func(m model) model {
			m[U].Parent.UnmergedLeaves = []leafIndex{4}
			m.link(suite, 0, T, U)
			m.link(suite, 4, Y, W)
			return m
		}, "rfc9420-12.4.3.1-12"},
		{"leaf beyond the tree", func(m model) model {
			m[Y].Parent.UnmergedLeaves = []leafIndex{5, 8}
			fromU(m)
			return m
		}, "rfc9420-12.4.3.1-12"},
		{"leaf so far beyond that its node index overflows", func(m model) model {
			m[Y].Parent.UnmergedLeaves = []leafIndex{5, 1<<31 + 6}
			fromU(m)
			return m
		}, "rfc9420-12.4.3.1-12"},
		{"unmerged at the root but not in between", func(m model) model {
			// G is unmerged at the root, but not at Y, which is linked from E.
			m[W].Parent.UnmergedLeaves = []leafIndex{5, 6}
			fromU(m)
			return m
		}, "rfc9420-12.4.3.1-13"},
		{"unmerged at the root but not far below", func(m model) model {
			// G is at Z now, with a new neighbour that linked Z, and Y is blank.
			m[Y] = nil
			m[13], m[14] = draw("_ Z")[1], draw("H")[0]
			m[W].Parent.UnmergedLeaves = []leafIndex{4, 5, 6}
			m[13].Parent.ParentHash = []byte("hash of an earlier root")
			m.link(suite, 7, 13)
			m.link(suite, 0, T, U, W)
			return m
		}, "rfc9420-12.4.3.1-13"},
		{"order", func(m model) model {
			m[W].Parent.UnmergedLeaves = []leafIndex{6, 5}
			m[Y].Parent.UnmergedLeaves = []leafIndex{5, 6}
			fromU(m)
			return m
		}, "rfc9420-7.1-01"},
		{"order, in the node that is searched", func(m model) model {
			m[W].Parent.UnmergedLeaves = []leafIndex{5, 6}
			m[Y].Parent.UnmergedLeaves = []leafIndex{6, 5}
			fromU(m)
			return m
		}, "rfc9420-7.1-01"},
		{"repetition", func(m model) model {
			m[W].Parent.UnmergedLeaves = []leafIndex{5, 5}
			fromU(m)
			return m
		}, "rfc9420-7.1-02"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := c.change(figure(t)).tree(t)
			refused(t, r.VerifyUnmergedLeaves(), c.want)
			if err := r.VerifyParentHashes(); err != nil {
				t.Errorf("parent hashes: %v", err)
			}
			if err := r.VerifyUniqueKeys(); err != nil {
				t.Errorf("keys: %v", err)
			}
		})
	}
}

func TestRepeatedKeys(t *testing.T) {
	suite := suite1(t)
	const A, B, D, G, T, U, W, Y = 0, 2, 6, 12, 1, 3, 7, 11
	link := func(m model) {
		m.link(suite, 0, T, U)
		m.link(suite, 4, Y, W)
	}
	for _, c := range []struct {
		name   string
		change func(m model)
		want   rule.ID
	}{
		{"signature keys of two leaves", func(m model) {
			m[G].Leaf.SignatureKey = m[B].Leaf.SignatureKey
		}, "rfc9420-7.3-09"},
		{"encryption keys of two leaves", func(m model) {
			m[D].Leaf.EncryptionKey = m[A].Leaf.EncryptionKey
		}, "rfc9420-7.3-10"},
		{"two parents on one path", func(m model) {
			m[T].Parent.EncryptionKey = m[U].Parent.EncryptionKey
		}, "rfc9420-12.4.3.1-14"},
		{"parents without unmerged leaves", func(m model) {
			m[U].Parent.EncryptionKey = m[Y].Parent.EncryptionKey
		}, "rfc9420-12.4.3.1-14"},
		{"parent and leaf", func(m model) {
			m[W].Parent.EncryptionKey = m[G].Leaf.EncryptionKey
		}, "rfc9420-12.4.3.1-14"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := figure(t)
			c.change(m)
			link(m)
			r := m.tree(t)
			refused(t, r.VerifyUniqueKeys(), c.want)
			if err := r.VerifyUnmergedLeaves(); err != nil {
				t.Errorf("unmerged leaves: %v", err)
			}
			if err := r.VerifyParentHashes(); err != nil {
				t.Errorf("parent hashes: %v", err)
			}
		})
	}
}

// Where only some leaves are new, the others need not be compared.
func TestKeysOfNewLeaves(t *testing.T) {
	const A, B, C, Y = 0, 2, 4, 3
	for _, c := range []struct {
		name   string
		change func(m model)
		leaves []leafIndex
		want   rule.ID
	}{
		{"all differ", func(model) {}, []leafIndex{0, 1, 2}, ""},
		{"signature key of a present leaf", func(m model) {
			m[C].Leaf.SignatureKey = m[A].Leaf.SignatureKey
		}, []leafIndex{2}, "rfc9420-7.3-09"},
		{"signature key of a leaf on the right", func(m model) {
			m[C].Leaf.SignatureKey = m[A].Leaf.SignatureKey
		}, []leafIndex{0}, "rfc9420-7.3-09"},
		{"signature keys of two new leaves", func(m model) {
			m[C].Leaf.SignatureKey = m[A].Leaf.SignatureKey
		}, []leafIndex{2, 0}, "rfc9420-7.3-09"},
		{"encryption key of a present leaf", func(m model) {
			m[C].Leaf.EncryptionKey = m[B].Leaf.EncryptionKey
		}, []leafIndex{2}, "rfc9420-7.3-10"},
		{"encryption keys of two new leaves", func(m model) {
			m[C].Leaf.EncryptionKey = m[B].Leaf.EncryptionKey
		}, []leafIndex{1, 2}, "rfc9420-7.3-10"},
		{"encryption key of a parent node", func(m model) {
			m[C].Leaf.EncryptionKey = m[Y].Parent.EncryptionKey
		}, []leafIndex{2}, "rfc9420-16.7-01"},
		{"two present leaves with equal keys", func(m model) {
			m[B].Leaf.SignatureKey = m[A].Leaf.SignatureKey
			m[B].Leaf.EncryptionKey = m[A].Leaf.EncryptionKey
		}, []leafIndex{2}, ""},
		{"no key at all", func(m model) {
			m[C].Leaf.EncryptionKey = nil
		}, []leafIndex{2}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := draw("A X B Y C")
			c.change(m)
			r := m.tree(t)
			signature, encryption := r.VerifyLeafSignatureKeys(c.leaves), r.VerifyLeafEncryptionKeys(c.leaves)
			if signature != nil && encryption != nil {
				t.Errorf("both kinds of keys are refused: %v, %v", signature, encryption)
			}
			refused(t, cmp.Or(signature, encryption), c.want)
		})
	}
}

// Encryption keys and signature keys are two sets (RFC 9420, Section 7.3).
func TestSignatureKeyMayLookLikeAnEncryptionKey(t *testing.T) {
	m := draw("A _ B")
	m[0].Leaf.SignatureKey = m[2].Leaf.EncryptionKey
	m[2].Leaf.SignatureKey = m[0].Leaf.EncryptionKey
	if err := m.tree(t).VerifyUniqueKeys(); err != nil {
		t.Error(err)
	}
}

func TestParentKeysAreWellFormed(t *testing.T) {
	w := worldOf(t, suite1(t), 4)
	if err := w.tree.VerifyParentKeys(); err != nil {
		t.Error(err)
	}
	refused(t, draw("A X B").tree(t).VerifyParentKeys(), "rfc9420-5.1.1-01")
}

func TestLeafSignatures(t *testing.T) {
	w := worldOf(t, suite1(t), 9)
	if err := w.tree.VerifyLeafSignatures(groupID); err != nil {
		t.Fatal(err)
	}
	refused(t, w.tree.VerifyLeafSignatures([]byte("another group")), "rfc9420-7.3-01") // for the committer's leaf
	for _, i := range []leafIndex{6, 3} {
		l := w.tree.Leaf(i).Clone()
		l.Signature = append([]byte{l.Signature[0] ^ 1}, l.Signature[1:]...)
		w.tree.SetLeaf(i, l)
	}
	refused(t, w.tree.VerifyLeafSignatures(groupID), "rfc9420-7.3-01")
}

// Whichever of two calls ends first, the error is that of the leftmost leaf.
func TestCheckLeavesIsDeterministic(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	m := draw("L0")
	for range 40 {
		m.add(newLeaf("more"))
	}
	large := m.tree(t)
	bad := errors.New("bad leaf")
	for range 200 {
		begun := make(chan struct{})
		err := large.CheckLeaves(func(i leafIndex, _ *leaf.LeafNode) error {
			switch i {
			case 3: // as a rule the first to end
				<-begun
				return bad
			case 7:
				close(begun)
				for range 100 {
					runtime.Gosched()
				}
				return bad
			}
			return nil
		})
		if !errors.Is(err, bad) || err.Error() != "leaf 3: bad leaf" {
			t.Fatalf("error is %v", err)
		}
	}
	visited := make([]int, large.Size())
	if err := large.CheckLeaves(func(i leafIndex, _ *leaf.LeafNode) error {
		visited[i]++
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for i, n := range visited {
		if want := min(1, max(0, 41-i)); n != want {
			t.Errorf("leaf %d was visited %d times, want %d", i, n, want)
		}
	}
}

// A panic of a check reaches the caller, who can recover from it.
func TestPanicInACheckReachesTheCaller(t *testing.T) {
	r := draw("A X B Y C Z D").tree(t)
	defer func() {
		if got := recover(); got != "stop" {
			t.Errorf("recovered %v, want the panic of the check", got)
		}
	}()
	err := r.CheckLeaves(func(i leafIndex, _ *leaf.LeafNode) error {
		if i == 2 {
			panic("stop")
		}
		return nil
	})
	t.Errorf("CheckLeaves returned %v", err)
}
