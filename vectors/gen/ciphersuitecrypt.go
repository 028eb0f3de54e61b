package main

import (
	"slices"

	"github.com/mlsconform/mlsconform/vectors/format"
)

// welcomeLabel is a label of Section 12.4.3.1.
const welcomeLabel = "Welcome"

func encryptClaims(s *suite) []claim {
	key := s.kemKey("encrypt").public
	claims := func(public []byte) *format.EncryptWithLabelArguments {
		return &format.EncryptWithLabelArguments{Public: public, Label: welcomeLabel, Context: s.bytes("encrypt context", 32), Plaintext: s.bytes("encrypt plaintext", 32)}
	}
	bare := &format.EncryptWithLabelArguments{Public: key}
	all := []claim{
		accept("usual", "A right key.", claims(key), "rfc9420-5.1.1-01"),
		accept("nothing", "Label, context and plaintext are empty.", bare, "rfc9420-5.1.1-01"),
	}
	for _, p := range s.oddKeys() {
		all = append(all, accept(p.what, "As recipient's key: "+p.comment, claims(p.encoded), "rfc9420-5.1.1-01"))
	}
	for _, p := range s.malformedKEMKeys() {
		all = append(all, reject(p.what, "As recipient's key: "+p.comment, claims(p.encoded), "rfc9420-5.1.1-01"))
	}
	for _, p := range s.lowOrderKeys() {
		all = append(all, reject(p.what, "As recipient's key: "+p.comment, claims(p.encoded), "rfc9420-5.1.3-02"))
	}
	return all
}

// A delivery is what decryption claims have in common.
type delivery struct {
	*suite
	recipient, ephemeral keyPair
	context, plaintext   []byte
}

func (s *suite) delivery() delivery {
	return delivery{s, s.kemKey("recipient"), s.kemKey("ephemeral"), s.bytes("decrypt context", 64), s.bytes("path secret", s.hash.Size())}
}

// info is the EncryptContext of Section 5.1.3.
func (d *delivery) info() []byte { return labelled(protocol+welcomeLabel, d.context) }

// message is the right message for the claims.
func (d *delivery) message(info []byte) hpkeMessage {
	return d.suite.message(d.ephemeral, d.recipient.public, info, d.plaintext)
}

// claim says that a ciphertext decrypts to the plaintext.
func (d *delivery) claim(kemOutput, ciphertext []byte) *format.DecryptWithLabelArguments {
	return &format.DecryptWithLabelArguments{
		Private: d.recipient.private, Public: d.recipient.public,
		Label: welcomeLabel, Context: d.context,
		KEMOutput: kemOutput, Ciphertext: ciphertext, Plaintext: d.plaintext,
	}
}

func (d *delivery) sealed(m hpkeMessage) *format.DecryptWithLabelArguments {
	return d.claim(d.ephemeral.public, d.suite.sealed(m))
}

// labelled claims are of messages with a right EncryptContext.
func (d *delivery) labelled(label string, context, plaintext []byte) *format.DecryptWithLabelArguments {
	m := d.message(labelled(protocol+label, context))
	m.plaintext = plaintext
	c := d.sealed(m)
	c.Label, c.Context, c.Plaintext = label, context, plaintext
	return c
}

func decryptClaims(s *suite) []claim {
	d := s.delivery()
	all := []claim{
		accept("usual", "Everything is as it should be.", d.labelled(welcomeLabel, d.context, d.plaintext), "rfc9420-5.1.3-01"),
		accept("empty-plaintext", "Nothing was encrypted, so the ciphertext is a tag alone.", d.labelled(welcomeLabel, d.context, nil), "rfc9420-5.1.3-01"),
		accept("empty-context", "A context of no bytes still has its length in EncryptContext.", d.labelled(welcomeLabel, nil, d.plaintext), "rfc9420-5.1.3-01"),
		accept("context-63", "The longest context whose length takes one byte.", d.labelled(welcomeLabel, pattern(63), d.plaintext), "rfc9420-5.1.3-01"),
		accept("context-16384", "The shortest context whose length takes four bytes.", d.labelled(welcomeLabel, pattern(16384), d.plaintext), "rfc9420-5.1.3-01"),
		accept("empty-label", "An empty label, before which \"MLS 1.0 \" still stands.", d.labelled("", d.context, d.plaintext), "rfc9420-5.1.3-01"),
		accept("long-label", "A label that \"MLS 1.0 \" makes so long that its length takes two bytes.", d.labelled(string(letters(56)), d.context, d.plaintext), "rfc9420-5.1.3-01"),
	}
	for _, p := range s.oddKeys() {
		m := d.message(d.info())
		m.dh = s.exchange(d.recipient.private, p.encoded)
		m.kemContext = slices.Concat(p.encoded, d.recipient.public)
		all = append(all, accept(p.what, "As kem_output: "+p.comment, d.claim(p.encoded, s.sealed(m)), "rfc9420-5.1.3-01"))
	}
	return slices.Concat(all, d.bindingClaims(), d.ciphertextClaims(), d.kemOutputClaims())
}

// bindingClaims are of ciphertexts for another label, context or message. A
// receiver that makes the same mistake as the sender gets the plaintext.
func (d *delivery) bindingClaims() []claim {
	s, info := d.suite, d.info()
	of := func(what, comment string, info []byte) claim {
		return reject(what, comment, d.sealed(d.message(info)), "rfc9420-5.1.3-01")
	}
	with := func(what, comment string, change func(m *hpkeMessage)) claim {
		m := d.message(info)
		change(&m)
		return reject(what, comment, d.sealed(m), "rfc9420-5.1.3-01")
	}
	claims := []claim{
		of("other-label", "It was encrypted under the label of UpdatePath nodes.", labelled(protocol+"UpdatePathNode", d.context)),
		of("no-prefix", "It was encrypted under the label without \"MLS 1.0 \" in front.", labelled(welcomeLabel, d.context)),
		of("other-context", "It was encrypted under a context with another last bit.", labelled(protocol+welcomeLabel, changed(d.context, -1))),
		of("no-context", "It was encrypted under an empty context.", labelled(protocol+welcomeLabel, nil)),
		of("bare-context", "The info of HPKE is the bare context, without EncryptContext.", d.context),
		with("context-as-aad", "The context is the additional data as well, which MLS leaves empty.", func(m *hpkeMessage) { m.aad = d.context }),
		with("second-message", "It is the second message of an HPKE context, and MLS sends one only.", func(m *hpkeMessage) { m.sequence = 1 }),
	}
	if !s.layouts {
		return claims
	}
	return append(claims,
		of("old-prefix", "It was encrypted under a label that begins with \"mls10 \", as in drafts of MLS.", labelled("mls10 "+welcomeLabel, d.context)),
		of("no-info", "The info of HPKE is empty.", nil),
		of("fixed-lengths", "The lengths in EncryptContext were written in one and four bytes, as in TLS.", tlsLabelled(protocol+welcomeLabel, d.context)),
		of("long-length", "The length of the context was written in a longer form than the shortest.",
			slices.Concat(vector(protocol+welcomeLabel), longVector(d.context))),
		with("kem-suite-id", "The key schedule of HPKE was given the suite_id of the KEM.", func(m *hpkeMessage) { m.suiteID = s.kemID() }),
		with("kem-context", "The recipient's key is missing from the kem_context.", func(m *hpkeMessage) { m.kemContext = d.ephemeral.public }),
	)
}

// ciphertextClaims are of ciphertexts that were changed, or belong elsewhere.
func (d *delivery) ciphertextClaims() []claim {
	ciphertext := d.suite.sealed(d.message(d.info()))
	of := func(what, comment string, ciphertext []byte) claim {
		return reject(what, comment, d.claim(d.ephemeral.public, ciphertext), "rfc9420-5.1.3-01")
	}
	other := d.suite.kemKey("other ephemeral")
	otherRecipient := d.suite.message(d.ephemeral, d.suite.kemKey("other recipient").public, d.info(), d.plaintext)
	otherPlaintext := d.claim(d.ephemeral.public, ciphertext)
	otherPlaintext.Plaintext = changed(d.plaintext, -1)
	flipped := d.claim(d.ephemeral.public, changed(ciphertext, 0))
	flipped.Plaintext = changed(d.plaintext, 0)
	return []claim{
		of("tag-bit", "The last bit of the tag is another one.", changed(ciphertext, -1)),
		reject("body-bit", "A bit of the ciphertext is another one, and the same bit of the claimed plaintext, as the key stream alone gives it.", flipped, "rfc9420-5.1.3-01"),
		of("truncated", "The ciphertext lacks its last byte.", without(ciphertext, 1)),
		of("tag-missing", "The ciphertext ends before its tag.", without(ciphertext, 16)),
		of("tag-too-short", "The ciphertext is shorter than a tag.", ciphertext[:15]),
		of("empty-ciphertext", "There is no ciphertext.", nil),
		of("extended", "A byte more behind the tag.", with(ciphertext, 0)),
		reject("other-recipient", "It was encrypted to another key.", d.sealed(otherRecipient), "rfc9420-5.1.3-01"),
		reject("other-kem-output", "The kem_output is that of another message.", d.claim(other.public, ciphertext), "rfc9420-5.1.3-01"),
		reject("other-plaintext", "The ciphertext decrypts, but to another plaintext than the claimed one.", otherPlaintext, "rfc9420-5.1.3-01"),
	}
}

// kemOutputClaims are of messages whose kem_output has to be refused. They
// decrypt for a receiver that reads it all the same, or goes on with a shared
// secret of zeros.
func (d *delivery) kemOutputClaims() []claim {
	var claims []claim
	for _, p := range slices.Concat(d.suite.malformedKEMKeys(), d.suite.lowOrderKeys()) {
		m := d.message(d.info())
		switch {
		case p.private != nil:
			m.dh = d.suite.exchange(p.private, d.recipient.public)
		case p.cut != nil:
			m.dh = d.suite.exchange(d.recipient.private, p.cut)
		default:
			m.dh = make([]byte, d.suite.scalar)
		}
		m.kemContext = slices.Concat(p.encoded, d.recipient.public)
		claims = append(claims, reject("kem-output-"+p.what, "As kem_output: "+p.comment, d.claim(p.encoded, d.suite.sealed(m)), "rfc9420-5.1.3-02"))
	}
	return claims
}
