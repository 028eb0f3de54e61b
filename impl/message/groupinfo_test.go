package message_test

import (
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/leaf/leaftest"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/message/messagetest"
	"github.com/mlsconform/mlsconform/impl/rule"
)

func seeded(seed byte) io.Reader { return rand.NewChaCha8([32]byte{seed}) }

func eachSuite(t *testing.T, f func(t *testing.T, suite *ciphersuite.Suite)) {
	t.Helper()
	for _, suite := range ciphersuite.All() {
		t.Run(suite.String(), func(t *testing.T) { f(t, suite) })
	}
}

func newSigner(t *testing.T, suite *ciphersuite.Suite, seed byte) *ciphersuite.SignatureKey {
	t.Helper()
	signer, err := suite.GenerateSignatureKey(seeded(seed))
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

// signed returns a GroupInfo with the signature of the signer.
func signed(t *testing.T, suite *ciphersuite.Suite, signer ciphersuite.Signer) *message.GroupInfo {
	t.Helper()
	info := messagetest.GroupInfos()[1]
	if err := info.Sign(suite, signer); err != nil {
		t.Fatal(err)
	}
	return &info
}

func TestGroupInfoSignature(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		signer, other := newSigner(t, suite, 1), newSigner(t, suite, 2)
		info := signed(t, suite, signer)
		right := info.Signature
		if err := info.VerifySignature(suite, signer.Public()); err != nil {
			t.Fatal(err)
		}
		refused := func(name string, key []byte, want ...rule.ID) {
			t.Helper()
			if err := info.VerifySignature(suite, key); !slices.Equal(rule.All(err), want) {
				t.Errorf("%s: %v, want %v", name, err, want)
			}
		}
		refused("key of another member", other.Public(), "rfc9420-12.4.3-04")
		info.Signature = leaftest.Flipped(suite, right)
		refused("a bit flipped", signer.Public(), "rfc9420-12.4.3-04")
		for _, form := range leaftest.Forms(t, suite, right) {
			info.Signature = form.Bytes
			if form.Breaks != "" {
				refused(form.Name, signer.Public(), "rfc9420-12.4.3-04", form.Breaks)
			} else if err := info.VerifySignature(suite, signer.Public()); err != nil {
				t.Errorf("%s: %v", form.Name, err)
			}
		}
		var err error
		info.Signature, err = suite.SignWithLabel(signer, "FramedContentTBS", marshal(t, (*message.GroupInfoTBS)(info)))
		if err != nil {
			t.Fatal(err)
		}
		refused("another label [rfc9420-5.1.2-05]", signer.Public(), "rfc9420-12.4.3-04")
	})
}

func TestGroupInfoSignatureCoversEveryField(t *testing.T) {
	suite := ciphersuite.All()[0]
	signer := newSigner(t, suite, 1)
	for name, change := range map[string]func(*message.GroupInfo){
		"group_context":    func(g *message.GroupInfo) { g.GroupContext.Epoch++ },
		"extensions":       func(g *message.GroupInfo) { g.Extensions = leaf.Extensions{} },
		"confirmation_tag": func(g *message.GroupInfo) { g.ConfirmationTag = []byte("other") },
		"signer":           func(g *message.GroupInfo) { g.Signer = 1 },
	} {
		info := signed(t, suite, signer)
		change(info)
		if err := info.VerifySignature(suite, signer.Public()); rule.Of(err) != "rfc9420-12.4.3-04" {
			t.Errorf("%s changed: %v", name, err)
		}
	}
}

type failing struct{ err error }

func (failing) Public() []byte { return nil }

func (f failing) Sign([]byte) ([]byte, error) { return nil, f.err }

func TestGroupInfoSignPassesErrorsOn(t *testing.T) {
	unplugged := errors.New("unplugged")
	suite := ciphersuite.All()[0]
	if err := new(message.GroupInfo).Sign(suite, failing{unplugged}); !errors.Is(err, unplugged) {
		t.Errorf("Sign: %v", err)
	}
}
