package leaf_test

import (
	"testing"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/leaf"
)

// Leaves that look odd and have to be accepted.
func TestAccepted(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(w *world)
	}{
		{"application_id not listed [rfc9420-7.2-04]", func(w *world) {
			w.extend(codepoint.ExtensionApplicationID)
		}},
		{"unknown values at the end of all lists [rfc9420-7.2-06]", func(w *world) {
			for _, v := range []uint16{0x1234, 0x5a5a} {
				add(&w.node.Capabilities, v)
				w.node.Capabilities.Versions = append(w.node.Capabilities.Versions, codepoint.ProtocolVersion(v))
			}
		}},
		{"an unknown extension that is listed [rfc9420-13.4-03]", func(w *world) {
			w.node.Capabilities.Extensions = []extensionType{0x1234}
			w.extend(0x1234)
		}},
		{"an extension for private use [rfc9420-13.4-01]", func(w *world) {
			w.node.Capabilities.Extensions = []extensionType{private}
			w.extend(private)
		}},
		{"all GREASE values in all fields for them [rfc9420-13.5-05]", func(w *world) {
			for i := range 15 {
				add(&w.node.Capabilities, codepoint.GREASE(i))
				w.extend(extensionType(codepoint.GREASE(i)))
			}
		}},
		{"default types listed [rfc9420-7.2-01]", func(w *world) {
			w.node.Capabilities.Extensions = []extensionType{codepoint.ExtensionRequiredCapabilities}
			w.node.Capabilities.Proposals = []codepoint.ProposalType{codepoint.ProposalAdd}
		}},
		{"default types required [rfc9420-11.1-03]", func(w *world) {
			w.checks.Required = &leaf.RequiredCapabilities{
				ExtensionTypes: []extensionType{codepoint.ExtensionRequiredCapabilities},
				ProposalTypes:  []codepoint.ProposalType{codepoint.ProposalAdd},
			}
		}},
		{"required types listed", func(w *world) {
			add(&w.node.Capabilities, private)
			w.checks.Required = &leaf.RequiredCapabilities{
				ExtensionTypes:  []extensionType{private},
				ProposalTypes:   []codepoint.ProposalType{private},
				CredentialTypes: []credentialType{codepoint.CredentialX509, private},
			}
		}},
		{"the group's extensions listed or default", func(w *world) {
			add(&w.node.Capabilities, private)
			w.checks.GroupExtensions = leaf.Extensions{{Type: private}, {Type: codepoint.ExtensionExternalSenders}}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for name, stage := range stages {
				w := newWorld(t, suite1(t), stage)
				c.change(w)
				w.sign(t)
				if err := w.node.Validate(w.checks); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		})
	}
}

// add lists v in the capabilities wherever GREASE values can stand.
func add(c *leaf.Capabilities, v uint16) {
	c.CipherSuites = append(c.CipherSuites, codepoint.CipherSuite(v))
	c.Extensions = append(c.Extensions, extensionType(v))
	c.Proposals = append(c.Proposals, codepoint.ProposalType(v))
	c.Credentials = append(c.Credentials, credentialType(v))
}
