package main

import (
	"slices"

	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/vectors/format"
)

// A tag that does not fit is rfc9420-6.3-02. The AAD is what authenticates the
// header of a PrivateMessage, which is rfc9420-6.3-01 as well.
func aeadClaims(s *suite) []claim {
	right := format.AEADOpenArguments{
		Key:       s.bytes("aead key", s.keySize),
		Nonce:     s.bytes("aead nonce", 12),
		AAD:       s.bytes("aad", 20),
		Plaintext: s.bytes("aead plaintext", 40),
	}
	tag := s.claimed(right, right).Ciphertext[40:]
	without16 := func(a *format.AEADOpenArguments) []byte { return without(a.Ciphertext, 16) }

	opens := func(what, comment string, change func(a *format.AEADOpenArguments)) claim {
		a := right
		change(&a)
		return accept(what, comment, s.claimed(a, a), "rfc9420-17.1-02")
	}
	// The ciphertext is changed after it was made.
	altered := func(what, comment string, change func(a *format.AEADOpenArguments)) claim {
		a := s.claimed(right, right)
		change(a)
		return reject(what, comment, a, "rfc9420-6.3-02")
	}
	// The ciphertext is made from other values than the claimed ones.
	sealedFrom := func(what, comment string, change func(a *format.AEADOpenArguments), broken ...rule.ID) claim {
		a := right
		change(&a)
		return reject(what, comment, s.claimed(a, right), broken...)
	}
	return slices.Concat([]claim{
		opens("usual", "Everything is as it should be.", func(*format.AEADOpenArguments) {}),
		opens("empty-plaintext", "Nothing is encrypted, so the ciphertext is a tag alone.", func(a *format.AEADOpenArguments) { a.Plaintext = nil }),
		opens("empty-aad", "Without additional data, as in EncryptWithLabel and in a Welcome.", func(a *format.AEADOpenArguments) { a.AAD = nil }),
		opens("long", "A plaintext and additional data of many blocks, neither of them whole.", func(a *format.AEADOpenArguments) { a.Plaintext, a.AAD = pattern(3001), pattern(1001) }),
		altered("tag-first-bit", "A bit of the first byte of the tag is another one.", func(a *format.AEADOpenArguments) { a.Ciphertext = changed(a.Ciphertext, -16) }),
		altered("tag-last-bit", "A bit of the last byte of the tag is another one, which a comparison of a truncated tag would not see.", func(a *format.AEADOpenArguments) { a.Ciphertext = changed(a.Ciphertext, -1) }),
		altered("tag-zero", "The tag is all-zero, the buffer of a receiver that never computed one.", func(a *format.AEADOpenArguments) { a.Ciphertext = with(without16(a), make([]byte, 16)...) }),
		altered("tag-short", "The tag is cut to 12 bytes, which NIST SP 800-38D knows and RFC 5116 does not.", func(a *format.AEADOpenArguments) { a.Ciphertext = without(a.Ciphertext, 4) }),
		altered("tag-missing", "The ciphertext ends before its tag.", func(a *format.AEADOpenArguments) { a.Ciphertext = without16(a) }),
		altered("tag-in-front", "The tag stands in front of the ciphertext.", func(a *format.AEADOpenArguments) { a.Ciphertext = with(tag, without16(a)...) }),
		altered("extended", "A byte more behind the tag.", func(a *format.AEADOpenArguments) { a.Ciphertext = with(a.Ciphertext, 0) }),
		altered("empty", "There is no ciphertext, not even a tag.", func(a *format.AEADOpenArguments) { a.Ciphertext, a.Plaintext = nil, nil }),
		altered("body-bit", "A bit of the ciphertext is another one, and the same bit of the claimed plaintext, as the key stream alone gives it.", func(a *format.AEADOpenArguments) {
			a.Ciphertext, a.Plaintext = changed(a.Ciphertext, 0), changed(a.Plaintext, 0)
		}),
		altered("other-plaintext", "The ciphertext opens, but to another plaintext than the claimed one.", func(a *format.AEADOpenArguments) { a.Plaintext = changed(a.Plaintext, 0) }),
		altered("other-nonce", "The nonce is the next one of a counter, and the plaintext what the key stream alone gives then.", func(a *format.AEADOpenArguments) {
			a.Nonce = changed(a.Nonce, -1)
			a.Plaintext = seal(s.aead, a.Key, a.Nonce, nil, without16(a))[:40]
		}),
		altered("other-key", "The key has another last bit, and the plaintext is what the key stream alone gives then.", func(a *format.AEADOpenArguments) {
			a.Key = changed(a.Key, -1)
			a.Plaintext = seal(s.aead, a.Key, a.Nonce, nil, without16(a))[:40]
		}),
		sealedFrom("aad-bit", "The additional data has another last bit.", func(a *format.AEADOpenArguments) { a.AAD = changed(a.AAD, -1) }, "rfc9420-6.3-01", "rfc9420-6.3-02"),
		sealedFrom("aad-missing", "The ciphertext was made without the additional data.", func(a *format.AEADOpenArguments) { a.AAD = nil }, "rfc9420-6.3-01", "rfc9420-6.3-02"),
		sealedFrom("aad-longer", "The ciphertext was made with a byte more of additional data.", func(a *format.AEADOpenArguments) { a.AAD = with(a.AAD, 0) }, "rfc9420-6.3-01", "rfc9420-6.3-02"),
	}, s.otherAEAD(right), s.keyAndNonceLengths(right))
}

// claimed returns the claim that what was sealed from opens to what is claimed.
func (s *suite) claimed(from, a format.AEADOpenArguments) *format.AEADOpenArguments {
	a.Ciphertext = seal(s.aead, from.Key, from.Nonce, from.AAD, from.Plaintext)
	return &a
}

// otherAEAD has no claim for AES-128, because no other AEAD takes its keys.
func (s *suite) otherAEAD(a format.AEADOpenArguments) []claim {
	other, name := uint16(aes256GCM), "AES-256-GCM"
	switch s.aead {
	case aes128GCM:
		return nil
	case aes256GCM:
		other, name = chaCha20Poly1305, "ChaCha20-Poly1305"
	}
	a.Ciphertext = seal(other, a.Key, a.Nonce, a.AAD, a.Plaintext)
	return []claim{reject("other-algorithm", "The ciphertext is that of "+name+", which has keys of the same length.", &a, "rfc9420-6.3-02")}
}

// keyAndNonceLengths has what a library would take that decides by the length
// which variant is meant, or that copies into buffers of fixed size.
func (s *suite) keyAndNonceLengths(a format.AEADOpenArguments) []claim {
	variant := func(what, comment string, key, nonce []byte) claim {
		c := a
		c.Key, c.Nonce = key, nonce
		c.Ciphertext = seal(s.aead, key, nonce, a.AAD, a.Plaintext)
		return reject(what, comment, &c, "rfc9420-17.1-02")
	}
	// RFC 5116, Section 4 orders AEADs to take no other lengths of keys. Of nonces
	// it only says which lengths have to be taken.
	open := func(c claim) claim {
		c.Result = format.Either
		return c
	}
	if s.aead == chaCha20Poly1305 {
		// What is missing is zero, and what is too much is cut off.
		key, nonce := with(without(a.Key, 1), 0), with(without(a.Nonce, 1), 0)
		fixed := func(what, comment string, c format.AEADOpenArguments) claim {
			c.Ciphertext = seal(s.aead, key, nonce, a.AAD, a.Plaintext)
			return reject(what, comment, &c, "rfc9420-17.1-02")
		}
		claimed := a
		claimed.Key, claimed.Nonce = key, nonce
		shortKey, longKey, shortNonce := claimed, claimed, claimed
		shortKey.Key, longKey.Key, shortNonce.Nonce = without(key, 1), with(key, 0), without(nonce, 1)
		return []claim{
			fixed("key-short", "The key lacks its last byte, a zero.", shortKey),
			fixed("key-long", "The key has a byte more than the 32 that ChaCha20 takes.", longKey),
			open(fixed("nonce-short", "The nonce lacks its last byte, a zero: RFC 8439 has nonces of 12 bytes and does not say that others are refused.", shortNonce)),
			open(variant("nonce-24", "The nonce has the 24 bytes of XChaCha20-Poly1305, with which it was sealed: RFC 8439 has 12 and does not say that others are refused.", a.Key, s.bytes("long nonce", 24))),
		}
	}
	claims := []claim{
		variant("key-24", "The key is one of AES-192, with which it was sealed, and no suite has that.", s.bytes("key 24", 24), a.Nonce),
		open(variant("nonce-8", "The nonce has 8 bytes, which GCM takes: RFC 5116 has nonces of 12 bytes and does not say that others are refused.", a.Key, s.bytes("nonce 8", 8))),
		open(variant("nonce-16", "The nonce has 16 bytes, which GCM takes by hashing it first: RFC 5116 has nonces of 12 bytes and does not say that others are refused.", a.Key, s.bytes("nonce 16", 16))),
	}
	if s.aead == aes128GCM {
		return append(claims, variant("key-32", "The key is one of AES-256, with which it was sealed, and the suite has AES-128.", s.bytes("key 32", 32), a.Nonce))
	}
	return append(claims, variant("key-16", "The key is one of AES-128, with which it was sealed, and the suite has AES-256.", s.bytes("key 16", 16), a.Nonce))
}
