package main

import (
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/message"
)

func passiveClientWelcome() family {
	return family{name: "passive-client-welcome", suites: true, scenarios: []scenario{
		{"two-members", "the creator adds the client, with a path; the tree is in the Welcome", func(m *maker) any {
			w := m.world(private)
			w.commit(w.last(), group.CommitOptions{}, w.passive)
			return w.vector
		}},
		{"tree-beside", "the tree is not in the Welcome", func(m *maker) any {
			w := m.world(private)
			w.commit(w.last(), group.CommitOptions{}, w.newcomers(1)...)
			w.commit(w.last(), group.CommitOptions{Welcome: group.GroupInfoOptions{OmitTree: true}}, w.passive)
			return w.vector
		}},
		{"no-path", "the client is the second of three added by one commit without a path: no path secret", func(m *maker) any {
			w := m.world(public)
			others := w.newcomers(2)
			w.commit(w.last(), group.CommitOptions{OmitPath: true}, others[0], w.passive, others[1])
			return w.vector
		}},
		{"psks", "two external PSKs, one of them twice with different nonces", func(m *maker) any {
			w := m.world(private)
			w.addPSK([]byte("first"), m.bytes(32))
			w.addPSK([]byte("second"), m.bytes(5))
			by := w.last()
			w.commit(by, group.CommitOptions{Proposals: []message.Proposal{
				must(by.ExternalPSK([]byte("second"))), must(by.ExternalPSK([]byte("first"))), must(by.ExternalPSK([]byte("second"))),
			}}, w.passive)
			return w.vector
		}},
		{"blank-place", "the client takes a blank leaf below parents that are in use; others were removed, and one is unmerged", func(m *maker) any {
			w := m.world(private)
			w.commit(w.last(), group.CommitOptions{}, w.newcomers(6)...)
			w.commit(w.at(6), group.CommitOptions{Proposals: []message.Proposal{group.Remove(1), group.Remove(2), group.Remove(5)}})
			w.commit(w.at(3), group.CommitOptions{})
			w.commit(w.at(0), group.CommitOptions{OmitPath: true}, w.newcomers(1)...)
			w.commit(w.at(4), group.CommitOptions{}, w.passive)
			return w.vector
		}},
		{"extensions", "the group requires capabilities and has external senders; the GroupInfo has external_pub", func(m *maker) any {
			w := m.world(public,
				must(leaf.Encode(codepoint.ExtensionRequiredCapabilities, &leaf.RequiredCapabilities{
					ExtensionTypes:  []codepoint.ExtensionType{codepoint.ExtensionExternalSenders, codepoint.ExtensionLastResort},
					ProposalTypes:   []codepoint.ProposalType{codepoint.ProposalRemove},
					CredentialTypes: []codepoint.CredentialType{codepoint.CredentialX509},
				})),
				must(leaf.Encode(codepoint.ExtensionExternalSenders, &leaf.ExternalSenders{
					{SignatureKey: m.signer().Public(), Credential: leaf.Basic([]byte("external sender"))},
				})),
			)
			w.commit(w.last(), group.CommitOptions{Welcome: group.GroupInfoOptions{ExternalPub: true}}, w.passive)
			return w.vector
		}},
		{"after-external-commit", "the client is added by a member that itself came by an external commit", func(m *maker) any {
			w := m.world(mixed)
			w.joinExternally(w.newcomers(1)[0], w.last(), group.ExternalOptions{})
			w.commit(w.last(), group.CommitOptions{}, w.passive)
			return w.vector
		}},
	}}
}
