package ciphersuite

// Len returns how many signatures are remembered.
func (v *Verified) Len() int { return len(v.recent) + len(v.older) }
