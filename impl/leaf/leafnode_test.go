package leaf_test

import (
	"testing"

	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/leaf/leaftest"
)

func TestLeafNodeEqual(t *testing.T) {
	nodes := leaftest.Nodes()
	for i := range nodes {
		for j := range nodes {
			// Two of the nodes are the same: each list has one with alice's
			// credential and the default capabilities.
			same := string(marshal(t, &nodes[i])) == string(marshal(t, &nodes[j]))
			if got := nodes[i].Equal(&nodes[j]); got != same {
				t.Errorf("nodes %d and %d: Equal = %v", i, j, got)
			}
		}
	}
	a, b := nodes[3], nodes[3]
	b.Signature = []byte("another")
	if a.Equal(&b) {
		t.Error("nodes with different signatures are equal")
	}
	a.Source, b.Source, b.Signature = 9, 9, a.Signature
	if a.Equal(&b) {
		t.Error("nodes without an encoding are equal")
	}
}

func TestClone(t *testing.T) {
	original := leaftest.Nodes()[3]
	before := marshal(t, &original)
	c := original.Clone()
	if !c.Equal(&original) {
		t.Error("the clone differs")
	}
	c.Extensions[0].Type = private
	c.Capabilities.Versions[0] = 2
	c.Capabilities.CipherSuites[0] = 2
	c.Capabilities.Extensions[0] = private
	c.Capabilities.Credentials[0] = private
	c.Credential = leaf.Basic([]byte("bob"))
	c.Extensions = append(c.Extensions[:1], leaf.Extension{Type: private})
	if string(marshal(t, &original)) != string(before) {
		t.Error("changing the clone changes the original")
	}
}

func TestExtensionsFindTheFirst(t *testing.T) {
	list := leaf.Extensions{{Type: 1, Data: []byte("a")}, {Type: private, Data: []byte("b")}, {Type: private, Data: []byte("c")}}
	if data, ok := list.Find(private); !ok || string(data) != "b" {
		t.Errorf("Find = %q, %v", data, ok)
	}
	if data, ok := list.Find(2); ok || data != nil {
		t.Errorf("Find of an absent type = %q, %v", data, ok)
	}
	if typ, ok := list.Repeated(); !ok || typ != private {
		t.Errorf("Repeated = %v, %v", typ, ok)
	}
	if typ, ok := list[:2].Repeated(); ok {
		t.Errorf("Repeated without repetition = %v", typ)
	}
}
