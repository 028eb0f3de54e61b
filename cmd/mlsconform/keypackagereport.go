package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/vectors"
)

// The results of a rule.
const (
	resultPass      = "pass"
	resultFail      = "fail"
	resultWarning   = "warning"   // broken, but no receiver is told to refuse that
	resultUnchecked = "unchecked" // the detail says why
)

// A validation is what was found out about one key package.
type validation struct {
	Source      string       `json:"source"` // the file, or -
	Index       int          `json:"index"`  // in the file, from zero
	Valid       bool         `json:"valid"`
	Form        string       `json:"form"`     // message or struct
	Encoding    string       `json:"encoding"` // binary, hex or base64
	CipherSuite uint16       `json:"cipher_suite,omitempty"`
	Reference   string       `json:"reference,omitempty"` // in hexadecimal
	Passed      int          `json:"passed"`
	Failed      int          `json:"failed"`
	Warnings    int          `json:"warnings"`
	Unchecked   int          `json:"unchecked"`
	Rules       []ruleResult `json:"rules"`

	size int
}

// A ruleResult is what was found out about one rule.
type ruleResult struct {
	ID      rule.ID   `json:"id"`
	Object  string    `json:"object"` // that the rule is about: MLSMessage, KeyPackage or LeafNode
	Result  string    `json:"result"`
	Detail  string    `json:"detail,omitempty"`
	Broken  []rule.ID `json:"requirements,omitempty"` // all that the fault breaks
	Level   string    `json:"level"`                  // of the requirement, such as MUST
	Summary string    `json:"summary"`                // of the requirement
}

func (v *validation) add(object string, f rule.Finding) {
	r := ruleResult{ID: f.ID, Object: object, Result: resultPass}
	switch {
	case f.Open != "":
		r.Result, r.Detail = resultUnchecked, f.Open
	case f.Err != nil:
		r.Result, r.Detail, r.Broken = resultFail, f.Err.Error(), rule.All(f.Err)
	}
	if q, ok := vectors.Lookup(f.ID); ok {
		r.Level, r.Summary = q.Level, q.Summary
	}
	v.Rules = append(v.Rules, r)
}

func (v *validation) open(object, why string, ids ...rule.ID) {
	for _, id := range ids {
		v.add(object, rule.Finding{ID: id, Open: why})
	}
}

// decoded tells about the rules that decoding enforces. It ends at the first that
// is broken.
func (v *validation) decoded(i *item) {
	broken := rule.All(i.err)
	list := func(object string, ids []rule.ID) {
		for _, id := range ids {
			f := rule.Finding{ID: id}
			if slices.Contains(broken, id) {
				f.Err = i.err
			} else if i.err != nil {
				f.Open = "decoding ended at a fault"
			}
			v.add(object, f)
		}
	}
	if i.form == formMessage {
		list(objectMessage, unwrapping)
	}
	list(objectKeyPackage, decoding)
	for _, id := range broken {
		if !slices.Contains(decoding, id) && !slices.Contains(unwrapping, id) {
			v.add(objectKeyPackage, rule.Finding{ID: id, Err: i.err})
		}
	}
}

// The leaf's findings follow the one that the leaf is valid, and end where the
// signature of the KeyPackage is judged.
func (v *validation) examined(findings []rule.Finding) {
	object := objectKeyPackage
	for _, f := range findings {
		if f.ID == "rfc9420-10.1-05" {
			object = objectKeyPackage
		}
		v.add(object, f)
		if f.ID == "rfc9420-10.1-03" {
			object = objectLeaf
		}
	}
}

// unexamined says of all rules that were not looked at why that is so.
func (v *validation) unexamined(why string) {
	findings := (&keypackage.KeyPackage{}).Examine(&keypackage.Checks{Suite: ciphersuite.All()[0], Policy: &leaf.Policy{}})
	for i := range findings {
		findings[i].Err, findings[i].Open = nil, why
	}
	findings = slices.DeleteFunc(findings, func(f rule.Finding) bool {
		return slices.ContainsFunc(v.Rules, func(r ruleResult) bool { return r.ID == f.ID })
	})
	v.examined(findings)
	v.open(objectLeaf, why, against...)
	v.open(objectKeyPackage, why, warned...)
}

func (v *validation) warnings(warnings []error) {
	for _, id := range warned {
		f := rule.Finding{ID: id}
		for _, w := range warnings {
			if rule.Of(w) == id {
				f.Err = w
				v.warn(f)
			}
		}
		if f.Err == nil {
			v.add(objectKeyPackage, f)
		}
	}
}

func (v *validation) warn(f rule.Finding) {
	v.add(objectKeyPackage, f)
	v.Rules[len(v.Rules)-1].Result = resultWarning
}

// count sums the results up.
func (v *validation) count() {
	for _, r := range v.Rules {
		switch r.Result {
		case resultPass:
			v.Passed++
		case resultFail:
			v.Failed++
		case resultWarning:
			v.Warnings++
		case resultUnchecked:
			v.Unchecked++
		}
	}
	v.Valid = v.Failed == 0
}

func (v *validation) writeJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// writeText prints the rules for a person, and the number of the key package
// where there are several.
func (v *validation) writeText(w io.Writer, of int, color bool) error {
	var b strings.Builder
	if of > 1 {
		fmt.Fprintf(&b, "key package %d of %d: ", v.Index+1, of)
	}
	fmt.Fprintf(&b, "%s, %d bytes from %s\n", map[string]string{formMessage: objectMessage, formStruct: objectKeyPackage}[v.Form], v.size, v.Encoding)
	if v.Reference != "" {
		fmt.Fprintf(&b, "reference %s\n", v.Reference)
	}
	for _, r := range v.Rules {
		r.writeText(&b, color)
	}
	verdict := "valid"
	if !v.Valid {
		verdict = "NOT VALID"
	}
	fmt.Fprintf(&b, "%s: %d passed, %d failed, %d warnings, %d not checked\n", verdict, v.Passed, v.Failed, v.Warnings, v.Unchecked)
	if v.Index+1 < of {
		b.WriteByte('\n')
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *ruleResult) writeText(b *strings.Builder, color bool) {
	text := map[string]string{resultPass: "pass", resultFail: "FAIL", resultWarning: "warning", resultUnchecked: "not checked"}[r.Result]
	result := fmt.Sprintf("%-11s", text)
	if color && r.Result == resultFail {
		result = "\x1b[31m" + result + "\x1b[0m"
	}
	fmt.Fprintf(b, "%s  %-16s  %s\n", result, r.ID, r.Summary)
	switch {
	case r.Result == resultUnchecked:
		fmt.Fprintf(b, "%-31s%s\n", "", r.Detail)
	case r.Detail != "":
		fmt.Fprintf(b, "%-31s%s: %s\n", "", r.Object, r.Detail)
	}
}
