package main

import (
	"crypto"
	"encoding/asn1"
	"math/big"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cryptobyteasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// A certifier has a key pair as certificates know it. The library cannot make
// certificates for Ed448, so all of them are written here (RFC 5280; RFC 5480;
// RFC 5758; RFC 8410).
type certifier struct {
	signer
	name      string
	key       []asn1.ObjectIdentifier // algorithm and parameters of the key
	signature asn1.ObjectIdentifier
}

func (s *suite) certifier(name string) certifier {
	return s.certifierOf(name, s.signer("key package certificate "+name))
}

func (s *suite) certifierOf(name string, key signer) certifier {
	c := certifier{signer: key, name: name}
	ecKey := asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}
	switch {
	case s.signature == nil && s.curve == nil:
		c.signature = asn1.ObjectIdentifier{1, 3, 101, 113}
		c.key = []asn1.ObjectIdentifier{c.signature}
	case s.signature == nil:
		c.signature = asn1.ObjectIdentifier{1, 3, 101, 112}
		c.key = []asn1.ObjectIdentifier{c.signature}
	case s.hash == crypto.SHA256:
		c.signature = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}
		c.key = []asn1.ObjectIdentifier{ecKey, {1, 2, 840, 10045, 3, 1, 7}}
	case s.hash == crypto.SHA384:
		c.signature = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 3}
		c.key = []asn1.ObjectIdentifier{ecKey, {1, 3, 132, 0, 34}}
	default:
		c.signature = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 4}
		c.key = []asn1.ObjectIdentifier{ecKey, {1, 3, 132, 0, 35}}
	}
	return c
}

const (
	asSequence = cryptobyteasn1.SEQUENCE
	asSet      = cryptobyteasn1.SET
)

// certificate returns the certificate of subject, made by the issuer.
func (c certifier) certificate(subject certifier, serial int64, authority bool) []byte {
	var tbs cryptobyte.Builder
	tbs.AddASN1(asSequence, func(b *cryptobyte.Builder) {
		b.AddASN1(cryptobyteasn1.Tag(0).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) { b.AddASN1Int64(2) })
		b.AddASN1BigInt(big.NewInt(serial))
		addAlgorithm(b, c.signature)
		addName(b, c.name)
		b.AddASN1(asSequence, func(b *cryptobyte.Builder) {
			b.AddASN1UTCTime(time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC))
			b.AddASN1UTCTime(time.Date(2045, time.December, 31, 0, 0, 0, 0, time.UTC))
		})
		addName(b, subject.name)
		b.AddASN1(asSequence, func(b *cryptobyte.Builder) {
			addAlgorithm(b, subject.key...)
			b.AddASN1BitString(subject.public)
		})
		b.AddASN1(cryptobyteasn1.Tag(3).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) {
			b.AddASN1(asSequence, func(b *cryptobyte.Builder) { addUsage(b, authority) })
		})
	})
	signed := must(tbs.Bytes())
	var b cryptobyte.Builder
	b.AddASN1(asSequence, func(b *cryptobyte.Builder) {
		b.AddBytes(signed)
		addAlgorithm(b, c.signature)
		b.AddASN1BitString(c.sign(signed))
	})
	return must(b.Bytes())
}

func addAlgorithm(b *cryptobyte.Builder, identifiers ...asn1.ObjectIdentifier) {
	b.AddASN1(asSequence, func(b *cryptobyte.Builder) {
		for _, id := range identifiers {
			b.AddASN1ObjectIdentifier(id)
		}
	})
}

// addName adds a name that has only a commonName.
func addName(b *cryptobyte.Builder, name string) {
	b.AddASN1(asSequence, func(b *cryptobyte.Builder) {
		b.AddASN1(asSet, func(b *cryptobyte.Builder) {
			b.AddASN1(asSequence, func(b *cryptobyte.Builder) {
				b.AddASN1ObjectIdentifier(asn1.ObjectIdentifier{2, 5, 4, 3})
				b.AddASN1(cryptobyteasn1.UTF8String, func(b *cryptobyte.Builder) { b.AddBytes([]byte(name)) })
			})
		})
	})
}

// addUsage adds the extensions basicConstraints and keyUsage, both critical.
func addUsage(b *cryptobyte.Builder, authority bool) {
	extension := func(id asn1.ObjectIdentifier, value func(b *cryptobyte.Builder)) {
		b.AddASN1(asSequence, func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(id)
			b.AddASN1Boolean(true)
			b.AddASN1(cryptobyteasn1.OCTET_STRING, value)
		})
	}
	extension(asn1.ObjectIdentifier{2, 5, 29, 19}, func(b *cryptobyte.Builder) {
		b.AddASN1(asSequence, func(b *cryptobyte.Builder) {
			if authority {
				b.AddASN1Boolean(true)
			}
		})
	})
	extension(asn1.ObjectIdentifier{2, 5, 29, 15}, func(b *cryptobyte.Builder) {
		// keyCertSign has the number 5, digitalSignature 0.
		usage := []byte{3, 2, 7, 0x80}
		if authority {
			usage = []byte{3, 2, 2, 0x04}
		}
		b.AddBytes(usage)
	})
}
