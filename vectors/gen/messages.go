package main

import (
	"fmt"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/schedule"
	"github.com/mlsconform/mlsconform/impl/tree"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

type messagesVector struct {
	Welcome    hexBytes `json:"mls_welcome"`
	GroupInfo  hexBytes `json:"mls_group_info"`
	KeyPackage hexBytes `json:"mls_key_package"`

	RatchetTree  hexBytes `json:"ratchet_tree"`
	GroupSecrets hexBytes `json:"group_secrets"`

	Add                    hexBytes `json:"add_proposal"`
	Update                 hexBytes `json:"update_proposal"`
	Remove                 hexBytes `json:"remove_proposal"`
	PreSharedKey           hexBytes `json:"pre_shared_key_proposal"`
	ReInit                 hexBytes `json:"re_init_proposal"`
	ExternalInit           hexBytes `json:"external_init_proposal"`
	GroupContextExtensions hexBytes `json:"group_context_extensions_proposal"`

	Commit hexBytes `json:"commit"`

	PublicApplication hexBytes `json:"public_message_application"`
	PublicProposal    hexBytes `json:"public_message_proposal"`
	PublicCommit      hexBytes `json:"public_message_commit"`
	PrivateMessage    hexBytes `json:"private_message"`
}

// objects are the structures of a case before they are encoded.
type objects struct {
	welcome      message.Welcome
	groupInfo    message.GroupInfo
	keyPackage   keypackage.KeyPackage
	tree         []byte
	secrets      message.GroupSecrets
	update       leaf.LeafNode
	remove       message.Remove
	psk          schedule.PreSharedKeyID
	reInit       message.ReInit
	externalInit message.ExternalInit
	extensions   leaf.Extensions
	commit       message.Commit
	senders      [3]framing.Sender // of application data, proposal and commit
	groupID      []byte
	aad          []byte
	application  []byte
	private      framing.PrivateMessage
	auth         framing.FramedContentAuthData
	membership   []byte
}

func messages() family {
	f := family{name: "messages"}
	for _, suite := range ciphersuite.All() {
		f.scenarios = append(f.scenarios, scenario{
			id:     fmt.Sprintf("suite%d", suite.ID()),
			reason: "keys, signatures and ciphertexts as long as those of the suite",
			make: func(m *maker) any {
				m.suite = suite
				return m.ordinaryObjects().vector()
			},
		})
	}
	f.scenarios = append(f.scenarios,
		scenario{"bare", "everything that may be empty is", func(m *maker) any {
			m.suite = ciphersuite.All()[0]
			return bareObjects().vector()
		}},
		scenario{"rich", "unknown types of extension, credential and proposal, GREASE, certificates, all types of sender, lengths of four bytes", func(m *maker) any {
			m.suite = ciphersuite.All()[1]
			return m.richObjects().vector()
		}},
	)
	return f
}

func (m *maker) ciphertext(n int) ciphersuite.HPKECiphertext {
	return ciphersuite.HPKECiphertext{KEMOutput: m.kemKey().Public(), Ciphertext: m.bytes(n + m.suite.Overhead())}
}

// ordinaryObjects are the structures as groups use them every day.
func (m *maker) ordinaryObjects() *objects {
	g := m.grove().grow(3)
	kp := m.bundle("added", m.signer(), keypackage.Options{}).KeyPackage
	o := &objects{
		keyPackage:   kp,
		update:       *g.newLeaf(1).node,
		remove:       message.Remove{Removed: 1},
		psk:          schedule.PreSharedKeyID{Type: schedule.PSKExternal, ID: m.bytes(8), Nonce: m.secret()},
		reInit:       message.ReInit{GroupID: m.bytes(16), Version: codepoint.MLS10, CipherSuite: m.suite.ID()},
		externalInit: message.ExternalInit{KEMOutput: m.kemKey().Public()},
		extensions:   leaf.Extensions{must(leaf.Encode(codepoint.ExtensionRequiredCapabilities, &leaf.RequiredCapabilities{CredentialTypes: []codepoint.CredentialType{codepoint.CredentialBasic}}))},
		senders:      [3]framing.Sender{framing.Member(0), framing.Member(1), framing.Member(2)},
		groupID:      g.groupID,
		application:  []byte("application data"),
		auth:         framing.FramedContentAuthData{Signature: must(m.signer().Sign([]byte("content"))), ConfirmationTag: m.secret()},
		membership:   m.secret(),
	}
	update := g.path(2)
	o.tree = g.encoded()
	o.commit = message.Commit{
		Proposals: []message.ProposalOrRef{{Reference: m.secret()}, {Proposal: &message.Proposal{Body: &message.Add{KeyPackage: kp}}}},
		Path:      must(update.Encrypt(m.random, g.tree, m.bytes(8), nil)),
	}
	o.groupInfo = message.GroupInfo{
		GroupContext: schedule.GroupContext{
			Version: codepoint.MLS10, CipherSuite: m.suite.ID(), GroupID: g.groupID, Epoch: 1,
			TreeHash: g.tree.Hash(), ConfirmedTranscriptHash: m.secret(), Extensions: o.extensions,
		},
		Extensions:      leaf.Extensions{must(leaf.Encode(codepoint.ExtensionExternalPub, &leaf.ExternalPub{ExternalPub: m.kemKey().Public()}))},
		ConfirmationTag: m.secret(),
		Signer:          2,
	}
	check(o.groupInfo.Sign(m.suite, g.clients[2].signer))
	o.secrets = message.GroupSecrets{
		JoinerSecret: m.secret(),
		PathSecret:   &message.PathSecret{PathSecret: m.secret()},
		PSKs:         []schedule.PreSharedKeyID{o.psk},
	}
	o.welcome = message.Welcome{
		CipherSuite:        m.suite.ID(),
		Secrets:            []message.EncryptedGroupSecrets{{NewMember: must(kp.Ref()), EncryptedGroupSecrets: m.ciphertext(len(encode(&o.secrets)))}},
		EncryptedGroupInfo: m.bytes(len(encode(&o.groupInfo)) + m.suite.Overhead()),
	}
	o.private = framing.PrivateMessage{
		GroupID: g.groupID, Epoch: 1, ContentType: framing.ContentApplication,
		EncryptedSenderData: m.bytes(12 + m.suite.Overhead()), Ciphertext: m.bytes(200),
	}
	return o
}

// bareObjects hold nothing that the encoding does not ask for.
func bareObjects() *objects {
	l := leaf.LeafNode{Credential: leaf.Basic(nil), Source: leaf.SourceUpdate}
	kp := keypackage.KeyPackage{Version: codepoint.MLS10, LeafNode: l}
	kp.LeafNode.Source = leaf.SourceKeyPackage
	return &objects{
		keyPackage: kp,
		tree:       encodeTree(&tree.Node{Leaf: &l}),
		update:     l,
		psk:        schedule.PreSharedKeyID{Type: schedule.PSKExternal},
		senders:    [3]framing.Sender{framing.Member(0), framing.Member(0), framing.Member(0)},
		private:    framing.PrivateMessage{ContentType: framing.ContentCommit},
	}
}

// richObjects hold what is rare.
func (m *maker) richObjects() *objects {
	o := m.ordinaryObjects()
	l := &o.keyPackage.LeafNode
	l.Credential = leaf.Credential{
		Type:         codepoint.CredentialX509,
		Certificates: []leaf.Certificate{{Data: pattern(900)}, {Data: pattern(63)}, {}},
	}
	check(l.Capabilities.AddGREASE(m.random))
	l.Extensions = leaf.Extensions{{Type: codepoint.ExtensionApplicationID, Data: pattern(64)}, {Type: 0xff00, Data: nil}}
	l.Lifetime = leaf.Lifetime{NotAfter: 1<<64 - 1}
	o.keyPackage.Extensions = leaf.Extensions{{Type: codepoint.ExtensionLastResort}, must(leaf.GREASEExtension(m.random))}
	o.update.Credential = leaf.Credential{Type: codepoint.CredentialType(codepoint.GREASE(3)), Unknown: pattern(30)}
	o.update.Source, o.update.ParentHash = leaf.SourceCommit, m.secret()
	parent := &tree.ParentNode{EncryptionKey: m.kemKey().Public(), ParentHash: m.secret(), UnmergedLeaves: []treemath.LeafIndex{0, 1, 70000}}
	o.tree = encodeTree(&tree.Node{Leaf: l}, &tree.Node{Parent: parent}, nil, nil, &tree.Node{Leaf: &o.update})
	resumption := func(u schedule.ResumptionPSKUsage) schedule.PreSharedKeyID {
		return schedule.PreSharedKeyID{Type: schedule.PSKResumption, Usage: u, GroupID: m.bytes(5), Epoch: 1<<64 - 1, Nonce: m.secret()}
	}
	o.psk = resumption(schedule.UsageApplication)
	o.secrets.PSKs = []schedule.PreSharedKeyID{resumption(schedule.UsageReInit), resumption(schedule.UsageBranch), o.psk}
	o.secrets.PathSecret = nil
	o.extensions = leaf.Extensions{
		must(leaf.Encode(codepoint.ExtensionExternalSenders, &leaf.ExternalSenders{{SignatureKey: m.signer().Public(), Credential: leaf.Basic([]byte("sender"))}})),
		{Type: 0xff01, Data: pattern(16384)},
	}
	o.groupInfo.Extensions = leaf.Extensions{{Type: codepoint.ExtensionRatchetTree, Data: o.tree}}
	o.commit.Proposals = append(o.commit.Proposals,
		message.ProposalOrRef{Proposal: &message.Proposal{Body: &message.Custom{ProposalType: 0xf001, Data: pattern(100)}}},
		message.ProposalOrRef{Proposal: &message.Proposal{Body: &message.GroupContextExtensions{Extensions: o.extensions}}},
	)
	o.senders = [3]framing.Sender{
		{Type: framing.SenderNewMemberProposal},
		{Type: framing.SenderExternal, SenderIndex: 1 << 31},
		{Type: framing.SenderNewMemberCommit},
	}
	o.aad, o.application = pattern(64), pattern(16384)
	o.private.ContentType, o.private.AuthenticatedData, o.private.Ciphertext = framing.ContentProposal, pattern(64), pattern(16384)
	return o
}

func (o *objects) vector() messagesVector {
	add := &message.Add{KeyPackage: o.keyPackage}
	return messagesVector{
		Welcome:                encode(&framing.MLSMessage{Welcome: &o.welcome}),
		GroupInfo:              encode(&framing.MLSMessage{GroupInfo: &o.groupInfo}),
		KeyPackage:             encode(&framing.MLSMessage{KeyPackage: &o.keyPackage}),
		RatchetTree:            o.tree,
		GroupSecrets:           encode(&o.secrets),
		Add:                    encode(add),
		Update:                 encode(&message.Update{LeafNode: o.update}),
		Remove:                 encode(&o.remove),
		PreSharedKey:           encode(&message.PreSharedKey{PSK: o.psk}),
		ReInit:                 encode(&o.reInit),
		ExternalInit:           encode(&o.externalInit),
		GroupContextExtensions: encode(&message.GroupContextExtensions{Extensions: o.extensions}),
		Commit:                 encode(&o.commit),
		PublicApplication:      o.public(o.senders[0], framing.FramedContent{ContentType: framing.ContentApplication, ApplicationData: o.application}),
		PublicProposal:         o.public(o.senders[1], framing.FramedContent{ContentType: framing.ContentProposal, Proposal: &message.Proposal{Body: add}}),
		PublicCommit:           o.public(o.senders[2], framing.FramedContent{ContentType: framing.ContentCommit, Commit: &o.commit}),
		PrivateMessage:         encode(&framing.MLSMessage{PrivateMessage: &o.private}),
	}
}

func (o *objects) public(sender framing.Sender, c framing.FramedContent) []byte {
	c.GroupID, c.Epoch, c.Sender, c.AuthenticatedData = o.groupID, 1, sender, o.aad
	return encode(&framing.MLSMessage{PublicMessage: &framing.PublicMessage{Content: c, Auth: o.auth, MembershipTag: o.membership}})
}

// encodeTree returns a ratchet_tree of any nodes; nil is a blank one.
func encodeTree(nodes ...*tree.Node) []byte {
	return must(must(tree.FromNodes(ciphersuite.All()[0], nodes)).Marshal())
}
