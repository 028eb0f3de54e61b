// Package messagetest gives other tests handshake messages of every kind.
package messagetest

import (
	"bytes"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/schedule"
	"github.com/mlsconform/mlsconform/impl/tree"
)

func leafNode(source leaf.LeafNodeSource) leaf.LeafNode {
	return leaf.LeafNode{
		EncryptionKey: []byte("encryption key"),
		SignatureKey:  []byte("signature key"),
		Credential:    leaf.Basic([]byte("alice")),
		Capabilities:  leaf.DefaultCapabilities(),
		Source:        source,
		Extensions:    extensions(),
		Signature:     []byte("signature"),
	}
}

func extensions() leaf.Extensions {
	return leaf.Extensions{{Type: codepoint.ExtensionApplicationID, Data: []byte("application")}, {Type: 0xf001}}
}

// KeyPackage returns a KeyPackage whose keys and signatures are of no suite.
func KeyPackage() keypackage.KeyPackage {
	return keypackage.KeyPackage{
		Version:     codepoint.MLS10,
		CipherSuite: codepoint.X25519AES128GCMSHA256Ed25519,
		InitKey:     []byte("init key"),
		LeafNode:    leafNode(leaf.SourceKeyPackage),
		Extensions:  extensions(),
		Signature:   []byte("signature"),
	}
}

// PSKs returns pre-shared keys of every type and usage.
func PSKs() []schedule.PreSharedKeyID {
	list := []schedule.PreSharedKeyID{
		{Type: schedule.PSKExternal},
		{Type: schedule.PSKExternal, ID: []byte("id"), Nonce: bytes.Repeat([]byte{1}, 32)},
	}
	for _, usage := range []schedule.ResumptionPSKUsage{schedule.UsageApplication, schedule.UsageReInit, schedule.UsageBranch} {
		list = append(list, schedule.PreSharedKeyID{
			Type: schedule.PSKResumption, Usage: usage, GroupID: []byte("group"), Epoch: 1<<64 - 1, Nonce: []byte("nonce"),
		})
	}
	return list
}

// Proposals returns proposals of every type, also of unknown ones.
func Proposals() []message.Proposal {
	bodies := []message.Body{
		&message.Add{KeyPackage: KeyPackage()},
		&message.Update{LeafNode: leafNode(leaf.SourceUpdate)},
		&message.Remove{Removed: 1<<32 - 1},
		&message.ReInit{},
		&message.ReInit{GroupID: []byte("successor"), Version: 1, CipherSuite: 7, Extensions: extensions()},
		&message.ExternalInit{},
		&message.ExternalInit{KEMOutput: []byte("encapsulated")},
		&message.GroupContextExtensions{},
		&message.GroupContextExtensions{Extensions: extensions()},
		&message.Custom{ProposalType: 0, Data: []byte("reserved")},
		&message.Custom{ProposalType: 8},
		&message.Custom{ProposalType: codepoint.ProposalType(codepoint.GREASE(0)), Data: []byte("reserved as well")},
		&message.Custom{ProposalType: 0xf001, Data: []byte("private use")},
	}
	for _, id := range PSKs() {
		bodies = append(bodies, &message.PreSharedKey{PSK: id})
	}
	var list []message.Proposal
	for _, b := range bodies {
		list = append(list, message.Proposal{Body: b})
	}
	return list
}

// ProposalsOrRefs returns all proposals by value, and references.
func ProposalsOrRefs() []message.ProposalOrRef {
	list := []message.ProposalOrRef{{Reference: []byte{}}, {Reference: bytes.Repeat([]byte{1}, 32)}}
	for _, p := range Proposals() {
		list = append(list, message.ProposalOrRef{Proposal: &p})
	}
	return list
}

// Commits returns Commits with and without proposals and path.
func Commits() []message.Commit {
	path := &tree.UpdatePath{
		LeafNode: leafNode(leaf.SourceCommit),
		Nodes: []tree.UpdatePathNode{
			{EncryptionKey: []byte("first")},
			{EncryptionKey: []byte("second"), EncryptedPathSecret: []ciphersuite.HPKECiphertext{{KEMOutput: []byte("a"), Ciphertext: []byte("b")}, {}}},
		},
	}
	return []message.Commit{
		{},
		{Path: path},
		{Proposals: ProposalsOrRefs()},
		{Proposals: ProposalsOrRefs()[:2], Path: &tree.UpdatePath{LeafNode: path.LeafNode}},
	}
}

// GroupInfos returns GroupInfos, empty and full.
func GroupInfos() []message.GroupInfo {
	return []message.GroupInfo{{}, {
		GroupContext: schedule.GroupContext{
			Version:                 codepoint.MLS10,
			CipherSuite:             codepoint.X25519AES128GCMSHA256Ed25519,
			GroupID:                 []byte("group"),
			Epoch:                   7,
			TreeHash:                []byte("tree hash"),
			ConfirmedTranscriptHash: []byte("transcript hash"),
			Extensions:              extensions(),
		},
		Extensions:      extensions(),
		ConfirmationTag: []byte("tag"),
		Signer:          1<<32 - 1,
		Signature:       []byte("signature"),
	}}
}

// Secrets returns GroupSecrets with and without path secret and PSKs.
func Secrets() []message.GroupSecrets {
	joiner := ciphersuite.Secret("joiner secret")
	return []message.GroupSecrets{
		{},
		{JoinerSecret: joiner},
		{JoinerSecret: joiner, PathSecret: &message.PathSecret{PathSecret: ciphersuite.Secret("path secret")}},
		{JoinerSecret: joiner, PathSecret: &message.PathSecret{}, PSKs: PSKs()},
	}
}

// Welcomes returns Welcomes for no, one and several members.
func Welcomes() []message.Welcome {
	secrets := []message.EncryptedGroupSecrets{
		{NewMember: []byte("reference"), EncryptedGroupSecrets: ciphersuite.HPKECiphertext{KEMOutput: []byte("a"), Ciphertext: []byte("b")}},
		{},
	}
	return []message.Welcome{
		{CipherSuite: 0xf001},
		{CipherSuite: 1, Secrets: secrets[:1], EncryptedGroupInfo: []byte("group info")},
		{CipherSuite: 7, Secrets: secrets, EncryptedGroupInfo: bytes.Repeat([]byte{1}, 100)},
	}
}
