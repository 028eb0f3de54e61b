package ciphersuite

import (
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// isDER reports whether an ECDSA signature is a DER SEQUENCE of two INTEGERs
// and nothing else (RFC 8446, Section 4.2.3).
func isDER(signature []byte) bool {
	var body cryptobyte.String
	var r, s big.Int
	der := cryptobyte.String(signature)
	return der.ReadASN1(&body, asn1.SEQUENCE) && der.Empty() &&
		body.ReadASN1Integer(&r) && body.ReadASN1Integer(&s) && body.Empty()
}

// isBER reports whether a signature is a SEQUENCE that begins with two INTEGERs
// for a reader that takes all of BER and overlooks what comes behind.
func isBER(signature []byte) bool {
	tags, _, ok := readPair(signature)
	return ok && tags == [3]asn1.Tag{asn1.SEQUENCE, asn1.INTEGER, asn1.INTEGER}
}

// readPair reads two values in a third one, and the tags of all, outermost first.
func readPair(ber cryptobyte.String) (tags [3]asn1.Tag, pair [2]cryptobyte.String, ok bool) {
	var body cryptobyte.String
	ok = readBER(&ber, &tags[0], &body) &&
		readBER(&body, &tags[1], &pair[0]) &&
		readBER(&body, &tags[2], &pair[1])
	return tags, pair, ok
}

// readBER reads a value. Its length may be written with more bytes than it
// needs, or not at all: then the value goes on to the end (X.690, Section 8.1.3).
func readBER(s *cryptobyte.String, tag *asn1.Tag, value *cryptobyte.String) bool {
	var first uint8
	if !s.ReadUint8((*uint8)(tag)) || !s.ReadUint8(&first) {
		return false
	}
	length := int(first)
	switch {
	case first == 0x80:
		length = len(*s)
	case first > 0x80:
		length = 0
		for range first & 0x7f {
			var b uint8
			if !s.ReadUint8(&b) || length > len(*s) {
				return false
			}
			length = length<<8 | int(b)
		}
	}
	return s.ReadBytes((*[]byte)(value), length)
}
