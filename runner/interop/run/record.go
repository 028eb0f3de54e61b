package run

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/mlsconform/mlsconform/impl/inspect"
	"github.com/mlsconform/mlsconform/runner/interop/script"
)

// A recorder keeps the RPCs of a case until it is clear whether anybody wants
// to see them. It holds on to the messages themselves: what many requests have
// in common, such as a Commit for all members, is there once.
type recorder struct{ rpcs []recorded }

type recorded struct {
	step              *script.Step // nil after the last one
	role              string
	i                 *instance
	rpc               string
	request, response proto.Message
	failure           *failure
	took              time.Duration
}

func newRecorder() *recorder { return new(recorder) }

func (r *recorder) add(step *script.Step, role string, i *instance, rpc string, request, response proto.Message, f *failure, took time.Duration) {
	if f != nil {
		response = nil
	}
	r.rpcs = append(r.rpcs, recorded{step, role, i, rpc, request, response, f, took})
}

// An Entry is an RPC in a transcript.
type Entry struct {
	N      int    `json:"n"`                // from 1
	Step   *int   `json:"step,omitempty"`   // from 0; not there after the last one
	Action string `json:"action,omitempty"` // of the step
	Role   string `json:"role,omitempty"`
	Client string `json:"client"`
	RPC    string `json:"rpc"`
	// Request and Response have the names of the .proto file. Bytes are hex, but
	// for names of members and of proposal types. Long ones that were in an RPC
	// before are a text that says where, as in "[12 response.commit]".
	Request  json.RawMessage `json:"request"`
	Response json.RawMessage `json:"response,omitempty"`
	Code     string          `json:"code,omitempty"` // of an error
	Error    string          `json:"error,omitempty"`
	Seconds  float64         `json:"seconds"`
	Objects  []Object        `json:"objects,omitempty"` // that were not in an RPC before
}

// An Object is an MLS object in a request or a response.
type Object struct {
	Field string `json:"field"` // as in response.commit
	Text  string `json:"text"`  // as mlsconform inspect shows it
}

// A transcriber makes entries of RPCs, in their order.
type transcriber struct {
	n    int
	seen map[string]string // where a value was, by the value
	now  *Entry
}

func newTranscriber() *transcriber { return &transcriber{seen: map[string]string{}} }

func (t *transcriber) entry(r *recorded) *Entry {
	t.n++
	e := &Entry{N: t.n, Role: r.role, Client: r.i.client.Name, RPC: r.rpc, Seconds: seconds(r.took)}
	if r.step != nil {
		e.Step, e.Action = new(r.step.Index), string(r.step.Action)
	}
	t.now = e
	e.Request = t.message("request", r.request.ProtoReflect())
	if r.response != nil {
		e.Response = t.message("response", r.response.ProtoReflect())
	}
	if r.failure != nil {
		e.Code, e.Error = r.failure.code, r.failure.detail
	}
	return e
}

// message writes a message as JSON, in the order of its fields.
func (t *transcriber) message(path string, m protoreflect.Message) json.RawMessage {
	var b bytes.Buffer
	b.WriteByte('{')
	fields := m.Descriptor().Fields()
	for n := range fields.Len() {
		f := fields.Get(n)
		if !m.Has(f) {
			continue
		}
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		at := path + "." + string(f.Name())
		fmt.Fprintf(&b, "%q:", f.Name())
		if !f.IsList() {
			b.Write(t.value(at, f, m.Get(f)))
			continue
		}
		b.WriteByte('[')
		for i, list := 0, m.Get(f).List(); i < list.Len(); i++ {
			if i > 0 {
				b.WriteByte(',')
			}
			b.Write(t.value(fmt.Sprintf("%s[%d]", at, i), f, list.Get(i)))
		}
		b.WriteByte(']')
	}
	b.WriteByte('}')
	return b.Bytes()
}

func (t *transcriber) value(path string, f protoreflect.FieldDescriptor, v protoreflect.Value) json.RawMessage {
	switch f.Kind() {
	case protoreflect.MessageKind:
		return t.message(path, v.Message())
	case protoreflect.BytesKind:
		return text(t.bytes(path, f.Name(), v.Bytes()))
	case protoreflect.StringKind:
		return text(v.String())
	}
	return json.RawMessage(v.String()) // a number or a truth value
}

func text(s string) json.RawMessage {
	out, err := json.Marshal(s)
	if err != nil {
		panic("run: no JSON for a string: " + err.Error()) // every string has one
	}
	return out
}

// bytes writes a value, or where it was before, and decodes it.
func (t *transcriber) bytes(path string, field protoreflect.Name, value []byte) string {
	switch field {
	case "identity", "removed_id", "proposal_type":
		if utf8.Valid(value) {
			return string(value)
		}
	}
	const long = 64
	if len(value) < long {
		return hex.EncodeToString(value)
	}
	if before := t.seen[string(value)]; before != "" {
		return "[" + before + "]"
	}
	t.seen[string(value)] = fmt.Sprintf("%d %s", t.n, path)
	if types := objectTypes(field); types != nil {
		t.now.Objects = append(t.now.Objects, Object{Field: path, Text: decode(value, types)})
	}
	return hex.EncodeToString(value)
}

// objectTypes are the types, as inspect names them, that a field may have. Some
// stacks send objects without the MLSMessage around them.
func objectTypes(field protoreflect.Name) []string {
	switch field {
	case "key_package", "key_packages", "proposal", "by_reference", "commit", "welcome", "group_info", "ciphertext":
		return []string{"message", "auto"}
	case "ratchet_tree":
		return []string{"ratchet-tree", "auto"}
	}
	return nil
}

// decode shows an object as the first type that it is, or how far it goes as
// one.
func decode(value []byte, types []string) string {
	shown := ""
	for _, t := range types {
		r, err := inspect.Read(value, inspect.Options{Type: t, Encoding: "binary"})
		if err != nil {
			return err.Error()
		}
		var b strings.Builder
		if err := r.Text(&b, inspect.TextOptions{Full: true}); err != nil {
			return err.Error()
		}
		if len(r.Readings) > 0 {
			return b.String()
		}
		shown = cmp.Or(shown, b.String())
	}
	return shown
}
