package tree

// A keySet finds out which of its members, if any, has a given key.
type keySet struct {
	owners map[string]int
	// ends holds the last bytes of the keys. Asking a small set for each key of a
	// large tree seldom gets beyond it.
	ends [256]bool
}

func newKeySet(size int) *keySet {
	return &keySet{owners: make(map[string]int, size)}
}

// add notes the owner of a key, unless another one has it: then it returns that.
func (s *keySet) add(key []byte, owner int) (other int, taken bool) {
	if other, taken = s.find(key); !taken {
		s.owners[string(key)] = owner
		s.ends[end(key)] = true
	}
	return other, taken
}

// find returns the owner of a key.
func (s *keySet) find(key []byte) (owner int, found bool) {
	if !s.ends[end(key)] {
		return 0, false
	}
	owner, found = s.owners[string(key)]
	return owner, found
}

func end(key []byte) byte {
	if len(key) == 0 {
		return 0
	}
	return key[len(key)-1]
}
