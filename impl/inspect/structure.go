package inspect

import (
	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/syntax"
)

// A structure is how to read one structure of the RFC.
type structure struct {
	name string // as in the RFC
	kind Kind   // Struct, or List for a vector that stands alone
	read func(*cursor)
	// decode has the codec read the structure from the front of data and, where
	// nothing is wrong so far, looks closer at the result. It is nil for what has
	// no codec of its own: parts, and what is only ever hashed or signed.
	decode func(c *cursor, data []byte) error
}

// decoder is the pointer type of a wire structure T.
type decoder[T any] interface {
	*T
	syntax.Unmarshaler
}

// define gives a structure its codec, and what is to be said about a value.
func define[T any, P decoder[T]](name string, read func(*cursor), judge func(*cursor, *T)) structure {
	return structure{name: name, read: read, decode: func(c *cursor, data []byte) error {
		v := new(T)
		s := cryptobyte.String(data)
		if err := P(v).UnmarshalMLS(&s); err != nil {
			return err
		}
		if judge != nil && c.failure == nil && !c.fieldsOnly {
			judge(c, v)
		}
		return nil
	}}
}

// finish asks the codec. Around a failure the outermost codec has the last
// word, since only it sees what each vector promised.
func (s structure) finish(c *cursor, data []byte) {
	if s.decode == nil {
		return
	}
	err := s.decode(c, data)
	switch {
	case err == nil:
	case c.failure != nil:
		c.failure.Err = err
	default:
		c.fail("", c.node.Offset, err)
		c.failure.Reach = c.node.Offset + c.node.Length
	}
}

// consumed is read from the first so many bytes, whatever they are.
type consumed int

// UnmarshalMLS skips the bytes.
func (n *consumed) UnmarshalMLS(s *cryptobyte.String) error {
	s.Skip(int(*n))
	return nil
}

// trailing returns the error for bytes that follow a structure of the given
// length, if there are any.
func trailing(data []byte, length int) error {
	n := consumed(length)
	return syntax.Unmarshal(data, &n)
}

func (c *cursor) derive(n *Node) {
	n.Offset = -1
	c.node.Derived = append(c.node.Derived, n)
}

// check records the outcome of a check.
func (c *cursor) check(name string, err error) {
	if err == nil {
		c.node.Checks = append(c.node.Checks, Check{Name: name, Verdict: Valid})
		return
	}
	c.node.Checks = append(c.node.Checks, Check{Name: name, Verdict: Invalid, Reason: cause(err), Rules: rule.All(err)})
}

// cannotTell records that a check needs what is not there.
func (c *cursor) cannotTell(name, reason string) {
	c.node.Checks = append(c.node.Checks, Check{Name: name, Reason: reason})
}

const tooMany = "there are too many signatures in the object"

// mayVerify reports whether one more signature may be verified.
func (c *cursor) mayVerify() bool {
	if c.signatures == 0 {
		return false
	}
	c.signatures--
	return true
}
