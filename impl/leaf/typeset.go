package leaf

// A typeSet is a set of code points. Lists of types come from the network and
// can be long; were each type of one list searched for in another list, a
// message of a megabyte would keep the receiver busy for minutes.
type typeSet [1 << 16 / 64]uint64

func (s *typeSet) add(t uint16) { s[t/64] |= 1 << (t % 64) }

func (s *typeSet) has(t uint16) bool { return s[t/64]&(1<<(t%64)) != 0 }

// lacking returns the first of the wanted types that is neither listed nor a
// default type, if there is one.
func lacking[T ~uint16](wanted, listed []T, isDefault func(T) bool) (t T, ok bool) {
	if len(wanted) == 0 {
		return 0, false
	}
	var set typeSet
	for _, t := range listed {
		set.add(uint16(t))
	}
	for _, t := range wanted {
		if !set.has(uint16(t)) && !isDefault(t) {
			return t, true
		}
	}
	return 0, false
}
