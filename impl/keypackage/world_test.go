package keypackage_test

import (
	"io"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/syntax"
)

type extensionType = codepoint.ExtensionType

const private = 0xf001 // a code point for private use

var now = time.Unix(1_800_000_000, 0)

func clock() time.Time { return now }

func seeded(seed byte) io.Reader { return rand.NewChaCha8([32]byte{seed}) }

func eachSuite(t *testing.T, f func(t *testing.T, suite *ciphersuite.Suite)) {
	t.Helper()
	for _, suite := range ciphersuite.All() {
		t.Run(suite.String(), func(t *testing.T) { f(t, suite) })
	}
}

func suite1(t testing.TB) *ciphersuite.Suite { return lookup(t, 1) }

func lookup(t testing.TB, id codepoint.CipherSuite) *ciphersuite.Suite {
	t.Helper()
	suite, err := ciphersuite.Lookup(id)
	if err != nil {
		t.Fatal(err)
	}
	return suite
}

func marshal(t testing.TB, v syntax.Marshaler) []byte {
	t.Helper()
	encoded, err := syntax.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return encoded
}

// A world is a KeyPackage with its signature key and what it is validated
// against.
type world struct {
	suite  *ciphersuite.Suite
	rand   io.Reader
	signer *ciphersuite.SignatureKey
	bundle *keypackage.Bundle
	kp     *keypackage.KeyPackage
	checks *keypackage.Checks
	policy *leaf.Policy
}

// newWorld returns a valid KeyPackage.
func newWorld(t testing.TB, suite *ciphersuite.Suite) *world {
	t.Helper()
	w := &world{suite: suite, rand: seeded(1)}
	w.signer = w.newSigner(t)
	var err error
	w.bundle, err = keypackage.Build(suite, leaf.Basic([]byte("alice")), w.signer, keypackage.Options{Rand: w.rand, Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	w.kp = &w.bundle.KeyPackage
	w.policy = &leaf.Policy{Now: clock}
	w.checks = &keypackage.Checks{Version: codepoint.MLS10, Suite: suite, Policy: w.policy}
	return w
}

func (w *world) newSigner(t testing.TB) *ciphersuite.SignatureKey {
	t.Helper()
	signer, err := w.suite.GenerateSignatureKey(w.rand)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

// signLeaf signs the leaf anew.
func (w *world) signLeaf(t *testing.T) {
	t.Helper()
	if err := w.kp.LeafNode.Sign(w.suite, w.signer, nil, 0); err != nil {
		t.Fatal(err)
	}
}

// sign signs the KeyPackage anew.
func (w *world) sign(t *testing.T) {
	t.Helper()
	if err := w.kp.Sign(w.suite, w.signer); err != nil {
		t.Fatal(err)
	}
}

func (w *world) accepted(t *testing.T, name string) {
	t.Helper()
	v, err := w.kp.Validate(w.checks)
	if err != nil {
		t.Errorf("%s: %v", name, err)
	} else if v.KeyPackage() != w.kp {
		t.Errorf("%s: Validate returns another KeyPackage", name)
	}
}

// refused checks that Validate names these requirements and that so many checks
// fail, the first of which says why.
func (w *world) refused(t *testing.T, name string, checks int, want ...rule.ID) {
	t.Helper()
	v, err := w.kp.Validate(w.checks)
	if v != nil {
		t.Errorf("%s: a KeyPackage is returned", name)
	}
	if diff := cmp.Diff(want, rule.All(err)); diff != "" {
		t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
	}
	all := w.broken()
	if len(all) != checks {
		t.Errorf("%s: %d checks fail, want %d: %v", name, len(all), checks, all)
	}
}

// list adds the type to the capabilities.
func (w *world) list(t extensionType) {
	c := &w.kp.LeafNode.Capabilities
	c.Extensions = append(slices.Clip(c.Extensions), t)
}

// broken returns all the rules that the KeyPackage breaks, so that a test can
// tell an input with one fault from one with several. The rule that the leaf is
// valid does not count beside those about the leaf.
func (w *world) broken() []rule.Finding {
	return slices.DeleteFunc(w.kp.Examine(w.checks), func(f rule.Finding) bool {
		return f.Err == nil || f.ID == "rfc9420-10.1-03"
	})
}
