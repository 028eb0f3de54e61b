package vectors_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/vectors"
)

// The cases that each official family has to have, so that a manifest with a
// family or a number lost is noticed.
func TestManifestNamesAllFamilies(t *testing.T) {
	type entry struct {
		Name  string
		Cases int
	}
	want := []entry{
		{"tree-math", 10}, {"crypto-basics", 7}, {"secret-tree", 21}, {"message-protection", 7},
		{"key-schedule", 7}, {"psk_secret", 77}, {"tree-validation", 98}, {"transcript-hashes", 7},
		{"welcome", 7}, {"tree-operations", 5}, {"treekem", 77}, {"messages", 300}, {"deserialization", 14},
		{"passive-client-welcome", 56}, {"passive-client-handling-commit", 91}, {"passive-client-random", 1},
	}
	var got []entry
	for _, p := range vectors.Official().Families {
		got = append(got, entry{p.Name, p.Cases})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestManifestFitsTheSharedFiles(t *testing.T) {
	for _, pin := range vectors.Official().Families {
		data, ok := shared(t, "mls-implementations/"+pin.Path)
		if !ok {
			continue
		}
		var cases []json.RawMessage
		if err := json.Unmarshal(data, &cases); err != nil {
			t.Errorf("%s: %v", pin.Name, err)
		}
		sum := sha256.Sum256(data)
		got := vectors.Pin{Name: pin.Name, Path: pin.Path, SHA256: hex.EncodeToString(sum[:]), Size: int64(len(data)), Cases: len(cases)}
		if diff := cmp.Diff(pin, got); diff != "" {
			t.Errorf("%s (-manifest +file):\n%s", pin.Name, diff)
		}
	}
}

func TestPin(t *testing.T) {
	m := vectors.Official()
	if pin, ok := m.Pin("treekem"); !ok || pin.Name != "treekem" || pin.Path != "test-vectors/treekem.json" {
		t.Errorf("treekem gives %+v, %v", pin, ok)
	}
	if pin, ok := m.Pin("tree"); ok {
		t.Errorf("an unknown name gives %+v", pin)
	}
}
