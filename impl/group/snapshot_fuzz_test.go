package group_test

import (
	"errors"
	"testing"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/syntax/syntaxtest"
)

// What Restore takes, under a checksum that fits, is used without panic, and its
// memory is bounded by a multiple of the input. What it does not take is no
// snapshot.
func FuzzRestore(f *testing.F) {
	c := full(f)
	pending := c.Pending().Message
	f.Add(body(must(c.Snapshot())))
	c.DropPending()
	f.Add(body(must(c.Snapshot())))
	alone := suite1(f).found("alone")[0]
	f.Add(body(must(alone.Snapshot())))
	alone.w.commit([]*client{alone}, group.CommitOptions{Proposals: propose(group.ReInit(message.ReInit{
		GroupID: []byte("next"), Version: codepoint.MLS10, CipherSuite: 1,
	}))})
	f.Add(body(must(alone.Snapshot())))

	signer := func([]byte) (ciphersuite.Signer, error) { return c.signer, nil }
	f.Fuzz(func(t *testing.T, data []byte) {
		snapshot := withSum(data)
		var g *group.Group
		var err error
		used := syntaxtest.Allocated(func() { g, err = group.Restore(c.config, snapshot, signer) })
		// A blank node of a tree takes one byte here, and two hashes there.
		if used > 1<<20+512*uint64(len(data)) {
			t.Errorf("%d bytes of memory for %d of input", used, len(data))
		}
		if err != nil {
			if !errors.Is(err, group.ErrSnapshot) || g != nil {
				t.Errorf("refused with %v", err)
			}
			return
		}
		exercise(t, g, pending)
	})
}

// exercise uses a group in every way that there is. What matters is that nothing
// panics.
func exercise(t *testing.T, g *group.Group, m *framing.MLSMessage) {
	if _, err := g.Snapshot(); err != nil {
		t.Errorf("snapshot of a restored group: %v", err)
	}
	g.EpochAuthenticator()
	g.Resumption(g.Epoch())
	_, _ = g.Export("label", nil, 32)
	_, _ = g.GroupInfo(group.GroupInfoOptions{ExternalPub: true})
	_, _ = g.Encrypt([]byte("text"), nil)
	_, _ = g.Propose(group.Remove(1), nil)
	if p := g.Pending(); p != nil {
		_, _ = p.GroupInfo(group.GroupInfoOptions{})
		p.Committed()
	}
	_, _ = g.Process(m)
	g.DropPending()
	_, _ = g.Commit(group.CommitOptions{})
	_ = g.ApplyPending()
	_, _ = g.Encrypt([]byte("text"), nil)
}
