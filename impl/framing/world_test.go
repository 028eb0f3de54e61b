package framing_test

import (
	"io"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/message/messagetest"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/schedule"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

func seeded(seed byte) io.Reader { return rand.NewChaCha8([32]byte{seed}) }

func eachSuite(t *testing.T, f func(t *testing.T, suite *ciphersuite.Suite)) {
	t.Helper()
	for _, suite := range ciphersuite.All() {
		t.Run(suite.String(), func(t *testing.T) { f(t, suite) })
	}
}

func marshal(t testing.TB, v syntax.Marshaler) []byte {
	t.Helper()
	encoded, err := syntax.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return encoded
}

// names checks that the error names exactly these requirements.
func names(t *testing.T, name string, err error, want ...rule.ID) {
	t.Helper()
	if !slices.Equal(rule.All(err), want) || (err == nil) != (len(want) == 0) {
		t.Errorf("%s: %v, want %v", name, err, want)
	}
}

// The group of these tests has eight leaves, of which the last four and blank are
// not occupied.
const (
	size  = treemath.Size(8)
	bob   = treemath.LeafIndex(1)
	blank = treemath.LeafIndex(2)
)

func occupied(i treemath.LeafIndex) bool { return i < 4 && i != blank }

const maxForward = 1000

// A world is an epoch as a sender and a receiver see it.
type world struct {
	suite         *ciphersuite.Suite
	rand          io.Reader
	signer        *ciphersuite.SignatureKey
	context       []byte
	membershipKey ciphersuite.Secret
	sender        *framing.Keys
	receiver      *framing.Keys
}

func newWorld(t testing.TB, suite *ciphersuite.Suite) *world {
	t.Helper()
	w := &world{suite: suite, rand: seeded(1), membershipKey: suite.DeriveSecret([]byte("epoch"), "membership")}
	var err error
	if w.signer, err = suite.GenerateSignatureKey(w.rand); err != nil {
		t.Fatal(err)
	}
	info := messagetest.GroupInfos()[1]
	w.context = marshal(t, &info.GroupContext)
	keys := func() *framing.Keys {
		return &framing.Keys{
			Suite:            suite,
			SecretTree:       schedule.NewSecretTree(suite, size, suite.DeriveSecret([]byte("epoch"), "encryption")),
			SenderDataSecret: suite.DeriveSecret([]byte("epoch"), "sender data"),
		}
	}
	w.sender, w.receiver = keys(), keys()
	return w
}

// content returns a message of bob's with the content type.
func content(typ framing.ContentType) framing.FramedContent {
	c := framing.FramedContent{
		GroupID:           []byte("group"),
		Epoch:             7,
		Sender:            framing.Member(bob),
		AuthenticatedData: []byte("authenticated data"),
		ContentType:       typ,
	}
	switch typ {
	case framing.ContentApplication:
		c.ApplicationData = []byte("application data")
	case framing.ContentProposal:
		c.Proposal = &message.Proposal{Body: &message.Remove{Removed: 1}}
	case framing.ContentCommit:
		c.Commit = &messagetest.Commits()[3]
	}
	return c
}

var contentTypes = []framing.ContentType{framing.ContentApplication, framing.ContentProposal, framing.ContentCommit}

// sign signs a message for a wire format.
func (w *world) sign(t testing.TB, format codepoint.WireFormat, c framing.FramedContent) *framing.AuthenticatedContent {
	t.Helper()
	a := &framing.AuthenticatedContent{WireFormat: format, Content: c}
	if err := a.Sign(w.suite, w.signer, w.context); err != nil {
		t.Fatal(err)
	}
	if c.ContentType == framing.ContentCommit {
		a.Auth.ConfirmationTag = w.suite.MAC([]byte("confirmation"), nil)
	}
	return a
}

func (w *world) verify(a *framing.AuthenticatedContent) error {
	return a.VerifySignature(w.suite, w.signer.Public(), w.context)
}

func (w *world) protectPublic(t testing.TB, a *framing.AuthenticatedContent) *framing.PublicMessage {
	t.Helper()
	m, err := framing.ProtectPublic(w.suite, a, w.membershipKey, w.context)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func (w *world) openPublic(m *framing.PublicMessage) (*framing.AuthenticatedContent, error) {
	return m.Unprotect(w.suite, w.membershipKey, w.context)
}

func (w *world) protectPrivate(t testing.TB, a *framing.AuthenticatedContent) *framing.PrivateMessage {
	t.Helper()
	m, err := framing.ProtectPrivate(w.rand, w.sender, a, nil)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func (w *world) openPrivate(m *framing.PrivateMessage) (*framing.Unprotected, error) {
	return m.Unprotect(w.receiver, occupied, maxForward)
}

// equal compares what was sent with what was received.
func equal(t *testing.T, want, got *framing.AuthenticatedContent) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("message (-want +got):\n%s", diff)
	}
}

func flip(data []byte, at int) []byte {
	flipped := slices.Clone(data)
	flipped[at] ^= 1
	return flipped
}
