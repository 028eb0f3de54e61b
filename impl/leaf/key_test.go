package leaf_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/leaf/leaftest"
	"github.com/mlsconform/mlsconform/impl/rule"
)

// refused checks that Validate names these requirements and that so many checks
// fail, the first of which says why.
func (w *world) refused(t *testing.T, name string, checks int, want ...rule.ID) {
	t.Helper()
	err := w.node.Validate(w.checks)
	if diff := cmp.Diff(want, rule.All(err)); diff != "" {
		t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
	}
	if all := w.broken(); len(all) != checks {
		t.Errorf("%s: %d checks fail, want %d: %v", name, len(all), checks, all)
	}
}

// In a KeyPackage keys are checked with it.
func stagesWithKeys() map[string]leaf.Stage {
	with := maps.Clone(stages)
	maps.DeleteFunc(with, func(_ string, s leaf.Stage) bool { return s == leaf.InKeyPackage })
	return with
}

func TestEncryptionKeyFaults(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		for name, stage := range stagesWithKeys() {
			w := newWorld(t, suite, stage)
			keys := leaftest.EncryptionKeys(t, suite, w.node.EncryptionKey)
			for _, key := range keys {
				w.node.EncryptionKey = key.Bytes
				w.sign(t)
				w.refused(t, name+", "+key.Name, 1, "rfc9420-5.1.1-01")
			}
		}
	})
}

func TestSignatureKeyFaults(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		form := rule.ID("rfc9420-5.1.1-02")
		if isECDSA(suite) {
			form = "rfc9420-5.1.1-03"
		}
		for name, stage := range stagesWithKeys() {
			w := newWorld(t, suite, stage)
			keys := leaftest.SignatureKeys(t, suite, w.node.SignatureKey)
			for _, key := range keys {
				w.node.SignatureKey = key.Bytes
				w.sign(t)                                                     // with the private key of the right form
				w.refused(t, name+", "+key.Name, 2, "rfc9420-5.1.2-01", form) // no signature fits such a key
			}
		}
	})
}

// A leaf whose keys, and signature, are those of another suite.
func TestKeysOfAnotherSuite(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		form := rule.ID("rfc9420-5.1.1-02")
		if isECDSA(suite) {
			form = "rfc9420-5.1.1-03"
		}
		w := newWorld(t, suite, leaf.InTree)
		other := newWorld(t, leaftest.Stranger(t, suite), leaf.InTree)

		w.node.SignatureKey = other.signer.Public()
		if err := w.node.Sign(other.suite, other.signer, nil, 0); err != nil {
			t.Fatal(err)
		}
		w.refused(t, "signature key", 2, "rfc9420-5.1.2-01", form)

		w.node.EncryptionKey = other.node.EncryptionKey
		if err := w.node.Sign(other.suite, other.signer, nil, 0); err != nil {
			t.Fatal(err)
		}
		w.refused(t, "both keys", 3, "rfc9420-5.1.1-01")
	})
}

func TestSignatureForms(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		want := only("rfc9420-5.1.2-04")
		if isECDSA(suite) {
			want = only("rfc9420-5.1.2-02", "rfc9420-5.1.2-03")
		}
		for name, stage := range stages {
			w := newWorld(t, suite, stage)
			forms := leaftest.Forms(t, suite, w.node.Signature)
			for _, id := range want {
				if !slices.ContainsFunc(forms, func(f leaftest.Signature) bool { return f.Breaks == id }) {
					t.Errorf("no form breaks %s", id)
				}
			}
			for _, form := range forms {
				w.node.Signature = form.Bytes
				if form.Breaks != "" {
					w.refused(t, name+", "+form.Name, 1, "rfc9420-7.3-01", form.Breaks)
				} else if err := w.node.Validate(w.checks); err != nil {
					t.Errorf("%s, %s: %v", name, form.Name, err)
				}
			}
		}
	})
}

// The rule against equal keys is about keys of one kind (RFC 9420,
// Section 16.7), so a leaf can have the same bytes for both.
func TestSameBytesForBothKeys(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		w := newWorld(t, suite, leaf.InKeyPackage)
		if len(w.node.EncryptionKey) != len(w.node.SignatureKey) {
			return // X448 and Ed448 have keys of different lengths
		}
		w.node.EncryptionKey = w.node.SignatureKey
		w.sign(t)
		if err := w.node.Validate(w.checks); err != nil {
			t.Errorf("encryption_key equal to signature_key: %v [rfc9420-16.7-02]", err)
		}
	})
}
