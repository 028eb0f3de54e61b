package client_test

import (
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/mlsconform/mlsconform/runner/interop/client"
)

// Many callers use the same handles at once, and free them under each other's
// hands. The race detector looks on.
func TestConcurrentCalls(t *testing.T) {
	r := newServedRig(t)
	for round := range byte(10) {
		players := make([]*player, 8)
		var wg sync.WaitGroup
		for i := range players {
			choices := make([]byte, 200)
			rand.NewChaCha8([32]byte{round, byte(i)}).Read(choices)
			players[i] = newPlayer(r.group.clone(), choices)
			wg.Go(func() {
				if f := players[i].play(t.Context()); f != nil {
					t.Errorf("%s: %v", f.method.Name(), f.err)
				}
			})
		}
		wg.Wait()
		for _, p := range players {
			if err := p.free(t.Context()); err != nil {
				t.Errorf("Free: %v", err)
			}
		}
		if n := r.client.Held(); n > 0 {
			t.Errorf("%d handles are left after all were freed that came along", n)
		}
		r.found(t)
	}
	if text := r.panics.String(); text != "" {
		t.Error(text)
	}
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
