package family_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/runner/family"
	"github.com/mlsconform/mlsconform/runner/result"
	"github.com/mlsconform/mlsconform/runner/subject"
	"github.com/mlsconform/mlsconform/vectors"
	"github.com/mlsconform/mlsconform/vectors/format"
)

// A parrot gives the same answer to every case.
type parrot struct {
	answer subject.Answer
	err    error
	heard  format.Request
}

func (p *parrot) Judge(_ context.Context, r format.Request) (subject.Answer, error) {
	p.heard = r
	return p.answer, p.err
}

func fields() *format.KeyPackageFields {
	return &format.KeyPackageFields{
		Version: 1, CipherSuite: 1, InitKey: format.Hex{1}, EncryptionKey: format.Hex{2}, SignatureKey: format.Hex{3},
		Credential: format.Credential{Type: 1, Identity: format.Hex("me")},
		Lifetime:   format.Lifetime{NotAfter: 1<<64 - 1},
		Reference:  format.Hex{9},
	}
}

// keyPackageCase is a case that expects what result says.
func keyPackageCase(result format.Result) *format.KeyPackageCase {
	c := &format.KeyPackageCase{
		ID: "key-package/x/suite1", Comment: "One bit is flipped.",
		KeyPackageInput: format.KeyPackageInput{Suite: 1, Form: format.Struct, Bytes: format.Hex{7}, Use: format.Add},
		Expectation:     format.Expectation{Result: result},
	}
	if result == format.Accept {
		c.Expected = fields()
	} else {
		c.IDs = []rule.ID{"rfc9420-7.3-01", "rfc9420-10.1-03"}
	}
	return c
}

func ask(t *testing.T, name string, c any, s subject.Subject) error {
	t.Helper()
	raw, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	f, ok := family.Lookup(name)
	if !ok {
		t.Fatalf("no family %s", name)
	}
	return f.Ask(t.Context(), raw, s)
}

func verdict(r format.Result) format.Verdict { return format.Verdict{Result: r} }

func TestAskTakesTheExpectedVerdict(t *testing.T) {
	for _, test := range []struct {
		name string
		want format.Result
		got  format.Verdict
	}{
		{"accept", format.Accept, verdict(format.Accept)},
		{"reject", format.Reject, verdict(format.Reject)},
		{"reject for one of the reasons", format.Reject, format.Verdict{Result: format.Reject, IDs: []rule.ID{"rfc9420-2.1-01", "rfc9420-10.1-03"}}},
		{"accept with reference", format.Accept, format.Verdict{Result: format.Accept, Reference: format.Hex{9}}},
		{"accept with fields", format.Accept, format.Verdict{Result: format.Accept, Parsed: fields()}},
	} {
		if err := ask(t, format.KeyPackage, keyPackageCase(test.want), &parrot{answer: subject.Answer{Verdict: test.got}}); err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

// The subject sees the request, and nothing of what is expected.
func TestAskSendsTheRequest(t *testing.T) {
	p := &parrot{answer: subject.Answer{Verdict: verdict(format.Accept)}}
	c := keyPackageCase(format.Accept)
	if err := ask(t, format.KeyPackage, c, p); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(format.Request(c.Request()), p.heard); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}

	s := &format.CiphersuiteCase{
		ID: "ciphersuite/mac-right/suite2", Comment: "Right.",
		CiphersuiteInput: format.Call(2, &format.MACArguments{Key: format.Hex{1}, Data: format.Hex{}, Tag: format.Hex{2}}),
		Expectation:      format.Expectation{Result: format.Accept},
	}
	if err := ask(t, format.Ciphersuite, s, p); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(format.Request(s.Request()), p.heard); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestAskReportsTheOtherVerdict(t *testing.T) {
	ids := []rule.ID{"rfc9420-7.3-01", "rfc9420-10.1-03"}
	for _, test := range []struct {
		want format.Result
		got  format.Verdict
		err  result.VerdictError
		text string
	}{
		{
			want: format.Reject, got: verdict(format.Accept),
			err:  result.VerdictError{IDs: ids},
			text: "want reject, got accept\ncase: One bit is flipped.",
		},
		{
			want: format.Accept, got: format.Verdict{Result: format.Reject, Detail: "expired", IDs: ids[:1]},
			err:  result.VerdictError{Detail: "expired", Reasons: ids[:1]},
			text: "want accept, got reject\ncase: One bit is flipped.\nsubject: expired",
		},
		{
			want: format.Reject, got: format.Verdict{Result: format.Reject, IDs: []rule.ID{"rfc9420-7.2-01", "rfc9420-2.1-01", "rfc9420-7.2-01"}},
			err:  result.VerdictError{IDs: ids, Reasons: []rule.ID{"rfc9420-7.2-01", "rfc9420-2.1-01", "rfc9420-7.2-01"}},
			text: "reject, but because of rfc9420-2.1-01, rfc9420-7.2-01\ncase: One bit is flipped.",
		},
		{
			want: format.Either, got: verdict(format.Accept),
			err:  result.VerdictError{IDs: ids},
			text: "accept; the other verdict would be right as well\ncase: One bit is flipped.",
		},
		{
			want: format.Either, got: format.Verdict{Result: format.Reject, Detail: "loose"},
			err:  result.VerdictError{IDs: ids, Detail: "loose"},
			text: "reject; the other verdict would be right as well\ncase: One bit is flipped.\nsubject: loose",
		},
	} {
		err := ask(t, format.KeyPackage, keyPackageCase(test.want), &parrot{answer: subject.Answer{Verdict: test.got}})
		got, ok := errors.AsType[*result.VerdictError](err)
		if !ok {
			t.Errorf("%s for %s: %v", test.got.Result, test.want, err)
			continue
		}
		test.err.Want, test.err.Got, test.err.Comment = test.want, test.got.Result, "One bit is flipped."
		if diff := cmp.Diff(&test.err, got); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		if got.Error() != test.text {
			t.Errorf("got  %s\nwant %s", got, test.text)
		}
	}
}

func TestAskComparesWhatTheSubjectRead(t *testing.T) {
	for field, spoil := range map[string]func(*format.KeyPackageFields){
		"version":         func(f *format.KeyPackageFields) { f.Version++ },
		"cipher_suite":    func(f *format.KeyPackageFields) { f.CipherSuite++ },
		"init_key":        func(f *format.KeyPackageFields) { f.InitKey = nil },
		"encryption_key":  func(f *format.KeyPackageFields) { f.EncryptionKey = nil },
		"signature_key":   func(f *format.KeyPackageFields) { f.SignatureKey = nil },
		"credential":      func(f *format.KeyPackageFields) { f.Credential.Identity = format.Hex("you") },
		"lifetime":        func(f *format.KeyPackageFields) { f.Lifetime.NotAfter-- },
		"capabilities":    func(f *format.KeyPackageFields) { f.Capabilities.Proposals = format.Types{8} },
		"extensions":      func(f *format.KeyPackageFields) { f.Extensions = format.Types{10} },
		"leaf_extensions": func(f *format.KeyPackageFields) { f.LeafExtensions = format.Types{1} },
		"last_resort":     func(f *format.KeyPackageFields) { f.LastResort = true },
		"reference":       func(f *format.KeyPackageFields) { f.Reference = format.Hex{8} },
	} {
		read := fields()
		spoil(read)
		err := ask(t, format.KeyPackage, keyPackageCase(format.Accept), &parrot{
			answer: subject.Answer{Verdict: format.Verdict{Result: format.Accept, Parsed: read}},
		})
		if m, ok := errors.AsType[*result.Mismatch](err); !ok || m.Field != "expected."+field {
			t.Errorf("%s: %v", field, err)
		}
	}
	err := ask(t, format.KeyPackage, keyPackageCase(format.Accept), &parrot{
		answer: subject.Answer{Verdict: format.Verdict{Result: format.Accept, Reference: format.Hex{8}}},
	})
	if m, ok := errors.AsType[*result.Mismatch](err); !ok || m.Field != "expected.reference" {
		t.Errorf("the reference alone: %v", err)
	}
}

// A decoded message has one encoding only. What a subject makes of one on which
// both verdicts are right is not compared.
func TestAskComparesTheEncoding(t *testing.T) {
	for _, test := range []struct {
		want     format.Result
		encoding format.Hex
		differs  bool
	}{
		{format.Accept, nil, false},
		{format.Accept, format.Hex{0, 1}, false},
		{format.Accept, format.Hex{0}, true},
		{format.Accept, format.Hex{}, true},
		{format.Either, format.Hex{0}, false},
	} {
		c := &format.DecodingCase{
			ID: "decoding/x", Comment: "A message.", DecodingInput: format.DecodingInput{Bytes: format.Hex{0, 1}},
			Expectation: format.Expectation{Result: test.want, IDs: []rule.ID{"rfc9420-2.1-03"}},
		}
		p := &parrot{answer: subject.Answer{Verdict: format.Verdict{Result: format.Accept, Encoding: test.encoding}}}
		err := ask(t, format.Decoding, c, p)
		if m, ok := errors.AsType[*result.Mismatch](err); ok != test.differs || ok && m.Field != "encoding" {
			t.Errorf("%s, encoding %x: %v", test.want, test.encoding, err)
		}
		if diff := cmp.Diff(format.Request(c.Request()), p.heard); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	}
}

func TestAskUnsupported(t *testing.T) {
	for detail, want := range map[string]string{"": "not supported", "suite 7": "not supported: suite 7"} {
		err := ask(t, format.KeyPackage, keyPackageCase(format.Reject), &parrot{
			answer: subject.Answer{Verdict: format.Verdict{Result: format.Unsupported, Detail: detail}},
		})
		if !errors.Is(err, result.ErrUnsupported) || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestAskShowsWhatTheSubjectWrote(t *testing.T) {
	p := &parrot{answer: subject.Answer{Verdict: verdict(format.Accept), Stderr: "warning\n"}}
	if err := ask(t, format.KeyPackage, keyPackageCase(format.Accept), p); err != nil {
		t.Errorf("a right verdict: %v", err)
	}
	err := ask(t, format.KeyPackage, keyPackageCase(format.Reject), p)
	if err == nil || !strings.HasSuffix(err.Error(), "\nstandard error: warning") {
		t.Errorf("a wrong verdict: %v", err)
	}
	trouble := errors.New("no answer")
	if err := ask(t, format.KeyPackage, keyPackageCase(format.Reject), &parrot{err: trouble}); !errors.Is(err, trouble) {
		t.Errorf("no verdict: %v", err)
	}
}

// A case that is not as its format says fails without a question.
func TestAskRefusesBadCases(t *testing.T) {
	for field, spoil := range map[string]func(*format.KeyPackageCase){
		"id":       func(c *format.KeyPackageCase) { c.ID = "ciphersuite/x/suite1" },
		"result":   func(c *format.KeyPackageCase) { c.Result = format.Unsupported },
		"ids":      func(c *format.KeyPackageCase) { c.IDs = nil },
		"expected": func(c *format.KeyPackageCase) { c.Expected = fields() },
	} {
		c := keyPackageCase(format.Either)
		spoil(c)
		expectFieldError(t, format.KeyPackage, c, field)
	}
	c := keyPackageCase(format.Accept)
	c.Expected = nil
	expectFieldError(t, format.KeyPackage, c, "expected")
	expectFieldError(t, format.KeyPackage, map[string]any{"id": 1}, "id")
	expectFieldError(t, format.Ciphersuite, map[string]any{"id": "ciphersuite/x/suite1", "function": "sign", "arguments": 1}, "comment")
}

func expectFieldError(t *testing.T, name string, c any, field string) {
	t.Helper()
	p := &parrot{answer: subject.Answer{Verdict: verdict(format.Accept)}}
	err := ask(t, name, c, p)
	if f, ok := errors.AsType[*result.FieldError](err); !ok || f.Field != field {
		t.Errorf("%v, want an error about %s", err, field)
	}
	if p.heard != nil {
		t.Errorf("the subject was asked about %s", p.heard.CaseID())
	}
}

// Only families that nobody else has are put to a subject.
func TestAskedFamilies(t *testing.T) {
	for _, name := range format.Families() {
		if f, ok := family.Lookup(name); !ok || f.Schema == "" || f.Ask == nil || f.Check == nil || f.Cases != 0 {
			t.Errorf("%s: %+v", name, f)
		}
	}
	for _, f := range family.All() {
		if (f.Schema == "") != (f.Ask == nil) || (f.Schema == "") != (f.Cases > 0) {
			t.Errorf("%s: schema %q, %d official cases", f.Name, f.Schema, f.Cases)
		}
	}
}

// Our implementation gives the verdicts that our own vectors expect.
func TestOurFamilies(t *testing.T) {
	for _, f := range family.All()[len(family.Official()):] {
		s, err := vectors.Own(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		var file struct{ Cases []json.RawMessage }
		if err := json.Unmarshal(s.Data, &file); err != nil || len(file.Cases) == 0 {
			t.Fatalf("%s: %d cases, %v", s.Path, len(file.Cases), err)
		}
		for _, raw := range file.Cases {
			var c struct{ ID string }
			if err := json.Unmarshal(raw, &c); err != nil {
				t.Fatal(err)
			}
			t.Run(c.ID, func(t *testing.T) {
				t.Parallel()
				err := f.Check(t.Context(), raw)
				if v, ok := errors.AsType[*result.VerdictError](err); ok && v.Want == format.Either {
					return
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
	}
}
