package main

import (
	"encoding/binary"
	"slices"

	"github.com/mlsconform/mlsconform/vectors/format"
)

// An mlsGroup is what a KeyPackage is judged against: a GroupContext (Section
// 8.1), and a tree of members whose tree hash it has.
type mlsGroup struct {
	suite      *suite
	id         []byte
	extensions []extension
	members    []*leafSketch // nil is a blank leaf
	root       []byte        // the encryption key of the root, which is blank without one
}

const groupEpoch = 7

// member is a leaf as it came in with a KeyPackage.
func (p *packages) member(name string) *leafSketch {
	s := p.sketch()
	s.leaf.credential.identity = []byte(name)
	key := p.signer("key package member " + name)
	s.leaf.signatureKey, s.leaf.signing.signer = key.public, key
	s.leaf.encryptionKey = p.kemKey("key package member " + name).public
	return &s.leaf
}

// pair is a group of two, in a tree without a blank leaf.
func (p *packages) pair(extensions ...extension) *mlsGroup {
	g := &mlsGroup{suite: p.suite, id: []byte("group"), extensions: extensions}
	g.members = []*leafSketch{p.member("alice"), p.member("bob")}
	return g
}

// all changes every member.
func (g *mlsGroup) all(edit func(*leafSketch)) *mlsGroup {
	for _, m := range g.members {
		if m != nil {
			edit(m)
		}
	}
	return g
}

// gap is a group whose second leaf is blank and whose first member has sent a
// Commit, so that its leaf has source commit and the root has a key.
func (p *packages) gap() *mlsGroup {
	g := &mlsGroup{suite: p.suite, id: []byte("group with a gap"), root: p.kemKey("key package root").public}
	alice := p.member("alice")
	alice.source, alice.place = sourceCommit, placeOf(g.id, 0)
	g.members = []*leafSketch{alice, nil, p.member("carol"), p.member("dave")}
	return g
}

// parentHash is that of the first member's leaf (Section 7.9): the hash of the
// root, whose own is empty, with the subtree on the other side.
func (g *mlsGroup) parentHash() []byte {
	var w writer
	w.opaque("encryption_key", g.root)
	w.opaque("parent_hash", nil)
	w.opaque("original_sibling_tree_hash", g.hash(len(g.members)/2, len(g.members)))
	return digest(g.suite.hash, w.bytes)
}

// supporting has a member list extension types.
func supporting(types ...uint16) func(*leafSketch) {
	return func(l *leafSketch) { l.capabilities.Extensions = append(l.capabilities.Extensions, types...) }
}

func (g *mlsGroup) context() format.Hex {
	var w writer
	g.writeContext(&w)
	return w.bytes
}

func (g *mlsGroup) writeContext(w *writer) {
	w.number("version", mls10, 2)
	w.number("cipher_suite", uint64(g.suite.number), 2)
	w.opaque("group_id", g.id)
	w.number("epoch", groupEpoch, 8)
	w.opaque("tree_hash", g.hash(0, len(g.members)))
	w.opaque("confirmed_transcript_hash", g.suite.bytes("key package transcript", g.suite.hash.Size()))
	writeExtensions(w, "", g.extensions)
}

// hash is the tree hash of the subtree over some of the leaves, whose number is
// a power of two (Section 7.8).
func (g *mlsGroup) hash(from, to int) []byte {
	var w writer
	if to-from == 1 {
		w.number("node_type", 1, 1)
		w.number("leaf_index", uint64(from), 4)
		w.bytes = append(w.bytes, g.optionalLeaf(from)...)
		return digest(g.suite.hash, w.bytes)
	}
	middle := (from + to) / 2
	w.number("node_type", 2, 1)
	w.bytes = append(w.bytes, g.optionalParent(from, to)...)
	w.opaque("left_hash", g.hash(from, middle))
	w.opaque("right_hash", g.hash(middle, to))
	return digest(g.suite.hash, w.bytes)
}

func (g *mlsGroup) optionalLeaf(index int) []byte {
	m := g.members[index]
	if m == nil {
		return []byte{0}
	}
	if m.source == sourceCommit {
		m.parentHash = g.parentHash()
	}
	var w writer
	m.write(&w)
	return slices.Concat([]byte{1}, w.bytes)
}

// optionalParent is a ParentNode of which only that of the root can be there.
func (g *mlsGroup) optionalParent(from, to int) []byte {
	if g.root == nil || to-from != len(g.members) {
		return []byte{0}
	}
	return slices.Concat([]byte{1}, vector(g.root), vector(""), vector(""))
}

// ratchetTree is the content of a ratchet_tree extension (Section 12.4.3.3).
func (g *mlsGroup) ratchetTree() format.Hex { return vector(g.nodes(0, len(g.members))) }

// nodes are those of a subtree, in the order of an array-based tree.
func (g *mlsGroup) nodes(from, to int) []byte {
	typed := func(nodeType byte, optional []byte) []byte {
		if optional[0] == 0 {
			return optional
		}
		return slices.Concat([]byte{1, nodeType}, optional[1:])
	}
	if to-from == 1 {
		return typed(1, g.optionalLeaf(from))
	}
	middle := (from + to) / 2
	return slices.Concat(g.nodes(from, middle), typed(2, g.optionalParent(from, to)), g.nodes(middle, to))
}

// requires is the data of a required_capabilities extension (Section 11.1).
func requires(extensions, proposals, credentials []uint16) extension {
	var w writer
	w.types("extension_types", extensions)
	w.types("proposal_types", proposals)
	w.types("credential_types", credentials)
	return extension{requiredCapabilities, w.bytes}
}

// senders is the data of an external_senders extension (Section 12.1.8.1).
func senders(key []byte, name string) []byte {
	sender := slices.Concat(vector(key), binary.BigEndian.AppendUint16(nil, basicCredential), vector(name))
	return vector(sender)
}
