package schedule_test

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"
	"testing"

	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/schedule"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/syntax/syntaxtest"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

func restore(t testing.TB, snapshot []byte) *schedule.SecretTree {
	t.Helper()
	tree := new(schedule.SecretTree)
	if err := syntax.Unmarshal(snapshot, tree); err != nil {
		t.Fatal(err)
	}
	wantSame(t, tree, snapshot)
	return tree
}

func wantSame(t testing.TB, tree *schedule.SecretTree, snapshot []byte) {
	t.Helper()
	if got := marshal(t, tree); !bytes.Equal(got, snapshot) {
		t.Errorf("snapshot encodes to %x, was %x", got, snapshot)
	}
}

// The parts of a snapshot, written by hand.

func snapshot(suite uint16, leaves uint32, subtrees ...[]byte) []byte {
	out := binary.BigEndian.AppendUint16(nil, suite)
	out = binary.BigEndian.AppendUint32(out, leaves)
	return append(out, opaque(slices.Concat(subtrees...))...)
}

func unused(root uint32, secret []byte) []byte {
	return append(append(binary.BigEndian.AppendUint32(nil, root), 0), opaque(secret)...)
}

func opened(root uint32, handshake, application []byte) []byte {
	return slices.Concat(binary.BigEndian.AppendUint32(nil, root), []byte{1}, handshake, application)
}

func ratchet(next uint64, secret []byte, skipped ...[]byte) []byte {
	return slices.Concat(binary.BigEndian.AppendUint64(nil, next), opaque(secret), opaque(slices.Concat(skipped...)))
}

func skippedKey(generation uint32, key, nonce []byte) []byte {
	return slices.Concat(binary.BigEndian.AppendUint32(nil, generation), opaque(key), opaque(nonce))
}

// The state after the last leaf of two has used application generation 2.
func TestSnapshotBytes(t *testing.T) {
	suite, ref := suite1(t)
	root := secret("encryption", ref.nh)
	handshake, application := ref.chains(root, 1, 1)
	_, key0, nonce0 := application.at(0)
	_, key1, nonce1 := application.at(1)
	secret3, _, _ := application.at(3)
	want := snapshot(1, 2,
		unused(0, ref.child(root, "left")),
		opened(2, ratchet(0, handshake.root), ratchet(3, secret3, skippedKey(0, key0, nonce0), skippedKey(1, key1, nonce1))))

	tree := newTree(suite, 1)
	receive(t, tree, 1, schedule.Application, 2)
	wantBytes(t, "snapshot", marshal(t, tree), want)
	wantKey(t, receive(t, restore(t, want), 1, schedule.Application, 1), application, 1)

	for n := range want {
		if err := syntax.Unmarshal(want[:n], new(schedule.SecretTree)); err == nil {
			t.Errorf("%d of %d bytes are accepted", n, len(want))
		}
	}
	if err := syntax.Unmarshal(append(bytes.Clone(want), 0), new(schedule.SecretTree)); rule.Of(err) != "rfc9420-2.1-03" {
		t.Errorf("with a byte behind it: %v", err)
	}
}

func TestSnapshotIsOwnMemory(t *testing.T) {
	suite, ref := suite1(t)
	tree := newTree(suite, 2)
	receive(t, tree, 3, schedule.Application, 1)
	encoded := marshal(t, tree)
	before := bytes.Clone(encoded)

	restored := restore(t, encoded)
	receive(t, restored, 3, schedule.Application, 0)
	receive(t, restored, 0, schedule.Application, 0)
	restored.Erase()
	wantBytes(t, "snapshot after use of the tree", encoded, before)

	restored = restore(t, encoded)
	clear(encoded)
	_, application := ref.chains(secret("encryption", ref.nh), 2, 3)
	wantKey(t, receive(t, restored, 3, schedule.Application, 0), application, 0)
}

func TestSnapshotOfErasedTree(t *testing.T) {
	refused(t, restore(t, snapshot(1, 8)), 7, schedule.Handshake, 0, "rfc9420-9.2-01")
}

func TestCorruptedSnapshots(t *testing.T) {
	s, key, nonce := secret("s", 32), secret("key", 16), secret("nonce", 12)
	fresh := ratchet(0, s)
	skipped := func(next uint64, keys ...[]byte) []byte {
		return snapshot(1, 1, opened(0, fresh, ratchet(next, s, keys...)))
	}
	good := [][]byte{
		snapshot(1, 4, unused(3, s)),
		snapshot(1, 4, unused(1, s), unused(4, s), opened(6, fresh, fresh)),
		skipped(3, skippedKey(0, key, nonce), skippedKey(2, key, nonce)),
	}
	for _, encoded := range good {
		restore(t, encoded)
	}
	for name, encoded := range map[string][]byte{
		"unknown suite":                snapshot(0x0a0a, 1, unused(0, s)),
		"no leaves":                    snapshot(1, 0),
		"three leaves":                 snapshot(1, 3, unused(3, s)),
		"root of another tree":         snapshot(1, 4, unused(7, s)),
		"node without a level":         snapshot(1, 1<<31, unused(math.MaxUint32, s)),
		"gap at the left":              snapshot(1, 4, unused(5, s)),
		"gap in the middle":            snapshot(1, 4, unused(0, s), unused(5, s)),
		"gap at the right":             snapshot(1, 4, unused(1, s)),
		"subtree below another":        snapshot(1, 4, unused(1, s), unused(2, s), unused(5, s)),
		"subtree twice":                snapshot(1, 4, unused(1, s), unused(1, s), unused(5, s)),
		"from right to left":           snapshot(1, 4, unused(5, s), unused(1, s)),
		"third kind of subtree":        snapshot(1, 1, append([]byte{0, 0, 0, 0, 2}, opaque(s)...)),
		"ratchets at a parent":         snapshot(1, 2, opened(1, fresh, fresh)),
		"short secret":                 snapshot(1, 1, unused(0, s[1:])),
		"long secret":                  snapshot(1, 1, unused(0, append(bytes.Clone(s), 0))),
		"no secret":                    snapshot(1, 1, unused(0, nil)),
		"short handshake secret":       snapshot(1, 1, opened(0, ratchet(0, s[1:]), fresh)),
		"short application secret":     snapshot(1, 1, opened(0, fresh, ratchet(0, s[1:]))),
		"beyond the last generation":   snapshot(1, 1, opened(0, fresh, ratchet(1<<32+1, nil))),
		"secret after the last":        snapshot(1, 1, opened(0, fresh, ratchet(1<<32, s))),
		"no secret before the last":    snapshot(1, 1, opened(0, fresh, ratchet(1<<32-1, nil))),
		"skipped key of the next":      skipped(3, skippedKey(3, key, nonce)),
		"skipped keys in wrong order":  skipped(3, skippedKey(1, key, nonce), skippedKey(0, key, nonce)),
		"skipped key twice":            skipped(3, skippedKey(1, key, nonce), skippedKey(1, key, nonce)),
		"skipped key too short":        skipped(3, skippedKey(1, key[1:], nonce)),
		"skipped nonce too long":       skipped(3, skippedKey(1, key, append(bytes.Clone(nonce), 0))),
		"skipped key cut off":          skipped(3, skippedKey(1, key, nonce)[:20]),
		"skipped key without nonce":    skipped(3, skippedKey(1, key, nonce)[:21]),
		"skipped key, only generation": skipped(3, []byte{0, 0, 0, 1}),
		"skipped key, half generation": skipped(3, []byte{0, 0}),
	} {
		if err := syntax.Unmarshal(encoded, new(schedule.SecretTree)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func FuzzSecretTree(f *testing.F) {
	suite, _ := suite1(f)
	fresh, used := newTree(suite, 3), newTree(suite, 3)
	receive(f, used, 5, schedule.Application, 3)
	receive(f, used, 1, schedule.Handshake, 0)
	syntaxtest.Target[schedule.SecretTree, *schedule.SecretTree]{Local: true, Use: useSecretTree}.Fuzz(f, *fresh, *used)
}

// useSecretTree does with any secret tree what can be done with one.
func useSecretTree(t testing.TB, tree *schedule.SecretTree) {
	for _, leaf := range []treemath.LeafIndex{0, 5, treemath.LeafIndex(tree.Size()) - 1} {
		for generation := range uint32(5) {
			if _, err := tree.Peek(leaf, schedule.Application, generation, 4); err == nil {
				tree.Consume(leaf, schedule.Application, generation)
			} else if rule.Of(err) == "" {
				t.Errorf("Peek: error without requirement: %v", err)
			}
			if _, err := tree.Next(leaf, schedule.Handshake); err != nil && rule.Of(err) == "" {
				t.Errorf("Next: error without requirement: %v", err)
			}
		}
	}
}

func FuzzKeyNonce(f *testing.F) {
	syntaxtest.FuzzCodec(f, schedule.KeyNonce{}, schedule.KeyNonce{Generation: 1 << 31, Key: secret("key", 16), Nonce: secret("nonce", 12)})
}
