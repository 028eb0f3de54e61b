package client_test

import (
	"bytes"
	"maps"
	"math"
	"slices"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/mlsconform/mlsconform/fuzz/mutate"
)

// fill gives every field a value that can be right.
func (p *player) fill(m protoreflect.Message) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		switch {
		case f.IsList():
			list := m.Mutable(f).List()
			for range p.choose(4) {
				p.add(list, f)
			}
		case f.Message() != nil:
			p.fill(m.Mutable(f).Message())
		default:
			m.Set(f, p.value(f))
		}
	}
}

// add appends an element that can be right.
func (p *player) add(list protoreflect.List, f protoreflect.FieldDescriptor) {
	if f.Message() != nil {
		p.fill(list.AppendMutable().Message())
		return
	}
	list.Append(p.value(f))
}

// The names of those who take part.
var people = []string{"alice", "bob", "carol", "dave"}

// given are the values of fields that do not come along.
var given = map[protoreflect.Name][]string{
	"identity":           people,
	"removed_id":         people,
	"group_id":           {"group", "another"},
	"psk_id":             {"psk"},
	"psk_secret":         {"secret"},
	"plaintext":          {"hello"},
	"authenticated_data": {"about"},
	"context":            {"context"},
	"extension_data":     {"\x00\x00\x00"},
	"proposal_type":      {"add", "remove", "externalPSK", "resumptionPSK", "groupContextExtensions", "reinit"},
}

// cameAs says what the values of a field have come along as, where that has
// another name.
var cameAs = map[protoreflect.Name]protoreflect.Name{"by_reference": "proposal", "key_packages": "key_package"}

// value returns a value that can be right.
func (p *player) value(f protoreflect.FieldDescriptor) protoreflect.Value {
	switch f.Kind() {
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(p.choose(2) == 1)
	case protoreflect.StringKind:
		return protoreflect.ValueOfString("label")
	case protoreflect.Uint64Kind: // an epoch
		return protoreflect.ValueOfUint64(uint64(p.choose(4)))
	case protoreflect.Uint32Kind:
		return protoreflect.ValueOfUint32(p.number(f))
	}
	if values, ok := given[f.Name()]; ok {
		return protoreflect.ValueOfBytes([]byte(values[p.choose(len(values))]))
	}
	name := f.Name()
	if other, ok := cameAs[name]; ok {
		name = other
	}
	if name == "ratchet_tree" && p.choose(2) == 0 { // mostly, it is in the message
		return protoreflect.ValueOfBytes(nil)
	}
	return protoreflect.ValueOfBytes(p.cameAlong(name))
}

// cameAlong returns one of the last values of a field.
func (p *player) cameAlong(name protoreflect.Name) []byte {
	values := p.bytes[name]
	if k := p.choose(8); len(values) > 0 {
		return values[len(values)-1-k%len(values)]
	}
	return nil
}

func (p *player) number(f protoreflect.FieldDescriptor) uint32 {
	if isHandle(f) {
		return p.handle(p.handlesFor(f))
	}
	switch f.Name() {
	case "cipher_suite":
		return 1
	case "key_length":
		return 16
	case "extension_type": // required_capabilities
		return 3
	}
	return uint32(p.choose(2))
}

// handlesFor returns the handles that a field can have.
func (p *player) handlesFor(f protoreflect.FieldDescriptor) []uint32 {
	switch {
	case f.Parent().Name() == "FreeRequest":
		return p.all()
	case f.Name() == "state_or_transaction_id":
		return slices.Concat(p.handles["state_id"], p.handles["transaction_id"])
	}
	return p.handles[f.Name()]
}

// handle chooses among handles, the newest first, and sometimes one of another
// kind or none at all.
func (p *player) handle(ids []uint32) uint32 {
	switch k := p.choose(16); {
	case k == 15:
		return 0
	case k == 14:
		return math.MaxUint32
	case k == 13 || len(ids) == 0:
		all := p.all()
		return all[p.choose(len(all))]
	default:
		return ids[len(ids)-1-k%len(ids)]
	}
}

// change changes a field.
func (p *player) change(m protoreflect.Message) {
	fields := m.Descriptor().Fields()
	if fields.Len() == 0 {
		return
	}
	switch f := fields.Get(p.choose(fields.Len())); {
	case f.IsList():
		p.changeList(m.Mutable(f).List(), f)
	case f.Message() != nil:
		p.change(m.Mutable(f).Message())
	default:
		m.Set(f, p.changed(f, m.Get(f)))
	}
}

func (p *player) changeList(list protoreflect.List, f protoreflect.FieldDescriptor) {
	n := list.Len()
	switch i := p.choose(max(1, n)); {
	case n == 0 || p.choose(4) == 0:
		p.add(list, f)
	case p.choose(4) == 0:
		list.Truncate(i)
	case f.Message() != nil:
		p.change(list.Get(i).Message())
	default:
		list.Set(i, p.changed(f, list.Get(i)))
	}
}

// numbers are those at which something begins or ends.
var numbers = []uint64{0, 1, 2, 3, 7, 8, 255, 1 << 8, 1<<16 - 1, 1 << 16, 1<<31 - 1, 1<<32 - 1, 1 << 32, 1<<63 - 1, 1<<64 - 1}

// changed returns another value.
func (p *player) changed(f protoreflect.FieldDescriptor, v protoreflect.Value) protoreflect.Value {
	switch f.Kind() {
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(!v.Bool())
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(string(make([]rune, p.choose(300))))
	case protoreflect.Uint64Kind:
		return protoreflect.ValueOfUint64(numbers[p.choose(len(numbers))])
	case protoreflect.Uint32Kind:
		if isHandle(f) {
			return protoreflect.ValueOfUint32(p.handle(nil))
		}
		return protoreflect.ValueOfUint32(uint32(numbers[p.choose(len(numbers))]))
	}
	return protoreflect.ValueOfBytes(p.changedBytes(f.Name(), v.Bytes()))
}

func (p *player) changedBytes(name protoreflect.Name, b []byte) []byte {
	switch p.choose(8) {
	case 0: // another object
		names := slices.Sorted(maps.Keys(p.bytes))
		return p.cameAlong(names[p.choose(len(names))])
	case 1:
		return b[:p.choose(len(b)+1)]
	case 2:
		return append(bytes.Clone(b), make([]byte, []int{1, 64, 1 << 14}[p.choose(3)])...)
	case 3:
		return p.take(p.choose(32))
	case 4, 5, 6: // along the presentation language
		if changed, err := p.pool().Change(typeOf(name), b, p.take(1+p.choose(12))); err == nil {
			return changed
		}
		return b
	}
	b = bytes.Clone(b)
	for range 1 + p.choose(3) {
		if len(b) > 0 {
			b[p.choose(len(b))] ^= 1 << p.choose(8)
		}
	}
	return b
}

// secrets are values without a structure.
var secrets = []protoreflect.Name{
	"epoch_authenticator", "state_auth_secret", "exported_secret", "init_priv", "encryption_priv", "signature_priv", "plaintext", "authenticated_data",
}

func typeOf(name protoreflect.Name) string {
	switch name {
	case "ratchet_tree":
		return "ratchet-tree"
	case "external_sender":
		return "external-sender"
	}
	return "message"
}

// pool returns the parts of all that came along by now.
func (p *player) pool() *mutate.Pool {
	for _, name := range slices.Sorted(maps.Keys(p.bytes)) {
		if slices.Contains(secrets, name) {
			continue
		}
		for _, b := range p.bytes[name][p.pooled[name]:] {
			_ = p.parts.AddParts(typeOf(name), b) // what is empty has none
		}
		p.pooled[name] = len(p.bytes[name])
	}
	return &p.parts
}
