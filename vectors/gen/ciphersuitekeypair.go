package main

import (
	"crypto/ecdh"
	"crypto/elliptic"
	"math/big"

	"github.com/mlsconform/mlsconform/vectors/format"
)

// DeriveKeyPair is where node key pairs come from, which is rfc9420-7.4-01.
func keyPairClaims(s *suite) []claim {
	ikm := s.bytes("ikm", s.hash.Size())
	claims := func(public []byte) *format.DeriveKeyPairArguments {
		return &format.DeriveKeyPairArguments{IKM: ikm, Public: public}
	}
	right := func(ikm []byte) *format.DeriveKeyPairArguments {
		return &format.DeriveKeyPairArguments{IKM: ikm, Public: s.derivedKey(ikm).public}
	}
	prk := s.labeledExtract(s.kemID(), nil, "dkp_prk", ikm)

	// The label for one kind of curve belongs to the other (RFC 9180, Section 7.1.3).
	var otherLabel keyPair
	if s.signature == nil {
		otherLabel = s.keyOf(s.labeledExpand(s.kemID(), prk, "candidate", []byte{0}, s.scalar))
	} else {
		otherLabel = s.keyOf(s.scalarFrom(s.labeledExpand(s.kemID(), prk, "sk", nil, s.scalar)))
	}
	withID := func(id []byte) keyPair {
		prk := s.labeledExtract(id, nil, "dkp_prk", ikm)
		if s.signature == nil {
			return s.keyOf(s.labeledExpand(id, prk, "sk", nil, s.scalar))
		}
		return s.keyOf(s.scalarFrom(s.labeledExpand(id, prk, "candidate", []byte{0}, s.scalar)))
	}
	unlabelled := s.scalarFrom(s.expand(s.extract(nil, ikm), nil, s.scalar))

	claimed := []claim{
		accept("node-secret", "As many bytes as the hash has, which is what MLS derives key pairs from, also where the KEM has longer private keys.",
			right(ikm), "rfc9420-7.4-01"),
		accept("zeros", "All bytes are zero: nothing is wrong with that for this function.", right(make([]byte, len(ikm))), "rfc9420-7.4-01"),
		accept("long", "More bytes than any length in the suite, since the first step is HKDF-Extract.", right(s.bytes("long ikm", 200)), "rfc9420-7.4-01"),
		reject("other-input", "The key pair is that of an input with another last bit.", claims(s.derivedKey(changed(ikm, -1)).public), "rfc9420-7.4-01"),
		reject("not-derived", "The input was taken as the private key.", claims(s.kemPublic(s.scalarFrom(ikm))), "rfc9420-7.4-01"),
		reject("other-suite-id", "The labelled functions were given the suite_id of HPKE and not that of its KEM.", claims(withID(s.hpkeID()).public), "rfc9420-7.4-01"),
	}
	if s.twin != 0 {
		return claimed
	}
	claimed = append(claimed,
		reject("other-label", "The private key was expanded with the label that is for the other kind of curve.", claims(otherLabel.public), "rfc9420-7.4-01"),
		reject("unlabelled", "HKDF was used without the labels of HPKE.", claims(s.kemPublic(unlabelled)), "rfc9420-7.4-01"),
	)
	if s.signature != nil {
		claimed = append(claimed,
			reject("counter-from-one", "The first candidate was made with counter 1, not 0.", claims(s.candidate(prk, 1, s.candidateMask()).public), "rfc9420-7.4-01"),
			reject("compressed", "The public key is the right one in compressed form, and SerializePublicKey gives the uncompressed one.",
				claims(compressed(s.signature, s.derivedKey(ikm).public)), "rfc9420-7.4-01"),
		)
	}
	if s.curve == ecdh.P521() {
		claimed = append(claimed, reject("no-mask", "Candidates were tried without the bitmask, until one was in range by itself.",
			claims(s.candidate(prk, 0, 0xff).public), "rfc9420-7.4-01"))
	}
	return claimed
}

// scalarFrom makes a private key of bytes, as it is for X25519 and X448, and
// modulo the order for the curves of NIST.
func (s *suite) scalarFrom(b []byte) []byte {
	if s.signature == nil {
		return b[:s.scalar]
	}
	n := new(big.Int).SetBytes(b)
	return n.Mod(n, s.signature.Params().N).FillBytes(make([]byte, s.scalar))
}

// compressed returns the compressed form of an uncompressed point (SEC 1,
// Section 2.3.3).
func compressed(curve elliptic.Curve, point []byte) []byte {
	size := len(point) / 2
	return with([]byte{2 | point[len(point)-1]&1}, point[1:1+size]...)
}
