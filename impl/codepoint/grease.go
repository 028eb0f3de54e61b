package codepoint

// GREASE returns the i-th of the fifteen values that RFC 9420, Section 13.5
// reserves in each registry: 0x0A0A, 0x1A1A, up to 0xEAEA. Other indices wrap.
func GREASE(i int) uint16 {
	i %= 15
	return uint16(i)<<12 | 0x0a00 | uint16(i)<<4 | 0x0a
}

// IsGREASE reports whether v is one of the reserved values. It serves senders
// and readers of reports; a receiver treats such a value like any other unknown
// one (RFC 9420, Section 13.5).
func IsGREASE(v uint16) bool {
	return v&0x0f0f == 0x0a0a && v>>12 == v>>4&0xf && v>>12 != 0xf
}
