package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/mlsconform/mlsconform/vectors/format"
)

// A copier reads one message, structure after structure as the RFC has them, and
// writes it anew in the shortest forms. It shares no code with the writer that
// makes the cases, or with impl, and stops at the first fault.
type copier struct {
	in, out []byte
	err     error
}

func (c *copier) fail(text string, args ...any) {
	if c.err == nil {
		c.err = fmt.Errorf(text, args...)
	}
	c.in = nil
}

func (c *copier) take(n int) []byte {
	if n > len(c.in) {
		c.fail("the input ends: %d bytes are wanted, %d left", n, len(c.in))
		return make([]byte, min(n, 8))
	}
	taken := c.in[:n]
	c.in = c.in[n:]
	return taken
}

func (c *copier) number(size int) uint64 {
	b := c.take(size)
	c.out = append(c.out, b...)
	return binary.BigEndian.Uint64(append(make([]byte, 8-len(b)), b...))
}

// length is ReadVarint of Section 2.1.2.
func (c *copier) length() int {
	first := c.take(1)[0]
	if first >= 0xc0 {
		c.fail("the length begins with %#x", first)
	}
	v := int(first & 0x3f)
	size := 1 << (first >> 6)
	for range size - 1 {
		v = v<<8 | int(c.take(1)[0])
	}
	if size == 2 && v < 64 || size == 4 && v < 16384 {
		c.fail("the length %d takes %d bytes", v, size)
	}
	return v
}

// vector reads elements up to the end of a vector; without a function for them,
// they are opaque bytes.
func (c *copier) vector(element func(*copier)) {
	inner := &copier{in: c.take(c.length())}
	if element == nil {
		inner.out, inner.in = inner.in, nil
	}
	for len(inner.in) > 0 {
		element(inner)
	}
	if inner.err != nil {
		c.fail("in a vector: %w", inner.err)
	}
	n := len(inner.out)
	switch {
	case n <= 63:
		c.out = append(c.out, byte(n))
	case n <= 16383:
		c.out = append(c.out, 0x40|byte(n>>8), byte(n))
	default:
		c.out = append(c.out, 0x80|byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
	}
	c.out = append(c.out, inner.out...)
}

func (c *copier) opaque() { c.vector(nil) }

func (c *copier) opaques(n int) {
	for range n {
		c.opaque()
	}
}

// Sections 6, 6.1 and 6.2.

func (c *copier) message() {
	if version := c.number(2); version != 1 {
		c.fail("version is %d", version)
	}
	switch wireFormat := c.number(2); wireFormat {
	case 1:
		c.publicMessage()
	case 2:
		c.opaque() // group_id
		c.number(8)
		c.number(1)
		c.opaques(3)
	case 3:
		c.number(2)
		c.vector(func(c *copier) { c.opaques(3) })
		c.opaque()
	case 4:
		c.groupContext()
		c.extensions()
		c.opaque() // confirmation_tag
		c.number(4)
		c.opaque()
	case 5:
		c.keyPackage()
	default:
		c.fail("wire_format is %d", wireFormat)
	}
}

func (c *copier) publicMessage() {
	c.opaque() // group_id
	c.number(8)
	sender := c.number(1)
	switch sender {
	case 1, 2:
		c.number(4)
	case 3, 4:
	default:
		c.fail("sender_type is %d", sender)
	}
	c.opaque() // authenticated_data
	content := c.number(1)
	switch content {
	case 1:
		c.opaque()
	case 2:
		c.proposal()
	case 3:
		c.commit()
	default:
		c.fail("content_type is %d", content)
	}
	c.opaque() // signature
	if content == 3 {
		c.opaque() // confirmation_tag
	}
	if sender == 1 {
		c.opaque() // membership_tag
	}
}

// Sections 8.1, 8.4, 12.1 and 12.4.

func (c *copier) groupContext() {
	c.number(2)
	c.number(2)
	c.opaque()
	c.number(8)
	c.opaques(2)
	c.extensions()
}

func (c *copier) proposal() {
	switch proposalType := c.number(2); proposalType {
	case 1:
		c.keyPackage()
	case 2:
		c.leaf()
	case 3:
		c.number(4)
	case 4:
		c.pskID()
	case 5:
		c.opaque()
		c.number(2)
		c.number(2)
		c.extensions()
	case 6:
		c.opaque()
	case 7:
		c.extensions()
	default:
		c.fail("proposal_type is %d", proposalType)
	}
}

func (c *copier) pskID() {
	switch pskType := c.number(1); pskType {
	case 1:
		c.opaque()
	case 2:
		c.number(1)
		c.opaque()
		c.number(8)
	default:
		c.fail("psktype is %d", pskType)
	}
	c.opaque() // psk_nonce
}

func (c *copier) commit() {
	c.vector(func(c *copier) {
		switch kind := c.number(1); kind {
		case 1:
			c.proposal()
		case 2:
			c.opaque()
		default:
			c.fail("type is %d", kind)
		}
	})
	switch present := c.number(1); present {
	case 0:
	case 1:
		c.leaf()
		c.vector(func(c *copier) { // UpdatePathNode
			c.opaque()
			c.vector(func(c *copier) { c.opaques(2) })
		})
	default:
		c.fail("presence octet is %d", present)
	}
}

// Sections 5.3, 7.2, 10 and 13.4.

func (c *copier) keyPackage() {
	c.number(2)
	c.number(2)
	c.opaque()
	c.leaf()
	c.extensions()
	c.opaque()
}

func (c *copier) leaf() {
	c.opaques(2)
	switch credentialType := c.number(2); credentialType {
	case 1:
		c.opaque()
	case 2:
		c.vector((*copier).opaque)
	default:
		c.fail("credential_type is %d", credentialType)
	}
	for range 5 { // lists of the capabilities
		c.vector(func(c *copier) { c.number(2) })
	}
	switch source := c.number(1); source {
	case 1:
		c.number(8)
		c.number(8)
	case 2:
	case 3:
		c.opaque()
	default:
		c.fail("leaf_node_source is %d", source)
	}
	c.extensions()
	c.opaque()
}

func (c *copier) extensions() {
	c.vector(func(c *copier) {
		c.number(2)
		c.opaque()
	})
}

func copied(encoded []byte) ([]byte, error) {
	c := &copier{in: encoded}
	c.message()
	if len(c.in) > 0 {
		c.fail("%d bytes follow", len(c.in))
	}
	return c.out, c.err
}

// Accepted messages are what a second reader finds in them, and no other one is.
func TestDecodingCasesAreReadByAnother(t *testing.T) {
	for _, c := range madeDecodingCases() {
		again, err := copied(c.Bytes)
		switch c.Result {
		case format.Accept:
			if err != nil || !bytes.Equal(again, c.Bytes) {
				t.Errorf("%s: %v, written again as\n%x, in the case\n%x", c.ID, err, again, c.Bytes)
			}
		case format.Reject:
			if err == nil {
				t.Errorf("%s is read as\n%x", c.ID, again)
			}
		}
	}
}

// What is accepted is signed as far as that can be seen from outside: by the
// leaf, by the KeyPackage, and by who proposes itself.
func TestAcceptedKeyPackagesAreSigned(t *testing.T) {
	signed := 0
	s := suites()[0]
	for _, c := range madeDecodingCases() {
		if c.Result != format.Accept || !bytes.HasPrefix(c.Bytes, []byte{0, mls10, 0, wireKeyPackage}) {
			continue
		}
		signed++
		k := read(t, &format.KeyPackageCase{ID: c.ID, KeyPackageInput: format.KeyPackageInput{Form: format.Message, Bytes: c.Bytes}})
		if !s.verifies(k.fields.SignatureKey, "LeafNodeTBS", k.leafTBS, k.leafSignature) ||
			!s.verifies(k.fields.SignatureKey, "KeyPackageTBS", k.tbs, k.signature) {
			t.Errorf("%s: a signature does not verify", c.ID)
		}
	}
	if signed < 5 {
		t.Errorf("%d KeyPackages", signed)
	}
}
