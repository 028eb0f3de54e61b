package inspect

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

// Bounds of one reading, so that time, memory and output stay in proportion
// whatever the input is. Groups of thousands of members keep within them.
const (
	maxElements   = 20_000 // structures in vectors
	maxValues     = 50_000 // numbers in vectors
	maxSignatures = 5_000  // verified
	maxNesting    = 2      // extensions in the content of extensions
)

// A Failure says where a structure ceases to decode, and why.
type Failure struct {
	Path   string // of the field
	Offset int    // at which the field begins
	Reach  int    // how many bytes were read: more than Offset when a whole structure is wrong
	Err    error  // of the codec
}

func (f *Failure) Error() string { return fmt.Sprintf("%s at offset %d: %v", f.Path, f.Offset, f.Err) }

// Unwrap returns the error of the codec.
func (f *Failure) Unwrap() error { return f.Err }

// budget is what all cursors of a reading share.
type budget struct {
	now        time.Time
	fieldsOnly bool
	elements   int
	values     int
	signatures int
	failure    *Failure // the first one; nothing is read after it
}

// A scope is what enclosing structures tell about those inside.
type scope struct {
	suite   *ciphersuite.Suite // nil when unknown
	group   []byte             // nil when unknown
	leaf    treemath.LeafIndex
	hasLeaf bool
	depth   int // of extension contents
}

// A cursor reads the fields of one structure, in their order, into a node.
//
// It knows only where fields begin and end. Whether a value is right is the
// codecs' to say: where one of them refuses the structure, its error is the one
// that is reported. After a failure the methods of a cursor do nothing, so that
// a structure is written down as the plain list of its fields.
type cursor struct {
	*budget
	parent *cursor
	node   *Node
	rest   cryptobyte.String
	end    int // offset in the input at which rest ends
	scope  scope
}

func (c *cursor) offset() int { return c.end - len(c.rest) }

// path returns the path of the cursor's node.
func (c *cursor) path() string {
	if c.parent == nil {
		return c.node.Name
	}
	return join(c.parent.path(), c.node.Name)
}

func (c *cursor) fail(name string, offset int, err error) {
	c.failure = &Failure{Path: join(c.path(), name), Offset: offset, Reach: offset, Err: err}
}

// field reads one field with the given function and adds it.
func (c *cursor) field(n *Node, read func(*cryptobyte.String) error) *Node {
	if c.failure != nil {
		return n
	}
	n.Offset = c.offset()
	rest := c.rest
	if err := read(&rest); err != nil {
		c.fail(n.Name, n.Offset, err)
		return n
	}
	c.rest = rest
	n.Length = c.offset() - n.Offset
	c.node.Children = append(c.node.Children, n)
	return n
}

func (c *cursor) opaque(name, typ string) *Node {
	n := &Node{Name: name, Type: typ, Kind: Bytes}
	return c.field(n, func(s *cryptobyte.String) error { return syntax.ReadOpaque(s, &n.Bytes) })
}

// text reads bytes that often are a text.
func (c *cursor) text(name string) *Node {
	n := c.opaque(name, "opaque<V>")
	n.Text = readable(n.Bytes)
	return n
}

func (c *cursor) secret(name string) *Node {
	n := c.opaque(name, "opaque<V>")
	n.Kind = Secret
	return n
}

// fixed reads a vector of fixed length.
func (c *cursor) fixed(name string, length int) *Node {
	n := &Node{Name: name, Type: fmt.Sprintf("opaque[%d]", length), Kind: Bytes}
	return c.field(n, func(s *cryptobyte.String) error {
		if !s.ReadBytes(&n.Bytes, length) {
			return fmt.Errorf("%d bytes wanted, %d left", length, len(*s))
		}
		return nil
	})
}

func (c *cursor) uint16(name string) *Node {
	return number(c, name, "uint16", syntax.ReadUint16[uint16])
}

func (c *cursor) uint32(name string) *Node {
	return number(c, name, "uint32", syntax.ReadUint32[uint32])
}

func (c *cursor) uint64(name string) *Node {
	return number(c, name, "uint64", syntax.ReadUint64[uint64])
}

func number[T uint8 | uint16 | uint32 | uint64](c *cursor, name, typ string, read func(*cryptobyte.String, *T) error) *Node {
	n := &Node{Name: name, Type: typ, Kind: Number}
	return c.field(n, func(s *cryptobyte.String) error {
		var v T
		err := read(s, &v)
		n.Number = uint64(v)
		return err
	})
}

// errChoice stands for the codec's error, which takes its place.
var errChoice = errors.New("no such value")

// enum reads an enumeration that decides what follows. Its values count from 1.
func (c *cursor) enum(name, typ string, names ...string) *Node {
	n := number(c, name, typ, syntax.ReadUint8[uint8])
	n.Kind = Code
	switch {
	case c.failure != nil:
	case n.Number == 0 || n.Number > uint64(len(names)):
		n.Note = "unknown"
		c.fail(name, n.Offset, errChoice)
	default:
		n.Text = names[n.Number-1]
	}
	return n
}

// structure reads a structure as one field.
func (c *cursor) structure(name string, s structure) *Node {
	n := &Node{Name: name, Type: s.name, Kind: s.kind}
	if c.failure == nil {
		c.node.Children = append(c.node.Children, n)
		c.into(n, s)
	}
	return n
}

// into reads a structure into a node that is in its place already.
func (c *cursor) into(n *Node, s structure) {
	inner := &cursor{budget: c.budget, parent: c, node: n, rest: c.rest, end: c.end, scope: c.scope}
	n.Offset = c.offset()
	s.read(inner)
	all := c.rest
	c.rest = inner.rest
	n.Length = c.offset() - n.Offset
	s.finish(inner, all)
}

// optional reads optional<T>.
func (c *cursor) optional(name string, s structure) *Node {
	n := &Node{Name: name, Type: "optional<" + s.name + ">", Kind: Absent}
	if c.failure != nil {
		return n
	}
	start := c.offset()
	var present uint8
	if err := syntax.ReadUint8(&c.rest, &present); err != nil {
		c.fail(name, start, err)
		return n
	}
	c.node.Children = append(c.node.Children, n)
	switch present {
	case 0:
	case 1:
		n.Kind = s.kind
		c.into(n, s)
	default:
		n.Note = fmt.Sprintf("presence octet is %d", present)
		c.fail(name, start, errChoice)
	}
	n.Offset, n.Length = start, c.offset()-start
	return n
}

// vector reads T<V> for a structure T.
func (c *cursor) vector(name string, element structure) *Node {
	n := &Node{Name: name, Type: element.name + "<V>", Kind: List}
	if c.failure == nil {
		c.node.Children = append(c.node.Children, n)
		c.elementsInto(n, func(e *cursor, place string) { e.structure(place, element) })
	}
	return n
}

// elementsInto reads a vector into a node that is in its place already.
func (c *cursor) elementsInto(n *Node, element func(c *cursor, place string)) {
	if c.failure != nil {
		return
	}
	start := c.offset()
	rest := c.rest
	var body []byte
	if err := syntax.ReadOpaque(&rest, &body); err != nil {
		if n == c.node {
			c.fail("", start, err)
			return
		}
		c.fail(n.Name, start, err)
		c.node.Children = c.node.Children[:len(c.node.Children)-1] // nothing of it was read
		return
	}
	c.rest = rest
	n.Offset, n.Length = start, c.offset()-start
	inner := &cursor{budget: c.budget, parent: c, node: n, rest: body, end: c.offset(), scope: c.scope}
	if n == c.node {
		inner.parent = c.parent
	}
	for i := 0; !inner.rest.Empty() && c.failure == nil; i++ {
		if c.elements == 0 {
			n.Note = fmt.Sprintf("%d bytes of further elements are not shown", len(inner.rest))
			break
		}
		c.elements--
		element(inner, fmt.Sprintf("[%d]", i))
	}
}

// codes reads a vector of 16-bit values of a registry.
func codes[T registered](c *cursor, name, typ string) *Node {
	n := &Node{Name: name, Type: typ + "<V>", Kind: Codes}
	return c.field(n, func(s *cryptobyte.String) error {
		var vs []T
		if err := syntax.ReadUint16s(s, &vs); err != nil {
			return err
		}
		for _, v := range vs[:c.take(n, len(vs))] {
			n.Values = append(n.Values, describe(v))
		}
		return nil
	})
}

// leafIndices reads a vector of leaf indices.
func (c *cursor) leafIndices(name string) *Node {
	n := &Node{Name: name, Type: "uint32<V>", Kind: Numbers}
	return c.field(n, func(s *cryptobyte.String) error {
		var vs []uint32
		if err := syntax.ReadUint32s(s, &vs); err != nil {
			return err
		}
		for _, v := range vs[:c.take(n, len(vs))] {
			n.Values = append(n.Values, Value{Number: uint64(v)})
		}
		return nil
	})
}

// take returns how many of so many values may be recorded.
func (c *cursor) take(n *Node, count int) int {
	taken := min(count, c.values)
	c.values -= taken
	if taken < count {
		n.Note = fmt.Sprintf("%d further values are not shown", count-taken)
	}
	return taken
}
