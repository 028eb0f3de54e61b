package main

import (
	"encoding/binary"
	"math"
	"slices"
	"strconv"

	"github.com/mlsconform/mlsconform/vectors/format"
)

func expandClaims(s *suite) []claim {
	size := s.hash.Size()
	secret := s.bytes("secret", size)
	context := s.bytes("context", 64)
	const label = "test"
	right := func(label string, context []byte, length int) *format.ExpandWithLabelArguments {
		return &format.ExpandWithLabelArguments{
			Secret: secret, Label: label, Context: context, Length: uint32(length),
			Out: s.expandWithLabel(secret, protocol+label, context, length),
		}
	}
	claims := func(out []byte) *format.ExpandWithLabelArguments {
		return &format.ExpandWithLabelArguments{Secret: secret, Label: label, Context: context, Length: uint32(len(out)), Out: out}
	}
	of := func(info []byte) *format.ExpandWithLabelArguments { return claims(s.expand(secret, info, size)) }
	input := labelled(protocol+label, context) // what follows the length in KDFLabel
	length := binary.BigEndian.AppendUint16(nil, uint16(size))
	most := 255 * size
	longest := s.expandWithLabel(secret, protocol+label, context, size)

	all := []claim{
		accept("key", "The key of a Welcome, as many bytes as the AEAD takes.", right("key", nil, s.keySize), "rfc9420-8-01"),
		accept("nonce", "The nonce of a Welcome, as many bytes as the AEAD takes.", right("nonce", nil, 12), "rfc9420-8-01"),
		accept("hash-size", "As many bytes as the secrets of the key schedule have.", right(label, context, size), "rfc9420-8-01"),
		accept("nothing", "No bytes at all, which RFC 5869, Section 2.3, does not exclude.", right(label, context, 0), "rfc9420-8-01"),
		accept("most", "255 blocks, the most that HKDF gives (RFC 5869, Section 2.3).", right(label, context, most), "rfc9420-8-01"),
		accept("empty-context", "A context of no bytes still has its length in KDFLabel.", right(label, nil, size), "rfc9420-8-01"),
		accept("context-64", "The shortest context whose length takes two bytes.", right(label, pattern(64), size), "rfc9420-8-01"),
		accept("empty-label", "An empty label, before which \"MLS 1.0 \" still stands.", right("", context, size), "rfc9420-8-01"),
		reject("other-label", "The output is that of another label.", of(kdfLabel(uint16(size), protocol+"tesu", context)), "rfc9420-8-01"),
		reject("no-prefix", "The label was used without \"MLS 1.0 \" in front.", of(kdfLabel(uint16(size), label, context)), "rfc9420-8-01"),
		reject("other-context", "The output is that of a context with another last bit.", of(kdfLabel(uint16(size), protocol+label, changed(context, -1))), "rfc9420-8-01"),
		reject("cut", "The first 16 bytes of an output as long as the hash: KDFLabel holds the length, so another length gives other bytes.",
			claims(longest[:16]), "rfc9420-8-01"),
		reject("length-overflow", "The length does not fit into the 16 bits of KDFLabel, and the output is that of its lower half.",
			&format.ExpandWithLabelArguments{Secret: secret, Label: label, Context: context, Length: uint32(1<<16 + size), Out: longest}, "rfc9420-8-01"),
	}
	if !s.layouts {
		return all
	}
	return append(all,
		accept("second-block", "A byte more than one block of HKDF gives.", right(label, context, size+1), "rfc9420-8-01"),
		accept("context-63", "The longest context whose length takes one byte.", right(label, pattern(63), size), "rfc9420-8-01"),
		accept("context-16383", "The longest context whose length takes two bytes.", right(label, pattern(16383), size), "rfc9420-8-01"),
		accept("context-16384", "The shortest context whose length takes four bytes.", right(label, pattern(16384), size), "rfc9420-8-01"),
		accept("long-label", "A label that \"MLS 1.0 \" makes so long that its length takes two bytes.", right(string(letters(56)), context, size), "rfc9420-8-01"),
		reject("above-most", "One byte more than 255 blocks, with a block counter that begins anew: HKDF has no such output.",
			claims(s.expandBeyond(secret, kdfLabel(uint16(most+1), protocol+label, context), most+1)), "rfc9420-8-01"),
		reject("old-prefix", "The label begins with \"mls10 \", as in drafts of MLS.", of(kdfLabel(uint16(size), "mls10 "+label, context)), "rfc9420-8-01"),
		reject("tls-prefix", "The label begins with \"tls13 \", as in TLS 1.3, from where the function comes.", of(kdfLabel(uint16(size), "tls13 "+label, context)), "rfc9420-8-01"),
		reject("no-length", "KDFLabel was made without its first field, the length.", of(input), "rfc9420-8-01"),
		reject("length-little-endian", "The length in KDFLabel stands in little-endian order.",
			of(slices.Concat([]byte{length[1], length[0]}, input)), "rfc9420-8-01"),
		reject("no-context", "The context was left out of KDFLabel.", of(kdfLabel(uint16(size), protocol+label, nil)), "rfc9420-8-01"),
		reject("context-hashed", "The hash of the context was used, as TLS 1.3 and drafts of MLS have it.",
			of(kdfLabel(uint16(size), protocol+label, digest(s.hash, context))), "rfc9420-8-01"),
		reject("fixed-lengths", "The lengths of label and context were written in one byte each, as in TLS.",
			of(slices.Concat(length, []byte{byte(len(protocol + label))}, []byte(protocol+label), []byte{64}, context)), "rfc9420-8-01"),
		reject("long-length", "The length of the context was written in a longer form than the shortest.",
			of(slices.Concat(length, vector(protocol+label), longVector(context))), "rfc9420-8-01"),
		reject("extracted", "HKDF-Extract went first, as in a one-call HKDF.",
			claims(s.expand(s.extract(nil, secret), kdfLabel(uint16(size), protocol+label, context), size)), "rfc9420-8-01"),
		reject("truncated", "The output lacks its last byte.",
			&format.ExpandWithLabelArguments{Secret: secret, Label: label, Context: context, Length: uint32(size), Out: without(longest, 1)}, "rfc9420-8-01"),
	)
}

// expandBeyond is HKDF-Expand without a limit.
func (s *suite) expandBeyond(prk, info []byte, length int) []byte {
	var out, block []byte
	for counter := byte(1); len(out) < length; counter++ {
		block = mac(s.hash, prk, slices.Concat(block, info, []byte{counter}))
		out = append(out, block...)
	}
	return out[:length]
}

func deriveSecretClaims(s *suite) []claim {
	size := s.hash.Size()
	secret := s.bytes("epoch secret", size)
	const label = "confirm"
	claims := func(label string, out []byte) *format.DeriveSecretArguments {
		return &format.DeriveSecretArguments{Secret: secret, Label: label, Out: out}
	}
	right := func(label string) *format.DeriveSecretArguments {
		return claims(label, s.expandWithLabel(secret, protocol+label, nil, size))
	}
	of := func(label string, context []byte) *format.DeriveSecretArguments {
		return claims("confirm", s.expandWithLabel(secret, label, context, size))
	}
	all := []claim{
		accept("usual", "A label of the key schedule.", right(label), "rfc9420-8-01"),
		accept("space", "A label with a space in it, which the key schedule has too.", right("sender data"), "rfc9420-8-01"),
		accept("empty-label", "An empty label.", right(""), "rfc9420-8-01"),
		accept("long-label", "A label that \"MLS 1.0 \" makes so long that its length takes two bytes.", right(string(letters(56))), "rfc9420-8-01"),
		reject("other-label", "The output is that of another label of the key schedule.", of(protocol+"membership", nil), "rfc9420-8-01"),
		reject("no-prefix", "The label was used without \"MLS 1.0 \" in front.", of(label, nil), "rfc9420-8-01"),
		reject("hash-as-context", "The context is the hash of nothing, as in TLS 1.3, and not empty.", of(protocol+label, digest(s.hash, nil)), "rfc9420-8-01"),
		reject("extracted", "The secret was taken as a key of HMAC over the label, without KDFLabel.", claims(label, mac(s.hash, secret, []byte(protocol+label))), "rfc9420-8-01"),
	}
	if size == 32 {
		return all
	}
	return append(all, reject("32-bytes", "32 bytes were derived, the length of SHA-256, where the suite's hash has more.",
		claims(label, s.expandWithLabel(secret, protocol+label, nil, 32)), "rfc9420-8-01"))
}

func deriveTreeSecretClaims(s *suite) []claim {
	secret := s.bytes("ratchet secret", s.hash.Size())
	claims := func(label string, generation uint32, out []byte) *format.DeriveTreeSecretArguments {
		return &format.DeriveTreeSecretArguments{Secret: secret, Label: label, Generation: generation, Length: uint32(len(out)), Out: out}
	}
	derive := func(label string, context []byte, length int) []byte {
		return s.expandWithLabel(secret, label, context, length)
	}
	right := func(label string, generation uint32, length int) *format.DeriveTreeSecretArguments {
		return claims(label, generation, derive(protocol+label, binary.BigEndian.AppendUint32(nil, generation), length))
	}
	// Generation 258 is 0x0102: no two of the faulty encodings agree on it.
	of := func(context []byte) *format.DeriveTreeSecretArguments {
		return claims("key", 258, derive(protocol+"key", context, s.keySize))
	}
	all := []claim{
		accept("key", "The key of a ratchet's first generation, number 0.", right("key", 0, s.keySize), "rfc9420-9.1-02"),
		accept("nonce", "The nonce of a ratchet's second generation.", right("nonce", 1, 12), "rfc9420-9.1-02"),
		accept("secret", "The ratchet's next secret, as long as the hash.", right("secret", 1, s.hash.Size()), "rfc9420-9.1-02"),
		accept("two-bytes", "A generation whose number takes more than one byte.", right("key", 258, s.keySize), "rfc9420-9.1-02"),
		accept("sign-bit", "Generation 2^31, which is negative for who reads 32 bits with a sign.", right("key", 1<<31, s.keySize), "rfc9420-9.1-02"),
		accept("last", "Generation 2^32-1, the last one.", right("key", math.MaxUint32, s.keySize), "rfc9420-9.1-02"),
		reject("next-generation", "The key is that of the generation after.", claims("key", 258, derive(protocol+"key", []byte{0, 0, 1, 3}, s.keySize)), "rfc9420-9.1-02"),
		reject("other-label", "The key was derived with the label of nonces.", claims("key", 258, derive(protocol+"nonce", []byte{0, 0, 1, 2}, s.keySize)), "rfc9420-9.1-02"),
		reject("little-endian", "The generation stands in little-endian order.", of([]byte{2, 1, 0, 0}), "rfc9420-9.1-02"),
	}
	if !s.layouts {
		return all
	}
	return append(all,
		reject("no-prefix", "The label was used without \"MLS 1.0 \" in front.", claims("key", 258, derive("key", []byte{0, 0, 1, 2}, s.keySize)), "rfc9420-9.1-02"),
		reject("8-bits", "The generation was cut to its last byte.", of([]byte{2}), "rfc9420-9.1-02"),
		reject("16-bits", "The generation was written in 16 bits.", of([]byte{1, 2}), "rfc9420-9.1-02"),
		reject("64-bits", "The generation was written in 64 bits.", of([]byte{0, 0, 0, 0, 0, 0, 1, 2}), "rfc9420-9.1-02"),
		reject("variable", "The generation was written like the length of a vector.", of(header(258)), "rfc9420-9.1-02"),
		reject("decimal", "The generation was written in decimal digits.", of([]byte(strconv.Itoa(258))), "rfc9420-9.1-02"),
		reject("no-context", "Generation 0 was taken for no generation, and the context left empty.", claims("key", 0, derive(protocol+"key", nil, s.keySize)), "rfc9420-9.1-02"),
		reject("node", "The context is node number and generation, as in drafts of MLS.", of([]byte{0, 0, 0, 2, 0, 0, 1, 2}), "rfc9420-9.1-02"),
	)
}
