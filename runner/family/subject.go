package family

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/runner/result"
	"github.com/mlsconform/mlsconform/runner/strict"
	"github.com/mlsconform/mlsconform/runner/subject"
	"github.com/mlsconform/mlsconform/runner/subject/local"
	"github.com/mlsconform/mlsconform/vectors/format"
)

// Asked lists the families whose cases can be put to a subject.
func Asked() []Family {
	return []Family{
		{
			Name:    format.KeyPackage,
			Title:   "KeyPackages to accept and to refuse",
			Section: "5.3, 7.2, 7.3, 10",
			Schema:  format.KeyPackageSchema,
			Check:   here(askKeyPackage),
			Ask:     askKeyPackage,
		},
		{
			Name:    format.Ciphersuite,
			Title:   "Functions of the cipher suites",
			Section: "5.1, 5.2, 8, 9",
			Schema:  format.CiphersuiteSchema,
			Check:   here(askCiphersuite),
			Ask:     askCiphersuite,
		},
		{
			Name:    format.Decoding,
			Title:   "Encodings of MLSMessage",
			Section: "2.1, 6, 12",
			Schema:  format.DecodingSchema,
			Check:   here(askDecoding),
			Ask:     askDecoding,
		},
	}
}

// here makes the check that asks this implementation.
func here(ask func(context.Context, json.RawMessage, subject.Subject) error) func(context.Context, json.RawMessage) error {
	return func(ctx context.Context, raw json.RawMessage) error { return ask(ctx, raw, local.Subject{}) }
}

func askKeyPackage(ctx context.Context, raw json.RawMessage, s subject.Subject) error {
	var c format.KeyPackageCase
	if err := strict.Decode(raw, &c); err != nil {
		return err
	}
	q := question{id: c.ID, family: format.KeyPackage, comment: c.Comment, request: c.Request(), want: c.Expectation, expected: c.Expected}
	return q.ask(ctx, s)
}

func askCiphersuite(ctx context.Context, raw json.RawMessage, s subject.Subject) error {
	var c format.CiphersuiteCase
	if err := strict.Decode(raw, &c); err != nil {
		return err
	}
	q := question{id: c.ID, family: format.Ciphersuite, comment: c.Comment, request: c.Request(), want: c.Expectation}
	return q.ask(ctx, s)
}

func askDecoding(ctx context.Context, raw json.RawMessage, s subject.Subject) error {
	var c format.DecodingCase
	if err := strict.Decode(raw, &c); err != nil {
		return err
	}
	q := question{id: c.ID, family: format.Decoding, comment: c.Comment, request: c.Request(), want: c.Expectation, encoding: c.Bytes}
	return q.ask(ctx, s)
}

// A question is a case for a subject.
type question struct {
	id, family, comment string
	request             format.Request
	want                format.Expectation
	expected            *format.KeyPackageFields // of an accepted key package
	encoding            format.Hex               // of an accepted message
}

// ask compares the subject's verdict with what the case expects.
func (q *question) ask(ctx context.Context, s subject.Subject) error {
	if err := q.check(); err != nil {
		return err
	}
	answer, err := s.Judge(ctx, q.request)
	if err != nil {
		return err
	}
	if answer.Result == format.Unsupported {
		if answer.Detail == "" {
			return result.ErrUnsupported
		}
		return fmt.Errorf("%w: %s", result.ErrUnsupported, answer.Detail)
	}
	err = q.compare(&answer.Verdict)
	if err != nil && answer.Stderr != "" {
		return &subject.Fault{Err: err, Stderr: answer.Stderr}
	}
	return err
}

// check finds what the types of the fields do not keep out of a case.
func (q *question) check() error {
	if !strings.HasPrefix(q.id, q.family+"/") {
		return at("id", fmt.Errorf("%q does not begin with %s/", q.id, q.family))
	}
	switch q.want.Result {
	case format.Accept:
		if q.family == format.KeyPackage && q.expected == nil {
			return at("expected", fmt.Errorf("missing, but the result is %s", format.Accept))
		}
	case format.Reject, format.Either:
		if len(q.want.IDs) == 0 {
			return at("ids", fmt.Errorf("none, but the result is %s", q.want.Result))
		}
		if q.expected != nil {
			return at("expected", fmt.Errorf("given, but the result is %s", q.want.Result))
		}
	default:
		return at("result", fmt.Errorf("want %s, %s or %s, got %q", format.Accept, format.Reject, format.Either, q.want.Result))
	}
	return nil
}

// compare judges the verdict. What a subject says beyond accept or reject is
// compared too: the requirements that it finds broken, and what it read.
func (q *question) compare(got *format.Verdict) error {
	differs := q.want.Result != got.Result ||
		got.Result == format.Reject && len(got.IDs) > 0 && !overlap(q.want.IDs, got.IDs)
	if differs {
		return &result.VerdictError{
			Want: q.want.Result, Got: got.Result,
			Comment: q.comment, Detail: got.Detail,
			IDs: q.want.IDs, Reasons: got.IDs,
		}
	}
	switch {
	case got.Result != format.Accept:
		return nil
	case q.expected != nil:
		return at("expected", sameFields(q.expected, got))
	case q.encoding != nil && got.Encoding != nil:
		return equal("encoding", q.encoding, got.Encoding)
	}
	return nil
}

func overlap(a, b []rule.ID) bool {
	return slices.ContainsFunc(a, func(id rule.ID) bool { return slices.Contains(b, id) })
}

// sameFields compares what the subject says about a key package.
func sameFields(want *format.KeyPackageFields, got *format.Verdict) error {
	if got.Reference != nil {
		if err := equal("reference", want.Reference, got.Reference); err != nil {
			return err
		}
	}
	p := got.Parsed
	if p == nil {
		return nil
	}
	for _, field := range []struct {
		name      string
		want, got any
	}{
		{"version", want.Version, p.Version},
		{"cipher_suite", want.CipherSuite, p.CipherSuite},
		{"init_key", want.InitKey, p.InitKey},
		{"encryption_key", want.EncryptionKey, p.EncryptionKey},
		{"signature_key", want.SignatureKey, p.SignatureKey},
		{"credential", want.Credential, p.Credential},
		{"lifetime", want.Lifetime, p.Lifetime},
		{"capabilities", want.Capabilities, p.Capabilities},
		{"extensions", want.Extensions, p.Extensions},
		{"leaf_extensions", want.LeafExtensions, p.LeafExtensions},
		{"last_resort", want.LastResort, p.LastResort},
		{"reference", want.Reference, p.Reference},
	} {
		if err := sameJSON(field.name, field.want, field.got); err != nil {
			return err
		}
	}
	return nil
}

// sameJSON compares values by what they are in the file, where an empty list
// is the same as none.
func sameJSON(field string, want, got any) error {
	w, err := json.Marshal(want)
	if err != nil {
		return at(field, err)
	}
	g, err := json.Marshal(got)
	if err != nil {
		return at(field, err)
	}
	return same(field, string(w), string(g))
}
