package group_test

import (
	"slices"
	"testing"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/tree"
)

// Trees with wrong nodes (RFC 9420, Sections 7.1, 7.9 and 12.4.3.1), for those
// who join by a Welcome and those who join by an external Commit.
func TestJoinRefusesTree(t *testing.T) { runWelcomeCases(t, treeCases, true) }

var treeCases = []welcomeCase{
	{id: "rfc9420-5.1.1-01", name: "parent key of 31 bytes", at: beforeLinks, do: func(d *welcomeDraft) {
		d.tree.parent(11).EncryptionKey = d.tree.parent(11).EncryptionKey[1:]
	}},
	{id: "rfc9420-7.1-01", name: "two swapped", at: beforeLinks, do: func(d *welcomeDraft) {
		d.tree.unmerged(11, 7, 5)
	}},
	{id: "rfc9420-7.1-02", name: "one twice", at: beforeLinks, do: func(d *welcomeDraft) {
		d.tree.unmerged(11, 5, 5, 7)
	}},
	{id: "rfc9420-7.9-01", name: "sibling's present tree hash", reports: "rfc9420-7.9.2-01", at: beforeLinks, do: func(d *welcomeDraft) {
		delete(d.tree.links, 11)
		d.tree.link(8, d.tree.parentHashOver(d.tree.parent(11), d.tree.hash(13)))
	}},
	{id: "rfc9420-7.9-01", name: "own tree hash", reports: "rfc9420-7.9.2-01", at: beforeLinks, do: func(d *welcomeDraft) {
		delete(d.tree.links, 11)
		d.tree.link(8, d.tree.parentHashOver(d.tree.parent(11), d.tree.hash(9, 5, 7)))
	}},
	{id: "rfc9420-7.9-02", name: "root with parent_hash", at: beforeLinks, do: func(d *welcomeDraft) {
		d.tree.parent(7).ParentHash = d.random(32)
	}},
	{id: "rfc9420-7.9.2-01", name: "another key", at: beforeLinks, do: func(d *welcomeDraft) {
		delete(d.tree.links, 11)
		d.tree.parent(11).EncryptionKey = d.key().Public()
	}},
	{id: "rfc9420-7.9.2-01", name: "another parent_hash in a leaf", at: beforeLinks, do: func(d *welcomeDraft) {
		delete(d.tree.links, 11)
		d.tree.link(8, d.random(32))
	}},
	{id: "rfc9420-7.9.2-02", name: "unmerged leaf looks merged", at: beforeLinks, do: func(d *welcomeDraft) {
		d.tree.unmerged(11, 7)
	}},
	{id: "rfc9420-7.9.2-02", name: "linked over a node that is blanked", at: beforeLinks, do: func(d *welcomeDraft) {
		d.tree.nodes[1] = nil
		delete(d.tree.links, 1)
		d.tree.links[3] = 0
	}},
	{id: "rfc9420-12.4.3.1-12", name: "blank leaf", at: beforeLinks, do: func(d *welcomeDraft) {
		d.tree.unmerged(3, 3)
		d.tree.unmerged(7, 3)
	}},
	{id: "rfc9420-12.4.3.1-12", name: "leaf elsewhere", at: beforeLinks, do: func(d *welcomeDraft) {
		d.tree.unmerged(11, 1, 5, 7)
	}},
	{id: "rfc9420-12.4.3.1-12", name: "leaf beyond the tree", at: beforeLinks, do: func(d *welcomeDraft) {
		d.tree.unmerged(11, 5, 7, 8)
	}},
	{id: "rfc9420-12.4.3.1-12", name: "leaf far beyond the tree", at: beforeLinks, do: func(d *welcomeDraft) {
		d.tree.unmerged(11, 5, 7, 0x80000005)
	}},
	{id: "rfc9420-12.4.3.1-12", name: "highest leaf index", at: beforeLinks, do: func(d *welcomeDraft) {
		d.tree.unmerged(11, 5, 7, 0xffffffff)
	}},
	{id: "rfc9420-12.4.3.1-13", name: "not in between", at: beforeLinks, do: func(d *welcomeDraft) {
		d.tree.unmerged(7, 7)
		d.tree.unmerged(11, 5)
	}},
	{id: "rfc9420-12.4.3.1-13", name: "not in between, on the left", at: beforeLinks, do: func(d *welcomeDraft) {
		d.tree.unmerged(7, 1, 5, 7)
		d.tree.links[7] = 11
	}},
	{id: "rfc9420-12.4.3.1-14", name: "two parents with unmerged leaves", at: beforeLinks, do: func(d *welcomeDraft) {
		d.tree.parent(11).EncryptionKey = d.tree.parent(1).EncryptionKey
	}},
	{id: "rfc9420-12.4.3.1-14", name: "two parents without unmerged leaves", at: beforeLinks, do: func(d *welcomeDraft) {
		d.tree.parent(1).EncryptionKey = d.tree.parent(3).EncryptionKey
	}},
	{id: "rfc9420-12.4.3.1-14", name: "parent and leaf", at: beforeLinks, do: func(d *welcomeDraft) {
		d.tree.parent(11).EncryptionKey = d.tree.leaf(6).EncryptionKey
	}},
}

// Leaves that are wrong by themselves or beside others (RFC 9420, Sections 7.2
// and 7.3).
func TestJoinRefusesLeaf(t *testing.T) {
	runWelcomeCases(t, leafCases, true)
	for _, c := range leafCases {
		c.id, c.reports = "rfc9420-12.4.3.1-11", ""
		t.Run(string(c.id)+"/"+c.name, c.run)
	}
}

// changeLeaf changes leaf i and signs it.
func changeLeaf(i leafIndex, change func(*leaf.LeafNode)) func(*welcomeDraft) {
	return func(d *welcomeDraft) {
		change(d.tree.leaf(i))
		d.tree.sign(i)
	}
}

var leafCases = []welcomeCase{
	{id: "rfc9420-5.1.1-01", name: "encryption_key of 31 bytes", at: beforeLinks, do: changeLeaf(6, func(l *leaf.LeafNode) {
		l.EncryptionKey = l.EncryptionKey[1:]
	})},
	{id: "rfc9420-5.1.2-01", name: "signature_key of 31 bytes", at: beforeLinks, do: changeLeaf(6, func(l *leaf.LeafNode) {
		l.SignatureKey = l.SignatureKey[1:]
	})},
	{id: "rfc9420-5.3.1-01", name: "refused identity", at: beforeLinks, do: changeLeaf(6, func(l *leaf.LeafNode) {
		l.Credential = leaf.Basic([]byte("mallory"))
	}), client: refusesMallory},
	{id: "rfc9420-7.2-03", name: "extension not listed", at: beforeLinks, do: changeLeaf(6, func(l *leaf.LeafNode) {
		l.Extensions = append(l.Extensions, leaf.Extension{Type: 0xf003, Data: []byte("x")})
	})},
	{id: "rfc9420-7.2-05", name: "own credential type not listed", at: beforeLinks, do: changeLeaf(6, func(l *leaf.LeafNode) {
		l.Credential = leaf.Credential{Type: 0xf003}
	}), client: knowsCredential},
	{id: "rfc9420-7.2-07", name: "lifetime of a hundred years", at: beforeLinks, do: changeLeaf(6, func(l *leaf.LeafNode) {
		l.Lifetime.NotAfter = l.Lifetime.NotBefore + 100*365*86400
	}), client: func(c *client, _ *group.JoinOptions) { c.config.Policy.MaxLifetime = 1000 * 3600e9 * 24 }},
	{id: "rfc9420-7.2-09", name: "changed without a new signature", reports: "rfc9420-7.3-01", at: beforeLinks, do: func(d *welcomeDraft) {
		d.tree.leaf(6).Credential = leaf.Basic([]byte("sic"))
	}},
	{id: "rfc9420-7.2-11", name: "update signed for another place", reports: "rfc9420-7.3-01", at: beforeLinks, do: func(d *welcomeDraft) {
		d.tree.signFor(1, d.tree.groupID, 6)
	}},
	{id: "rfc9420-7.2-11", name: "update signed for another group", reports: "rfc9420-7.3-01", at: beforeLinks, do: func(d *welcomeDraft) {
		d.tree.signFor(1, []byte("another group"), 1)
	}},
	{id: "rfc9420-7.3-01", name: "source key_package", at: beforeLinks, do: func(d *welcomeDraft) {
		d.tree.leaf(6).Signature = toggled(d.tree.leaf(6).Signature)
	}},
	{id: "rfc9420-7.3-01", name: "source update", at: beforeLinks, do: func(d *welcomeDraft) {
		d.tree.leaf(1).Signature = toggled(d.tree.leaf(1).Signature)
	}},
	{id: "rfc9420-7.3-01", name: "source commit", at: beforeHash, do: func(d *welcomeDraft) {
		d.tree.leaf(0).Signature = toggled(d.tree.leaf(0).Signature)
	}},
	{id: "rfc9420-7.3-02", name: "required extension", at: beforeLinks, do: changeLeaf(6, func(l *leaf.LeafNode) {
		l.Capabilities.Extensions = drop(l.Capabilities.Extensions, requiredType)
	})},
	{id: "rfc9420-7.3-02", name: "required proposal", at: beforeLinks, do: changeLeaf(6, func(l *leaf.LeafNode) {
		l.Capabilities.Proposals = drop(l.Capabilities.Proposals, requiredType)
	})},
	{id: "rfc9420-7.3-03", name: "credential type that others do not list", at: beforeLinks, do: changeLeaf(6, func(l *leaf.LeafNode) {
		l.Credential = leaf.Credential{Type: 0xf003}
		l.Capabilities.Credentials = append(l.Capabilities.Credentials, 0xf003)
	}), client: knowsCredential},
	{id: "rfc9420-7.3-06", name: "lifetime over", at: beforeLinks, do: changeLeaf(6, func(l *leaf.LeafNode) {
		l.Lifetime.NotAfter = uint64(present.Unix()) - 1
	}), client: checksLifetime},
	{id: "rfc9420-7.3-06", name: "lifetime not begun", at: beforeLinks, do: changeLeaf(6, func(l *leaf.LeafNode) {
		l.Lifetime.NotBefore = uint64(present.Unix()) + 1
	}), client: checksLifetime},
	{id: "rfc9420-7.3-09", name: "signature_key of another", at: beforeLinks, do: func(d *welcomeDraft) {
		d.tree.leaf(6).SignatureKey = d.tree.leaf(1).SignatureKey
		d.tree.signAs(6, 1)
	}},
	{id: "rfc9420-7.3-10", name: "encryption_key of another", at: beforeLinks, do: func(d *welcomeDraft) {
		d.tree.leaf(6).EncryptionKey = d.tree.leaf(1).EncryptionKey
		d.tree.sign(6)
	}},
	{id: "rfc9420-11.1-01", name: "version not listed", at: beforeLinks, do: changeLeaf(6, func(l *leaf.LeafNode) {
		l.Capabilities.Versions = []codepoint.ProtocolVersion{2}
	})},
	{id: "rfc9420-11.1-02", name: "suite not listed", at: beforeLinks, do: changeLeaf(6, func(l *leaf.LeafNode) {
		l.Capabilities.CipherSuites = drop(l.Capabilities.CipherSuites, 1)
	})},
	{id: "rfc9420-13.4-04", name: "extension twice", at: beforeLinks, do: changeLeaf(6, func(l *leaf.LeafNode) {
		l.Extensions = append(l.Extensions, leaf.Extension{Type: 1}, leaf.Extension{Type: 1, Data: []byte("x")})
	})},
	{id: "rfc9420-13.4-08", name: "extension of the group not listed", at: beforeLinks, do: changeLeaf(6, func(l *leaf.LeafNode) {
		l.Capabilities.Extensions = drop(l.Capabilities.Extensions, privateExtension)
	})},
}

func refusesMallory(c *client, _ *group.JoinOptions) { c.config.Policy.Authenticate = authenticate }

func knowsCredential(c *client, _ *group.JoinOptions) {
	c.config.Policy.CredentialTypes = []codepoint.CredentialType{0xf003}
}

func checksLifetime(c *client, _ *group.JoinOptions) { c.config.Policy.CheckLifetime = true }

// Encodings of the tree (RFC 9420, Section 12.4.3.3). The tree hash stays that
// of the genuine tree wherever there is one.
func TestJoinRefusesEncodedTree(t *testing.T) {
	runWelcomeCases(t, encodedTreeCases, true)
}

// header returns the number of bytes of a vector's length header.
func header(vector []byte) int { return 1 << (vector[0] >> 6) }

var encodedTreeCases = []welcomeCase{
	{id: "rfc9420-2.1-03", name: "byte after the tree", at: encodedTree, do: func(d *welcomeDraft) {
		d.encoded = append(d.encoded, 0)
	}},
	{id: "rfc9420-2.1.1-01", name: "presence octet 2", at: encodedTree, do: func(d *welcomeDraft) {
		d.encoded[header(d.encoded)] = 2
	}},
	{id: "rfc9420-12.4.3.3-02", name: "blank node at the end", at: encodedTree, do: func(d *welcomeDraft) {
		d.encoded = encodeNodes(append(d.tree.nodes, nil))
	}},
	{id: "rfc9420-12.4.3.3-03", name: "no nodes", at: encodedTree, do: func(d *welcomeDraft) {
		d.encoded = []byte{0}
	}},
	{id: "rfc9420-12.4.3.3-04", name: "parent at the end", at: beforeLinks, do: func(d *welcomeDraft) {
		d.tree.nodes = append(d.tree.nodes, make([]*tree.Node, 16)...)
		d.tree.nodes[15] = &tree.Node{Parent: &tree.ParentNode{EncryptionKey: d.key().Public()}}
		d.tree.links[15] = 7
	}},
	{id: "rfc9420-12.4.3.3-05", name: "leaf and parent swapped", at: encodedTree, do: func(d *welcomeDraft) {
		nodes := slices.Clone(d.tree.nodes)
		nodes[0], nodes[1] = nodes[1], nodes[0]
		d.encoded = encodeNodes(nodes)
	}},
	{id: "rfc9420-12.4.3.3-06", name: "node_type 0", at: encodedTree, do: func(d *welcomeDraft) {
		d.encoded[header(d.encoded)+1] = 0
	}},
	{id: "rfc9420-12.4.3.3-06", name: "node_type 3", at: encodedTree, do: func(d *welcomeDraft) {
		d.encoded[header(d.encoded)+1] = 3
	}},
	{id: "rfc9420-12.4.3.3-07", name: "another leaf", at: encodedTree, do: func(d *welcomeDraft) {
		d.tree.leaf(6).Lifetime.NotAfter++
		d.tree.sign(6)
		d.encoded = d.tree.marshal()
	}},
	{id: "rfc9420-12.4.3.3-07", name: "another parent", at: encodedTree, do: func(d *welcomeDraft) {
		d.tree.parent(11).EncryptionKey = d.key().Public()
		d.encoded = d.tree.marshal()
	}},
	{id: "rfc9420-12.4.3.3-07", name: "another tree_hash", at: encodedTree, do: func(d *welcomeDraft) {
		d.context.TreeHash = toggled(d.context.TreeHash)
	}},
	{id: "rfc9420-12.4.3.3-07", name: "empty tree_hash", at: encodedTree, do: func(d *welcomeDraft) {
		d.context.TreeHash = nil
	}},
	{id: "rfc9420-12.4.3.3-07", name: "tree of the epoch before", at: encodedTree, do: func(d *welcomeDraft) {
		before := d.welcomeForge.tree.Clone()
		before.Remove(d.place)
		d.encoded = must(before.Marshal())
	}},
}

// The same from elsewhere than the GroupInfo.
func TestJoinRefusesGivenTree(t *testing.T) {
	for _, c := range slices.Concat(treeCases, encodedTreeCases) {
		t.Run(string(c.id)+"/"+c.name, func(t *testing.T) {
			w := suite1(t)
			f, joe := eight(w)
			d := f.forge(beforeSigning, dropTree)
			_, err := joe.tryJoin(d.welcome, group.JoinOptions{RatchetTree: d.encoded})
			if err != nil {
				t.Fatal(err)
			}
			faulty := f.forge(c.at, c.do)
			dropTree(faulty)
			faulty.sign()
			faulty.sealInfo()
			faulty.sealSecrets()
			_, err = joe.tryJoin(faulty.welcome, group.JoinOptions{RatchetTree: faulty.encoded})
			refused(t, err, c.want())
			_, err = joe.tryJoin(faulty.welcome, group.JoinOptions{})
			refused(t, err, "rfc9420-12.4.3.1-01")
		})
	}
}

func dropTree(d *welcomeDraft) {
	changeExtension(&d.info.Extensions, codepoint.ExtensionRatchetTree, func([]byte) []byte { return nil })
}

// A tree with a blank leaf at its right end (RFC 9420, Section 12.4.3.3): the
// logical tree is the same with and without blank nodes at the end of the array.
func TestJoinTreeBlankAtEnd(t *testing.T) {
	w := suite1(t)
	carol := w.client("carol")
	f := pair(w, w.client("alice"), w.client("bob"), carol)
	for n := 1; n <= 2; n++ {
		d := f.forge(encodedTree, func(d *welcomeDraft) {
			d.encoded = encodeNodes(append(d.tree.nodes[:5:5], make([]*tree.Node, n)...))
		})
		_, err := carol.tryJoin(d.welcome, group.JoinOptions{})
		refused(t, err, "rfc9420-12.4.3.3-02")
	}
	carol.joinGenuine(f)
}
