package leaf_test

import (
	"io"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/leaf/leaftest"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

// Short names for what stands in nearly every line.
type (
	extensionType  = codepoint.ExtensionType
	credentialType = codepoint.CredentialType
)

const private = 0xf001 // a code point for private use

var now = time.Unix(1_800_000_000, 0)

func seeded(seed byte) io.Reader { return rand.NewChaCha8([32]byte{seed}) }

func eachSuite(t *testing.T, f func(t *testing.T, suite *ciphersuite.Suite)) {
	t.Helper()
	for _, suite := range ciphersuite.All() {
		t.Run(suite.String(), func(t *testing.T) { f(t, suite) })
	}
}

func suite1(t *testing.T) *ciphersuite.Suite {
	t.Helper()
	suite, err := ciphersuite.Lookup(codepoint.X25519AES128GCMSHA256Ed25519)
	if err != nil {
		t.Fatal(err)
	}
	return suite
}

func isEdDSA(s *ciphersuite.Suite) bool {
	switch s.ID() {
	case codepoint.X25519AES128GCMSHA256Ed25519, codepoint.X25519ChaCha20Poly1305SHA256Ed25519,
		codepoint.X448AES256GCMSHA512Ed448, codepoint.X448ChaCha20Poly1305SHA512Ed448:
		return true
	}
	return false
}

func isECDSA(s *ciphersuite.Suite) bool { return !isEdDSA(s) }

// A world is a leaf node with its private key and what it is validated against.
type world struct {
	suite  *ciphersuite.Suite
	rand   io.Reader
	signer ciphersuite.Signer
	node   *leaf.LeafNode
	checks *leaf.Checks
	policy *leaf.Policy
	// sign signs the leaf after a test has changed it.
	sign func(t *testing.T)
}

// newWorld returns a leaf that is valid at the stage, at index 3 of a group.
func newWorld(t *testing.T, suite *ciphersuite.Suite, stage leaf.Stage) *world {
	t.Helper()
	w := &world{suite: suite, rand: seeded(1)}
	w.signer = w.newSigner(t)
	w.node = &leaf.LeafNode{
		EncryptionKey: w.newEncryptionKey(t),
		SignatureKey:  w.signer.Public(),
		Credential:    leaf.Basic([]byte("alice")),
		Capabilities: leaf.Capabilities{
			Versions:     []codepoint.ProtocolVersion{codepoint.MLS10},
			CipherSuites: []codepoint.CipherSuite{suite.ID()},
			Credentials:  []credentialType{codepoint.CredentialBasic, codepoint.CredentialX509},
		},
	}
	w.policy = &leaf.Policy{Now: func() time.Time { return now }}
	w.checks = &leaf.Checks{
		Stage:     stage,
		Version:   codepoint.MLS10,
		Suite:     suite,
		Policy:    w.policy,
		GroupID:   []byte("group"),
		LeafIndex: 3,
	}
	switch stage {
	case leaf.InKeyPackage, leaf.InTree:
		w.node.Source = leaf.SourceKeyPackage
		w.node.Lifetime = leaf.Lifetime{NotBefore: uint64(now.Unix()) - 3600, NotAfter: uint64(now.Unix()) + 3600}
	case leaf.InUpdate:
		w.node.Source = leaf.SourceUpdate
		w.checks.Replaces = w.predecessor(t)
	case leaf.InCommit:
		w.node.Source, w.node.ParentHash = leaf.SourceCommit, []byte("parent hash")
		w.checks.Replaces = w.predecessor(t)
	}
	w.sign = w.signAs("LeafNodeTBS")
	w.sign(t)
	return w
}

// predecessor returns the leaf that the one of the world takes the place of.
func (w *world) predecessor(t *testing.T) *leaf.LeafNode {
	t.Helper()
	old := w.node.Clone()
	old.EncryptionKey = w.newEncryptionKey(t)
	return old
}

func (w *world) newSigner(t *testing.T) *ciphersuite.SignatureKey {
	t.Helper()
	signer, err := w.suite.GenerateSignatureKey(w.rand)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

func (w *world) newEncryptionKey(t *testing.T) []byte {
	t.Helper()
	key, err := w.suite.GenerateKEMKey(w.rand)
	if err != nil {
		t.Fatal(err)
	}
	return key.Public()
}

// signAs returns what signs the leaf where it stands, with the given label.
func (w *world) signAs(label string) func(*testing.T) {
	return func(t *testing.T) {
		t.Helper()
		w.signed(t, label, w.tbs(t, w.checks.GroupID, w.checks.LeafIndex))
	}
}

// keepSignature leaves the signature of the unchanged leaf.
func (w *world) keepSignature() { w.sign = func(*testing.T) {} }

func (w *world) signed(t *testing.T, label string, tbs []byte) {
	t.Helper()
	signature, err := w.suite.SignWithLabel(w.signer, label, tbs)
	if err != nil {
		t.Fatal(err)
	}
	w.node.Signature = signature
}

// tbs returns the encoded LeafNodeTBS.
func (w *world) tbs(t *testing.T, groupID []byte, index treemath.LeafIndex) []byte {
	t.Helper()
	return marshal(t, &leaf.LeafNodeTBS{LeafNode: w.node, GroupID: groupID, LeafIndex: index})
}

// extend adds extensions of the given types.
func (w *world) extend(types ...extensionType) {
	for _, e := range types {
		w.node.Extensions = append(w.node.Extensions, leaf.Extension{Type: e, Data: []byte("data")})
	}
}

// only is a list of requirements that errors name.
func only(ids ...rule.ID) []rule.ID { return ids }

func flipped(w *world) []byte { return leaftest.Flipped(w.suite, w.node.Signature) }

// signBare signs a SignContent whose label is given as it is on the wire.
func (w *world) signBare(t *testing.T, label string) {
	t.Helper()
	tbs := w.tbs(t, w.checks.GroupID, w.checks.LeafIndex)
	b := cryptobyte.NewBuilder(unhex(t, label))
	syntax.AddOpaque(b, tbs)
	signature, err := w.signer.Sign(b.BytesOrPanic())
	if err != nil {
		t.Fatal(err)
	}
	w.node.Signature = signature
}

// broken returns all the rules that the leaf breaks, so that a test can tell an
// input with one fault from one with several.
func (w *world) broken() []rule.Finding {
	return slices.DeleteFunc(w.node.Examine(w.checks), func(f rule.Finding) bool { return f.Err == nil })
}
