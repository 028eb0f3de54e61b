package framing_test

import (
	"bytes"
	"testing"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/message/messagetest"
)

func TestWireFormat(t *testing.T) {
	seen := map[codepoint.WireFormat]bool{}
	for _, m := range messages() {
		encoded := marshal(t, &m)
		if want := []byte{0, 1, 0, byte(m.WireFormat())}; !bytes.Equal(encoded[:4], want) {
			t.Errorf("%v begins with %x, want %x", m.WireFormat(), encoded[:4], want)
		}
		seen[m.WireFormat()] = true
	}
	for f := codepoint.WireFormatPublicMessage; f <= codepoint.WireFormatKeyPackage; f++ {
		if !seen[f] {
			t.Errorf("no message is %v", f)
		}
	}
	if f := new(framing.MLSMessage).WireFormat(); f != 0 {
		t.Errorf("a message without content is %v", f)
	}
}

func TestVersionAndWireFormatFaults(t *testing.T) {
	for _, m := range messages() {
		encoded := marshal(t, &m)
		for _, v := range [][2]byte{{0, 0}, {0, 2}, {0xff, 0xff}} {
			_, err := framing.Parse(append(v[:], encoded[2:]...))
			names(t, "version "+codepoint.ProtocolVersion(v[1]).String(), err, "rfc9420-6-04")
		}
		for _, f := range [][2]byte{{0, 0}, {0, 6}, {0xf0, 0}} {
			_, err := framing.Parse(append([]byte{0, 1, f[0], f[1]}, encoded[4:]...))
			names(t, "wire_format "+codepoint.WireFormat(f[1]).String(), err, "rfc9420-6-05")
		}
	}
}

// The KeyPackage is signed, and right but for its version.
func TestVersionOfAKeyPackage(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		w := newWorld(t, suite)
		b, err := keypackage.Build(suite, leaf.Basic([]byte("alice")), w.signer, keypackage.Options{Rand: w.rand})
		if err != nil {
			t.Fatal(err)
		}
		m := &framing.MLSMessage{KeyPackage: &b.KeyPackage}
		if _, err := framing.Parse(marshal(t, m)); err != nil {
			t.Fatal(err)
		}
		for _, v := range []codepoint.ProtocolVersion{0, 2} {
			b.KeyPackage.Version = v
			if err := b.KeyPackage.Sign(suite, w.signer); err != nil {
				t.Fatal(err)
			}
			_, err := framing.Parse(marshal(t, m))
			names(t, "version "+v.String(), err, "rfc9420-10-07")
		}
	})
}

func TestParseKeepsNothingOfTheInput(t *testing.T) {
	kp := messagetest.KeyPackage()
	data := marshal(t, &framing.MLSMessage{KeyPackage: &kp})
	m, err := framing.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	clear(data)
	if !bytes.Equal(m.KeyPackage.InitKey, kp.InitKey) {
		t.Error("the message changes with the caller's buffer")
	}
}

func TestTrailingBytes(t *testing.T) {
	for _, m := range messages() {
		_, err := framing.Parse(append(marshal(t, &m), 0))
		names(t, m.WireFormat().String(), err, "rfc9420-2.1-03")
	}
}
