package ciphersuite_test

import (
	"slices"
	"testing"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/rule"
)

func TestMislabelled(t *testing.T) {
	eachSuite(t, func(t *testing.T, s *ciphersuite.Suite) {
		key, err := s.GenerateSignatureKey(stream(1))
		if err != nil {
			t.Fatal(err)
		}
		content := []byte("content")
		sign := func(message []byte) []byte {
			signature, err := key.Sign(message)
			if err != nil {
				t.Fatal(err)
			}
			return signature
		}
		labelled := func(label string, content []byte) []byte {
			signature, err := s.SignWithLabel(key, label, content)
			if err != nil {
				t.Fatal(err)
			}
			return signature
		}
		unprefixed := slices.Concat([]byte{11}, []byte("LeafNodeTBS"), []byte{7}, content)
		for name, c := range map[string]struct {
			signature []byte
			want      []rule.ID
		}{
			"of a KeyPackage":              {labelled("KeyPackageTBS", content), []rule.ID{"rfc9420-5.1.2-05"}},
			"of a message":                 {labelled("FramedContentTBS", content), []rule.ID{"rfc9420-5.1.2-05"}},
			"of a GroupInfo":               {labelled("GroupInfoTBS", content), []rule.ID{"rfc9420-5.1.2-05"}},
			"without the protocol":         {sign(unprefixed), []rule.ID{"rfc9420-5.1.2-05"}},
			"with the protocol twice":      {labelled("MLS 1.0 LeafNodeTBS", content), []rule.ID{"rfc9420-5.1.2-05"}},
			"with the drafts' name":        {sign(slices.Concat([]byte{17}, []byte("mls10 LeafNodeTBS"), []byte{7}, content)), []rule.ID{"rfc9420-5.1.2-05"}},
			"without SignContent":          {sign(content), []rule.ID{"rfc9420-5.1.2-05"}},
			"of other content":             {labelled("LeafNodeTBS", []byte("other")), nil},
			"of other content, relabelled": {labelled("KeyPackageTBS", []byte("other")), nil},
		} {
			refused := s.VerifyWithLabel(key.Public(), "LeafNodeTBS", content, c.signature)
			if refused == nil || rule.Of(refused) != "" {
				t.Errorf("%s: VerifyWithLabel: %v", name, refused)
			}
			err := s.Mislabelled(key.Public(), "LeafNodeTBS", content, c.signature, refused)
			if !slices.Equal(rule.All(err), c.want) || err == nil {
				t.Errorf("%s: %v, want %v", name, err, c.want)
			}
		}
		malformed := s.VerifyWithLabel(key.Public(), "LeafNodeTBS", content, nil)
		if err := s.Mislabelled(key.Public(), "LeafNodeTBS", content, nil, malformed); err != malformed {
			t.Errorf("no signature: %v", err)
		}
	})
}
