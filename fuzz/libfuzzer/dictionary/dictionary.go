// Package dictionary makes a dictionary of the MLS presentation language for
// fuzzing engines: code points with their names, length headers and labels. Of
// these, bytes chosen at random are seldom part.
package dictionary

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/syntax"
)

// MLS returns the dictionary as a file for libFuzzer.
func MLS() ([]byte, error) {
	d := &writer{written: map[string]bool{}}
	d.printf("# The MLS presentation language (RFC 9420), for libFuzzer and its like.\n")
	d.section("MLSMessage: its version and wire_format (Section 6)")
	for _, f := range registered[codepoint.WireFormat]() {
		d.entry(f.String(), number(codepoint.MLS10), number(f))
	}
	registry[codepoint.ProtocolVersion](d, "versions (Section 6)")
	registry[codepoint.WireFormat](d, "wire formats (Section 17.2)")
	registry[codepoint.CipherSuite](d, "cipher suites (Section 17.1)")
	registry[codepoint.ExtensionType](d, "extensions (Section 17.3)")
	registry[codepoint.ProposalType](d, "proposals (Section 17.4)")
	registry[codepoint.CredentialType](d, "credentials (Section 17.5)")
	d.section("GREASE (Section 13.5)")
	for i := range 15 {
		d.entry("grease", number(codepoint.GREASE(i)))
	}
	d.lengths()
	if err := d.keys(); err != nil {
		return nil, err
	}
	d.section("labels, with their length headers (Sections 5.1.2, 5.1.3, 5.2 and 8)")
	for _, label := range labels {
		d.entry("label", header(len(protocol+label)), []byte(protocol+label))
	}
	return d.Bytes(), nil
}

// A writer writes entries.
type writer struct {
	bytes.Buffer
	written map[string]bool // values
}

func (d *writer) printf(format string, args ...any) { fmt.Fprintf(d, format, args...) }

func (d *writer) section(name string) { d.printf("\n# %s\n", name) }

// entry writes an entry. Its name may stand at many; bytes that are there
// already become a comment.
func (d *writer) entry(name string, parts ...[]byte) {
	value := bytes.Join(parts, nil)
	if d.written[string(value)] {
		d.printf("# ")
	}
	d.written[string(value)] = true
	d.printf("%s=\"", strings.ToLower(name))
	for _, b := range value {
		if b < ' ' || b > '~' || b == '"' || b == '\\' {
			d.printf("\\x%02X", b)
		} else {
			d.WriteByte(b)
		}
	}
	d.printf("\"\n")
}

// A point is a code point with a name.
type point interface {
	~uint16
	String() string
}

func number[T ~uint16](v T) []byte { return binary.BigEndian.AppendUint16(nil, uint16(v)) }

// registered returns the code points that have a name of their own.
func registered[T point]() []T {
	var all []T
	for v := range 1 << 16 {
		if !codepoint.IsGREASE(uint16(v)) && !strings.HasPrefix(T(v).String(), "0x") {
			all = append(all, T(v))
		}
	}
	return all
}

// registry writes the code points of a registry.
func registry[T point](d *writer, name string) {
	d.section(name)
	for _, v := range registered[T]() {
		d.entry(v.String(), number(v))
	}
}

// header returns the length header of a vector.
func header(length int) []byte {
	b := cryptobyte.NewBuilder(nil)
	syntax.AddLength(b, length)
	return b.BytesOrPanic() // the builder fails by itself only when it is nested
}

// lengths writes length headers at the limits of their forms, and those that are
// not allowed.
func (d *writer) lengths() {
	d.section("length headers (Section 2.1.2)")
	for _, n := range []int{0, 1<<6 - 1, 1 << 6, 1<<14 - 1, 1 << 14, 1<<30 - 1} {
		d.entry("length", header(n))
	}
	d.entry("not_minimal", []byte{0x40, 0x00})
	d.entry("not_minimal", []byte{0x40, 0x3f})
	d.entry("not_minimal", []byte{0x80, 0x00, 0x00, 0x00})
	d.entry("not_minimal", []byte{0x80, 0x00, 0x3f, 0xff})
	d.entry("no_such_form", []byte{0xc0})
}

// keys writes the length headers of what cipher suites make.
func (d *writer) keys() error {
	d.section("length headers of hashes, keys and signatures (Section 17.1)")
	random := rand.NewChaCha8([32]byte{}) // only the lengths are used
	for _, suite := range ciphersuite.All() {
		kem, err := suite.GenerateKEMKey(random)
		if err != nil {
			return err
		}
		signer, err := suite.GenerateSignatureKey(random)
		if err != nil {
			return err
		}
		signature, err := signer.Sign(nil)
		if err != nil {
			return err
		}
		d.entry("hash", header(suite.HashSize()))
		d.entry("encryption_key", header(len(kem.Public())))
		d.entry("signature_key", header(len(signer.Public())))
		d.entry("signature", header(len(signature)))
	}
	return nil
}

// protocol begins every label.
const protocol = "MLS 1.0 "

// labels are those of RFC 9420.
var labels = []string{
	// signatures, Section 17.6
	"FramedContentTBS", "LeafNodeTBS", "KeyPackageTBS", "GroupInfoTBS",
	// encryption, Section 17.7
	"UpdatePathNode", "Welcome",
	// references, Section 5.2
	"KeyPackage Reference", "Proposal Reference",
	// the key schedule, Sections 8 to 9
	"joiner", "welcome", "epoch", "sender data", "encryption", "exporter", "external", "confirm",
	"membership", "resumption", "authentication", "init", "external init secret", "exported", "derived psk",
	"tree", "handshake", "application", "key", "nonce", "secret", "path", "node",
}
