package group_test

import (
	"github.com/mlsconform/mlsconform/fuzz/mutate"
	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/syntax/syntaxtest"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

// A mutant is a message into which a program puts faults while it is forged.
type mutant struct {
	pool    *mutate.Pool
	program []byte
	// unsigned leaves signatures inside of proposals as they were.
	unsigned bool
}

// change changes a structure, as long as the result is one.
func change[T any, P syntaxtest.Pair[T]](m *mutant, typ string, v P) {
	encoded, err := syntax.Marshal(v)
	if err != nil {
		return // an earlier change has left nothing to encode
	}
	changed, err := m.pool.Change(typ, encoded, m.program)
	if err != nil {
		panic(err) // what our codec encodes, the inspector reads
	}
	if parsed, err := syntax.Parse[T, P](changed); err == nil {
		*v = *parsed
	}
}

// bytes changes bytes that have no structure.
func (m *mutant) bytes(b *[]byte) {
	v := leaf.ExternalPub{ExternalPub: *b} // as good as any structure of one opaque field
	change(m, "external-pub", &v)
	*b = v.ExternalPub
}

func (m *mutant) secret(s *ciphersuite.Secret) { m.bytes((*[]byte)(s)) }

// A faultyStage is where a program can put faults into a draft. All that is
// computed later takes them in.
type faultyStage struct {
	stage stage
	put   func(*mutant, *draft)
}

// faultyStages are the stages in their order, and what is there by then.
var faultyStages = []faultyStage{
	{keyed, func(m *mutant, d *draft) {
		for i := range d.path.keys {
			m.bytes(&d.path.keys[i])
		}
	}},
	{keyed, func(m *mutant, d *draft) {
		for i := range d.path.secrets {
			m.secret(&d.path.secrets[i])
		}
	}},
	{leafReady, func(m *mutant, d *draft) { change(m, "leaf-node", d.path.leaf) }},
	{leafSigned, func(m *mutant, d *draft) { change(m, "leaf-node", d.path.leaf) }},
	{provisional, func(m *mutant, d *draft) { change(m, "group-context", d.context) }},
	{provisional, func(m *mutant, d *draft) { m.bytes(&d.pathContext) }},
	{pathEncrypted, func(m *mutant, d *draft) { change(m, "commit", &d.commit) }},
	{framed, func(m *mutant, d *draft) { change(m, "framed-content", &d.auth.Content) }},
	{framed, func(m *mutant, d *draft) { m.bytes(&d.signContext) }},
	{toSign, func(m *mutant, d *draft) { m.bytes(&d.tbs) }},
	{signed, func(m *mutant, d *draft) { m.bytes(&d.auth.Auth.Signature) }},
	{keysChosen, func(m *mutant, d *draft) { m.secret(&d.commitSecret) }},
	{keysChosen, func(m *mutant, d *draft) { m.secret(&d.init) }},
	{tagged, func(m *mutant, d *draft) { m.bytes(&d.auth.Auth.ConfirmationTag) }},
	{toTag, func(m *mutant, d *draft) { m.secret(&d.membershipKey) }},
	{sealing, func(m *mutant, d *draft) { m.bytes(&d.seal.plaintext) }},
	{sealing, func(m *mutant, d *draft) { change(m, "sender-data", &d.seal.sender) }},
	{sealing, func(m *mutant, d *draft) { m.bytes(&d.seal.contentAAD) }},
	{sealed, func(m *mutant, d *draft) { m.bytes(&d.seal.senderData) }},
	{sealed, func(m *mutant, d *draft) { m.bytes(&d.message.PrivateMessage.Ciphertext) }},
	{protected, func(m *mutant, d *draft) { change(m, "message", &d.message) }},
}

// proposal changes a proposal before it is put anywhere. What its maker signs is
// signed anew.
func (m *mutant) proposal(p *message.Proposal, suite *ciphersuite.Suite, signer ciphersuite.Signer, groupID []byte, place treemath.LeafIndex) {
	switch body := p.Body.(type) {
	case *message.Add:
		k := m.keyPackage(body.KeyPackage, suite, signer)
		p.Body = &message.Add{KeyPackage: k}
	case *message.Update:
		n := body.LeafNode.Clone()
		change(m, "leaf-node", n)
		if !m.unsigned {
			_ = n.Sign(suite, signer, groupID, place) // one that has no encoding stays as it is
		}
		p.Body = &message.Update{LeafNode: *n}
	default:
		change(m, "proposal", p)
	}
}

// keyPackage changes the leaf or, where the program says so, something around it.
func (m *mutant) keyPackage(k keypackage.KeyPackage, suite *ciphersuite.Suite, signer ciphersuite.Signer) keypackage.KeyPackage {
	k.LeafNode = *k.LeafNode.Clone()
	if len(m.program)%2 == 0 {
		change(m, "key-package", &k)
	} else {
		change(m, "leaf-node", &k.LeafNode)
		if !m.unsigned {
			_ = k.LeafNode.Sign(suite, signer, nil, 0)
		}
	}
	if !m.unsigned {
		_ = k.Sign(suite, signer)
	}
	return k
}
