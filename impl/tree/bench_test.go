package tree_test

import (
	"fmt"
	"testing"

	"github.com/mlsconform/mlsconform/impl/tree"
)

// filled returns a group of n members with no blank parent but those that a path
// leaves out. Only the last member has its private keys.
func filled(b *testing.B, n int) *world {
	b.Helper()
	w := newWorld(b, suite1(b), 1)
	for range n - 1 {
		l, signer, _ := w.newMember(b)
		w.signers[w.tree.Add(l)] = signer
	}
	for i := range n {
		if i%2 == 0 && i != n-1 {
			continue
		}
		i := leafIndex(i)
		update, err := w.tree.NewPath(w.rand, i, w.tree.Leaf(i), w.signers[i], groupID)
		if err != nil {
			b.Fatal(err)
		}
		w.private[i] = update.Private()
	}
	w.tree.Hash()
	return w
}

func bySize(b *testing.B, f func(b *testing.B, w *world)) {
	for _, n := range []int{2, 100, 1000} {
		b.Run(fmt.Sprintf("members=%d", n), func(b *testing.B) {
			w := filled(b, n)
			b.ReportAllocs()
			f(b, w)
		})
	}
}

func BenchmarkClone(b *testing.B) {
	bySize(b, func(b *testing.B, w *world) {
		for b.Loop() {
			w.tree.Clone()
		}
	})
}

func BenchmarkHashAfterOneChange(b *testing.B) {
	bySize(b, func(b *testing.B, w *world) {
		l := w.tree.Leaf(1)
		for b.Loop() {
			w.tree.SetLeaf(1, l)
			w.tree.Hash()
		}
	})
}

func BenchmarkParseAndHash(b *testing.B) {
	bySize(b, func(b *testing.B, w *world) {
		data := marshal(b, w.tree)
		for b.Loop() {
			parse(b, w, data).Hash()
		}
	})
}

func BenchmarkParse(b *testing.B) {
	bySize(b, func(b *testing.B, w *world) {
		data := marshal(b, w.tree)
		for b.Loop() {
			parse(b, w, data)
		}
	})
}

func BenchmarkMarshal(b *testing.B) {
	bySize(b, func(b *testing.B, w *world) {
		for b.Loop() {
			marshal(b, w.tree)
		}
	})
}

func BenchmarkAddOne(b *testing.B) {
	bySize(b, func(b *testing.B, w *world) {
		l, _, _ := w.newMember(b)
		for b.Loop() {
			c := w.tree.Clone()
			c.Add(l)
			c.Hash()
		}
	})
}

func BenchmarkVerifyParentHashes(b *testing.B) {
	bySize(b, func(b *testing.B, w *world) {
		for b.Loop() {
			check(b, w.tree.VerifyParentHashes())
		}
	})
}

// A quarter of the members is unmerged at the upper nodes, so the original hashes
// differ from the present ones on many ways through the tree.
func BenchmarkVerifyParentHashesUnmerged(b *testing.B) {
	bySize(b, func(b *testing.B, w *world) {
		for i := range w.tree.Leaves() {
			if i%4 == 3 {
				w.tree.Remove(i)
			}
		}
		for i := range w.tree.Leaves() {
			if i%4 == 0 {
				_, err := w.tree.NewPath(w.rand, i, w.tree.Leaf(i), w.signers[i], groupID)
				check(b, err)
			}
		}
		for range w.tree.Size() / 4 {
			l, _, _ := w.newMember(b)
			w.tree.Add(l)
		}
		for b.Loop() {
			check(b, w.tree.VerifyParentHashes())
		}
	})
}

func BenchmarkVerifyUniqueKeys(b *testing.B) {
	bySize(b, func(b *testing.B, w *world) {
		for b.Loop() {
			check(b, w.tree.VerifyUniqueKeys())
		}
	})
}

func BenchmarkVerifyLeafSignatures(b *testing.B) {
	bySize(b, func(b *testing.B, w *world) {
		for b.Loop() {
			check(b, w.tree.VerifyLeafSignatures(groupID))
		}
	})
}

func BenchmarkNewPath(b *testing.B) {
	bySize(b, func(b *testing.B, w *world) {
		for b.Loop() {
			_, err := w.tree.Clone().NewPath(w.rand, 0, w.tree.Leaf(0), w.signers[0], groupID)
			check(b, err)
		}
	})
}

func BenchmarkNewPathAndEncrypt(b *testing.B) {
	bySize(b, func(b *testing.B, w *world) {
		for b.Loop() {
			w.newPath(b, 0)
		}
	})
}

// After one Commit that adds everybody, a path secret goes to each member.
func BenchmarkNewPathAndEncryptToAll(b *testing.B) {
	bySize(b, func(b *testing.B, w *world) {
		for i := range leafIndex(w.tree.Size()) {
			if w.tree.Leaf(i) != nil && i > 0 {
				w.tree.Update(i, w.tree.Leaf(i))
			}
		}
		for b.Loop() {
			w.newPath(b, 0)
		}
	})
}

func BenchmarkCheckAndMergePath(b *testing.B) {
	bySize(b, func(b *testing.B, w *world) {
		_, _, path := w.newPath(b, 0)
		for b.Loop() {
			c := w.tree.Clone()
			check(b, c.CheckPath(0, path, nil))
			check(b, c.MergePath(0, path))
			c.Hash()
		}
	})
}

func BenchmarkDecrypt(b *testing.B) {
	bySize(b, func(b *testing.B, w *world) {
		after, _, path := w.newPath(b, 0)
		ctx := context(after)
		p := w.private[leafIndex(w.tree.MemberCount()-1)]
		for b.Loop() {
			_, _, _, err := p.Decrypt(after, 0, path, ctx, nil)
			check(b, err)
		}
	})
}

// The neighbour of the committer derives the keys of the whole path.
func BenchmarkDecryptAtTheBottom(b *testing.B) {
	bySize(b, func(b *testing.B, w *world) {
		after, _, path := w.newPath(b, 0)
		ctx := context(after)
		for b.Loop() {
			_, _, _, err := w.private[1].Decrypt(after, 0, path, ctx, nil)
			check(b, err)
		}
	})
}

func marshal(b *testing.B, t *tree.RatchetTree) []byte {
	b.Helper()
	data, err := t.Marshal()
	check(b, err)
	return data
}

func parse(b *testing.B, w *world, data []byte) *tree.RatchetTree {
	b.Helper()
	t, err := tree.Parse(w.suite, data)
	check(b, err)
	return t
}

func check(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}
