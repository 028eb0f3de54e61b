package main

import (
	"crypto"
	_ "crypto/sha3"
	"encoding/binary"
	"slices"

	"github.com/mlsconform/mlsconform/vectors/format"
)

// blockSize is that of the suite's hash.
func (s *suite) blockSize() int { return s.hash.New().BlockSize() }

// lookalike is another hash of a value, as long as the suite's.
func (s *suite) lookalike(data []byte) []byte {
	switch s.hash {
	case crypto.SHA256:
		return digest(crypto.SHA512_256, data)
	case crypto.SHA384:
		return digest(crypto.SHA512, data)[:48]
	default:
		return digest(crypto.SHA3_512, data)
	}
}

func hashClaims(s *suite) []claim {
	claims := func(data, out []byte) *format.HashArguments { return &format.HashArguments{Data: data, Out: out} }
	right := func(data []byte) *format.HashArguments { return claims(data, digest(s.hash, data)) }
	// The padding of SHA-2 ends with the length, in 8 or 16 bytes, and begins
	// with at least one more.
	full := s.blockSize()*7/8 - 1
	abc := []byte("abc")
	out := digest(s.hash, abc)
	return []claim{
		accept("empty", "The hash of no bytes at all is defined.", right(nil), "rfc9420-17.1-02"),
		accept("abc", "The example of FIPS 180-4 for the suite's hash algorithm.", right(abc), "rfc9420-17.1-02"),
		accept("one-block", "The longest input whose padding fits into the same block.", right(pattern(full)), "rfc9420-17.1-02"),
		accept("padding-block", "One byte more than fits, so that the padding takes another block.", right(pattern(full+1)), "rfc9420-17.1-02"),
		accept("long", "An input of many blocks.", right(pattern(3000)), "rfc9420-17.1-02"),
		reject("other-algorithm", "The output of a hash of the same length which is not the suite's.",
			claims(abc, s.lookalike(abc)), "rfc9420-17.1-02"),
		reject("truncated", "The output lacks its last byte, and a comparison over the shorter length would not notice.",
			claims(abc, without(out, 1)), "rfc9420-17.1-02"),
		reject("bit", "The last bit of the output is another one.", claims(abc, changed(out, -1)), "rfc9420-17.1-02"),
	}
}

func macClaims(s *suite) []claim {
	key, data := s.bytes("mac key", s.hash.Size()), s.bytes("mac data", 100)
	tag := mac(s.hash, key, data)
	claims := func(tag []byte) *format.MACArguments { return &format.MACArguments{Key: key, Data: data, Tag: tag} }
	right := func(key, data []byte) *format.MACArguments {
		return &format.MACArguments{Key: key, Data: data, Tag: mac(s.hash, key, data)}
	}
	other := crypto.SHA512
	if s.hash == crypto.SHA512 {
		other = crypto.SHA3_512
	}
	long := s.bytes("long mac key", s.blockSize()+1)
	return []claim{
		accept("usual", "A key as long as the hash, as confirmation and membership keys are.", right(key, data), "rfc9420-17.1-02"),
		accept("empty-data", "A tag over no data, such as a transcript that has not begun.", right(key, nil), "rfc9420-17.1-02"),
		accept("long-key", "A key longer than a block of the hash, which HMAC hashes first.", right(long, data), "rfc9420-17.1-02"),
		reject("empty", "An empty tag equals the first zero bytes of every tag, and is not one.", claims(nil), "rfc9420-6.2-04"),
		reject("truncated", "The first 16 bytes of the tag, a length that other uses of HMAC allow and MLS does not.",
			claims(tag[:16]), "rfc9420-6.2-04"),
		reject("extended", "A byte more behind the right tag.", claims(with(tag, 0)), "rfc9420-6.2-04"),
		reject("first-bit", "A bit of the first byte of the tag is another one.", claims(changed(tag, 0)), "rfc9420-6.2-02"),
		reject("last-bit", "A bit of the last byte of the tag is another one, which a comparison of a truncated tag would not see.",
			claims(changed(tag, -1)), "rfc9420-6.2-02"),
		reject("other-key", "The tag is that of another key.", claims(mac(s.hash, s.bytes("other mac key", len(key)), data)), "rfc9420-6.2-02"),
		reject("other-hash", "HMAC with another hash, cut to the right length.", claims(mac(other, key, data)[:len(tag)]), "rfc9420-6.2-02"),
		reject("keyed-hash", "The hash of key and data one after the other, without the construction of HMAC.",
			claims(digest(s.hash, slices.Concat(key, data))), "rfc9420-6.2-02"),
	}
}

// The labels of Section 5.2 are used as they are.
const (
	keyPackageLabel = "MLS 1.0 KeyPackage Reference"
	proposalLabel   = "MLS 1.0 Proposal Reference"
)

func refHashClaims(s *suite) []claim {
	value := s.bytes("value", 200)
	claims := func(label string, out []byte) *format.RefHashArguments {
		return &format.RefHashArguments{Label: label, Value: value, Out: out}
	}
	of := func(input []byte) *format.RefHashArguments { return claims(keyPackageLabel, digest(s.hash, input)) }
	right := func(label string, value []byte) *format.RefHashArguments {
		return &format.RefHashArguments{Label: label, Value: value, Out: digest(s.hash, labelled(label, value))}
	}
	all := []claim{
		accept("key-package", "The reference of a KeyPackage: the hash of a RefHashInput with its label.",
			right(keyPackageLabel, value), "rfc9420-5.2-01"),
		accept("proposal", "The reference of a proposal, which has its own label.", right(proposalLabel, value), "rfc9420-5.2-02"),
		accept("empty-value", "A value of no bytes still has its length in the input.", right(keyPackageLabel, nil), "rfc9420-5.2-01"),
		accept("value-64", "The shortest value whose length takes two bytes.", right(keyPackageLabel, pattern(64)), "rfc9420-5.2-01"),
		reject("other-label", "The label of proposals was used for a KeyPackage.", of(labelled(proposalLabel, value)), "rfc9420-5.2-01"),
		reject("key-package-label", "The label of KeyPackages was used for a proposal.",
			claims(proposalLabel, digest(s.hash, labelled(keyPackageLabel, value))), "rfc9420-5.2-02"),
		reject("unlabelled", "The bare hash of the value.", of(value), "rfc9420-5.2-01"),
		reject("truncated", "The reference is cut to 16 bytes, as it was in drafts of MLS.",
			claims(keyPackageLabel, digest(s.hash, labelled(keyPackageLabel, value))[:16]), "rfc9420-5.2-01"),
	}
	if !s.layouts {
		return all
	}
	draft := binary.BigEndian.AppendUint16(nil, 16)
	draft = slices.Concat(draft, vector(keyPackageLabel), vector(""))
	return append(all,
		accept("value-63", "The longest value whose length takes one byte.", right(keyPackageLabel, pattern(63)), "rfc9420-5.2-01"),
		accept("value-16384", "The shortest value whose length takes four bytes.", right(keyPackageLabel, pattern(16384)), "rfc9420-5.2-01"),
		accept("long-label", "A label whose length takes two bytes.", right(string(letters(64)), value)),
		reject("label-prefixed", "\"MLS 1.0 \" was put in front of a label that begins with it.",
			of(labelled(protocol+keyPackageLabel, value)), "rfc9420-5.2-01"),
		reject("label-stripped", "The label was used without its \"MLS 1.0 \", which RefHash takes as part of it.",
			of(labelled("KeyPackage Reference", value)), "rfc9420-5.2-01"),
		reject("no-lengths", "Label and value were hashed without their lengths.",
			of(slices.Concat([]byte(keyPackageLabel), value)), "rfc9420-5.2-01"),
		reject("fixed-lengths", "The lengths were written in one and four bytes, as in TLS.", of(tlsLabelled(keyPackageLabel, value)), "rfc9420-5.2-01"),
		reject("long-length", "The length of the value was written in a longer form than the shortest.",
			of(slices.Concat(vector(keyPackageLabel), longVector(value))), "rfc9420-5.2-01"),
		reject("wrapped", "The MLSMessage around the KeyPackage was hashed with it.",
			of(labelled(keyPackageLabel, slices.Concat([]byte{0, 1, 0, 5}, value))), "rfc9420-5.2-01"),
		reject("draft", "The reference was derived with the KDF, as in drafts of MLS.",
			claims(keyPackageLabel, s.expand(s.extract(nil, value), draft, 16)), "rfc9420-5.2-01"),
		reject("other-algorithm", "RefHashInput was hashed with another hash than the suite's.",
			claims(keyPackageLabel, s.lookalike(labelled(keyPackageLabel, value))), "rfc9420-5.2-01"),
	)
}

// letters returns n letters, for labels whose length is what matters.
func letters(n int) []byte {
	b := pattern(n)
	for i := range b {
		b[i] = 'a' + b[i]%26
	}
	return b
}
