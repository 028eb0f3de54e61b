package main

import (
	"math"
	"strings"

	"github.com/mlsconform/mlsconform/impl/codepoint"
)

type cryptoBasicsVector struct {
	Suite            codepoint.CipherSuite `json:"cipher_suite"`
	RefHash          refHashVector         `json:"ref_hash"`
	ExpandWithLabel  expandVector          `json:"expand_with_label"`
	DeriveSecret     deriveSecretVector    `json:"derive_secret"`
	DeriveTreeSecret deriveTreeVector      `json:"derive_tree_secret"`
	SignWithLabel    signVector            `json:"sign_with_label"`
	EncryptWithLabel encryptVector         `json:"encrypt_with_label"`
}

type refHashVector struct {
	Label string   `json:"label"`
	Value hexBytes `json:"value"`
	Out   hexBytes `json:"out"`
}

type expandVector struct {
	Secret  hexBytes `json:"secret"`
	Label   string   `json:"label"`
	Context hexBytes `json:"context"`
	Length  int      `json:"length"`
	Out     hexBytes `json:"out"`
}

type deriveSecretVector struct {
	Secret hexBytes `json:"secret"`
	Label  string   `json:"label"`
	Out    hexBytes `json:"out"`
}

type deriveTreeVector struct {
	Secret     hexBytes `json:"secret"`
	Label      string   `json:"label"`
	Generation uint32   `json:"generation"`
	Length     int      `json:"length"`
	Out        hexBytes `json:"out"`
}

type signVector struct {
	Private   hexBytes `json:"priv"`
	Public    hexBytes `json:"pub"`
	Content   hexBytes `json:"content"`
	Label     string   `json:"label"`
	Signature hexBytes `json:"signature"`
}

type encryptVector struct {
	Private    hexBytes `json:"priv"`
	Public     hexBytes `json:"pub"`
	Label      string   `json:"label"`
	Context    hexBytes `json:"context"`
	Plaintext  hexBytes `json:"plaintext"`
	KEMOutput  hexBytes `json:"kem_output"`
	Ciphertext hexBytes `json:"ciphertext"`
}

// A shape says what goes into the functions of a case.
type shape struct {
	label      string
	input      int // bytes of each value, context and content
	plaintext  int
	expand     func(hashSize int) int
	tree       func(hashSize int) int
	generation uint32
}

func cryptoBasics() family {
	whole := func(hashSize int) int { return hashSize }
	return family{name: "crypto-basics", suites: true, scenarios: []scenario{
		{"plain", "every input as long as those of the protocol", func(m *maker) any {
			return m.cryptoBasics(shape{label: "test", input: 32, plaintext: 32, expand: whole, tree: whole, generation: 1})
		}},
		{"empty", "empty label, value, context, content and plaintext; one byte derived; generation 0", func(m *maker) any {
			one := func(int) int { return 1 }
			return m.cryptoBasics(shape{expand: one, tree: one})
		}},
		{"long", "labels and inputs with headers of two and four bytes; as much as the KDF can give; last generation", func(m *maker) any {
			return m.cryptoBasics(shape{
				label:      strings.Repeat("label ", 20),
				input:      16384,
				plaintext:  64,
				expand:     func(hashSize int) int { return 255 * hashSize },
				tree:       func(hashSize int) int { return hashSize + 1 },
				generation: math.MaxUint32,
			})
		}},
	}}
}

func (m *maker) cryptoBasics(s shape) cryptoBasicsVector {
	signer, key := m.signer(), m.kemKey()
	input := pattern(s.input)
	v := cryptoBasicsVector{
		Suite:            m.suite.ID(),
		RefHash:          refHashVector{Label: s.label, Value: input},
		ExpandWithLabel:  expandVector{Secret: m.secret(), Label: s.label, Context: input, Length: s.expand(m.suite.HashSize())},
		DeriveSecret:     deriveSecretVector{Secret: m.secret(), Label: s.label},
		DeriveTreeSecret: deriveTreeVector{Secret: m.secret(), Label: s.label, Generation: s.generation, Length: s.tree(m.suite.HashSize())},
		SignWithLabel:    signVector{Private: hexBytes(signer.Private()), Public: signer.Public(), Content: input, Label: s.label},
		EncryptWithLabel: encryptVector{Private: hexBytes(key.Private()), Public: key.Public(), Label: s.label, Context: input, Plaintext: pattern(s.plaintext)},
	}
	v.RefHash.Out = m.suite.RefHash(s.label, input)
	e := &v.ExpandWithLabel
	e.Out = hexBytes(must(m.suite.ExpandWithLabel(e.Secret, e.Label, e.Context, e.Length)))
	v.DeriveSecret.Out = hexBytes(m.suite.DeriveSecret(v.DeriveSecret.Secret, s.label))
	d := &v.DeriveTreeSecret
	d.Out = hexBytes(must(m.suite.DeriveTreeSecret(d.Secret, d.Label, d.Generation, d.Length)))
	v.SignWithLabel.Signature = must(m.suite.SignWithLabel(signer, s.label, input))
	c := must(m.suite.EncryptWithLabel(m.random, key.Public(), s.label, input, pattern(s.plaintext)))
	v.EncryptWithLabel.KEMOutput, v.EncryptWithLabel.Ciphertext = c.KEMOutput, c.Ciphertext
	return v
}
