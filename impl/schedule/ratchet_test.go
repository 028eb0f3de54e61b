package schedule_test

import (
	"math"
	"strings"
	"testing"

	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/schedule"
)

func TestMessagesOutOfOrder(t *testing.T) {
	suite, ref := suite1(t)
	handshake, application := ref.chains(secret("encryption", ref.nh), 2, 1)
	tree := newTree(suite, 2)
	for _, generation := range []uint32{2, 0, 1, 6, 4, 5, 3, 7} {
		wantKey(t, receive(t, tree, 1, schedule.Application, generation), application, generation)
		refused(t, tree, 1, schedule.Application, generation, "rfc9420-9.2-01")
	}
	// The other ratchet counts by itself.
	wantKey(t, receive(t, tree, 1, schedule.Handshake, 0), handshake, 0)
}

func TestForwardLimit(t *testing.T) {
	suite, _ := suite1(t)
	tree := newTree(suite, 1)
	peek := func(generation, maxForward uint32) rule.ID {
		_, err := tree.Peek(1, schedule.Handshake, generation, maxForward)
		return rule.Of(err)
	}
	const tooFar = rule.ID("rfc9420-15.3-02")
	for _, c := range []struct {
		generation, maxForward uint32
		want                   rule.ID
	}{
		{0, 0, ""}, {1, 0, tooFar}, {1, 1, ""}, {5, 5, ""}, {6, 5, tooFar},
		{math.MaxUint32, 5, tooFar}, {math.MaxUint32, math.MaxUint32 - 1, tooFar},
	} {
		if got := peek(c.generation, c.maxForward); got != c.want {
			t.Errorf("Peek of generation %d, limit %d: %q, want %q", c.generation, c.maxForward, got, c.want)
		}
	}
	// The limit counts from the first generation that has not been passed.
	receive(t, tree, 1, schedule.Handshake, 5)
	for _, c := range []struct {
		generation uint32
		want       rule.ID
	}{{0, ""}, {6, ""}, {9, ""}, {10, tooFar}} {
		if got := peek(c.generation, 3); got != c.want {
			t.Errorf("Peek of generation %d after 5: %q, want %q", c.generation, got, c.want)
		}
	}
}

func TestSkippedLimit(t *testing.T) {
	suite, ref := suite1(t)
	_, application := ref.chains(secret("encryption", ref.nh), 1, 0)
	const deleted = rule.ID("rfc9420-9.2-01")
	tree := newTree(suite, 1)
	state := func(want string) {
		t.Helper()
		var got strings.Builder
		for generation := range uint32(8) {
			switch _, err := tree.Peek(0, schedule.Application, generation, 0); rule.Of(err) {
			case "":
				got.WriteByte('k')
			case deleted:
				got.WriteByte('-')
			default:
				got.WriteByte('.')
			}
		}
		if got.String() != want {
			t.Errorf("generations 0 to 7: %s, want %s (k is there, - deleted, . ahead)", got.String(), want)
		}
	}
	tree.LimitSkipped(3)
	receive(t, tree, 0, schedule.Application, 4)
	state("-kkk-k..")
	receive(t, tree, 0, schedule.Application, 6)
	state("--kk-k-k")
	wantKey(t, receive(t, tree, 0, schedule.Application, 3), application, 3)
	state("--k--k-k")
	tree.LimitSkipped(1)
	state("-----k-k")
	tree.LimitSkipped(0)
	state("-------k")
	receive(t, tree, 0, schedule.Application, 9)
	state("--------")
	wantKey(t, receive(t, tree, 0, schedule.Application, 10), application, 10)
}

func TestDefaultSkippedLimit(t *testing.T) {
	suite, _ := suite1(t)
	tree := newTree(suite, 0)
	const last = schedule.DefaultSkipped + 1
	if _, err := tree.Peek(0, schedule.Handshake, last, last); err != nil {
		t.Fatal(err)
	}
	tree.Consume(0, schedule.Handshake, last)
	refused(t, tree, 0, schedule.Handshake, 0, "rfc9420-9.2-01")
	refused(t, tree, 0, schedule.Handshake, 1, "")
}

func TestLastGeneration(t *testing.T) {
	_, ref := suite1(t)
	s := secret("ratchet", ref.nh)
	key, nonce := ref.keyNonce(s, math.MaxUint32)
	atTheEnd := snapshot(1, 1, opened(0, ratchet(0, s), ratchet(math.MaxUint32, s)))
	exhausted := snapshot(1, 1, opened(0, ratchet(0, s), ratchet(1<<32, nil)))

	check := func(t *testing.T, tree *schedule.SecretTree, got schedule.KeyNonce) {
		t.Helper()
		wantBytes(t, "key", got.Key, key)
		wantBytes(t, "nonce", got.Nonce, nonce)
		if got.Generation != math.MaxUint32 {
			t.Errorf("generation %d", got.Generation)
		}
		wantSame(t, tree, exhausted)
		if _, err := tree.Next(0, schedule.Application); rule.Of(err) != "rfc9420-9.1-01" {
			t.Errorf("Next: %v", err)
		}
		for _, generation := range []uint32{0, math.MaxUint32} {
			refused(t, tree, 0, schedule.Application, generation, "rfc9420-9.2-01")
			tree.Consume(0, schedule.Application, generation)
		}
		wantSame(t, tree, exhausted)
	}
	t.Run("sent", func(t *testing.T) {
		tree := restore(t, atTheEnd)
		got, err := tree.Next(0, schedule.Application)
		if err != nil {
			t.Fatal(err)
		}
		check(t, tree, got)
	})
	t.Run("received", func(t *testing.T) {
		tree := restore(t, atTheEnd)
		check(t, tree, receive(t, tree, 0, schedule.Application, math.MaxUint32))
	})
	t.Run("received with a skip", func(t *testing.T) {
		first := restore(t, snapshot(1, 1, opened(0, ratchet(0, s), ratchet(math.MaxUint32-1, s))))
		receive(t, first, 0, schedule.Application, math.MaxUint32)
		firstKey, _ := ref.keyNonce(s, math.MaxUint32-1)
		got := receive(t, restore(t, marshal(t, first)), 0, schedule.Application, math.MaxUint32-1)
		wantBytes(t, "key", got.Key, firstKey)
		receive(t, first, 0, schedule.Application, math.MaxUint32-1)
		wantSame(t, first, exhausted)
	})
}
