package inspect

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"io"
	"strconv"

	"github.com/mlsconform/mlsconform/impl/rule"
)

// Schema names the format of [Result.JSON].
const Schema = "mlsconform-inspect-v1"

// JSON writes a result for a program. With secrets, what is secret is shown.
//
//	{
//	  "schema":   "mlsconform-inspect-v1",
//	  "encoding": "hex",       what the input came in
//	  "bytes":    294,         of the object
//	  "decoded":  true,        false when no type takes all bytes
//	  "readings": [...],       one for each type that does
//	  "attempts": [...]        when none does: the types tried, the farthest first
//	}
//
// A reading and an attempt have the members
//
//	"type"       as --type takes it
//	"structure"  the RFC's name of it
//	"value"      the object
//	"derived"    [{"path", "name", "value"}]: what follows from the object
//	"checks"     [{"path", "name", "verdict", "reason", "requirements"}], with the
//	             verdict valid, invalid or unknown
//	"fields"     [{"path", "type", "offset", "length", "text", "note"}]: all that is
//	             in value, with its place in the object and remarks for people
//	"error"      of an attempt: {"path", "offset", "message", "requirements"}
//
// and an attempt that is not worth a look has type, structure and error alone.
//
// In a value, structures are objects and vectors are arrays; members have the
// names of the RFC's fields. Numbers are JSON numbers of up to 64 bits. Bytes are
// hex, and the data of an extension that is known are followed by a member
// "content". A code point is {"value", "name"}, without a name where the RFC has
// none, and with "note" for one that is GREASE. An optional value that is not
// there, and a blank node, is null. A secret is the text "[secret, 32 bytes]".
func (r *Result) JSON(w io.Writer, secrets bool) error {
	j := &jsonWriter{secrets: secrets}
	j.result(r)
	var indented bytes.Buffer
	if err := json.Indent(&indented, j.b, "", "  "); err != nil {
		return err
	}
	indented.WriteByte('\n')
	_, err := indented.WriteTo(w)
	return err
}

// A jsonWriter appends JSON without white space. Writing it by hand keeps the
// order of the RFC's fields, which maps would lose.
type jsonWriter struct {
	b       []byte
	secrets bool
}

// object writes members, leaving out those whose function is nil.
func (j *jsonWriter) object(members ...member) {
	j.b = append(j.b, '{')
	empty := true
	for _, m := range members {
		if m.write == nil {
			continue
		}
		if !empty {
			j.b = append(j.b, ',')
		}
		empty = false
		j.text(m.name)
		j.b = append(j.b, ':')
		m.write()
	}
	j.b = append(j.b, '}')
}

type member struct {
	name  string
	write func()
}

func (j *jsonWriter) text(s string) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic("inspect: no JSON for a string: " + err.Error()) // every string has one
	}
	j.b = append(j.b, bytes.TrimSuffix(b.Bytes(), []byte{'\n'})...)
}

func (j *jsonWriter) number(n uint64) { j.b = strconv.AppendUint(j.b, n, 10) }

func (j *jsonWriter) bool(v bool) { j.b = strconv.AppendBool(j.b, v) }

func list[T any](j *jsonWriter, vs []T, write func(T)) {
	j.b = append(j.b, '[')
	for i, v := range vs {
		if i > 0 {
			j.b = append(j.b, ',')
		}
		write(v)
	}
	j.b = append(j.b, ']')
}

// textMember is a member that is left out when it is empty.
func (j *jsonWriter) textMember(name, s string) member {
	if s == "" {
		return member{}
	}
	return member{name, func() { j.text(s) }}
}

func (j *jsonWriter) numberMember(name string, n int) member {
	return member{name, func() { j.number(uint64(n)) }}
}

func (j *jsonWriter) result(r *Result) {
	attempts := member{}
	if len(r.Attempts) > 0 {
		attempts = member{"attempts", func() {
			list(j, r.Attempts, func(a *Reading) { j.reading(a, a == r.Partial) })
		}}
	}
	j.object(
		member{"schema", func() { j.text(Schema) }},
		member{"encoding", func() { j.text(r.Input.Encoding) }},
		j.numberMember("bytes", len(r.Input.Data)),
		member{"decoded", func() { j.bool(len(r.Readings) > 0) }},
		member{"readings", func() { list(j, r.Readings, func(v *Reading) { j.reading(v, true) }) }},
		attempts,
	)
}

func (j *jsonWriter) reading(r *Reading, whole bool) {
	members := []member{
		{"type", func() { j.text(r.Type) }},
		{"structure", func() { j.text(r.Root.Type) }},
	}
	if whole {
		members = append(members,
			member{"value", func() { j.value(r.Root) }},
			member{"derived", func() { j.derived(r.Root) }},
			member{"checks", func() { list(j, r.Findings(), j.finding) }},
			member{"fields", func() { j.fields(r.Root) }},
		)
	}
	if f := r.Failure; f != nil {
		members = append(members, member{"error", func() { j.failure(f) }})
	}
	j.object(members...)
}

func (j *jsonWriter) failure(f *Failure) {
	j.object(
		member{"path", func() { j.text(f.Path) }},
		j.numberMember("offset", f.Offset),
		member{"message", func() { j.text(innermost(f.Err)) }},
		j.rules(rule.All(f.Err)),
	)
}

func (j *jsonWriter) rules(ids []rule.ID) member {
	return member{"requirements", func() { list(j, ids, func(id rule.ID) { j.text(string(id)) }) }}
}

func (j *jsonWriter) finding(f Finding) {
	j.object(
		member{"path", func() { j.text(f.Path) }},
		member{"name", func() { j.text(f.Name) }},
		member{"verdict", func() { j.text(f.Verdict.String()) }},
		j.textMember("reason", f.Reason),
		j.rules(f.Rules),
	)
}

func (j *jsonWriter) derived(root *Node) {
	type placed struct {
		path string
		node *Node
	}
	var all []placed
	root.walk("", func(path string, n *Node) {
		for _, d := range n.Derived {
			all = append(all, placed{path, d})
		}
	})
	list(j, all, func(p placed) {
		j.object(
			member{"path", func() { j.text(p.path) }},
			member{"name", func() { j.text(p.node.Name) }},
			member{"value", func() { j.value(p.node) }},
			j.textMember("note", p.node.Note),
		)
	})
}

func (j *jsonWriter) fields(root *Node) {
	j.b = append(j.b, '[')
	root.walk("", func(path string, n *Node) {
		if n == root {
			return
		}
		if j.b[len(j.b)-1] != '[' {
			j.b = append(j.b, ',')
		}
		j.object(
			member{"path", func() { j.text(path) }},
			member{"type", func() { j.text(n.Type) }},
			j.numberMember("offset", n.Offset),
			j.numberMember("length", n.Length),
			j.textMember("text", n.Text),
			j.textMember("note", n.Note),
		)
	})
	j.b = append(j.b, ']')
}

func (j *jsonWriter) value(n *Node) {
	switch n.Kind {
	case Struct:
		j.structure(n)
	case List:
		list(j, n.Children, j.value)
	case Bytes:
		j.text(hex.EncodeToString(n.Bytes))
	case Secret:
		if j.secrets {
			j.text(hex.EncodeToString(n.Bytes))
		} else {
			j.text(hidden(n))
		}
	case Number:
		j.number(n.Number)
	case Code:
		j.code(Value{n.Number, n.Text, n.Note})
	case Text:
		j.text(n.Text)
	case Numbers:
		list(j, n.Values, func(v Value) { j.number(v.Number) })
	case Codes, Members:
		list(j, n.Values, j.code)
	case Absent:
		j.b = append(j.b, "null"...)
	}
}

func (j *jsonWriter) structure(n *Node) {
	var members []member
	for _, c := range n.Children {
		members = append(members, member{c.Name, func() { j.value(c) }})
		if content := c.Content; content != nil {
			members = append(members, member{content.Name, func() { j.value(content) }})
		}
	}
	j.object(members...)
}

func (j *jsonWriter) code(v Value) {
	j.object(
		member{"value", func() { j.number(v.Number) }},
		j.textMember("name", v.Name),
		j.textMember("note", v.Note),
	)
}
