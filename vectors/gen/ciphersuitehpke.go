package main

import (
	"crypto/ecdh"
	"encoding/binary"
	"slices"

	"github.com/cloudflare/circl/dh/x448"
)

// A keyPair is an HPKE key pair.
type keyPair struct{ private, public []byte }

// kemKey returns the key pair that the name decides.
func (s *suite) kemKey(name string) keyPair {
	return s.kemKeyWhere(name, func([]byte) bool { return true })
}

// kemKeyWhere returns the first key pair whose public key is as wanted.
func (s *suite) kemKeyWhere(name string, wanted func(public []byte) bool) keyPair {
	for {
		private := s.bytes(name, s.scalar)
		if s.curve == ecdh.P521() {
			private[0] &= 1
		}
		if k := (keyPair{private, s.kemPublic(private)}); wanted(k.public) {
			return k
		}
		name += "+"
	}
}

func (s *suite) kemPublic(private []byte) []byte {
	if s.curve != nil {
		return must(s.curve.NewPrivateKey(private)).PublicKey().Bytes()
	}
	var public x448.Key
	x448.KeyGen(&public, (*x448.Key)(private))
	return public[:]
}

// exchange is DH. It returns nil for a result that RFC 9180, Section 7.1.4,
// forbids.
func (s *suite) exchange(private, public []byte) []byte {
	if s.curve != nil {
		dh, err := must(s.curve.NewPrivateKey(private)).ECDH(must(s.curve.NewPublicKey(public)))
		if err != nil {
			return nil
		}
		return dh
	}
	var dh x448.Key
	if !x448.Shared(&dh, (*x448.Key)(private), (*x448.Key)(public)) {
		return nil
	}
	return dh[:]
}

// An hpkeMessage is all that decides an HPKE ciphertext in base mode (RFC 9180,
// Sections 4.1, 5.1 and 5.2). A field that is not as the sender should have it
// makes a faulty one.
type hpkeMessage struct {
	dh         []byte
	kemContext []byte
	suiteID    []byte
	info       []byte
	sequence   byte
	aad        []byte
	plaintext  []byte
}

// message is the message that a sender makes with the ephemeral key.
func (s *suite) message(ephemeral keyPair, recipient, info, plaintext []byte) hpkeMessage {
	return hpkeMessage{
		dh:         s.exchange(ephemeral.private, recipient),
		kemContext: slices.Concat(ephemeral.public, recipient),
		suiteID:    s.hpkeID(),
		info:       info,
		plaintext:  plaintext,
	}
}

func (s *suite) kemID() []byte { return binary.BigEndian.AppendUint16([]byte("KEM"), s.kem) }

func (s *suite) hpkeID() []byte {
	id := binary.BigEndian.AppendUint16([]byte("HPKE"), s.kem)
	id = binary.BigEndian.AppendUint16(id, s.kdf)
	return binary.BigEndian.AppendUint16(id, s.aead)
}

// labeledExtract and labeledExpand are the functions of RFC 9180, Section 4.
func (s *suite) labeledExtract(suiteID, salt []byte, label string, ikm []byte) []byte {
	return s.extract(salt, slices.Concat([]byte("HPKE-v1"), suiteID, []byte(label), ikm))
}

func (s *suite) labeledExpand(suiteID, prk []byte, label string, info []byte, length int) []byte {
	labeled := binary.BigEndian.AppendUint16(nil, uint16(length))
	return s.expand(prk, slices.Concat(labeled, []byte("HPKE-v1"), suiteID, []byte(label), info), length)
}

// sealed returns the ciphertext.
func (s *suite) sealed(m hpkeMessage) []byte {
	size := s.hash.Size()
	prk := s.labeledExtract(s.kemID(), nil, "eae_prk", m.dh)
	shared := s.labeledExpand(s.kemID(), prk, "shared_secret", m.kemContext, size)

	const modeBase = 0
	context := slices.Concat([]byte{modeBase},
		s.labeledExtract(m.suiteID, nil, "psk_id_hash", nil),
		s.labeledExtract(m.suiteID, nil, "info_hash", m.info))
	secret := s.labeledExtract(m.suiteID, shared, "secret", nil)
	key := s.labeledExpand(m.suiteID, secret, "key", context, s.keySize)
	nonce := s.labeledExpand(m.suiteID, secret, "base_nonce", context, 12)
	nonce[11] ^= m.sequence
	return seal(s.aead, key, nonce, m.aad, m.plaintext)
}

// derivedKey is DeriveKeyPair (RFC 9180, Section 7.1.3).
func (s *suite) derivedKey(ikm []byte) keyPair {
	prk := s.labeledExtract(s.kemID(), nil, "dkp_prk", ikm)
	if s.signature == nil {
		return s.keyOf(s.labeledExpand(s.kemID(), prk, "sk", nil, s.scalar))
	}
	return s.candidate(prk, 0, s.candidateMask())
}

func (s *suite) keyOf(private []byte) keyPair { return keyPair{private, s.kemPublic(private)} }

// candidateMask is the bitmask of RFC 9180, Section 7.1.3.
func (s *suite) candidateMask() byte {
	if s.curve == ecdh.P521() {
		return 0x01
	}
	return 0xff
}

// candidate returns the first key pair from the given counter on.
func (s *suite) candidate(prk []byte, counter, mask byte) keyPair {
	for ; ; counter++ {
		private := s.labeledExpand(s.kemID(), prk, "candidate", []byte{counter}, s.scalar)
		private[0] &= mask
		if _, err := s.curve.NewPrivateKey(private); err == nil {
			return s.keyOf(private)
		}
	}
}
