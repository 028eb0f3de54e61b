// Package leaftest gives other tests leaf nodes of every kind, and signatures of
// every form.
package leaftest

import (
	"bytes"
	"testing"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/syntax"
)

// Credentials returns credentials of all kinds.
func Credentials() []leaf.Credential {
	return []leaf.Credential{
		leaf.Basic([]byte("alice")),
		leaf.Basic(nil),
		{Type: codepoint.CredentialX509},
		{Type: codepoint.CredentialX509, Certificates: []leaf.Certificate{
			{Data: bytes.Repeat([]byte{0x30}, 100)}, {Data: []byte("issuer")}, {},
		}},
		{Type: 0xf001, Unknown: []byte("unknown")},
		{Type: codepoint.CredentialType(codepoint.GREASE(0))},
		{Type: 0},
	}
}

// Capabilities returns capabilities with no, one and many entries.
func Capabilities() []leaf.Capabilities {
	full := leaf.DefaultCapabilities()
	full.Proposals = []codepoint.ProposalType{0xf001, codepoint.ProposalType(codepoint.GREASE(3))}
	for i := range 70 {
		full.Extensions = append(full.Extensions, codepoint.ExtensionType(0xf000+i))
	}
	return []leaf.Capabilities{{}, full, {Credentials: []codepoint.CredentialType{0}}}
}

// ExtensionLists returns lists of extensions, empty and full.
func ExtensionLists(t testing.TB) []leaf.Extensions {
	t.Helper()
	encode := func(typ codepoint.ExtensionType, v syntax.Marshaler) leaf.Extension {
		e, err := leaf.Encode(typ, v)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	return []leaf.Extensions{
		nil,
		{{Type: codepoint.ExtensionApplicationID, Data: []byte("application")}},
		{
			encode(codepoint.ExtensionRequiredCapabilities, &leaf.RequiredCapabilities{
				ExtensionTypes:  []codepoint.ExtensionType{0xf001},
				ProposalTypes:   []codepoint.ProposalType{0xf002},
				CredentialTypes: []codepoint.CredentialType{codepoint.CredentialX509},
			}),
			encode(codepoint.ExtensionExternalPub, &leaf.ExternalPub{ExternalPub: []byte("key")}),
			encode(codepoint.ExtensionExternalSenders, &leaf.ExternalSenders{
				{SignatureKey: []byte("key"), Credential: leaf.Basic([]byte("service"))},
			}),
			{Type: codepoint.ExtensionType(codepoint.GREASE(7)), Data: bytes.Repeat([]byte{0xaa}, 20000)},
			{Type: codepoint.ExtensionType(codepoint.GREASE(7))},
		},
	}
}

// Nodes returns leaf nodes with every source, credential and kind of list. Their
// keys and signatures are of no suite.
func Nodes() []leaf.LeafNode {
	nodes := []leaf.LeafNode{
		{Source: leaf.SourceKeyPackage}, {Source: leaf.SourceUpdate}, {Source: leaf.SourceCommit},
		node(leaf.SourceKeyPackage), node(leaf.SourceUpdate), node(leaf.SourceCommit),
	}
	for _, c := range Credentials() {
		n := node(leaf.SourceUpdate)
		n.Credential = c
		nodes = append(nodes, n)
	}
	for _, c := range Capabilities() {
		n := node(leaf.SourceUpdate)
		n.Capabilities = c
		nodes = append(nodes, n)
	}
	return nodes
}

// node returns a leaf node that fills every field of its source.
func node(source leaf.LeafNodeSource) leaf.LeafNode {
	n := leaf.LeafNode{
		EncryptionKey: []byte("encryption key"),
		SignatureKey:  []byte("signature key"),
		Credential:    leaf.Basic([]byte("alice")),
		Capabilities:  leaf.DefaultCapabilities(),
		Source:        source,
		Extensions: leaf.Extensions{
			{Type: codepoint.ExtensionApplicationID, Data: []byte("application")},
			{Type: codepoint.ExtensionType(codepoint.GREASE(1))},
		},
		Signature: bytes.Repeat([]byte{1}, 64),
	}
	switch source {
	case leaf.SourceKeyPackage:
		n.Lifetime = leaf.Lifetime{NotBefore: 1, NotAfter: 1<<64 - 1}
	case leaf.SourceCommit:
		n.ParentHash = []byte("parent hash")
	}
	return n
}
