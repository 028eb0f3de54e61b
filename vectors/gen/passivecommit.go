package main

import (
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/schedule"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

// customProposal is a proposal type for private use.
const customProposal codepoint.ProposalType = 0xf001

func passiveClientHandlingCommit() family {
	return family{name: "passive-client-handling-commit", suites: true, scenarios: []scenario{
		{"empty-public", "commits without proposals, as PublicMessage, from both sides of the client's place", emptyPublic},
		{"empty-private", "commits without proposals, as PrivateMessage, with padding and authenticated data", emptyPrivate},
		{"add", "adds by value with and without a path, up to a larger tree; then a path for unmerged members", adds},
		{"update", "updates by reference, one of them with a new signature key and credential; then the updated ones commit", updates},
		{"remove", "removes by value and by reference: blanks inside, then the tree is halved; then a blank leaf is filled", removes},
		{"psk", "external and resumption PSKs, by value and by reference, without a path and with one", psks},
		{"extensions", "the extensions of the group are replaced, and then removed", extensionsReplaced},
		{"external-proposals", "an external sender proposes a remove and an add; a client proposes itself", externalProposals},
		{"external-commit", "a client joins by an external commit, and another one takes its own old place with a PSK", externalCommits},
		{"all-at-once", "every kind of proposal that can stand with others, by value and by reference, not in the order of their application", allAtOnce},
		{"left-out", "a proposal that no commit covers, and one that the commit repeats by value", leftOut},
		{"custom", "a proposal of a type that all members list, by reference and by value", custom},
		{"reinit", "the last commit of the group announces its successor", reinit},
	}}
}

// worldWith returns a group of the creator, the passive client at leaf 1, and
// some others.
func (m *maker) worldWith(h handshake, others int, extensions ...leaf.Extension) *world {
	w := m.world(h, extensions...)
	w.commit(w.last(), group.CommitOptions{}, append([]*newcomer{w.passive}, w.newcomers(others)...)...)
	return w
}

func emptyPublic(m *maker) any {
	w := m.worldWith(public, 1)
	w.commit(w.at(0), group.CommitOptions{})
	w.commit(w.at(2), group.CommitOptions{})
	return w.vector
}

func emptyPrivate(m *maker) any {
	w := m.worldWith(private, 2)
	w.padding = 50
	w.commit(w.at(3), group.CommitOptions{AuthenticatedData: []byte("data")})
	w.commit(w.at(0), group.CommitOptions{})
	return w.vector
}

func adds(m *maker) any {
	w := m.worldWith(mixed, 1)
	w.commit(w.at(2), group.CommitOptions{}, w.newcomers(1)...)
	w.commit(w.at(3), group.CommitOptions{OmitPath: true}, w.newcomers(2)...)
	w.commit(w.at(0), group.CommitOptions{})
	return w.vector
}

func updates(m *maker) any {
	w := m.worldWith(mixed, 3)
	name := leaf.Basic([]byte("renamed"))
	w.send(w.at(2), must(w.at(2).ProposeUpdate(nil, nil)))
	w.send(w.at(3), must(w.at(3).ProposeUpdate(&group.LeafChange{Signer: m.signer(), Credential: &name}, nil)))
	w.commit(w.at(0), group.CommitOptions{})
	w.commit(w.at(3), group.CommitOptions{})
	w.commit(w.at(2), group.CommitOptions{Leaf: &group.LeafChange{Signer: m.signer(), Extensions: &leaf.Extensions{{Type: codepoint.ExtensionApplicationID, Data: []byte("app")}}}})
	return w.vector
}

func removes(m *maker) any {
	w := m.worldWith(private, 5)
	w.commit(w.at(0), group.CommitOptions{Proposals: []message.Proposal{group.Remove(3)}})
	w.propose(w.at(2), group.Remove(5))
	w.propose(w.at(2), group.Remove(6))
	w.commit(w.at(0), group.CommitOptions{Proposals: []message.Proposal{group.Remove(4)}})
	w.commit(w.at(2), group.CommitOptions{}, w.newcomers(1)...)
	return w.vector
}

func psks(m *maker) any {
	w := m.worldWith(public, 1)
	w.addPSK([]byte("psk"), m.bytes(32))
	by := w.at(2)
	w.commit(by, group.CommitOptions{OmitPath: true, Proposals: []message.Proposal{must(by.ExternalPSK([]byte("psk")))}})
	w.propose(by, must(by.ResumptionPSK(by.ID(), by.Epoch()-1)))
	w.propose(by, must(by.ExternalPSK([]byte("psk"))))
	w.commit(w.at(0), group.CommitOptions{Proposals: []message.Proposal{must(w.at(0).ResumptionPSK(by.ID(), by.Epoch()))}})
	return w.vector
}

func extensionsReplaced(m *maker) any {
	w := m.worldWith(mixed, 1)
	required := must(leaf.Encode(codepoint.ExtensionRequiredCapabilities, &leaf.RequiredCapabilities{
		CredentialTypes: []codepoint.CredentialType{codepoint.CredentialBasic},
	}))
	w.propose(w.at(2), group.GroupContextExtensions(leaf.Extensions{required}))
	w.commit(w.at(0), group.CommitOptions{})
	w.commit(w.at(2), group.CommitOptions{Proposals: []message.Proposal{group.GroupContextExtensions(nil)}})
	return w.vector
}

func externalCommits(m *maker) any {
	w := m.worldWith(mixed, 2)
	w.addPSK([]byte("psk"), m.bytes(32))
	w.joinExternally(w.newcomers(1)[0], w.at(0), group.ExternalOptions{})
	old := treemath.LeafIndex(2)
	again := w.newcomers(1)[0]
	again.name = string(w.at(old).OwnLeaf().Credential.Identity)
	w.joinExternally(again, w.at(0), group.ExternalOptions{
		Remove: &old,
		PSKs:   []schedule.PreSharedKeyID{{Type: schedule.PSKExternal, ID: []byte("psk")}},
	})
	w.commit(w.last(), group.CommitOptions{})
	return w.vector
}

func leftOut(m *maker) any {
	w := m.worldWith(private, 3)
	w.propose(w.at(2), group.Remove(3))
	w.commit(w.at(0), group.CommitOptions{References: [][]byte{}})
	w.propose(w.at(2), group.Remove(3))
	w.commit(w.at(4), group.CommitOptions{References: [][]byte{}, Proposals: []message.Proposal{group.Remove(3)}})
	return w.vector
}

func reinit(m *maker) any {
	w := m.worldWith(public, 1)
	w.propose(w.at(2), group.ReInit(message.ReInit{GroupID: m.bytes(16), Version: codepoint.MLS10, CipherSuite: m.suite.ID()}))
	w.commit(w.at(0), group.CommitOptions{OmitPath: true})
	return w.vector
}

func externalProposals(m *maker) any {
	sender := m.signer()
	w := m.worldWith(private, 3, must(leaf.Encode(codepoint.ExtensionExternalSenders, &leaf.ExternalSenders{
		{SignatureKey: m.signer().Public(), Credential: leaf.Basic([]byte("silent"))},
		{SignatureKey: sender.Public(), Credential: leaf.Basic([]byte("speaking"))},
	})))
	by := w.at(0)
	added := w.newcomers(2)
	outside := func(p message.Proposal) {
		w.send(nil, must(group.ProposeExternal(m.suite.ID(), by.ID(), by.Epoch(), 1, sender, p)))
	}
	outside(group.Remove(2))
	w.commit(by, group.CommitOptions{})
	outside(group.Add(added[0].kp))
	w.send(nil, must(group.ProposeSelf(by.ID(), by.Epoch(), added[1].kp, added[1].signer)))
	w.commitProposed(by, group.CommitOptions{}, added...)
	return w.vector
}

func allAtOnce(m *maker) any {
	w := m.worldWith(mixed, 5)
	w.addPSK([]byte("psk"), m.bytes(32))
	added := w.newcomers(3)
	by := w.at(0)
	w.propose(w.at(4), group.Add(added[0].kp))
	w.propose(w.at(2), group.Remove(3))
	w.send(w.at(5), must(w.at(5).ProposeUpdate(nil, nil)))
	w.propose(by, must(by.ExternalPSK([]byte("psk"))))
	w.commitProposed(by, group.CommitOptions{Proposals: []message.Proposal{
		must(by.ExternalPSK([]byte("psk"))),
		group.Add(added[1].kp),
		group.Remove(6),
		group.Add(added[2].kp),
		group.GroupContextExtensions(leaf.Extensions{{Type: codepoint.ExtensionLastResort, Data: []byte("known to all")}}),
	}}, added...)
	w.commit(w.at(5), group.CommitOptions{})
	return w.vector
}

func custom(m *maker) any {
	w := m.world(mixed)
	capabilities := leaf.DefaultCapabilities()
	capabilities.Proposals = append(capabilities.Proposals, customProposal)
	o := keypackage.Options{Capabilities: capabilities}
	w.passive = w.newcomer(o)
	creators := w.last().OwnLeaf().Clone().Capabilities
	creators.Proposals = append(creators.Proposals, customProposal)
	w.commit(w.last(), group.CommitOptions{Leaf: &group.LeafChange{Capabilities: &creators}}, w.newcomer(o), w.passive)
	w.propose(w.at(1), group.Custom(customProposal, []byte("by reference")))
	w.commit(w.at(0), group.CommitOptions{Proposals: []message.Proposal{group.Custom(customProposal, []byte("by value"))}})
	return w.vector
}
