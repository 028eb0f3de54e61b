package inspect_test

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/impl/inspect"
)

func TestDecode(t *testing.T) {
	data := []byte{0, 1, 0xfb, 0xef, 0xff, 0x10, 7}
	lines := func(s string) string { return " " + strings.Join(strings.Split(s, ""), "\r\n\t") + "\n" }
	for _, tt := range []struct {
		name, raw, encoding, want string
	}{
		{"hex", hex.EncodeToString(data), "", "hex"},
		{"upper case", strings.ToUpper(hex.EncodeToString(data)), "auto", "hex"},
		{"hex in lines", lines(hex.EncodeToString(data)), "hex", "hex"},
		{"base64", base64.StdEncoding.EncodeToString(data), "", "base64"},
		{"base64 without padding", base64.RawStdEncoding.EncodeToString(data), "", "base64"},
		{"base64 of URLs", base64.URLEncoding.EncodeToString(data), "base64", "base64"},
		{"base64 of URLs without padding", base64.RawURLEncoding.EncodeToString(data), "", "base64"},
		{"base64 in lines", lines(base64.StdEncoding.EncodeToString(data)), "", "base64"},
		{"binary", string(data), "", "binary"},
		{"binary, as told", string(data), "binary", "binary"},
	} {
		got, err := inspect.Decode([]byte(tt.raw), tt.encoding)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if diff := cmp.Diff(inspect.Input{Encoding: tt.want, Data: data}, got[0]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// The digits of hex are letters of base64: what decodes in the end decides.
func TestAmbiguousEncoding(t *testing.T) {
	for _, tt := range []struct{ raw, encoding string }{
		{"AAAA", "base64"},  // 000000, as aaaa is nothing
		{"00000000", "hex"}, // though it is base64 of d34d34d34d34
	} {
		r, err := inspect.Read([]byte(tt.raw), inspect.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Readings) == 0 || r.Input.Encoding != tt.encoding {
			t.Errorf("%s is taken for %s, want %s", tt.raw, r.Input.Encoding, tt.encoding)
		}
	}
}
