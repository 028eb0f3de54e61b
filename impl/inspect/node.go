package inspect

import "github.com/mlsconform/mlsconform/impl/rule"

// A Kind says what a node holds, and so which of its fields count.
type Kind uint8

// The kinds of nodes.
const (
	Struct  Kind = iota // Children, by their names
	List                // Children, by their places
	Bytes               // Bytes, and Text where they are readable
	Secret              // Bytes that are shown only when asked for
	Number              // Number
	Code                // Number, and Text where the RFC has a name for it
	Text                // Text
	Numbers             // Values without names
	Codes               // Values of a registry
	Members             // Values that are leaf indices, with identities as their names
	Absent              // nothing: an optional value that is not there, or a blank node
)

// A Node is a field of a structure, or an element of a vector, with what it
// holds. A structure's own description is in Text.
type Node struct {
	Name     string // the RFC's name of the field; [0], [1] and so on in a vector
	Type     string // the RFC's name of the type
	Kind     Kind
	Number   uint64
	Bytes    []byte
	Text     string
	Values   []Value
	Note     string // a remark about the value
	Offset   int    // where the encoding begins in the input
	Length   int    // of the encoding, length headers included
	Children []*Node
	// Content is what the bytes of an extension hold.
	Content *Node
	// Derived are values that follow from this node, such as the reference of
	// a KeyPackage. They have no place in the input.
	Derived []*Node
	Checks  []Check
}

// A Value is an element of a list of numbers.
type Value struct {
	Number uint64
	Name   string
	Note   string
}

// A Verdict is the outcome of a check.
type Verdict uint8

// The verdicts.
const (
	Unknown Verdict = iota // what the check needs is not in the object
	Valid
	Invalid
)

func (v Verdict) String() string {
	switch v {
	case Valid:
		return "valid"
	case Invalid:
		return "invalid"
	}
	return "unknown"
}

// A Check is something about a node that the object itself can answer for.
type Check struct {
	Name    string
	Verdict Verdict
	Reason  string // of a verdict other than Valid
	Rules   []rule.ID
}

// child returns the field of the given name, or an empty node.
func (n *Node) child(name string) *Node {
	for _, c := range n.Children {
		if c.Name == name {
			return c
		}
	}
	return new(Node)
}

// walk calls f for the node and for all nodes below it, each with its path. The
// content of an extension stands beside its data.
func (n *Node) walk(path string, f func(path string, n *Node)) {
	f(path, n)
	for _, c := range n.Children {
		c.walk(join(path, c.Name), f)
		if c.Content != nil {
			c.Content.walk(join(path, c.Content.Name), f)
		}
	}
}

// join appends a field name or an element's place to a path.
func join(path, name string) string {
	if path == "" || name == "" || name[0] == '[' {
		return path + name
	}
	return path + "." + name
}
