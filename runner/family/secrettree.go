package family

import (
	"cmp"
	"context"
	"slices"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/schedule"
	"github.com/mlsconform/mlsconform/impl/treemath"
	"github.com/mlsconform/mlsconform/runner/strict"
)

type secretTreeCase struct {
	Suite            codepoint.CipherSuite `json:"cipher_suite"`
	SenderData       senderDataCase        `json:"sender_data"`
	EncryptionSecret strict.Hex            `json:"encryption_secret"`
	Leaves           [][]generationCase    `json:"leaves"`
}

type senderDataCase struct {
	Secret     strict.Hex `json:"sender_data_secret"`
	Ciphertext strict.Hex `json:"ciphertext"`
	Key        strict.Hex `json:"key"`
	Nonce      strict.Hex `json:"nonce"`
}

type generationCase struct {
	Generation       uint32     `json:"generation"`
	HandshakeKey     strict.Hex `json:"handshake_key"`
	HandshakeNonce   strict.Hex `json:"handshake_nonce"`
	ApplicationKey   strict.Hex `json:"application_key"`
	ApplicationNonce strict.Hex `json:"application_nonce"`
}

func secretTree() Family {
	return Family{
		Name: "secret-tree", Title: "Secret tree", Section: "6.3.2, 9", Cases: 21,
		Requirements: []rule.ID{"rfc9420-6.3.2-03", "rfc9420-9-01", "rfc9420-9.1-02", "rfc9420-9.1-03"},
		Check:        replay(checkSecretTree),
	}
}

func checkSecretTree(ctx context.Context, c *secretTreeCase) error {
	suite, err := lookup(c.Suite)
	if err != nil {
		return err
	}
	if err := c.SenderData.check(suite); err != nil {
		return at("sender_data", err)
	}
	size := treemath.SizeFor(uint32(len(c.Leaves)))
	tree := schedule.NewSecretTree(suite, size, slices.Clone([]byte(c.EncryptionSecret)))
	tree.LimitSkipped(0)
	for i, generations := range c.Leaves {
		leaf := secretTreeLeaf{tree: tree, index: treemath.LeafIndex(i)}
		for _, n := range ascending(generations) {
			if err := leaf.check(ctx, &generations[n]); err != nil {
				return at(index(index("leaves", i), n), err)
			}
		}
	}
	return nil
}

func (c *senderDataCase) check(suite *ciphersuite.Suite) error {
	key, nonce := schedule.SenderDataKeyNonce(suite, ciphersuite.Secret(c.Secret), c.Ciphertext)
	return firstDifference([]comparison{
		{"key", c.Key, key},
		{"nonce", c.Nonce, nonce},
	})
}

// ascending returns the places of the list in the order of the generations,
// since ratchets only go forward.
func ascending(list []generationCase) []int {
	places := make([]int, len(list))
	for i := range places {
		places[i] = i
	}
	slices.SortStableFunc(places, func(a, b int) int { return cmp.Compare(list[a].Generation, list[b].Generation) })
	return places
}

// A secretTreeLeaf moves the two ratchets of a leaf forward together.
type secretTreeLeaf struct {
	tree  *schedule.SecretTree
	index treemath.LeafIndex
	next  uint32
}

func (l *secretTreeLeaf) check(ctx context.Context, c *generationCase) error {
	if err := l.advance(ctx, c.Generation); err != nil {
		return at("generation", err)
	}
	handshake, err := l.tree.Peek(l.index, schedule.Handshake, c.Generation, 0)
	if err != nil {
		return at("handshake_key", err)
	}
	application, err := l.tree.Peek(l.index, schedule.Application, c.Generation, 0)
	if err != nil {
		return at("application_key", err)
	}
	return firstDifference([]comparison{
		{"handshake_key", c.HandshakeKey, handshake.Key},
		{"handshake_nonce", c.HandshakeNonce, handshake.Nonce},
		{"application_key", c.ApplicationKey, application.Key},
		{"application_nonce", c.ApplicationNonce, application.Nonce},
	})
}

// advance passes the generations before target, in strides, so that a case that
// asks for billions ends with its time.
func (l *secretTreeLeaf) advance(ctx context.Context, target uint32) error {
	const stride = 1 << 12
	for l.next < target {
		if err := ctx.Err(); err != nil {
			return err
		}
		l.next += min(stride, target-l.next)
		l.tree.Consume(l.index, schedule.Handshake, l.next-1)
		l.tree.Consume(l.index, schedule.Application, l.next-1)
	}
	return nil
}
