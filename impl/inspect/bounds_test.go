package inspect_test

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/inspect"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/tree"
)

func (w *world) treeOf(n *leaf.LeafNode) []byte {
	t, err := tree.FromNodes(w.suite, []*tree.Node{{Leaf: n}})
	w.must(err)
	data, err := t.Marshal()
	w.must(err)
	return data
}

func opaque(body []byte) []byte {
	var b cryptobyte.Builder
	syntax.AddOpaque(&b, body)
	return b.BytesOrPanic()
}

// Long inputs give a bounded output, that says what is left out.
func TestBounds(t *testing.T) {
	w := newWorld(t)
	body := make([]byte, 2<<20)
	last := w.treeOf(w.leaf("alice"))[2:] // without the length header
	for _, tt := range []struct {
		name  string
		typ   string
		data  []byte
		shown string
	}{
		{"blank nodes", "ratchet-tree", opaque(slices.Concat(body, last)), "bytes of further elements are not shown"},
		{"code points", "capabilities", append(opaque(body), 0, 0, 0, 0), "further values are not shown"},
		{"leaf indices", "parent-node", append([]byte{0, 0}, opaque(body)...), "further values are not shown"},
		{"extensions", "extensions", opaque(bytes.Repeat([]byte{0xf0, 0, 0}, len(body)/3)), "bytes of further elements are not shown"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := read(t, tt.data, tt.typ)
			if len(r.Readings) == 0 {
				t.Fatalf("does not decode: %v", r.Partial.Failure)
			}
			out := text(t, r, inspect.TextOptions{})
			if len(out) > 4<<20 {
				t.Errorf("%d bytes of output", len(out))
			}
			if !strings.Contains(out, tt.shown) {
				t.Errorf("nothing tells of what is left out")
			}
			if err := r.JSON(io.Discard, false); err != nil {
				t.Error(err)
			}
		})
	}
}

// More signatures than may be verified are not: the rest is not judged.
func TestManySignatures(t *testing.T) {
	w := newWorld(t)
	n := w.leaf("alice")
	n.Signature = []byte("none")
	node := &tree.Node{Leaf: n}
	nodes := []*tree.Node{node}
	for range 6000 {
		nodes = append(nodes, nil, node)
	}
	rt, err := tree.FromNodes(w.suite, nodes)
	w.must(err)
	data, err := rt.Marshal()
	w.must(err)
	count := make(map[inspect.Verdict]int)
	for _, f := range read(t, data, "ratchet-tree").Readings[0].Findings() {
		if f.Name == "signature" {
			count[f.Verdict]++
		}
	}
	if count[inspect.Invalid] != 5000 || count[inspect.Unknown] != 1001 {
		t.Errorf("verdicts on signatures: %v", count)
	}
}

// A tree in a tree in a tree ends somewhere.
func TestNesting(t *testing.T) {
	w := newWorld(t)
	for depth := 1; depth <= 6; depth++ {
		out := text(t, read(t, w.nested(depth), "ratchet-tree"), inspect.TextOptions{})
		const remark = "the content of extensions within extensions is not shown"
		if got, want := strings.Contains(out, remark), depth > 3; got != want {
			t.Errorf("%d trees: the remark is there: %t, want %t", depth, got, want)
		}
	}
}

// What the input names cannot control the terminal.
func TestControlCharacters(t *testing.T) {
	w := newWorld(t)
	n := w.leaf("alice")
	n.Credential = leaf.Basic([]byte("\x1b[31mred"))
	f := w.named("\x1b[31mred\u202e")
	for _, v := range []*leaf.LeafNode{w.signed("alice", n), f} {
		r := read(t, w.encode(v), "leaf-node")
		if out := text(t, r, inspect.TextOptions{}); strings.ContainsAny(out, "\x1b\u202e") {
			t.Errorf("control characters in\n%s", out)
		}
	}
}
