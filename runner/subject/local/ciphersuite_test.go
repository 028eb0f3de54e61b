package local_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/runner/strict"
	"github.com/mlsconform/mlsconform/runner/subject/local"
	"github.com/mlsconform/mlsconform/vectors"
	"github.com/mlsconform/mlsconform/vectors/format"
)

// casesOf returns the cases of an embedded file.
func casesOf[C any](t *testing.T, family string) []C {
	t.Helper()
	source, err := vectors.Own(family)
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Cases []json.RawMessage }
	if err := json.Unmarshal(source.Data, &file); err != nil {
		t.Fatal(err)
	}
	cases := make([]C, len(file.Cases))
	for i, raw := range file.Cases {
		if err := strict.Decode(raw, &cases[i]); err != nil {
			t.Fatal(err)
		}
	}
	return cases
}

func ciphersuiteCases(t *testing.T) []format.CiphersuiteCase {
	t.Helper()
	return casesOf[format.CiphersuiteCase](t, format.Ciphersuite)
}

// judged checks that the verdict is the one that the standards give to the case,
// and that a refusal is for a requirement that the case is about.
func judged(t *testing.T, want *format.Expectation, got *format.Verdict) {
	t.Helper()
	about := slices.ContainsFunc(got.IDs, func(id rule.ID) bool { return slices.Contains(want.IDs, id) })
	switch {
	case want.Result == format.Either && (got.Result == format.Accept || got.Result == format.Reject):
		t.Logf("%s: %s", got.Result, got.Detail)
	case got.Result != want.Result:
		t.Errorf("%s, want %s: %s", got.Result, want.Result, got.Detail)
	case got.Result == format.Reject && !about:
		t.Errorf("refused because of %v, want one of %v: %s", got.IDs, want.IDs, got.Detail)
	}
}

func TestJudgeCiphersuite(t *testing.T) {
	for _, c := range ciphersuiteCases(t) {
		t.Run(c.ID, func(t *testing.T) {
			t.Parallel()
			got := local.JudgeCiphersuite(c.Request())
			judged(t, &c.Expectation, &got)
		})
	}
}

// A case that cannot be judged is never a verdict on the implementation.
func TestJudgeCiphersuiteCannotJudge(t *testing.T) {
	pair := ciphersuiteCases(t)
	i := slices.IndexFunc(pair, func(c format.CiphersuiteCase) bool { return c.Function == format.DecryptWithLabel })
	decrypt := *pair[i].Arguments.(*format.DecryptWithLabelArguments)
	stranger, malformed := decrypt, decrypt
	stranger.Public = decrypt.KEMOutput
	malformed.Private = malformed.Private[1:]
	for name, input := range map[string]format.CiphersuiteInput{
		"suite of the private range":       format.Call(0xf001, &format.HashArguments{}),
		"no arguments":                     {Suite: 1, Function: "sum"},
		"public key of another key pair":   format.Call(1, &stranger),
		"private key that lacks its front": format.Call(1, &malformed),
	} {
		r := &format.CiphersuiteRequest{Family: format.Ciphersuite, ID: name, CiphersuiteInput: input}
		if got := local.JudgeCiphersuite(r); got.Result != format.Unsupported || got.Detail == "" {
			t.Errorf("%s: %s, %q", name, got.Result, got.Detail)
		}
	}
}
