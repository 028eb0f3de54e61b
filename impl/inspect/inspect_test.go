package inspect_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/impl/inspect"
	"github.com/mlsconform/mlsconform/impl/rule"
)

var update = flag.Bool("update", false, "write the golden files in testdata anew")

func read(t testing.TB, data []byte, typ string) *inspect.Result {
	t.Helper()
	r, err := inspect.Read(data, inspect.Options{Type: typ, Encoding: "binary", Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// golden compares with a file in testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// Every structure is read as what it is, and its fields are where they say.
func TestTypes(t *testing.T) {
	objects := newWorld(t).objects()
	for _, o := range objects {
		t.Run(o.name, func(t *testing.T) {
			r := read(t, o.data, o.typ)
			if len(r.Readings) != 1 {
				t.Fatalf("does not decode: %v", r.Partial.Failure)
			}
			checkPlaces(t, o.data, r.Readings[0].Root)
		})
	}
	for _, typ := range inspect.Types() {
		if !slices.ContainsFunc(objects, func(o object) bool { return o.typ == typ }) {
			t.Errorf("there is no object of type %s", typ)
		}
	}
}

// checkPlaces checks that the fields of a node fill its encoding without gaps.
func checkPlaces(t *testing.T, data []byte, n *inspect.Node) {
	t.Helper()
	if n.Kind == inspect.Bytes || n.Kind == inspect.Secret {
		if end := n.Offset + n.Length; !bytes.Equal(n.Bytes, data[end-len(n.Bytes):end]) {
			t.Errorf("%s is not at %d", n.Name, n.Offset)
		}
	}
	if len(n.Children) > 0 {
		// A length header, or a presence octet, stands in front of the fields.
		at := n.Children[0].Offset
		if header := at - n.Offset; header != 0 && (n.Kind == inspect.Struct) != strings.HasPrefix(n.Type, "optional") && n.Kind != inspect.List {
			t.Errorf("%s begins with %d bytes that are no field", n.Name, header)
		}
		for _, c := range n.Children {
			if c.Offset != at {
				t.Errorf("%s is at %d, want %d", c.Name, c.Offset, at)
			}
			at += c.Length
			checkPlaces(t, data, c)
			if c.Content != nil && !slices.ContainsFunc(n.Checks, func(c inspect.Check) bool { return c.Name == "content" }) {
				checkPlaces(t, data, c.Content)
			}
		}
		if at != n.Offset+n.Length {
			t.Errorf("the fields of %s end at %d, want %d", n.Name, at, n.Offset+n.Length)
		}
	}
}

// What is sent is recognised without being told.
func TestDetectsTypes(t *testing.T) {
	for _, o := range newWorld(t).objects() {
		if !o.detected {
			continue
		}
		r := read(t, o.data, "")
		if len(r.Readings) == 0 {
			t.Errorf("%s does not decode: %v", o.name, r.Partial.Failure)
			continue
		}
		if got := r.Readings[0].Type; got != o.typ {
			t.Errorf("%s is taken for %s", o.name, got)
		}
		if len(r.Attempts) != 0 || r.Partial != nil {
			t.Errorf("%s decodes, but there are attempts", o.name)
		}
	}
}

// An object that can be several things is shown as each of them.
func TestSeveralReadings(t *testing.T) {
	var types []string
	for _, r := range read(t, []byte{0}, "auto").Readings {
		types = append(types, r.Type)
	}
	want := []string{"external-init", "group-context-extensions", "external-senders"}
	if diff := cmp.Diff(want, types); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestFailures(t *testing.T) {
	w := newWorld(t)
	message := w.encode(w.message(w.keyPackage("alice")))
	for _, tt := range []struct {
		name   string
		data   []byte
		typ    string
		path   string
		offset int
		rule   rule.ID
	}{
		{"cut off", message[:100], "message", "key_package.leaf_node.signature_key", 74, "rfc9420-2.1.2-05"},
		{"cut off in an integer", message[:145], "message", "key_package.leaf_node.lifetime.not_before", 141, "rfc9420-2.1-01"},
		{"followed by bytes", append(bytes.Clone(message), 0), "message", "", len(message), "rfc9420-2.1-03"},
		{"unknown version", changed(message, 1, 2), "message", "version", 0, "rfc9420-6-04"},
		{"unknown wire format", changed(message, 3, 9), "message", "wire_format", 2, "rfc9420-6-05"},
		{"version differs inside", changed(message, 5, 2), "message", "", 0, "rfc9420-10-07"},
		{"unknown source", changed(message, 140, 9), "message", "key_package.leaf_node.leaf_node_source", 140, "rfc9420-7.2-10"},
		{"odd list", changed(message, 125, 3), "message", "key_package.leaf_node.capabilities.extensions", 125, "rfc9420-2.1.2-06"},
		{"element beyond its vector", changed(message, 160, 40), "message", "key_package.leaf_node.extensions[0].extension_data", 160, "rfc9420-2.1.2-06"},
		{"tree without nodes", []byte{0}, "ratchet-tree", "", 0, "rfc9420-12.4.3.3-03"},
		{"tree with a blank end", []byte{1, 0}, "ratchet-tree", "", 0, "rfc9420-12.4.3.3-02"},
		{"presence octet", []byte{1, 2}, "ratchet-tree", "[0]", 1, "rfc9420-2.1.1-01"},
		{"header of a list alone", []byte{0x7f}, "extensions", "", 0, "rfc9420-2.1.2-08"},
		{"label without length", []byte{0, 32, 8, 'M'}, "kdf-label", "label", 2, "rfc9420-2.1.2-05"},
		{"inner codec", []byte{9}, "psk-label", "id.psktype", 0, "rfc9420-8.4-04"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := read(t, tt.data, tt.typ)
			if len(r.Readings) != 0 || r.Partial == nil {
				t.Fatal("decodes")
			}
			f := r.Partial.Failure
			if f.Path != tt.path || f.Offset != tt.offset || rule.Of(f) != tt.rule {
				t.Errorf("got %s at %d [%s], want %s at %d [%s]", f.Path, f.Offset, rule.Of(f), tt.path, tt.offset, tt.rule)
			}
		})
	}
}

func changed(data []byte, at int, to byte) []byte {
	data = bytes.Clone(data)
	data[at] = to
	return data
}

// Of an object that nothing fits, the type that got farthest is shown, if it got
// anywhere.
func TestAttempts(t *testing.T) {
	w := newWorld(t)
	message := w.encode(w.message(w.keyPackage("alice")))
	for _, tt := range []struct {
		name    string
		data    []byte
		partial string
	}{
		{"message", message[:200], "message"},
		{"message with two versions", changed(message, 5, 2), "message"},
		{"key package", message[4:200], "key-package"},
		{"group secrets", w.encode(w.groupSecrets())[:100], "group-secrets"},
		{"noise", bytes.Repeat([]byte{0xff}, 100), ""},
	} {
		r := read(t, tt.data, "")
		switch {
		case len(r.Readings) > 0 || len(r.Attempts) == 0:
			t.Errorf("%s decodes", tt.name)
		case tt.partial == "" && r.Partial != nil:
			t.Errorf("%s is shown as %s", tt.name, r.Partial.Type)
		case tt.partial != "" && (r.Partial == nil || r.Partial != r.Attempts[0] || r.Partial.Type != tt.partial):
			t.Errorf("%s is not shown as %s", tt.name, tt.partial)
		}
	}
}

func TestUsage(t *testing.T) {
	for _, tt := range []struct {
		name string
		raw  []byte
		o    inspect.Options
		want error
	}{
		{"empty", nil, inspect.Options{}, inspect.ErrInput},
		{"white space", []byte(" \n"), inspect.Options{}, inspect.ErrInput},
		{"too long", make([]byte, inspect.MaxInput+1), inspect.Options{}, inspect.ErrInput},
		{"type", []byte{0}, inspect.Options{Type: "letter"}, inspect.ErrType},
		{"encoding", []byte{0}, inspect.Options{Encoding: "rot13"}, inspect.ErrEncoding},
		{"bad hex", []byte("0g"), inspect.Options{Encoding: "hex"}, inspect.ErrEncoding},
		{"bad base64", []byte("A=A"), inspect.Options{Encoding: "base64"}, inspect.ErrEncoding},
		{"odd hex", []byte("abc"), inspect.Options{}, inspect.ErrEncoding},
		{"text", []byte("What is this?"), inspect.Options{}, inspect.ErrEncoding},
	} {
		if _, err := inspect.Read(tt.raw, tt.o); !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, err, tt.want)
		}
	}
}

// The clock is the present time unless another one is given.
func TestClock(t *testing.T) {
	r, err := inspect.Read([]byte{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, inspect.Options{Type: "lifetime"})
	if err != nil {
		t.Fatal(err)
	}
	if note := r.Readings[0].Root.Note; !strings.HasPrefix(note, "expired") {
		t.Errorf("a lifetime that ended in 1970: %q", note)
	}
}

func TestFieldsOnly(t *testing.T) {
	for _, o := range newWorld(t).objects() {
		r, err := inspect.Read(o.data, inspect.Options{Type: o.typ, Encoding: "binary", FieldsOnly: true})
		if err != nil || len(r.Readings) != 1 {
			t.Fatalf("%s: %v", o.name, err)
		}
		if findings := r.Readings[0].Findings(); len(findings) > 0 {
			t.Errorf("%s: there are checks: %v", o.name, findings)
		}
		whole := read(t, o.data, o.typ).Readings[0].Root
		if diff := cmp.Diff(places(whole), places(r.Readings[0].Root)); diff != "" {
			t.Errorf("%s: fields (-want +got):\n%s", o.name, diff)
		}
	}
}

// places lists where the fields of a node are.
func places(n *inspect.Node) []string {
	list := []string{fmt.Sprintf("%s %d %d", n.Name, n.Offset, n.Length)}
	for _, c := range n.Children {
		list = append(list, places(c)...)
	}
	if n.Content != nil {
		list = append(list, places(n.Content)...)
	}
	return list
}
