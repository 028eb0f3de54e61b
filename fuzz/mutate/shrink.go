package mutate

// Shrink makes the value smaller as long as same says that the encoding still is
// what is looked for. It asks at most so many times.
func (v *Value) Shrink(tries int, same func([]byte) bool) {
	s := &shrinking{root: v, left: tries, same: same}
	for s.again = true; s.again; {
		s.again = false
		s.shrink(v)
	}
}

type shrinking struct {
	root  *Value
	left  int
	same  func([]byte) bool
	again bool // something has become smaller
}

// try keeps a change of v when the whole is still what is looked for.
func (s *shrinking) try(v *Value, change func(*Value)) bool {
	if s.left == 0 {
		return false
	}
	s.left--
	before := *v
	change(v)
	if s.same(s.root.Encode()) {
		s.again = true
		return true
	}
	*v = before
	return false
}

// shrink tries the whole before its parts.
func (s *shrinking) shrink(v *Value) {
	if v.header != right {
		s.try(v, func(v *Value) { v.header = right })
	}
	switch {
	case v.form == opaque && len(v.bytes) > 0:
		s.cut(v)
	case v.form == vector || v.form == optional:
		s.leaveOut(v)
	}
	for _, part := range v.parts {
		s.shrink(part)
	}
}

// cut shortens bytes: to none, or by halves.
func (s *shrinking) cut(v *Value) {
	if s.try(v, func(v *Value) { v.bytes = nil }) {
		return
	}
	for n := len(v.bytes) / 2; n > 0; n /= 2 {
		for n < len(v.bytes) && s.try(v, func(v *Value) { v.bytes = v.bytes[:len(v.bytes)-n] }) {
		}
	}
}

// leaveOut removes parts: all, or one after another.
func (s *shrinking) leaveOut(v *Value) {
	if len(v.parts) == 0 || s.try(v, func(v *Value) { v.parts = nil }) {
		return
	}
	for i := len(v.parts) - 1; i >= 0 && len(v.parts) > 1; i-- {
		s.try(v, func(v *Value) { v.parts = append(v.parts[:i:i], v.parts[i+1:]...) })
	}
}
