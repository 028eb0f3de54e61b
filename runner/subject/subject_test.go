package subject_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/runner/subject"
	"github.com/mlsconform/mlsconform/vectors/format"
)

func TestParseRequest(t *testing.T) {
	got, err := subject.ParseRequest([]byte(`{"family":"ciphersuite","id":"ciphersuite/mac-right/suite2","suite":2,"function":"mac","arguments":{"key":"00","data":"","tag":"01"}}`))
	if err != nil {
		t.Fatal(err)
	}
	c := format.CiphersuiteCase{
		ID:               "ciphersuite/mac-right/suite2",
		CiphersuiteInput: format.Call(2, &format.MACArguments{Key: format.Hex{0}, Data: format.Hex{}, Tag: format.Hex{1}}),
	}
	if diff := cmp.Diff(format.Request(c.Request()), got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if _, err := subject.ParseRequest([]byte(`{"family":"key-package","id":"x","suite":1,"form":"struct","bytes":"","use":"add","time":0}`)); err != nil {
		t.Error(err)
	}
	if _, err := subject.ParseRequest([]byte(`{"family":"decoding","id":"x","bytes":"0001"}`)); err != nil {
		t.Error(err)
	}

	_, err = subject.ParseRequest([]byte(`{"id":"y","family":"welcome","more":[]}`))
	unknown, ok := errors.AsType[*subject.UnknownFamilyError](err)
	if !ok || unknown.ID != "y" || unknown.Family != "welcome" {
		t.Errorf("an unknown family: %v", err)
	}
	for _, in := range []string{``, `[]`, `{`, `{"family":"key-package","id":"x"}`, `{"family":"decoding","id":"x"}`, `{"family":"ciphersuite","id":"x","suite":2,"function":"mac","arguments":{"key":"00"}}`} {
		if _, err := subject.ParseRequest([]byte(in)); err == nil {
			t.Errorf("%s is taken", in)
		}
	}
}

func TestFault(t *testing.T) {
	cause := errors.New("no answer")
	for stderr, want := range map[string]string{
		"":                  "no answer",
		"\n":                "no answer",
		"one\ntwo\r\n":      "no answer\nstandard error: one\ntwo",
		"\tat line 7\n\n\n": "no answer\nstandard error: \tat line 7",
	} {
		err := &subject.Fault{Err: cause, Stderr: stderr}
		if err.Error() != want || !errors.Is(err, cause) {
			t.Errorf("%q: %q, want %q", stderr, err.Error(), want)
		}
	}
}
