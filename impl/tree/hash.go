package tree

import (
	"bytes"
	"hash"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/parallel"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

// Hash returns the tree hash of the root (RFC 9420, Section 7.8). Only what
// changed since the last time is computed.
func (t *RatchetTree) Hash() []byte { return t.NodeHash(t.size.Root()) }

// NodeHash returns the tree hash of node n, or nil when it is outside of the
// tree (RFC 9420, Section 7.8).
func (t *RatchetTree) NodeHash(n treemath.NodeIndex) []byte {
	if !t.size.Contains(n) {
		return nil
	}
	return bytes.Clone(t.treeHash(n))
}

// treeHash is NodeHash for nodes of the tree, without the copy.
func (t *RatchetTree) treeHash(n treemath.NodeIndex) []byte {
	if t.hashes == nil {
		t.hashes = make([]*digest, t.size.Nodes())
	}
	if t.hashes[n] == nil {
		t.hashParts(n)
	}
	return newHasher(t.suite).subtree(t, n)
}

// partLevel is the height of the subtrees that are hashed in parallel: with 64
// leaves there is work enough in one to make up for handing it over.
const partLevel = 6

// hashParts computes, in parallel, the hashes of the large subtrees of n that
// have none. After a Commit, only a few have none.
func (t *RatchetTree) hashParts(n treemath.NodeIndex) {
	const width = 2 << partLevel // nodes, with the one between this part and the next
	half := treemath.NodeIndex(1)<<n.Level() - 1
	var parts []treemath.NodeIndex
	for part := n - half + width/2 - 1; part <= n+half; part += width {
		if t.hashes[part] == nil {
			parts = append(parts, part)
		}
	}
	if len(parts) < 2 {
		return
	}
	// The parts have no node in common, so no two calls write the same hash.
	_ = parallel.Each(len(parts), func(i int) error {
		newHasher(t.suite).subtree(t, parts[i])
		return nil
	})
}

// A hasher computes hashes of nodes one after the other.
type hasher struct {
	hash   hash.Hash
	buffer []byte
}

func newHasher(suite *ciphersuite.Suite) *hasher {
	return &hasher{hash: suite.NewHash()}
}

// subtree returns the tree hash of n and keeps it, and those below it.
func (h *hasher) subtree(t *RatchetTree, n treemath.NodeIndex) []byte {
	if d := t.hashes[n]; d != nil {
		return d[:h.hash.Size()]
	}
	d := new(digest)
	if n.IsLeaf() {
		h.leaf(d, n.Leaf(), t.leaves[n/2])
	} else {
		left, right := h.subtree(t, n.Left()), h.subtree(t, n.Right())
		h.parent(d, t.parents[n/2], left, right)
	}
	t.hashes[n] = d
	return d[:h.hash.Size()]
}

// leaf hashes a TreeHashInput with a LeafNodeHashInput; nil is a blank leaf.
func (h *hasher) leaf(d *digest, i treemath.LeafIndex, m *member) []byte {
	b := cryptobyte.NewBuilder(h.buffer[:0])
	b.AddUint8(uint8(TypeLeaf))
	b.AddUint32(uint32(i))
	if m == nil {
		b.AddUint8(0)
	} else {
		b.AddUint8(1)
		b.AddBytes(m.encoded)
	}
	return h.sum(d, b)
}

// parent hashes a TreeHashInput with a ParentNodeHashInput; nil is a blank node.
func (h *hasher) parent(d *digest, p *ParentNode, left, right []byte) []byte {
	b := cryptobyte.NewBuilder(h.buffer[:0])
	b.AddUint8(uint8(TypeParent))
	syntax.AddOptional(b, p)
	syntax.AddOpaque(b, left)
	syntax.AddOpaque(b, right)
	return h.sum(d, b)
}

// link hashes a ParentHashInput (RFC 9420, Section 7.9).
func (h *hasher) link(d *digest, encryptionKey, parentHash, originalSiblingTreeHash []byte) []byte {
	b := cryptobyte.NewBuilder(h.buffer[:0])
	syntax.AddOpaque(b, encryptionKey)
	syntax.AddOpaque(b, parentHash)
	syntax.AddOpaque(b, originalSiblingTreeHash)
	return h.sum(d, b)
}

// sum hashes what was built. Building cannot fail: the nodes of a tree were read
// from their encoding or put together from parts of such nodes.
func (h *hasher) sum(d *digest, b *cryptobyte.Builder) []byte {
	h.buffer = b.BytesOrPanic()
	h.hash.Reset()
	h.hash.Write(h.buffer)
	return h.hash.Sum(d[:0])
}
