package inspect

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/syntax"
)

// registered is a value of one of the registries of RFC 9420, Section 17, or a
// protocol version.
type registered interface {
	codepoint.ProtocolVersion | codepoint.CipherSuite | codepoint.ExtensionType |
		codepoint.ProposalType | codepoint.CredentialType | codepoint.WireFormat
	String() string
}

// describe names a code point, or says what kind of value without a name it is.
func describe[T registered](v T) Value {
	d := Value{Number: uint64(v)}
	name := v.String()
	_, version := any(v).(codepoint.ProtocolVersion)
	_, format := any(v).(codepoint.WireFormat)
	switch {
	case !strings.HasPrefix(name, "0x") && !strings.HasPrefix(name, "GREASE"):
		d.Name = name
	case version:
		d.Note = "unknown"
	case v == 0:
		d.Note = "reserved"
	case codepoint.IsGREASE(uint16(v)) && !format:
		d.Note = "GREASE"
	case v >= 0xf000:
		d.Note = "private use"
	default:
		d.Note = "unknown"
	}
	return d
}

// codePoint reads a value of a registry.
func codePoint[T registered](c *cursor, name, typ string) *Node {
	n := number(c, name, typ, syntax.ReadUint16[uint16])
	n.Kind = Code
	d := describe(T(n.Number))
	n.Text, n.Note = d.Name, d.Note
	return n
}

// readable returns b as a text, quoted, if that is what it seems to be.
func readable(b []byte) string {
	if len(b) == 0 || !utf8.Valid(b) {
		return ""
	}
	for _, r := range string(b) {
		if !unicode.IsPrint(r) {
			return ""
		}
	}
	return strconv.Quote(string(b))
}

// identityOf tells whom a credential is for.
func identityOf(c *leaf.Credential) string {
	switch c.Type {
	case codepoint.CredentialBasic:
		if s := readable(c.Identity); s != "" {
			return s
		}
		return hex.EncodeToString(c.Identity)
	case codepoint.CredentialX509:
		return certificateName(c.Certificates)
	}
	return fmt.Sprintf("credential of type %v", c.Type)
}

// whoIs is identityOf in at most a few words.
func whoIs(c *leaf.Credential) string {
	const most = 40
	s := []rune(identityOf(c))
	if len(s) <= most {
		return string(s)
	}
	return string(s[:most/2]) + "..."
}

const (
	wholeBytes = 32 // keys and hashes of the common suites are shown in full
	headBytes  = 20
	tailBytes  = 4
)

// shortHex leaves out the middle of what is long.
func shortHex(b []byte) string {
	if len(b) <= wholeBytes {
		return hex.EncodeToString(b)
	}
	return hex.EncodeToString(b[:headBytes]) + "..." + hex.EncodeToString(b[len(b)-tailBytes:])
}

// lastSecond is the last one of the year 9999.
const lastSecond = 253402300799

// utc shows seconds since 1970 as a date.
func utc(seconds uint64) string {
	switch {
	case seconds == math.MaxUint64:
		return "the greatest value"
	case seconds > lastSecond:
		return "after the year 9999"
	}
	return time.Unix(int64(seconds), 0).UTC().Format(time.RFC3339)
}

// span shows a number of seconds in units that people count in.
func span(seconds uint64) string {
	const hour, day = 60 * 60, 24 * 60 * 60
	switch {
	case seconds > lastSecond:
		return "more than 8000 years"
	case seconds >= 3*365*day:
		return fmt.Sprintf("%.1f years", float64(seconds)/(365.25*day))
	case seconds < day:
		return (time.Duration(seconds) * time.Second).String()
	}
	text := plural(int(seconds/day), "day")
	if hours := seconds % day / hour; hours > 0 {
		text += fmt.Sprintf(" %d h", hours)
	}
	return text
}

func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// cause is the text of an error without the requirements, which are shown apart.
func cause(err error) string {
	text := err.Error()
	for _, id := range rule.All(err) {
		text = strings.Replace(text, " ["+string(id)+"]", "", 1)
	}
	return printable(text)
}

// printable replaces what could control a terminal. Texts that were read from
// the input go through it, or are quoted.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, s)
}

// innermost is the text of the deepest error that names a requirement. It does
// without the path to it, which is shown apart.
func innermost(err error) string {
	found := err
	for e := err; e != nil; e = errors.Unwrap(e) {
		if r, ok := e.(*rule.Error); ok {
			found = r.Err
		}
	}
	return cause(found)
}
