package schedule

import (
	"bytes"
	"testing"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
)

// These tests look at memory that the tree has given up: from outside one sees
// only that it is no longer used.

func eraseTree(t *testing.T) *SecretTree {
	t.Helper()
	suite, err := ciphersuite.Lookup(1)
	if err != nil {
		t.Fatal(err)
	}
	return NewSecretTree(suite, 4, bytes.Repeat([]byte{1}, suite.HashSize()))
}

func wantErased(t *testing.T, secrets map[string]ciphersuite.Secret) {
	t.Helper()
	for name, s := range secrets {
		if len(s) == 0 || !bytes.Equal(s, make([]byte, len(s))) {
			t.Errorf("%s is still in memory: %x", name, []byte(s))
		}
	}
}

func TestUseClearsWhatTheKeyCameFrom(t *testing.T) {
	tree := eraseTree(t)
	held := map[string]ciphersuite.Secret{"root": tree.subtrees[3].secret}
	if _, err := tree.Next(0, Application); err != nil {
		t.Fatal(err)
	}
	wantErased(t, held)

	held = map[string]ciphersuite.Secret{
		"right child":    tree.subtrees[5].secret,
		"ratchet secret": tree.subtrees[0].ratchets[Application].secret,
	}
	tree.Consume(3, Handshake, 0)
	tree.Consume(0, Application, 3)
	wantErased(t, held)

	skipped := tree.subtrees[0].ratchets[Application].skipped
	held = map[string]ciphersuite.Secret{"key 1": skipped[0].Key, "nonce 1": skipped[0].Nonce}
	tree.Consume(0, Application, 1)
	wantErased(t, held)

	skipped = tree.subtrees[0].ratchets[Application].skipped
	held = map[string]ciphersuite.Secret{"key 2": skipped[0].Key, "nonce 2": skipped[0].Nonce}
	tree.LimitSkipped(0)
	wantErased(t, held)
}

func TestPeekClearsWhatItDerivedBefore(t *testing.T) {
	tree := eraseTree(t)
	peek := func() map[string]ciphersuite.Secret {
		t.Helper()
		if _, err := tree.Peek(0, Handshake, 0, 0); err != nil {
			t.Fatal(err)
		}
		derived := tree.ahead.subtrees
		return map[string]ciphersuite.Secret{
			"copath secret":  derived[5].secret,
			"ratchet secret": derived[0].ratchets[Handshake].secret,
		}
	}
	held := peek()
	if _, err := tree.Peek(1, Handshake, 0, 0); err != nil {
		t.Fatal(err)
	}
	wantErased(t, held)

	held = peek()
	tree.Consume(3, Handshake, 0)
	if tree.ahead != nil {
		t.Error("what Peek derived from the root outlives the root")
	}
	wantErased(t, held)
}

func TestEraseClearsEverything(t *testing.T) {
	tree := eraseTree(t)
	tree.Consume(0, Application, 1)
	if _, err := tree.Peek(3, Handshake, 0, 0); err != nil {
		t.Fatal(err)
	}
	ratchets := tree.subtrees[0].ratchets
	held := map[string]ciphersuite.Secret{
		"copath secret":      tree.subtrees[2].secret,
		"handshake secret":   ratchets[Handshake].secret,
		"application secret": ratchets[Application].secret,
		"skipped key":        ratchets[Application].skipped[0].Key,
		"skipped nonce":      ratchets[Application].skipped[0].Nonce,
		"derived by Peek":    tree.ahead.subtrees[4].secret,
	}
	tree.Erase()
	wantErased(t, held)
}
