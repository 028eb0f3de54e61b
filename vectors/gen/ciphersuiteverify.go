package main

import (
	"slices"

	"github.com/mlsconform/mlsconform/vectors/format"
)

// A signer has a signature key pair.
type signer struct {
	public []byte
	sign   func(message []byte) []byte
}

func (s *suite) signer(name string) signer {
	if s.signature != nil {
		return s.ecdsaSigner(name)
	}
	return s.edKey(name).signer
}

// leafLabel is a label of Section 7.2.
const leafLabel = "LeafNodeTBS"

// signContent is the SignContent of Section 5.1.2 for leafLabel.
func signContent(content []byte) []byte { return labelled(protocol+leafLabel, content) }

// signed is a claim that a message carries a signature by the key.
func signed(public, content, signature []byte) *format.VerifyWithLabelArguments {
	return &format.VerifyWithLabelArguments{Public: public, Label: leafLabel, Content: content, Signature: signature}
}

// A signature that does not verify is rfc9420-6.1-02; where it is one of other
// bytes than SignContent, it is rfc9420-5.1.2-05.
func verifyClaims(s *suite) []claim {
	key, content := s.signer("signer"), s.bytes("content", 100)
	signature := key.sign(signContent(content))
	right := func(label string, content []byte) *format.VerifyWithLabelArguments {
		c := signed(key.public, content, key.sign(labelled(protocol+label, content)))
		c.Label = label
		return c
	}
	of := func(what, comment string, message []byte) claim {
		return reject(what, comment, signed(key.public, content, key.sign(message)), "rfc9420-5.1.2-05")
	}
	all := []claim{
		accept("usual", "Everything is as it should be.", right(leafLabel, content), "rfc9420-5.1.2-05"),
		accept("empty-content", "Content of no bytes still has its length in SignContent.", right(leafLabel, nil), "rfc9420-5.1.2-05"),
		accept("content-64", "The shortest content whose length takes two bytes.", right(leafLabel, pattern(64)), "rfc9420-5.1.2-05"),
		accept("empty-label", "An empty label, before which \"MLS 1.0 \" still stands.", right("", content), "rfc9420-5.1.2-05"),
		of("other-label", "The signature is one of a KeyPackage.", labelled(protocol+"KeyPackageTBS", content)),
		of("no-prefix", "The label was signed without \"MLS 1.0 \" in front.", labelled(leafLabel, content)),
		of("bare-content", "The content was signed without SignContent around it.", content),
		reject("other-content", "The signature is one of content with another last bit.",
			signed(key.public, content, key.sign(signContent(changed(content, -1)))), "rfc9420-6.1-02"),
		reject("other-key", "The signature was made with another key.",
			signed(s.signer("other signer").public, content, signature), "rfc9420-6.1-02"),
	}
	if !s.layouts {
		return slices.Concat(all, s.formClaims())
	}
	return slices.Concat(all, []claim{
		accept("content-63", "The longest content whose length takes one byte.", right(leafLabel, pattern(63)), "rfc9420-5.1.2-05"),
		accept("content-16384", "The shortest content whose length takes four bytes.", right(leafLabel, pattern(16384)), "rfc9420-5.1.2-05"),
		accept("long-label", "A label that \"MLS 1.0 \" makes so long that its length takes two bytes.", right(string(letters(56)), content), "rfc9420-5.1.2-05"),
		of("old-prefix", "The label begins with \"mls10 \", as in drafts of MLS.", labelled("mls10 "+leafLabel, content)),
		of("double-prefix", "\"MLS 1.0 \" was put in front of the label twice.", labelled(protocol+protocol+leafLabel, content)),
		of("no-lengths", "Label and content were signed without their lengths.", slices.Concat([]byte(protocol+leafLabel), content)),
		of("fixed-lengths", "The lengths in SignContent were written in one and four bytes, as in TLS.", tlsLabelled(protocol+leafLabel, content)),
		of("long-length", "The length of the content was written in a longer form than the shortest.",
			slices.Concat(vector(protocol+leafLabel), longVector(content))),
		of("hashed-content", "The hash of the content was signed in its place.", signContent(digest(s.hash, content))),
	}, s.formClaims())
}

// formClaims are about the forms of keys and signatures.
func (s *suite) formClaims() []claim {
	switch {
	case s.signature != nil:
		return slices.Concat(s.ecdsaNumberClaims(), s.ecdsaEncodingClaims(), s.ecdsaKeyClaims())
	case s.twin != 0:
		return s.eddsaSignatureClaims()
	}
	return slices.Concat(s.eddsaSignatureClaims(), s.eddsaKeyClaims(), s.eddsaSmallOrderClaims())
}
