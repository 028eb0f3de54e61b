package vectors_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/vectors"
)

// shared returns what ../shared holds under a name, and false on a machine
// that has only the checkout; the test then compares nothing and says so.
func shared(t *testing.T, name string) ([]byte, bool) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "shared", filepath.FromSlash(name)))
	if errors.Is(err, fs.ErrNotExist) {
		t.Logf("../shared has no %s: nothing to compare with", name)
		return nil, false
	}
	if err != nil {
		t.Fatal(err)
	}
	return data, true
}

func TestCatalogueIsTheSharedOne(t *testing.T) {
	want, ok := shared(t, "rfc9420/requirements.json")
	if !ok {
		return
	}
	got, err := os.ReadFile("catalogue.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("catalogue.json differs from ../shared/rfc9420/requirements.json; copy that")
	}
}

func TestCatalogueCounts(t *testing.T) {
	type counts struct{ All, MayAccept, Reject, Accept, API, Interop, Codec, NotTestable, RejectOrCodec int }
	var got counts
	seen := make(map[rule.ID]bool)
	for _, r := range vectors.Catalogue() {
		if seen[r.ID] {
			t.Errorf("%s occurs twice", r.ID)
		}
		seen[r.ID] = true
		got.All++
		for _, c := range []struct {
			holds bool
			n     *int
		}{
			{r.MayAccept(), &got.MayAccept},
			{r.TestedBy(vectors.VectorReject), &got.Reject},
			{r.TestedBy(vectors.VectorAccept), &got.Accept},
			{r.TestedBy(vectors.API), &got.API},
			{r.TestedBy(vectors.InteropScript), &got.Interop},
			{r.TestedBy(vectors.Codec), &got.Codec},
			{r.TestedBy(vectors.NotTestable), &got.NotTestable},
			{r.TestedBy(vectors.VectorReject, vectors.Codec), &got.RejectOrCodec},
		} {
			if c.holds {
				*c.n++
			}
		}
	}
	// 15 requirements are both vector-reject and codec.
	want := counts{All: 336, MayAccept: 31, Reject: 210, Accept: 77, API: 74, Interop: 48, Codec: 24, NotTestable: 26, RejectOrCodec: 219}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("catalogue (-want +got):\n%s", diff)
	}
}

func TestLookup(t *testing.T) {
	for _, want := range vectors.Catalogue() {
		got, ok := vectors.Lookup(want.ID)
		if !ok {
			t.Errorf("%s is not found", want.ID)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", want.ID, diff)
		}
	}
	if r, ok := vectors.Lookup("rfc9420-99-01"); ok {
		t.Errorf("an unknown id gives %v", r)
	}
}

func TestLookupReadsEveryField(t *testing.T) {
	got, _ := vectors.Lookup("rfc9420-2.1-03")
	want := vectors.Requirement{
		ID: "rfc9420-2.1-03", Section: "2.1", Also: []string{}, Level: "implied", Subject: "receiver",
		Summary:      "Bytes left after a complete top-level MLSMessage are not part of that message.",
		Objects:      []string{"MLSMessage"},
		TestBy:       []vectors.TestBy{vectors.Codec},
		NegativeCase: "Append one byte 0x00 to a valid encoded MLSMessage and hand the whole buffer to an API that decodes exactly one message.",
		Repair:       []string{"none"},
		Acceptable:   "A stream-oriented decoder may return the rest; an API that takes exactly one message should refuse it.",
		Keywords:     []string{},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCallersGetTheirOwnCatalogue(t *testing.T) {
	vectors.Catalogue()[0].ID = "changed"
	if got := vectors.Catalogue()[0].ID; got != "rfc9420-2-01" {
		t.Errorf("the first id is %s", got)
	}
}

func TestEnforcedIsAboutTheCatalogue(t *testing.T) {
	enforced := vectors.Enforced()
	if len(enforced) == 0 {
		t.Error("nothing is enforced")
	}
	for id, e := range enforced {
		if _, ok := vectors.Lookup(id); !ok {
			t.Errorf("%s is not in the catalogue: %v", id, e)
		}
	}
}
