package inspect

import (
	"fmt"
	"slices"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/tree"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

func hpkeCiphertext() structure {
	return define("HPKECiphertext", func(c *cursor) {
		c.opaque("kem_output", "opaque<V>")
		c.encrypted("ciphertext")
	}, func(c *cursor, ct *ciphersuite.HPKECiphertext) {
		if c.scope.suite == nil {
			return
		}
		if err := c.scope.suite.CheckKEMPublicKey(ct.KEMOutput); err != nil {
			c.check("kem_output", err)
		}
	})
}

// aeadTag is the length by which each AEAD of the suites lengthens a plaintext.
const aeadTag = 16

// encrypted reads a ciphertext and tells the length of its plaintext.
func (c *cursor) encrypted(name string) *Node {
	n := c.opaque(name, "opaque<V>")
	if len(n.Bytes) < aeadTag {
		n.Note = "shorter than the tag of an AEAD"
	} else {
		n.Note = fmt.Sprintf("plaintext of %s", plural(len(n.Bytes)-aeadTag, "byte"))
	}
	return n
}

func updatePathNode() structure {
	return define[tree.UpdatePathNode]("UpdatePathNode", func(c *cursor) {
		c.opaque("encryption_key", "HPKEPublicKey")
		c.vector("encrypted_path_secret", hpkeCiphertext())
	}, nil)
}

func updatePath() structure {
	return define("UpdatePath", func(c *cursor) {
		c.structure("leaf_node", leafNode())
		c.vector("nodes", updatePathNode())
	}, func(c *cursor, p *tree.UpdatePath) {
		ciphertexts := 0
		for _, n := range p.Nodes {
			ciphertexts += len(n.EncryptedPathSecret)
		}
		c.node.Text = fmt.Sprintf("%s, %s", plural(len(p.Nodes), "node"), plural(ciphertexts, "ciphertext"))
	})
}

func parentNode() structure {
	return define[tree.ParentNode]("ParentNode", func(c *cursor) {
		c.opaque("encryption_key", "HPKEPublicKey")
		c.opaque("parent_hash", "opaque<V>")
		c.leafIndices("unmerged_leaves")
	}, nil)
}

func treeNode() structure {
	return define[tree.Node]("Node", func(c *cursor) {
		switch c.enum("node_type", "NodeType", "leaf", "parent").Text {
		case "leaf":
			c.structure("leaf_node", leafNode())
		case "parent":
			c.structure("parent_node", parentNode())
		}
	}, nil)
}

func ratchetTree() structure {
	return structure{name: "ratchet_tree", kind: List, read: readRatchetTree, decode: decodeRatchetTree}
}

func readRatchetTree(c *cursor) {
	var i treemath.NodeIndex
	c.elementsInto(c.node, func(e *cursor, place string) {
		e.scope.leaf, e.scope.hasLeaf = i.Leaf(), i.IsLeaf()
		e.optional(place, treeNode())
		i++
	})
}

// decodeRatchetTree works for any suite: only hashes and the form of keys depend
// on it. A ratchet tree is always all of what contains it.
func decodeRatchetTree(c *cursor, data []byte) error {
	suite := c.scope.suite
	if suite == nil {
		suite = ciphersuite.All()[0]
	}
	t, err := tree.Parse(suite, data)
	if err != nil || c.failure != nil || c.fieldsOnly {
		return err
	}
	if c.scope.suite == nil {
		suite = c.suiteOfTree(t)
		if suite == nil {
			c.cannotTell("tree", "no leaf has keys in the form of a known cipher suite")
			return nil
		}
		if t, err = tree.Parse(suite, data); err != nil {
			return err
		}
	}
	judgeRatchetTree(c, t)
	return nil
}

func (c *cursor) suiteOfTree(t *tree.RatchetTree) *ciphersuite.Suite {
	for _, l := range t.Leaves() {
		return c.suiteOf(l)
	}
	return nil
}

// maxTreeLeaves bounds the trees that are looked at more closely.
const maxTreeLeaves = 1 << 14

func judgeRatchetTree(c *cursor, t *tree.RatchetTree) {
	c.node.Text = fmt.Sprintf("%s, %s", plural(int(t.Size()), "leaf place"), plural(t.MemberCount(), "member"))
	if t.Size() > maxTreeLeaves {
		c.cannotTell("tree", "it is too large")
		return
	}
	c.derive(&Node{Name: "tree_hash", Kind: Bytes, Bytes: t.Hash(), Note: hashName(t.Suite())})
	members := &Node{Name: "members", Kind: Members}
	for i, l := range t.Leaves() {
		members.Values = append(members.Values, Value{Number: uint64(i), Name: identityOf(&l.Credential)})
	}
	c.derive(members)
	resolution := nodeIndices(t.Resolution(t.Size().Root()))
	c.derive(&Node{Name: "root_resolution", Kind: Numbers, Values: resolution, Note: "node indices"})
	describeNodes(c.node.Children, t)
	unmerged := t.VerifyUnmergedLeaves()
	c.check("unmerged leaves", unmerged)
	c.check("unique keys", t.VerifyUniqueKeys())
	c.check("keys of parent nodes", t.VerifyParentKeys())
	if unmerged == nil {
		c.check("parent hashes", t.VerifyParentHashes())
	} else {
		c.cannotTell("parent hashes", "the lists of unmerged leaves are wrong")
	}
}

// hashName names the hash function, which several suites share.
func hashName(s *ciphersuite.Suite) string { return fmt.Sprintf("by SHA-%d", 8*s.HashSize()) }

func nodeIndices(nodes []treemath.NodeIndex) []Value {
	values := make([]Value, len(nodes))
	for i, n := range nodes {
		values[i].Number = uint64(n)
	}
	return values
}

// describeNodes tells which leaf each leaf node is, and which leaves a parent
// node is above.
func describeNodes(nodes []*Node, t *tree.RatchetTree) {
	for i, node := range nodes {
		n := treemath.NodeIndex(i)
		switch l := t.Leaf(n.Leaf()); {
		case !n.IsLeaf():
			describeParent(node, n, t)
		case l == nil:
			node.Text = fmt.Sprintf("blank leaf %d", n.Leaf())
		default:
			node.Text = fmt.Sprintf("leaf %d, %s", n.Leaf(), whoIs(&l.Credential))
		}
	}
}

func describeParent(node *Node, n treemath.NodeIndex, t *tree.RatchetTree) {
	first, last := n, n
	for !first.IsLeaf() {
		first, last = first.Left(), last.Right()
	}
	kind := "parent"
	if t.Parent(n) == nil {
		kind = "blank parent"
	}
	node.Text = fmt.Sprintf("%s of leaves %d to %d", kind, first.Leaf(), last.Leaf())
	resolution := t.Resolution(n)
	if !slices.Equal(resolution, []treemath.NodeIndex{n}) {
		node.Note = "resolution: nodes " + listOf(resolution)
	}
}

// shownInList is the number of nodes of a resolution that a remark lists.
const shownInList = 16

func listOf(nodes []treemath.NodeIndex) string {
	if len(nodes) > shownInList {
		return fmt.Sprintf("%v and %d more", nodes[:shownInList], len(nodes)-shownInList)
	}
	return fmt.Sprint(nodes)
}
