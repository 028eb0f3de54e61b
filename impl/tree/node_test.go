package tree_test

import (
	"testing"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/syntax/syntaxtest"
	"github.com/mlsconform/mlsconform/impl/tree"
)

func parentNodes() []tree.ParentNode {
	return []tree.ParentNode{
		{},
		{EncryptionKey: []byte("key"), ParentHash: []byte("hash"), UnmergedLeaves: []leafIndex{0, 7, 1 << 31}},
	}
}

func nodes() []tree.Node {
	var list []tree.Node
	for _, p := range parentNodes() {
		list = append(list, tree.Node{Parent: &p})
	}
	return append(list, tree.Node{Leaf: newLeaf("A")})
}

func updatePaths() []tree.UpdatePath {
	l := newLeaf("A")
	l.Source, l.ParentHash = leaf.SourceCommit, []byte("hash")
	return []tree.UpdatePath{
		{LeafNode: *l},
		{LeafNode: *l, Nodes: []tree.UpdatePathNode{
			{EncryptionKey: []byte("X")},
			{EncryptionKey: []byte("Y"), EncryptedPathSecret: []ciphersuite.HPKECiphertext{
				{KEMOutput: []byte("kem"), Ciphertext: []byte("secret")}, {},
			}},
		}},
	}
}

func TestCodecs(t *testing.T) {
	syntaxtest.Codec(t, parentNodes()...)
	syntaxtest.Codec(t, tree.Node{Leaf: newLeaf("A")})
	syntaxtest.Codec(t, updatePaths()...)
	syntaxtest.Codec(t, updatePaths()[1].Nodes...)
}

func FuzzNode(f *testing.F)       { syntaxtest.FuzzCodec(f, nodes()...) }
func FuzzParentNode(f *testing.F) { syntaxtest.FuzzCodec(f, parentNodes()...) }
func FuzzUpdatePath(f *testing.F) { syntaxtest.FuzzCodec(f, updatePaths()...) }
func FuzzUpdatePathNode(f *testing.F) {
	syntaxtest.FuzzCodec(f, updatePaths()[1].Nodes...)
}

func TestNodeTypeIsLeafOrParent(t *testing.T) {
	for _, typ := range []byte{0, 3, 255} {
		_, err := syntax.Parse[tree.Node]([]byte{typ, 0, 0, 0})
		refused(t, err, "rfc9420-12.4.3.3-06")
	}
}

func TestNodeIsOneOfLeafAndParent(t *testing.T) {
	for name, n := range map[string]tree.Node{
		"neither": {},
		"both":    {Leaf: newLeaf("A"), Parent: new(tree.ParentNode)},
	} {
		if encoded, err := syntax.Marshal(&n); err == nil {
			t.Errorf("%s: encodes to %x", name, encoded)
		}
	}
}
