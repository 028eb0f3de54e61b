package syntax_test

import (
	"bytes"
	"encoding/hex"
	"testing"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/syntax"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	data, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// The boundaries of the three forms (RFC 9420, Section 2.1.2).
var headers = []struct {
	n      int
	header string
}{
	{0, "00"},
	{1, "01"},
	{37, "25"}, // this one and the next but one are examples of the RFC
	{63, "3f"},
	{64, "4040"},
	{15293, "7bbd"},
	{16383, "7fff"},
	{16384, "80004000"},
	{494878333, "9d7f3e7d"}, // as is this
	{1<<30 - 1, "bfffffff"},
}

func TestLengthHeaders(t *testing.T) {
	const requirements = "rfc9420-2.1.2-01 rfc9420-2.1.2-07"
	for _, c := range headers {
		var b cryptobyte.Builder
		syntax.AddLength(&b, c.n)
		if got := hex.EncodeToString(b.BytesOrPanic()); got != c.header {
			t.Errorf("%d is written as %s, want %s [%s]", c.n, got, c.header, requirements)
		}
		s := cryptobyte.String(append(unhex(t, c.header), 0xff))
		var n int
		if err := syntax.ReadLength(&s, &n); err != nil || n != c.n || len(s) != 1 {
			t.Errorf("%s is read as %d with %d bytes left: %v [%s]", c.header, n, len(s), err, requirements)
		}
	}
}

func TestLengthHeadersThatAreRefused(t *testing.T) {
	for _, c := range []struct {
		name, header string
		want         rule.ID
	}{
		{"zero in two bytes", "4000", "rfc9420-2.1.2-02"},
		{"five in two bytes", "4005", "rfc9420-2.1.2-02"},
		{"63 in two bytes", "403f", "rfc9420-2.1.2-02"},
		{"zero in four bytes", "80000000", "rfc9420-2.1.2-02"},
		{"69 in four bytes", "80000045", "rfc9420-2.1.2-02"},
		{"16383 in four bytes", "80003fff", "rfc9420-2.1.2-02"},
		{"both bits set", "c0", "rfc9420-2.1.2-03"},
		{"all bits set", "ff", "rfc9420-2.1.2-03"},
		{"eight bytes as in RFC 9000", "c000000000000005", "rfc9420-2.1.2-03"},
		{"one byte of two", "40", "rfc9420-2.1.2-08"},
		{"one byte of four", "80", "rfc9420-2.1.2-08"},
		{"two bytes of four", "8000", "rfc9420-2.1.2-08"},
		{"three bytes of four", "bfffff", "rfc9420-2.1.2-08"},
		{"no byte", "", "rfc9420-2.1-01"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := cryptobyte.String(unhex(t, c.header))
			var n int
			if err := syntax.ReadLength(&s, &n); rule.Of(err) != c.want {
				t.Errorf("ReadLength(%s) = %d, %v; want %s", c.header, n, err, c.want)
			}
		})
	}
}

// Every header of one and two bytes is either refused or written back as it was.
func TestLengthHeadersAreCanonical(t *testing.T) {
	accepted := 0
	for first := range 0x100 {
		for second := range 0x100 {
			s := cryptobyte.String{byte(first), byte(second)}
			header := bytes.Clone(s)
			var n int
			if syntax.ReadLength(&s, &n) != nil {
				continue
			}
			accepted++
			var b cryptobyte.Builder
			syntax.AddLength(&b, n)
			if got := b.BytesOrPanic(); !bytes.Equal(got, header[:2-len(s)]) {
				t.Fatalf("%x is read as %d, which is written as %x", header, n, got)
			}
		}
	}
	// 64 headers of one byte, each with any byte behind it, and those for 64 to 16383.
	if want := 64*256 + 16384 - 64; accepted != want {
		t.Errorf("%d headers are accepted, want %d", accepted, want)
	}
}

func TestLengthsWithoutHeader(t *testing.T) {
	for _, n := range []int{-1, syntax.MaxLength + 1} {
		var b cryptobyte.Builder
		syntax.AddLength(&b, n)
		if _, err := b.Bytes(); rule.Of(err) != "rfc9420-2.1.2-04" {
			t.Errorf("AddLength(%d): %v", n, err)
		}
	}
}
