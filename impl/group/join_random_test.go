package group_test

import (
	"errors"
	"io"
	"testing"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/schedule"
)

// dry calls f with randomness that ends after more and more bytes, until there
// is enough of it. It has to fail for want of randomness before.
func dry(t *testing.T, f func(io.Reader) error) {
	t.Helper()
	const most = 2000
	for n := int64(0); n < most; n++ {
		err := f(io.LimitReader(newStream(t.Name()), n))
		switch {
		case err == nil && n > 0:
			return
		case !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
			t.Fatalf("after %d bytes: %v", n, err)
		}
	}
	t.Fatalf("%d bytes are not enough", most)
}

// A failing signer signs a number of times and then no more.
type failingSigner struct {
	ciphersuite.Signer
	left int
}

var errSigner = errors.New("no more signatures")

func (s *failingSigner) Sign(message []byte) ([]byte, error) {
	if s.left == 0 {
		return nil, errSigner
	}
	s.left--
	return s.Signer.Sign(message)
}

// Without a signature nothing is made.
func TestJoinWithoutSignature(t *testing.T) {
	w := suite1(t)
	m := w.found("alice", "bob")
	carol := w.client("carol")
	info := must(m[0].GroupInfo(group.GroupInfoOptions{ExternalPub: true}))
	for name, c := range map[string]struct {
		signatures int
		do         func(ciphersuite.Signer) error
	}{
		"external Commit": {2, func(s ciphersuite.Signer) error {
			id := carol.identity()
			id.Signer = s
			_, _, err := group.JoinExternal(carol.config, info, id, group.ExternalOptions{})
			return err
		}},
		"external proposal": {1, func(s ciphersuite.Signer) error {
			_, err := group.ProposeExternal(1, m[0].ID(), m[0].Epoch(), 0, s, group.Remove(1))
			return err
		}},
		"new_member_proposal": {1, func(s ciphersuite.Signer) error {
			_, err := group.ProposeSelf(m[0].ID(), m[0].Epoch(), carol.validatedAlone(), s)
			return err
		}},
	} {
		for n := range c.signatures {
			if err := c.do(&failingSigner{carol.signer, n}); !errors.Is(err, errSigner) {
				t.Errorf("%s after %d signatures: %v", name, n, err)
			}
		}
		if err := c.do(&failingSigner{carol.signer, c.signatures}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Without randomness nothing is made.
func TestJoinExternalWithoutRandomness(t *testing.T) {
	w := suite1(t)
	w.psks["shared"] = []byte("secret")
	m := w.found("alice", "bob", "carol")
	info := must(m[0].GroupInfo(group.GroupInfoOptions{ExternalPub: true}))
	dave := w.client("dave")
	dry(t, func(r io.Reader) error {
		dave.config.Rand = r
		_, _, err := dave.tryExternal(info, group.ExternalOptions{
			PSKs: []schedule.PreSharedKeyID{{Type: schedule.PSKExternal, ID: []byte("shared")}},
		})
		return err
	})
}

func TestReInitAndBranchWithoutRandomness(t *testing.T) {
	w := suite1(t)
	m := w.found("alice", "bob")
	heirs := w.heirs(m)
	old := must(m[0].Snapshot())
	dry(t, func(r io.Reader) error {
		config := m[0].config
		config.Rand = r
		g := must(group.Restore(config, old, signers(m[0].signer)))
		_, _, err := g.Branch(heirs[0].bundle, heirs[0].signer, invited(heirs, 0), group.CreateOptions{}, group.FoundOptions{})
		return err
	})
	w.commit(m, group.CommitOptions{Proposals: propose(group.ReInit(message.ReInit{
		GroupID: []byte("next"), Version: codepoint.MLS10, CipherSuite: 1,
	}))})
	old = must(m[0].Snapshot())
	dry(t, func(r io.Reader) error {
		config := m[0].config
		config.Rand = r
		g := must(group.Restore(config, old, signers(m[0].signer)))
		_, _, err := g.Successor(heirs[0].bundle, heirs[0].signer, invited(heirs, 0), group.FoundOptions{})
		return err
	})
}
