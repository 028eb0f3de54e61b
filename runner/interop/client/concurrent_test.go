package client_test

import (
	"math/rand/v2"
	"sync"
	"testing"

	"google.golang.org/grpc/status"

	"github.com/mlsconform/mlsconform/runner/interop/client"
	pb "github.com/mlsconform/mlsconform/runner/interop/mlsclient"
)

// Many callers use the same handles at once, and free them under each other's
// hands. The race detector looks on.
func TestConcurrentCalls(t *testing.T) {
	conn := dial(t, client.NewServer(client.Options{Log: t.Output()}))
	for range 4 {
		record := newRecorder(conn)
		w := newWorldOn(t, record, 1, true)
		first := record.newest
		w.everything()
		w.found("alice", "bob", "carol")
		p := must(w, w.rpc.UpdateProposal, &pb.UpdateProposalRequest{StateId: w.states["bob"]}).Proposal
		must(w, w.rpc.Commit, &pb.CommitRequest{StateId: w.states["alice"], ByReference: [][]byte{p}})
		calls := record.calls
		var wg sync.WaitGroup
		for seed := range uint64(8) {
			rng := rand.New(rand.NewPCG(seed, 0))
			wg.Go(func() {
				for range 100 {
					c := calls[rng.IntN(len(calls))]
					record.mu.Lock()
					req := record.mutated(rng, c.req, first)
					record.mu.Unlock()
					if err := record.Invoke(t.Context(), c.method, req, c.respType.New().Interface()); !promised(err) {
						t.Errorf("%s: %v", c.method, status.Convert(err))
					}
				}
			})
		}
		wg.Wait()
		w.free(record.newest)
	}
	w := newWorldOn(t, conn, 1, false)
	w.found("alice", "bob")
	w.agree("alice", "bob")
}

// Members of different groups are served side by side.
func TestConcurrentGroups(t *testing.T) {
	conn := dial(t, client.NewServer(client.Options{Log: t.Output()}))
	for i := range 4 {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			w := newWorldOn(t, conn, uint32(i%3+1), i%2 == 0)
			w.everything()
		})
	}
}
