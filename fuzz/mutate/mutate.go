package mutate

import (
	"bytes"
	"slices"
)

// A Pool holds objects to begin with. Their parts are what others are filled
// with.
type Pool struct {
	objects []*Value
	shapes  map[string]bool
	donors  map[string][]*Value // by type
}

// maxDonors is how many parts of a type are kept.
const maxDonors = 64

// Add adds an object, unless the pool has one of the same shape: with the same
// fields and code points, and vectors of the same lengths.
func (p *Pool) Add(typ string, data []byte) error {
	v, err := p.take(typ, data)
	if err == nil && v != nil {
		p.objects = append(p.objects, v)
	}
	return err
}

// AddParts adds only the parts of an object.
func (p *Pool) AddParts(typ string, data []byte) error {
	_, err := p.take(typ, data)
	return err
}

// take keeps the parts of an object. It returns nil for a shape that was there.
func (p *Pool) take(typ string, data []byte) (*Value, error) {
	v, err := Of(typ, data)
	if err != nil {
		return nil, err
	}
	shape := string(v.shape(nil))
	if p.shapes[shape] {
		return nil, nil
	}
	if p.shapes == nil {
		p.shapes, p.donors = map[string]bool{}, map[string][]*Value{}
	}
	p.shapes[shape] = true
	for _, part := range v.all(nil) {
		if len(p.donors[part.typ]) < maxDonors {
			p.donors[part.typ] = append(p.donors[part.typ], part)
		}
	}
	return v, nil
}

// Len returns the number of objects.
func (p *Pool) Len() int { return len(p.objects) }

// all appends the value and its parts, from the outside in.
func (v *Value) all(list []*Value) []*Value {
	list = append(list, v)
	for _, part := range v.parts {
		list = part.all(list)
	}
	return list
}

const (
	maxSteps = 16      // of a program
	maxSize  = 1 << 16 // of the parts that one step puts in, in bytes
)

// Mutate returns an object that is changed as a program says. Any bytes are a
// program: they are read as choices, and where they end no more is changed.
func (p *Pool) Mutate(object int, program []byte) []byte {
	return p.Mutant(object, program).Encode()
}

// Mutant returns what [Pool.Mutate] encodes.
func (p *Pool) Mutant(object int, program []byte) *Value {
	v := p.objects[object%len(p.objects)].clone()
	p.change(v, program)
	return v
}

// Change does the same with an object that need not be of the pool.
func (p *Pool) Change(typ string, data, program []byte) ([]byte, error) {
	v, err := Of(typ, data)
	if err != nil {
		return nil, err
	}
	p.change(v, program)
	return v.Encode(), nil
}

func (p *Pool) change(v *Value, program []byte) {
	s := &steps{pool: p, program: program}
	var all []*Value
	for range maxSteps {
		all = v.all(all[:0])
		i := s.choose(len(all))
		if s.ended {
			break
		}
		s.change(all[i])
	}
}

// steps reads a program.
type steps struct {
	pool    *Pool
	program []byte
	ended   bool
}

// choose returns a number below n. It takes as many bytes as n needs.
func (s *steps) choose(n int) int {
	chosen := 0
	for limit := 1; limit < n; limit <<= 8 {
		if len(s.program) == 0 {
			s.ended = true
			return 0
		}
		chosen = chosen<<8 | int(s.program[0])
		s.program = s.program[1:]
	}
	return chosen % max(1, n)
}

// A change is made to a value of any of its forms.
type change struct {
	forms []form
	do    func(*steps, *Value)
}

// changes are all that can happen to a value.
var changes = []change{
	{[]form{fixed}, (*steps).count},
	{[]form{fixed}, (*steps).fill},
	{[]form{fixed}, (*steps).codePoint},
	{[]form{fixed, opaque}, (*steps).flip},
	{[]form{opaque}, (*steps).cut},
	{[]form{opaque}, (*steps).lengthen},
	{[]form{vector}, (*steps).remove},
	{[]form{vector}, (*steps).repeat},
	{[]form{vector}, (*steps).swap},
	{[]form{vector}, (*steps).insert},
	{[]form{optional}, (*steps).toggle},
	{[]form{fixed, opaque, vector, optional, sequence}, (*steps).replace},
	{[]form{opaque, vector}, func(s *steps, v *Value) { v.header = header(s.choose(int(headers))) }},
}

func (s *steps) change(v *Value) {
	var possible []change
	for _, c := range changes {
		if slices.Contains(c.forms, v.form) {
			possible = append(possible, c)
		}
	}
	possible[s.choose(len(possible))].do(s, v)
}

// count goes up or down by one.
func (s *steps) count(v *Value) {
	step := byte(1)
	if s.choose(2) == 1 {
		step = 0xff
	}
	v.bytes = bytes.Clone(v.bytes)
	for i := len(v.bytes) - 1; i >= 0; i-- {
		v.bytes[i] += step
		if v.bytes[i] != 0 && step == 1 || v.bytes[i] != 0xff && step != 1 {
			break
		}
	}
}

// fill takes the least or the greatest values of a number's bytes.
func (s *steps) fill(v *Value) {
	b := []byte{0, 0xff, 0x7f, 0x80}[s.choose(4)]
	v.bytes = bytes.Repeat([]byte{b}, len(v.bytes))
}

// codePoints are known, unknown, reserved and private ones.
var codePoints = []byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0x0a, 0x1a, 0xea, 0xf0, 0xff}

// codePoint takes a value of a registry of RFC 9420, Section 17.
func (s *steps) codePoint(v *Value) {
	c := codePoints[s.choose(len(codePoints))]
	v.bytes = make([]byte, len(v.bytes))
	if len(v.bytes) == 0 {
		return
	}
	v.bytes[len(v.bytes)-1] = c
	if c&0xf == 0xa && c != 10 || c >= 0xf0 { // GREASE, private use
		v.bytes[0] = c
	}
}

func (s *steps) flip(v *Value) {
	if len(v.bytes) == 0 {
		return
	}
	v.bytes = bytes.Clone(v.bytes)
	v.bytes[s.choose(len(v.bytes))] ^= 1 << s.choose(8)
}

func (s *steps) cut(v *Value) { v.bytes = v.bytes[:s.choose(len(v.bytes)+1)] }

// lengths are those at which a header takes another form.
var lengths = []int{1, 16, 32, 63, 64, 65, 255, 1<<14 - 1, 1 << 14}

// lengthen goes up to one of these lengths. Now and then the header has the form of
// the lengths above.
func (s *steps) lengthen(v *Value) {
	chosen := s.choose(8 * len(lengths))
	n := lengths[chosen%len(lengths)]
	v.bytes = append(bytes.Clone(v.bytes), make([]byte, max(1, n-len(v.bytes)))...)
	switch wider := chosen >= 7*len(lengths); {
	case wider && len(v.bytes) < 1<<6:
		v.header = twoBytes
	case wider && len(v.bytes) < 1<<14:
		v.header = fourBytes
	}
}

func (s *steps) remove(v *Value) {
	if i := s.choose(len(v.parts)); len(v.parts) > 0 {
		v.parts = slices.Delete(v.parts, i, i+1)
	}
}

// repeat puts a part in once more, or often.
func (s *steps) repeat(v *Value) {
	if len(v.parts) == 0 {
		return
	}
	i := s.choose(len(v.parts))
	size := len(v.parts[i].Encode())
	for range min([]int{1, 1, 1, 64}[s.choose(4)], 1+maxSize/max(1, size)) {
		v.parts = slices.Insert(v.parts, i, v.parts[i].clone())
	}
}

func (s *steps) swap(v *Value) {
	if n := len(v.parts); n > 0 {
		i, j := s.choose(n), s.choose(n)
		v.parts[i], v.parts[j] = v.parts[j], v.parts[i]
	}
}

// insert puts in an element that stands in another vector.
func (s *steps) insert(v *Value) {
	typ := elementOf(v)
	if d := s.donor(typ); d != nil {
		v.parts = slices.Insert(v.parts, s.choose(len(v.parts)+1), d)
	}
}

// elementOf returns the type of a vector's elements.
func elementOf(v *Value) string {
	if len(v.parts) > 0 {
		return v.parts[0].typ
	}
	if n := len(v.typ) - len("<V>"); n > 0 && v.typ[n:] == "<V>" {
		return v.typ[:n]
	}
	return ""
}

// toggle makes a value absent, or present.
func (s *steps) toggle(v *Value) {
	if len(v.parts) > 0 {
		v.parts = nil
		return
	}
	if d := s.donor(v.typ[len("optional<") : len(v.typ)-1]); d != nil {
		v.parts = []*Value{d}
	}
}

// replace takes the value from elsewhere.
func (s *steps) replace(v *Value) {
	if d := s.donor(v.typ); d != nil {
		*v = *d
	}
}

// donor returns a copy of some part of a type, or nil.
func (s *steps) donor(typ string) *Value {
	donors := s.pool.donors[typ]
	if len(donors) == 0 {
		return nil
	}
	return donors[s.choose(len(donors))].clone()
}
