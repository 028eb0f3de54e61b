package main

import (
	"bytes"
	"slices"
	"sync"
	"testing"

	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/vectors"
	"github.com/mlsconform/mlsconform/vectors/format"
)

// madeDecodingCases makes the cases once for all tests that read them.
var madeDecodingCases = sync.OnceValue(decodingCases)

func TestCommittedDecodingFileIsMadeAgain(t *testing.T) {
	madeAgain(t, format.Decoding, format.DecodingSchema, madeDecodingCases)
}

func TestDecodingFileIsSmall(t *testing.T) {
	f, err := packCases(format.Decoding, format.DecodingSchema, madeDecodingCases)
	if err != nil || len(f.data) > 300_000 {
		t.Errorf("%d bytes, %v", len(f.data), err)
	}
}

func TestDecodingCasesAreTold(t *testing.T) {
	var tales []tale
	for _, c := range madeDecodingCases() {
		tales = append(tales, tale{id: c.ID, comment: c.Comment, Expectation: c.Expectation})
	}
	wellTold(t, tales)
}

func TestDecodingCasesDiffer(t *testing.T) {
	asked := map[string]format.DecodingInput{}
	for _, c := range madeDecodingCases() {
		asked[c.ID] = c.DecodingInput
	}
	allDiffer(t, asked)
}

// Each requirement that decoding alone decides is named: by a reject where the
// structures settle it, and otherwise by an either or an accept.
func TestDecodingCasesNameTheRequirements(t *testing.T) {
	elsewhere := map[rule.ID]format.Result{
		// The RFC has no rule, or both verdicts are right.
		"rfc9420-2.1-02": format.Either,
		"rfc9420-2.1-03": format.Either,
		"rfc9420-6.2-05": format.Either,
		// Nothing that follows depends on the value.
		"rfc9420-6-04":   format.Either,
		"rfc9420-8.4-05": format.Either,
		// The RFC does not say how far the content goes.
		"rfc9420-12.1-02": format.Either,
		// A decoder need not look into extension_data.
		"rfc9420-12.1.8.1-01": format.Either,
		"rfc9420-12.4.3.3-06": format.Either,
		// It is about what is right.
		"rfc9420-2.1.2-07": format.Accept,
	}
	named := map[format.Result]map[rule.ID]bool{format.Accept: {}, format.Reject: {}, format.Either: {}}
	for _, c := range madeDecodingCases() {
		for _, id := range c.IDs {
			named[c.Result][id] = true
		}
	}
	codec := 0
	for _, r := range vectors.Catalogue() {
		if !r.TestedBy(vectors.Codec) {
			continue
		}
		codec++
		want, ok := elsewhere[r.ID]
		if !ok {
			want = format.Reject
		}
		if !named[want][r.ID] {
			t.Errorf("no %s names %s", want, r.ID)
		}
		if ok && want == format.Either && named[format.Reject][r.ID] {
			t.Errorf("a reject names %s", r.ID)
		}
	}
	if codec != 24 {
		t.Errorf("%d requirements", codec)
	}
}

// What is cut off is the beginning of an accepted message: nothing else is wrong
// with it. Each accepted sample is cut in at least one place.
func TestTruncatedMessagesBeginAcceptedOnes(t *testing.T) {
	d := newDecodings()
	d.wholeSamples()
	samples := d.cases
	d.cases = nil
	d.cutSamples()
	d.missingTags()
	cuts := map[string]int{}
	for _, c := range d.cases {
		i := slices.IndexFunc(samples, func(s format.DecodingCase) bool {
			return len(c.Bytes) < len(s.Bytes) && bytes.HasPrefix(s.Bytes, c.Bytes)
		})
		if i < 0 {
			t.Errorf("%s: no accepted one begins so", c.ID)
			continue
		}
		cuts[samples[i].ID]++
	}
	for _, s := range samples {
		if cuts[s.ID] == 0 {
			t.Errorf("%s is nowhere cut", s.ID)
		}
	}
}

// The messages of all kinds are there with each result.
func TestDecodingCasesOfAllKinds(t *testing.T) {
	seen := map[format.Result]map[byte]bool{format.Accept: {}, format.Reject: {}, format.Either: {}}
	for _, c := range madeDecodingCases() {
		if len(c.Bytes) > 3 && c.Bytes[2] == 0 {
			seen[c.Result][c.Bytes[3]] = true
		}
	}
	for result, formats := range seen {
		for wireFormat := byte(wirePublicMessage); wireFormat <= wireKeyPackage; wireFormat++ {
			if !formats[wireFormat] {
				t.Errorf("no %s has the wire format %d", result, wireFormat)
			}
		}
	}
}
