package tree_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/syntax/syntaxtest"
	"github.com/mlsconform/mlsconform/impl/tree"
)

// encode returns the ratchet_tree of exactly these nodes.
func encode(t testing.TB, nodes []*tree.Node) []byte {
	t.Helper()
	var body, b cryptobyte.Builder
	for _, n := range nodes {
		syntax.AddOptional(&body, n)
	}
	syntax.AddOpaque(&b, body.BytesOrPanic())
	return b.BytesOrPanic()
}

// The six members of RFC 9420, Section 12.4.3.3.
func TestSixMembers(t *testing.T) {
	const nodes = "A W B X C _ D Y E Z F"
	encoded := encode(t, draw(nodes)[:11])
	r, err := tree.Parse(suite1(t), encoded)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(nodes, show(r)); diff != "" {
		t.Errorf("nodes (-want +got):\n%s", diff)
	}
	if r.Size() != 8 || r.MemberCount() != 6 {
		t.Errorf("%d leaves with %d members, want 8 with 6", r.Size(), r.MemberCount())
	}
	again, err := r.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(encoded, again); diff != "" {
		t.Errorf("Marshal (-want +got):\n%s", diff)
	}
}

func TestParseCopiesItsInput(t *testing.T) {
	data := encode(t, draw("A X B")[:3])
	r, err := tree.Parse(suite1(t), data)
	if err != nil {
		t.Fatal(err)
	}
	clear(data)
	if got := show(r); got != "A X B" {
		t.Errorf("tree is %q", got)
	}
	if got, want := r.Hash(), draw("A X B").treeHash(suite1(t), 1); !bytes.Equal(got, want) {
		t.Errorf("tree hash %x, want %x", got, want)
	}
}

func TestMalformedTrees(t *testing.T) {
	three := draw("A X B _ C") // Y left out: five entries
	for _, c := range []struct {
		name  string
		nodes []*tree.Node
		want  rule.ID
	}{
		{"last node blank", three[:6], "rfc9420-12.4.3.3-02"},
		{"two last nodes blank", three[:7], "rfc9420-12.4.3.3-02"},
		{"only blank nodes", make([]*tree.Node, 3), "rfc9420-12.4.3.3-02"},
		{"no node", nil, "rfc9420-12.4.3.3-03"},
		{"ends with a parent", draw("A X B Y")[:4], "rfc9420-12.4.3.3-04"},
		{"first two nodes swapped", []*tree.Node{three[1], three[0], three[2]}, "rfc9420-12.4.3.3-05"},
		{"leaf at an odd place", []*tree.Node{three[0], three[2]}, "rfc9420-12.4.3.3-05"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := tree.Parse(suite1(t), encode(t, c.nodes))
			refused(t, err, c.want)
			_, err = tree.FromNodes(suite1(t), c.nodes)
			refused(t, err, c.want)
		})
	}
	if _, err := tree.Parse(suite1(t), encode(t, three[:5])); err != nil {
		t.Errorf("genuine tree: %v", err)
	}
}

func TestMalformedEncodings(t *testing.T) {
	good := encode(t, draw("A")[:1])
	// A length header of one byte, the presence octet, the node type.
	badPresence, unknownType := bytes.Clone(good), bytes.Clone(good)
	badPresence[1], unknownType[2] = 2, 3
	for _, c := range []struct {
		name string
		data []byte
		want rule.ID
	}{
		{"node type", unknownType, "rfc9420-12.4.3.3-06"},
		{"presence octet", badPresence, "rfc9420-2.1.1-01"},
		{"byte at the end", append(bytes.Clone(good), 0), "rfc9420-2.1-03"},
		{"truncated", good[:len(good)-1], "rfc9420-2.1.2-05"},
		{"no header", nil, "rfc9420-2.1-01"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := tree.Parse(suite1(t), c.data)
			refused(t, err, c.want)
		})
	}
}

func TestFromNodesWantsNodesWithAnEncoding(t *testing.T) {
	l := newLeaf("A")
	l.Source = 0
	for name, n := range map[string]*tree.Node{"empty node": {}, "leaf without source": {Leaf: l}} {
		if _, err := tree.FromNodes(suite1(t), []*tree.Node{n}); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// A member far on the right costs one byte per blank node before it and must
// not cost much more when it is read.
func TestMemoryIsBounded(t *testing.T) {
	nodes := make([]*tree.Node, 1<<17+1)
	nodes[len(nodes)-1] = draw("A")[0]
	suite, data := suite1(t), encode(t, nodes)
	var r *tree.RatchetTree
	var err error
	used := syntaxtest.Allocated(func() { r, err = tree.Parse(suite, data) })
	if err != nil {
		t.Fatal(err)
	}
	if got := r.LeftmostBlank(); got != 0 || r.Size() != 1<<17 {
		t.Errorf("leftmost blank leaf is %d of %d", got, r.Size())
	}
	if limit := uint64(64 * len(data)); used > limit {
		t.Errorf("%d bytes allocated for an input of %d, want at most %d", used, len(data), limit)
	}
}

// A ratchetTree gives a tree of suite 1 the codec pair of other structures.
type ratchetTree struct{ *tree.RatchetTree }

func (r *ratchetTree) MarshalMLS(b *cryptobyte.Builder) {
	encoded, err := r.Marshal()
	if err != nil {
		b.SetError(err)
	}
	b.AddBytes(encoded)
}

func (r *ratchetTree) UnmarshalMLS(s *cryptobyte.String) error {
	var err error
	r.RatchetTree, err = tree.Parse(ciphersuite.All()[0], *s)
	*s = nil
	return err
}

func FuzzRatchetTree(f *testing.F) {
	var seeds []ratchetTree
	for _, s := range []string{"A", "A X B", "A W B X C _ D Y E Z F", "A X[1] B Y[1,2] C"} {
		r, err := tree.FromNodes(suite1(f), draw(s).trimmed())
		if err != nil {
			f.Fatal(err)
		}
		seeds = append(seeds, ratchetTree{r})
	}
	syntaxtest.Target[ratchetTree, *ratchetTree]{Use: useTree}.Fuzz(f, seeds...)
}

// useTree does with any tree what can be done with one.
func useTree(t testing.TB, r *ratchetTree) {
	for name, check := range map[string]func() error{
		"unmerged leaves": r.VerifyUnmergedLeaves,
		"parent hashes":   r.VerifyParentHashes,
		"unique keys":     r.VerifyUniqueKeys,
		"parent keys":     r.VerifyParentKeys,
		"signatures":      func() error { return r.VerifyLeafSignatures(groupID) },
	} {
		if err := check(); err != nil && rule.Of(err) == "" {
			t.Errorf("%s: error without requirement: %v", name, err)
		}
	}
	r.Add(newLeaf("N"))
	r.Hash()
}
