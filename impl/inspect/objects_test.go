package inspect_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"slices"
	"testing"
	"time"

	"golang.org/x/crypto/chacha20"
	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/schedule"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/tree"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

// now is the clock of all tests.
func now() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }

// A stream is a reader that the seed decides.
type stream struct{ *chacha20.Cipher }

func newStream(seed string) io.Reader {
	key := sha256.Sum256([]byte(seed))
	c, err := chacha20.NewUnauthenticatedCipher(key[:], make([]byte, chacha20.NonceSize))
	if err != nil {
		panic(err)
	}
	return stream{c}
}

func (s stream) Read(p []byte) (int, error) {
	clear(p)
	s.XORKeyStream(p, p)
	return len(p), nil
}

// A world makes objects of one group. The same objects come out every time.
type world struct {
	t       testing.TB
	suite   *ciphersuite.Suite
	groupID []byte
}

func newWorld(t testing.TB) *world {
	return &world{t: t, suite: ciphersuite.All()[0], groupID: []byte("friends")}
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) encode(v syntax.Marshaler) []byte {
	w.t.Helper()
	data, err := syntax.Marshal(v)
	w.must(err)
	return data
}

func (w *world) signer(name string) *ciphersuite.SignatureKey {
	key, err := w.suite.GenerateSignatureKey(newStream(name + " signs"))
	w.must(err)
	return key
}

func (w *world) kem(name string) *ciphersuite.KEMKey {
	key, err := w.suite.GenerateKEMKey(newStream(name))
	w.must(err)
	return key
}

func (w *world) hash(name string) []byte { return w.suite.Hash([]byte(name)) }

// leaf is a leaf node of a KeyPackage, not yet signed.
func (w *world) leaf(name string) *leaf.LeafNode {
	return &leaf.LeafNode{
		EncryptionKey: w.kem(name + " encrypts").Public(),
		SignatureKey:  w.signer(name).Public(),
		Credential:    leaf.Basic([]byte(name)),
		Capabilities: leaf.Capabilities{
			Versions:     []codepoint.ProtocolVersion{codepoint.MLS10},
			CipherSuites: []codepoint.CipherSuite{1, 2, codepoint.CipherSuite(codepoint.GREASE(0))},
			Extensions:   []codepoint.ExtensionType{codepoint.ExtensionLastResort, codepoint.ExtensionType(codepoint.GREASE(3))},
			Proposals:    []codepoint.ProposalType{0xf001, 0x0042},
			Credentials:  []codepoint.CredentialType{codepoint.CredentialBasic, codepoint.CredentialX509},
		},
		Source:   leaf.SourceKeyPackage,
		Lifetime: leaf.Lifetime{NotBefore: 1767225600, NotAfter: 1775001600},
	}
}

func (w *world) signed(name string, n *leaf.LeafNode) *leaf.LeafNode {
	w.must(n.Sign(w.suite, w.signer(name), w.groupID, 0))
	return n
}

func (w *world) keyPackage(name string) *keypackage.KeyPackage {
	n := w.leaf(name)
	n.Extensions = leaf.Extensions{
		{Type: codepoint.ExtensionApplicationID, Data: append([]byte{8}, "device 1"...)},
		{Type: codepoint.ExtensionType(codepoint.GREASE(3)), Data: []byte{1, 2, 3}},
	}
	k := &keypackage.KeyPackage{
		Version:     codepoint.MLS10,
		CipherSuite: w.suite.ID(),
		InitKey:     w.kem(name + " is welcome").Public(),
		LeafNode:    *w.signed(name, n),
		Extensions:  leaf.Extensions{{Type: codepoint.ExtensionLastResort}},
	}
	w.must(k.Sign(w.suite, w.signer(name)))
	return k
}

// tree has Alice, a blank leaf, Carol and Dave, and a path of Alice's.
func (w *world) tree() (*tree.RatchetTree, *tree.UpdatePath) {
	t := tree.New(w.suite, w.signed("alice", w.leaf("alice")))
	for _, name := range []string{"bob", "carol", "dave"} {
		t.Add(w.signed(name, w.leaf(name)))
	}
	t.Remove(1)
	u, err := t.NewPath(newStream("path"), 0, w.leaf("alice"), w.signer("alice"), w.groupID)
	w.must(err)
	path := &tree.UpdatePath{LeafNode: *u.LeafNode()}
	for _, step := range t.FilteredDirectPath(0) {
		node := tree.UpdatePathNode{EncryptionKey: t.PublicKey(step.Node)}
		for range t.Resolution(step.Copath) {
			node.EncryptedPathSecret = append(node.EncryptedPathSecret, w.ciphertext("path"))
		}
		path.Nodes = append(path.Nodes, node)
	}
	return t, path
}

func (w *world) extension(t codepoint.ExtensionType, v syntax.Marshaler) leaf.Extension {
	e, err := leaf.Encode(t, v)
	w.must(err)
	return e
}

func (w *world) groupContext(t *tree.RatchetTree) *schedule.GroupContext {
	return &schedule.GroupContext{
		Version:                 codepoint.MLS10,
		CipherSuite:             w.suite.ID(),
		GroupID:                 w.groupID,
		Epoch:                   7,
		TreeHash:                t.Hash(),
		ConfirmedTranscriptHash: w.hash("transcript"),
		Extensions: leaf.Extensions{
			w.extension(codepoint.ExtensionRequiredCapabilities, &leaf.RequiredCapabilities{
				ExtensionTypes:  []codepoint.ExtensionType{codepoint.ExtensionLastResort},
				CredentialTypes: []codepoint.CredentialType{codepoint.CredentialBasic},
			}),
			w.extension(codepoint.ExtensionExternalSenders, &leaf.ExternalSenders{
				{SignatureKey: w.signer("server").Public(), Credential: leaf.Basic([]byte("server"))},
			}),
		},
	}
}

func (w *world) groupInfo() *message.GroupInfo {
	t, _ := w.tree()
	encoded, err := t.Marshal()
	w.must(err)
	g := &message.GroupInfo{
		GroupContext: *w.groupContext(t),
		Extensions: leaf.Extensions{
			{Type: codepoint.ExtensionRatchetTree, Data: encoded},
			w.extension(codepoint.ExtensionExternalPub, &leaf.ExternalPub{ExternalPub: w.kem("external").Public()}),
		},
		ConfirmationTag: w.hash("confirmation"),
	}
	w.must(g.Sign(w.suite, w.signer("alice")))
	return g
}

func (w *world) welcome() *message.Welcome {
	v := &message.Welcome{CipherSuite: w.suite.ID(), EncryptedGroupInfo: w.hash("encrypted")}
	ref, err := w.keyPackage("erin").Ref()
	w.must(err)
	for _, r := range [][]byte{ref, w.hash("another")} {
		v.Secrets = append(v.Secrets, message.EncryptedGroupSecrets{NewMember: r, EncryptedGroupSecrets: w.ciphertext(string(r))})
	}
	return v
}

// ciphertext has the form of one, and nothing in it.
func (w *world) ciphertext(name string) ciphersuite.HPKECiphertext {
	return ciphersuite.HPKECiphertext{KEMOutput: w.kem(name).Public(), Ciphertext: append(w.hash(name), w.hash(name)[:16]...)}
}

func (w *world) groupSecrets() *message.GroupSecrets {
	return &message.GroupSecrets{
		JoinerSecret: w.hash("joiner"),
		PathSecret:   &message.PathSecret{PathSecret: w.hash("path")},
		PSKs: []schedule.PreSharedKeyID{
			{Type: schedule.PSKExternal, ID: []byte("shared"), Nonce: w.hash("nonce")},
			{Type: schedule.PSKResumption, Usage: schedule.UsageBranch, GroupID: w.groupID, Epoch: 6, Nonce: w.hash("nonce 2")},
		},
	}
}

// proposals has one of each type.
func (w *world) proposals() []message.Proposal {
	update := w.leaf("alice")
	update.Source = leaf.SourceUpdate
	return []message.Proposal{
		{Body: &message.Add{KeyPackage: *w.keyPackage("erin")}},
		{Body: &message.Update{LeafNode: *w.signed("alice", update)}},
		{Body: &message.Remove{Removed: 3}},
		{Body: &message.PreSharedKey{PSK: w.groupSecrets().PSKs[0]}},
		{Body: &message.ReInit{GroupID: []byte("next"), Version: codepoint.MLS10, CipherSuite: 3}},
		{Body: &message.ExternalInit{KEMOutput: w.kem("ephemeral").Public()}},
		{Body: &message.GroupContextExtensions{Extensions: leaf.Extensions{{Type: 0xf00d, Data: []byte("?")}}}},
		{Body: &message.Custom{ProposalType: 0xf001, Data: []byte{0xff}}},
	}
}

func (w *world) commit() *message.Commit {
	_, path := w.tree()
	c := &message.Commit{Path: path}
	for _, p := range w.proposals() {
		c.Proposals = append(c.Proposals, message.ProposalOrRef{Proposal: &p})
	}
	c.Proposals = append(c.Proposals, message.ProposalOrRef{Reference: w.hash("proposal")})
	return c
}

// authenticated is a signed message; its context is not that of any group.
func (w *world) authenticated(name string, c framing.FramedContent) *framing.AuthenticatedContent {
	c.GroupID, c.Epoch = w.groupID, 7
	a := &framing.AuthenticatedContent{WireFormat: codepoint.WireFormatPublicMessage, Content: c}
	w.must(a.Sign(w.suite, w.signer(name), []byte("context")))
	if c.ContentType == framing.ContentCommit {
		a.Auth.ConfirmationTag = w.hash("confirmation")
	}
	return a
}

func (w *world) public(name string, c framing.FramedContent) *framing.MLSMessage {
	m, err := framing.ProtectPublic(w.suite, w.authenticated(name, c), w.hash("membership"), []byte("context"))
	w.must(err)
	return &framing.MLSMessage{PublicMessage: m}
}

func (w *world) publicCommit() *framing.MLSMessage {
	return w.public("alice", framing.FramedContent{
		Sender:            framing.Member(0),
		AuthenticatedData: []byte("ordered 12"),
		ContentType:       framing.ContentCommit,
		Commit:            w.commit(),
	})
}

// publicProposal is a proposal by a member, by an external sender, or by Erin,
// who asks to be added.
func (w *world) publicProposal(from framing.Sender) *framing.MLSMessage {
	p := w.proposals()[0]
	return w.public("erin", framing.FramedContent{Sender: from, ContentType: framing.ContentProposal, Proposal: &p})
}

func (w *world) private() *framing.MLSMessage {
	return &framing.MLSMessage{PrivateMessage: &framing.PrivateMessage{
		GroupID:             w.groupID,
		Epoch:               7,
		ContentType:         framing.ContentApplication,
		EncryptedSenderData: w.hash("sender data")[:28],
		Ciphertext:          w.hash("ciphertext"),
	}}
}

// certified is a leaf node with a certificate.
func (w *world) certified() *leaf.LeafNode { return w.named("Frank") }

// named is a leaf node with a certificate for a name.
func (w *world) named(name string) *leaf.LeafNode {
	key := ed25519.NewKeyFromSeed(w.signer("frank").Private())
	template := &x509.Certificate{
		SerialNumber: big.NewInt(4711),
		Subject:      pkix.Name{CommonName: name, Organization: []string{"Example"}},
		NotBefore:    now(),
		NotAfter:     now().AddDate(1, 0, 0),
	}
	der, err := x509.CreateCertificate(newStream("certificate"), template, template, key.Public(), key)
	w.must(err)
	n := w.leaf("frank")
	n.Credential = leaf.Credential{Type: codepoint.CredentialX509, Certificates: []leaf.Certificate{{Data: der}}}
	return w.signed("frank", n)
}

func (w *world) message(v syntax.Marshaler) *framing.MLSMessage {
	switch v := v.(type) {
	case *keypackage.KeyPackage:
		return &framing.MLSMessage{KeyPackage: v}
	case *message.Welcome:
		return &framing.MLSMessage{Welcome: v}
	case *message.GroupInfo:
		return &framing.MLSMessage{GroupInfo: v}
	}
	w.t.Fatalf("%T is no message", v)
	return nil
}

// An object has a type and an encoding.
type object struct {
	name     string
	typ      string
	data     []byte
	detected bool // without being told the type; these have golden files
}

// objects has one of each type.
func (w *world) objects() []object {
	t, path := w.tree()
	ratchetTree, err := t.Marshal()
	w.must(err)
	detected := []object{
		{name: "key-package", typ: "message", data: w.encode(w.message(w.keyPackage("alice")))},
		{name: "welcome", typ: "message", data: w.encode(w.message(w.welcome()))},
		{name: "group-info", typ: "message", data: w.encode(w.message(w.groupInfo()))},
		{name: "commit", typ: "message", data: w.encode(w.publicCommit())},
		{name: "proposal-member", typ: "message", data: w.encode(w.publicProposal(framing.Member(2)))},
		{name: "proposal-external", typ: "message", data: w.encode(w.publicProposal(framing.Sender{Type: framing.SenderExternal, SenderIndex: 1}))},
		{name: "proposal-new-member", typ: "message", data: w.encode(w.publicProposal(framing.Sender{Type: framing.SenderNewMemberProposal}))},
		{name: "private", typ: "message", data: w.encode(w.private())},
		{name: "bare-key-package", typ: "key-package", data: w.encode(w.keyPackage("alice"))},
		{name: "ratchet-tree", typ: "ratchet-tree", data: ratchetTree},
		{name: "update-path", typ: "update-path", data: w.encode(path)},
		{name: "group-secrets", typ: "group-secrets", data: w.encode(w.groupSecrets())},
		{name: "group-context", typ: "group-context", data: w.encode(w.groupContext(t))},
		{name: "certified", typ: "leaf-node", data: w.encode(w.certified())},
		{name: "sender-data", typ: "sender-data", data: w.encode(&schedule.SenderData{LeafIndex: 2, Generation: 5, ReuseGuard: [4]byte{1, 2, 3, 4}})},
	}
	for i := range detected {
		detected[i].detected = true
	}
	return slices.Concat(detected, w.bodies(), w.parts(t, path), w.covered(t))
}

// bodies are what messages are about, without what is around it.
func (w *world) bodies() []object {
	p := w.proposals()
	commit := w.publicCommit().PublicMessage
	reference := w.commit().Proposals[8]
	return []object{
		{name: "group info", typ: "group-info", data: w.encode(w.groupInfo())},
		{name: "welcome without message", typ: "welcome", data: w.encode(w.welcome())},
		{name: "proposal", typ: "proposal", data: w.encode(&p[4])},
		{name: "commit without message", typ: "commit", data: w.encode(w.commit())},
		{name: "public message", typ: "public-message", data: w.encode(commit)},
		{name: "private message", typ: "private-message", data: w.encode(w.private().PrivateMessage)},
		{name: "authenticated content", typ: "authenticated-content", data: w.encode(commit.Authenticated())},
		{name: "framed content", typ: "framed-content", data: w.encode(&commit.Content)},
		{name: "add", typ: "add", data: w.encode(p[0].Body)},
		{name: "update", typ: "update", data: w.encode(p[1].Body)},
		{name: "remove", typ: "remove", data: w.encode(p[2].Body)},
		{name: "psk", typ: "pre-shared-key", data: w.encode(p[3].Body)},
		{name: "reinit", typ: "reinit", data: w.encode(p[4].Body)},
		{name: "external init", typ: "external-init", data: w.encode(p[5].Body)},
		{name: "group context extensions", typ: "group-context-extensions", data: w.encode(p[6].Body)},
		{name: "reference", typ: "proposal-or-ref", data: w.encode(&reference)},
	}
}

// parts are what the structures above are made of.
func (w *world) parts(t *tree.RatchetTree, path *tree.UpdatePath) []object {
	n := w.leaf("alice")
	secrets := w.groupSecrets()
	context := w.groupContext(t)
	required, err := context.Extensions.RequiredCapabilities()
	w.must(err)
	senders, err := context.Extensions.ExternalSenders()
	w.must(err)
	return []object{
		{name: "psk id", typ: "pre-shared-key-id", data: w.encode(&secrets.PSKs[1])},
		{name: "node", typ: "node", data: w.encode(&tree.Node{Parent: t.Parent(3)})},
		{name: "parent node", typ: "parent-node", data: w.encode(&tree.ParentNode{UnmergedLeaves: []treemath.LeafIndex{1, 5}})},
		{name: "update path node", typ: "update-path-node", data: w.encode(&path.Nodes[0])},
		{name: "ciphertext", typ: "hpke-ciphertext", data: w.encode(&path.Nodes[0].EncryptedPathSecret[0])},
		{name: "encrypted secrets", typ: "encrypted-group-secrets", data: w.encode(&w.welcome().Secrets[0])},
		{name: "path secret", typ: "path-secret", data: w.encode(secrets.PathSecret)},
		{name: "credential", typ: "credential", data: w.encode(&n.Credential)},
		{name: "credential of unknown type", typ: "credential", data: w.encode(&leaf.Credential{Type: 0xf000, Unknown: []byte("x")})},
		{name: "certificate", typ: "certificate", data: w.encode(&w.certified().Credential.Certificates[0])},
		{name: "capabilities", typ: "capabilities", data: w.encode(&n.Capabilities)},
		{name: "lifetime", typ: "lifetime", data: w.encode(&n.Lifetime)},
		{name: "sender", typ: "sender", data: w.encode(&framing.Sender{Type: framing.SenderNewMemberCommit})},
		{name: "extension", typ: "extension", data: w.encode(&context.Extensions[0])},
		{name: "extensions", typ: "extensions", data: w.encode(&context.Extensions)},
		{name: "required capabilities", typ: "required-capabilities", data: w.encode(required)},
		{name: "external pub", typ: "external-pub", data: w.encode(&leaf.ExternalPub{ExternalPub: w.kem("external").Public()})},
		{name: "external senders", typ: "external-senders", data: w.encode((*leaf.ExternalSenders)(&senders))},
		{name: "external sender", typ: "external-sender", data: w.encode(&senders[0])},
	}
}

// covered is what is signed, hashed or derived from.
func (w *world) covered(t *tree.RatchetTree) []object {
	context := w.encode(w.groupContext(t))
	alice := t.Leaf(0)
	commit := w.publicCommit().PublicMessage
	proposal := w.publicProposal(framing.Sender{Type: framing.SenderNewMemberProposal}).PublicMessage
	tbs := func(m *framing.PublicMessage) []byte {
		return w.encode(&framing.FramedContentTBS{WireFormat: codepoint.WireFormatPublicMessage, Content: &m.Content, Context: context})
	}
	opaque := func(parts ...[]byte) []byte {
		var b cryptobyte.Builder
		for _, p := range parts {
			syntax.AddOpaque(&b, p)
		}
		return b.BytesOrPanic()
	}
	commitAuth := opaque(commit.Auth.Signature, commit.Auth.ConfirmationTag)
	signature := opaque(proposal.Auth.Signature)
	label := []byte("MLS 1.0 label")
	return []object{
		{name: "key package TBS", typ: "key-package-tbs", data: w.encode((*keypackage.TBS)(w.keyPackage("alice")))},
		{name: "leaf node TBS", typ: "leaf-node-tbs", data: w.encode(&leaf.LeafNodeTBS{LeafNode: alice, GroupID: w.groupID})},
		{name: "leaf node TBS of a key package", typ: "leaf-node-tbs", data: w.encode(&leaf.LeafNodeTBS{LeafNode: w.leaf("bob")})},
		{name: "group info TBS", typ: "group-info-tbs", data: w.encode((*message.GroupInfoTBS)(w.groupInfo()))},
		{name: "commit TBS", typ: "framed-content-tbs", data: tbs(commit)},
		{name: "proposal TBS", typ: "framed-content-tbs", data: tbs(proposal)},
		{name: "commit TBM", typ: "authenticated-content-tbm", data: slices.Concat(tbs(commit), commitAuth)},
		{name: "transcript", typ: "confirmed-transcript-hash-input", data: slices.Concat([]byte{0, 1}, w.encode(&commit.Content), signature)},
		{name: "content AAD", typ: "private-content-aad", data: slices.Concat(opaque(w.groupID), make([]byte, 8), []byte{1}, opaque(label))},
		{name: "sender data AAD", typ: "sender-data-aad", data: slices.Concat(opaque(w.groupID), make([]byte, 8), []byte{3})},
		{name: "private application", typ: "private-application", data: slices.Concat(opaque([]byte("hello")), signature, make([]byte, 20))},
		{name: "private proposal", typ: "private-proposal", data: slices.Concat(w.encode(proposal.Content.Proposal), signature, []byte{0, 1})},
		{name: "private commit", typ: "private-commit", data: slices.Concat(w.encode(w.commit()), commitAuth)},
		{name: "leaf hash", typ: "tree-hash-input", data: slices.Concat([]byte{1, 0, 0, 0, 0, 1}, w.encode(alice))},
		{name: "blank leaf hash", typ: "tree-hash-input", data: []byte{1, 0, 0, 0, 1, 0}},
		{name: "parent hash", typ: "tree-hash-input", data: slices.Concat([]byte{2, 1}, w.encode(t.Parent(3)), opaque(w.hash("left"), w.hash("right")))},
		{name: "parent hash input", typ: "parent-hash-input", data: opaque(w.hash("key"), w.hash("parent"), w.hash("sibling"))},
		{name: "PSK label", typ: "psk-label", data: slices.Concat(w.encode(&w.groupSecrets().PSKs[0]), []byte{0, 0, 0, 1})},
		{name: "KDF label", typ: "kdf-label", data: slices.Concat([]byte{0, 32}, opaque(label, context))},
		{name: "sign content", typ: "sign-content", data: opaque(label, context)},
		{name: "encrypt context", typ: "encrypt-context", data: opaque(label, context)},
		{name: "ref hash input", typ: "ref-hash-input", data: opaque(label, context)},
	}
}
