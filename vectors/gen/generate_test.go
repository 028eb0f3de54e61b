package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/vectors"
)

// What is committed was made by an earlier run, so this compares two runs. Of
// the suites 4 to 7, whose curves are slow, each family makes its first case,
// and none of those with a long history.
func TestCommittedFilesAreMadeAgain(t *testing.T) {
	for _, f := range families() {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			lines := committedCases(t, f.name)
			jobs := f.jobs()
			if len(lines) != len(jobs) {
				t.Fatalf("%d cases are committed, %d are made; run make vectors", len(lines), len(jobs))
			}
			for i, j := range jobs {
				slow := j.suite != nil && j.suite.ID() > 3
				if slow && (i%len(f.scenarios) > 0 || f.name == "passive-client-random") {
					continue
				}
				if j.run(); j.err != nil {
					t.Fatal(j.err)
				}
				if !bytes.Equal(lines[i], j.encoded) {
					t.Errorf("%s is not what is committed; run make vectors", j.id)
				}
			}
		})
	}
}

// committedCases returns the cases of a family, one to a line.
func committedCases(t *testing.T, family string) [][]byte {
	t.Helper()
	packed, err := os.ReadFile(filepath.Join("..", "own", family+".json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	data := bytes.TrimSuffix(bytes.TrimPrefix(unpack(t, family, packed), []byte("[\n")), []byte("\n]\n"))
	return bytes.Split(data, []byte(",\n"))
}

func unpack(t *testing.T, name string, data []byte) []byte {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	unpacked, err := io.ReadAll(z)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return unpacked
}

// Packing the same cases twice gives the same bytes.
func TestPackIsDeterministic(t *testing.T) {
	families := []family{treeMath(), deserialization(), pskSecret()}
	first, err := generate(families)
	if err != nil {
		t.Fatal(err)
	}
	second, err := generate(families)
	if err != nil {
		t.Fatal(err)
	}
	for i := range first {
		if first[i].name != second[i].name || !bytes.Equal(first[i].data, second[i].data) {
			t.Errorf("%s differs from %s of the run before", second[i].name, first[i].name)
		}
	}
}

func TestEveryOfficialFamilyIsMade(t *testing.T) {
	var want, got []string
	for _, pin := range vectors.Official().Families {
		want = append(want, pin.Name)
	}
	for _, f := range families() {
		got = append(got, f.name)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-official +made):\n%s", diff)
	}
}

// Each scenario has an id and a reason that no other one of its family has.
func TestScenariosAreTold(t *testing.T) {
	for _, f := range families() {
		var told []string
		for _, s := range f.scenarios {
			if s.id == "" || s.reason == "" || slices.Contains(told, s.id) {
				t.Errorf("%s: scenario %q, reason %q", f.name, s.id, s.reason)
			}
			told = append(told, s.id)
		}
	}
}

// cases.json has one entry for each case, in the order of the cases.
func TestIndexFitsTheFiles(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "own", "cases.json"))
	if err != nil {
		t.Fatal(err)
	}
	var got map[string][]entry
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	want := make(map[string][]entry)
	for _, f := range families() {
		for _, j := range f.jobs() {
			want[f.name] = append(want[f.name], entry{j.id, j.reason})
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("cases.json (-want +got); run make vectors:\n%s", diff)
	}
}

// A mistake in a scenario names its case.
func TestMistakeNamesItsCase(t *testing.T) {
	_, err := generate([]family{{name: "psk_secret", suites: true, scenarios: []scenario{
		{"bad", "fails", func(m *maker) any { return must(m.suite.ExpandWithLabel(nil, "", nil, -1)) }},
	}}})
	if err == nil || !strings.HasPrefix(err.Error(), "psk_secret/suite1-bad: ") {
		t.Errorf("error %v", err)
	}
}
