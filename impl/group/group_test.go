package group_test

import (
	"testing"

	"github.com/mlsconform/mlsconform/impl/group"
)

func TestAddUpdateRemove(t *testing.T) {
	eachSuite(t, func(t *testing.T, w *world) {
		m := w.found("alice", "bob", "carol", "dave", "erin")
		u, err := m[1].ProposeUpdate(nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		w.deliver(u, others(m, 1)...)
		w.commit(m, group.CommitOptions{})
		w.agree(m...)

		w.commit([]*client{m[3], m[0], m[1], m[2], m[4]}, group.CommitOptions{})
		w.agree(m...)

		p := w.commit([]*client{m[2], m[0], m[1], m[3], m[4]}, group.CommitOptions{Proposals: propose(group.Remove(1), group.Remove(4))})
		if got := p.Committed().Removed; len(got) != 2 {
			t.Errorf("removed %v", got)
		}
		if !m[1].IsRemoved() || !m[4].IsRemoved() {
			t.Error("the removed members do not know it")
		}
		m = []*client{m[0], m[2], m[3]}
		w.agree(m...)
		w.add(m, w.client("frank"), w.client("grace"), w.client("heidi"))
	})
}
