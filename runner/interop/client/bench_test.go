package client_test

import (
	"fmt"
	"testing"

	"github.com/mlsconform/mlsconform/runner/interop/client"
	pb "github.com/mlsconform/mlsconform/runner/interop/mlsclient"
)

// BenchmarkGroup plays all members of a group of 40 for an epoch, over gRPC: eight
// update, one commits, adds eight and removes eight, and all others follow or join.
// It shows the memory of a state too: those that were removed are not freed.
func BenchmarkGroup(b *testing.B) {
	for _, encrypt := range []bool{false, true} {
		b.Run(map[bool]string{false: "public", true: "private"}[encrypt], func(b *testing.B) {
			w := newWorldOn(b, dial(b, client.NewServer(client.Options{})), 1, encrypt)
			var members []string
			for i := range 40 {
				members = append(members, fmt.Sprint("first ", i))
			}
			w.found(members[0], members[1:]...)
			before, states := heap(), 0
			for b.Loop() {
				members = w.turnOver(members, fmt.Sprint("later ", states))
				states += 8
			}
			b.ReportMetric(float64(heap()-before)/float64(states), "B/state")
		})
	}
}

// turnOver replaces the eight members that follow the first two.
func (w *world) turnOver(members []string, prefix string) []string {
	committer, leaving, staying := members[0], members[2:10], members[10:]
	r := new(pb.CommitRequest)
	var joining []string
	for i := range 8 {
		id := w.states[staying[i]]
		r.ByReference = append(r.ByReference, must(w, w.rpc.UpdateProposal, &pb.UpdateProposalRequest{StateId: id}).Proposal)
		add, remove := by("add"), by("remove")
		joining = append(joining, fmt.Sprint(prefix, i))
		add.KeyPackage, remove.RemovedId = w.keyPackage(joining[i]), []byte(leaving[i])
		r.ByValue = append(r.ByValue, add, remove)
	}
	others := append([]string{members[1]}, staying...)
	c := w.commit(committer, r, others...)
	for _, name := range joining {
		w.join(name, c)
	}
	return append(append(others, joining...), committer)
}
