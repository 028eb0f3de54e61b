package main

import (
	"slices"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/schedule"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

type secretTreeVector struct {
	Suite            codepoint.CipherSuite `json:"cipher_suite"`
	SenderData       senderDataVector      `json:"sender_data"`
	EncryptionSecret hexBytes              `json:"encryption_secret"`
	Leaves           [][]generationVector  `json:"leaves"`
}

type senderDataVector struct {
	Secret     hexBytes `json:"sender_data_secret"`
	Ciphertext hexBytes `json:"ciphertext"`
	Key        hexBytes `json:"key"`
	Nonce      hexBytes `json:"nonce"`
}

type generationVector struct {
	Generation       uint32   `json:"generation"`
	HandshakeKey     hexBytes `json:"handshake_key"`
	HandshakeNonce   hexBytes `json:"handshake_nonce"`
	ApplicationKey   hexBytes `json:"application_key"`
	ApplicationNonce hexBytes `json:"application_nonce"`
}

func secretTree() family {
	return family{name: "secret-tree", suites: true, scenarios: []scenario{
		{"leaves-1", "a tree of its root alone; sample longer than the hash", func(m *maker) any {
			return m.secretTree(1, m.suite.HashSize()+9, 0, 1, 2)
		}},
		{"leaves-4", "generations far apart; sample as long as the hash", func(m *maker) any {
			return m.secretTree(4, m.suite.HashSize(), 0, 9, 500)
		}},
		{"leaves-16", "a deeper tree; sample shorter than the hash", func(m *maker) any {
			return m.secretTree(16, m.suite.Overhead(), 0)
		}},
	}}
}

func (m *maker) secretTree(size treemath.Size, sample int, generations ...uint32) secretTreeVector {
	v := secretTreeVector{
		Suite:            m.suite.ID(),
		SenderData:       senderDataVector{Secret: m.secret(), Ciphertext: m.bytes(sample)},
		EncryptionSecret: m.secret(),
	}
	key, nonce := schedule.SenderDataKeyNonce(m.suite, ciphersuite.Secret(v.SenderData.Secret), v.SenderData.Ciphertext)
	v.SenderData.Key, v.SenderData.Nonce = hexBytes(key), hexBytes(nonce)
	tree := schedule.NewSecretTree(m.suite, size, slices.Clone([]byte(v.EncryptionSecret)))
	for leaf := range treemath.LeafIndex(size) {
		var list []generationVector
		for _, g := range generations {
			handshake := must(tree.Peek(leaf, schedule.Handshake, g, g))
			application := must(tree.Peek(leaf, schedule.Application, g, g))
			list = append(list, generationVector{
				Generation:       g,
				HandshakeKey:     hexBytes(handshake.Key),
				HandshakeNonce:   hexBytes(handshake.Nonce),
				ApplicationKey:   hexBytes(application.Key),
				ApplicationNonce: hexBytes(application.Nonce),
			})
		}
		v.Leaves = append(v.Leaves, list)
	}
	return v
}
