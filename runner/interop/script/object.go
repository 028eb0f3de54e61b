package script

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// An object is a JSON object whose fields are taken one by one. Whether a key
// is written in capitals or small, with underscores or without, does not
// matter, since scripts have all of these.
type object struct {
	path   string // before its fields, with the point: "byValue[1]."
	fields []field
	report func(path string, err error) // keeps the first error
}

type field struct {
	key   string // as it is written
	value json.RawMessage
	taken bool
}

// fold makes the spellings of a key the same.
func fold(key string) string {
	return strings.ToLower(strings.ReplaceAll(key, "_", ""))
}

// readFields reads the one JSON object of raw, in its order.
func readFields(raw []byte) ([]field, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	token, err := d.Token()
	if err != nil {
		return nil, notJSON(err)
	}
	if token != json.Delim('{') {
		return nil, errors.New("not a JSON object")
	}
	var fields []field
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, notJSON(err)
		}
		f := field{key: token.(string)} // the decoder lets nothing else be a key
		if err := d.Decode(&f.value); err != nil {
			return nil, notJSON(err)
		}
		fields = append(fields, f)
	}
	if _, err := d.Token(); err != nil {
		return nil, notJSON(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more follows after the JSON object")
	}
	return fields, nil
}

func notJSON(err error) error {
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("not JSON: %w", err)
}

// newObject reads raw as an object whose place is path.
func newObject(path string, raw []byte, report func(string, error)) *object {
	o := &object{report: report}
	if path != "" {
		o.path = path + "."
	}
	fields, err := readFields(raw)
	if err != nil {
		report(path, err)
	}
	o.fields = fields
	seen := map[string]string{}
	for _, f := range fields {
		before, twice := seen[fold(f.key)]
		switch {
		case twice && before == f.key:
			o.fail(f.key, errors.New("given twice"))
		case twice:
			o.fail(f.key, fmt.Errorf("given twice, also as %s", before))
		}
		seen[fold(f.key)] = f.key
	}
	return o
}

func (o *object) fail(key string, err error) { o.report(o.path+key, err) }

// take finds the value of a key. Null is as good as none.
func (o *object) take(key string) (json.RawMessage, bool) {
	for i := range o.fields {
		f := &o.fields[i]
		if fold(f.key) == fold(key) {
			f.taken = true
			return f.value, string(f.value) != "null"
		}
	}
	return nil, false
}

// end reports a field that nothing has taken.
func (o *object) end() {
	for _, f := range o.fields {
		if !f.taken {
			o.fail(f.key, errors.New("unknown key"))
		}
	}
}

// must takes a value that has to be there.
func (o *object) must(key string) (json.RawMessage, bool) {
	raw, ok := o.take(key)
	if !ok {
		o.fail(key, errors.New("missing"))
	}
	return raw, ok
}

// decode reads a value of a simple type; want names the type for people.
func decode[T any](o *object, path, want string, raw json.RawMessage) (value T) {
	if err := json.Unmarshal(raw, &value); err != nil {
		o.fail(path, fmt.Errorf("want %s, got %s", want, shown(raw)))
	}
	return value
}

// shown is a value, cut short for an error.
func shown(raw json.RawMessage) string {
	const most = 40
	if len(raw) > most {
		return string(raw[:most]) + "..."
	}
	return string(raw)
}

func (o *object) flag(key string) bool {
	raw, ok := o.take(key)
	return ok && decode[bool](o, key, "true or false", raw)
}

func (o *object) text(key string) string {
	raw, ok := o.take(key)
	if !ok {
		return ""
	}
	return decode[string](o, key, "a string", raw)
}

func (o *object) name(key string) string {
	raw, ok := o.must(key)
	if !ok {
		return ""
	}
	name := decode[string](o, key, "a string", raw)
	if name == "" {
		o.fail(key, errors.New("empty"))
	}
	return name
}

// names reads a list of names, each of which stands there once.
func (o *object) names(key string) []string {
	var names []string
	seen := map[string]bool{}
	for i, raw := range o.list(key) {
		path := at(key, i)
		name := decode[string](o, path, "a string", raw)
		switch {
		case name == "":
			o.fail(path, errors.New("empty"))
		case seen[name]:
			o.fail(path, fmt.Errorf("%s is named twice", name))
		}
		seen[name] = true
		names = append(names, name)
	}
	return names
}

// number reads an unsigned integer of so many bits, which has to be there.
func (o *object) number(key string, bits int) uint64 {
	raw, ok := o.must(key)
	if !ok {
		return 0
	}
	n, err := strconv.ParseUint(string(raw), 10, bits)
	if err != nil {
		o.fail(key, fmt.Errorf("want an unsigned integer of %d bits, got %s", bits, shown(raw)))
	}
	return n
}

func (o *object) base64(key string) []byte {
	data, err := base64.StdEncoding.DecodeString(o.text(key))
	if err != nil {
		o.fail(key, err)
	}
	return data
}

func (o *object) hex(key string) []byte {
	data, err := hex.DecodeString(o.text(key))
	if err != nil {
		o.fail(key, err)
	}
	return data
}

func (o *object) list(key string) []json.RawMessage {
	raw, ok := o.take(key)
	if !ok {
		return nil
	}
	return decode[[]json.RawMessage](o, key, "an array", raw)
}

// object reads an object inside, which has to be there.
func (o *object) object(key string) *object {
	raw, ok := o.must(key)
	if !ok {
		return &object{path: o.path + key + ".", report: o.report}
	}
	return newObject(o.path+key, raw, o.report)
}

func (o *object) objects(key string) []*object {
	var inner []*object
	for i, raw := range o.list(key) {
		inner = append(inner, newObject(o.path+at(key, i), raw, o.report))
	}
	return inner
}

func at(key string, i int) string { return fmt.Sprintf("%s[%d]", key, i) }
