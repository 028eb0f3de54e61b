package leaf_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

var stages = map[string]leaf.Stage{
	"key package": leaf.InKeyPackage, "update": leaf.InUpdate, "commit": leaf.InCommit, "tree": leaf.InTree,
}

// A fault is a change that breaks one rule. The leaf is signed anew after it,
// unless the change says otherwise, so that nothing else is wrong.
type fault struct {
	name   string
	stages []leaf.Stage // none means all
	breaks func(t *testing.T, w *world)
	want   []rule.ID // all that the error names, outermost first
}

func runFaults(t *testing.T, suite *ciphersuite.Suite, faults []fault) {
	t.Helper()
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) { f.run(t, suite) })
	}
}

func (f *fault) run(t *testing.T, suite *ciphersuite.Suite) {
	for name, stage := range stages {
		if len(f.stages) > 0 && !slices.Contains(f.stages, stage) {
			continue
		}
		w := newWorld(t, suite, stage)
		if err := w.node.Validate(w.checks); err != nil {
			t.Fatalf("%s: the leaf is refused before the change: %v", name, err)
		}
		f.breaks(t, w)
		w.sign(t)
		err := w.node.Validate(w.checks)
		if diff := cmp.Diff(f.want, rule.All(err)); diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
		if all := w.broken(); len(all) != 1 {
			t.Errorf("%s: %d checks fail, want 1: %v", name, len(all), all)
		}
	}
}

func TestSignatureFaults(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) { runFaults(t, suite, signatureFaults()) })
}

func signatureFaults() []fault {
	placed := []leaf.Stage{leaf.InUpdate, leaf.InCommit}
	return []fault{
		{
			name: "a bit flipped",
			breaks: func(_ *testing.T, w *world) {
				w.keepSignature()
				w.node.Signature = flipped(w)
			},
			want: only("rfc9420-7.3-01"),
		},
		{
			name: "a capability added behind it [rfc9420-7.2-09]",
			breaks: func(_ *testing.T, w *world) {
				w.keepSignature()
				w.node.Capabilities.Proposals = append(w.node.Capabilities.Proposals, private)
			},
			want: only("rfc9420-7.3-01"),
		},
		{
			name: "made with another key",
			breaks: func(t *testing.T, w *world) {
				w.signer = w.newSigner(t)
			},
			want: only("rfc9420-7.3-01"),
		},
		{
			name:   "the label of a KeyPackage",
			breaks: func(_ *testing.T, w *world) { w.sign = w.signAs("KeyPackageTBS") },
			want:   only("rfc9420-7.3-01", "rfc9420-5.1.2-05"),
		},
		{
			name: "a label without the protocol's name",
			breaks: func(_ *testing.T, w *world) {
				w.sign = func(t *testing.T) { w.signBare(t, "0b"+"4c6561664e6f6465544253") }
			},
			want: only("rfc9420-7.3-01", "rfc9420-5.1.2-05"),
		},
		{
			name: "no SignContent",
			breaks: func(t *testing.T, w *world) {
				w.sign = func(t *testing.T) {
					signature, err := w.signer.Sign(w.tbs(t, w.checks.GroupID, w.checks.LeafIndex))
					if err != nil {
						t.Fatal(err)
					}
					w.node.Signature = signature
				}
			},
			want: only("rfc9420-7.3-01", "rfc9420-5.1.2-05"),
		},
		{
			name:   "another group's id [rfc9420-7.2-11]",
			stages: placed,
			breaks: func(_ *testing.T, w *world) { w.signAt([]byte("another group"), 3) },
			want:   only("rfc9420-7.3-01"),
		},
		{
			name:   "another leaf's index [rfc9420-7.2-11]",
			stages: placed,
			breaks: func(_ *testing.T, w *world) { w.signAt([]byte("group"), 4) },
			want:   only("rfc9420-7.3-01"),
		},
		{
			name:   "no group_id and leaf_index",
			stages: placed,
			breaks: func(_ *testing.T, w *world) {
				w.sign = func(t *testing.T) {
					tbs := w.tbs(t, nil, 0)
					w.signed(t, "LeafNodeTBS", tbs[:len(tbs)-5])
				}
			},
			want: only("rfc9420-7.3-01", "rfc9420-7.2-11"),
		},
		{
			name:   "group_id and leaf_index with source key_package",
			stages: []leaf.Stage{leaf.InKeyPackage, leaf.InTree},
			breaks: func(_ *testing.T, w *world) {
				w.sign = func(t *testing.T) {
					w.signed(t, "LeafNodeTBS", append(w.tbs(t, nil, 0), "\x05group\x00\x00\x00\x03"...))
				}
			},
			want: only("rfc9420-7.3-01", "rfc9420-7.2-12"),
		},
	}
}

func TestSourceFaults(t *testing.T) {
	source := func(s leaf.LeafNodeSource, parentHash string) func(*testing.T, *world) {
		return func(_ *testing.T, w *world) { w.node.Source, w.node.ParentHash = s, []byte(parentHash) }
	}
	keyPackage, update, commit := []leaf.Stage{leaf.InKeyPackage}, []leaf.Stage{leaf.InUpdate}, []leaf.Stage{leaf.InCommit}
	runFaults(t, suite1(t), []fault{
		{
			name: "update in a KeyPackage", stages: keyPackage,
			breaks: source(leaf.SourceUpdate, ""), want: only("rfc9420-10-08"),
		},
		{
			name: "commit with an empty parent_hash in a KeyPackage", stages: keyPackage,
			breaks: source(leaf.SourceCommit, ""), want: only("rfc9420-10-08"),
		},
		{
			name: "commit in an Update", stages: update,
			breaks: source(leaf.SourceCommit, "parent hash"), want: only("rfc9420-7.3-07"),
		},
		{
			name: "key_package in an Update", stages: update,
			breaks: source(leaf.SourceKeyPackage, ""), want: only("rfc9420-7.3-07"),
		},
		{
			name: "update in a Commit", stages: commit,
			breaks: source(leaf.SourceUpdate, ""), want: only("rfc9420-12.4.2-03"),
		},
		{
			name: "key_package in a Commit", stages: commit,
			breaks: source(leaf.SourceKeyPackage, ""), want: only("rfc9420-12.4.2-03"),
		},
	})
}

func TestEverySourceIsAcceptedInATree(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		for _, source := range []leaf.LeafNodeSource{leaf.SourceKeyPackage, leaf.SourceUpdate, leaf.SourceCommit} {
			w := newWorld(t, suite, leaf.InTree)
			w.node.Source = source
			w.sign(t)
			if err := w.node.Validate(w.checks); err != nil {
				t.Errorf("source %v: %v", source, err)
			}
		}
	})
}

func TestOldEncryptionKeyFaults(t *testing.T) {
	reuse := func(_ *testing.T, w *world) { w.node.EncryptionKey = w.checks.Replaces.EncryptionKey }
	runFaults(t, suite1(t), []fault{
		{name: "update", stages: []leaf.Stage{leaf.InUpdate}, breaks: reuse, want: only("rfc9420-7.3-08")},
		{name: "commit", stages: []leaf.Stage{leaf.InCommit}, breaks: reuse, want: only("rfc9420-12.4.2-04")},
	})
}

func TestGroupFaults(t *testing.T) {
	require := func(r leaf.RequiredCapabilities) func(*testing.T, *world) {
		return func(_ *testing.T, w *world) { w.checks.Required = &r }
	}
	extension := func(_ *testing.T, w *world) {
		w.checks.GroupExtensions = leaf.Extensions{{Type: codepoint.ExtensionExternalPub}, {Type: private}}
	}
	runFaults(t, suite1(t), []fault{
		{
			name:   "another version only",
			breaks: func(_ *testing.T, w *world) { w.node.Capabilities.Versions = []codepoint.ProtocolVersion{2} },
			want:   only("rfc9420-11.1-01"),
		},
		{
			name:   "no version",
			breaks: func(_ *testing.T, w *world) { w.node.Capabilities.Versions = nil },
			want:   only("rfc9420-11.1-01"),
		},
		{
			name: "another cipher suite only",
			breaks: func(_ *testing.T, w *world) {
				w.node.Capabilities.CipherSuites = []codepoint.CipherSuite{w.suite.ID()%7 + 1}
			},
			want: only("rfc9420-11.1-02"),
		},
		{
			name:   "no cipher suite",
			breaks: func(_ *testing.T, w *world) { w.node.Capabilities.CipherSuites = nil },
			want:   only("rfc9420-11.1-02"),
		},
		{
			name:   "required extension not listed",
			breaks: require(leaf.RequiredCapabilities{ExtensionTypes: []extensionType{codepoint.ExtensionApplicationID, private}}),
			want:   only("rfc9420-7.3-02"),
		},
		{
			name:   "required proposal not listed",
			breaks: require(leaf.RequiredCapabilities{ProposalTypes: []codepoint.ProposalType{codepoint.ProposalAdd, private}}),
			want:   only("rfc9420-7.3-02"),
		},
		{
			name:   "required credential not listed",
			breaks: require(leaf.RequiredCapabilities{CredentialTypes: []credentialType{codepoint.CredentialBasic, private}}),
			want:   only("rfc9420-7.3-02"),
		},
		{
			name: "required credential x509 not listed",
			breaks: func(_ *testing.T, w *world) {
				w.node.Capabilities.Credentials = []credentialType{codepoint.CredentialBasic}
				w.checks.Required = &leaf.RequiredCapabilities{CredentialTypes: []credentialType{codepoint.CredentialX509}}
			},
			want: only("rfc9420-7.3-02"),
		},
		{
			name:   "extension of the group not listed in a KeyPackage",
			stages: []leaf.Stage{leaf.InKeyPackage},
			breaks: extension,
			want:   only("rfc9420-13.4-07"),
		},
		{
			name:   "extension of the group no longer listed",
			stages: []leaf.Stage{leaf.InUpdate, leaf.InCommit, leaf.InTree},
			breaks: extension,
			want:   only("rfc9420-13.4-08"),
		},
	})
}

func TestExtensionFaults(t *testing.T) {
	runFaults(t, suite1(t), []fault{
		{
			name:   "not listed",
			breaks: func(_ *testing.T, w *world) { w.extend(codepoint.ExtensionApplicationID, private) },
			want:   only("rfc9420-7.2-03"),
		},
		{
			name: "application_id twice",
			breaks: func(_ *testing.T, w *world) {
				w.extend(codepoint.ExtensionApplicationID, codepoint.ExtensionApplicationID)
			},
			want: only("rfc9420-13.4-04"),
		},
		{
			name: "an unknown type twice",
			breaks: func(_ *testing.T, w *world) {
				w.node.Capabilities.Extensions = []extensionType{private}
				w.extend(private, codepoint.ExtensionApplicationID, private)
			},
			want: only("rfc9420-13.4-04"),
		},
		{
			name: "a GREASE type twice",
			breaks: func(_ *testing.T, w *world) {
				w.node.Capabilities.Extensions = []extensionType{0x0a0a}
				w.extend(0x0a0a, 0x0a0a)
			},
			want: only("rfc9420-13.4-04"),
		},
	})
}

func TestCheckGroupLooksAtTheGroupOnly(t *testing.T) {
	w := newWorld(t, suite1(t), leaf.InUpdate)
	w.node.Signature = nil
	if err := w.node.CheckGroup(w.checks); err != nil {
		t.Errorf("the signature counts: %v", err)
	}
	w.checks.GroupExtensions = leaf.Extensions{{Type: private}}
	if err := w.node.CheckGroup(w.checks); rule.Of(err) != "rfc9420-13.4-08" {
		t.Errorf("extension of the group not listed: %v", err)
	}
	w.checks.Required = &leaf.RequiredCapabilities{ProposalTypes: []codepoint.ProposalType{private}}
	if err := w.node.CheckGroup(w.checks); rule.Of(err) != "rfc9420-7.3-02" {
		t.Errorf("required proposal not listed: %v", err)
	}
}

// Lists can be as long as a message. Comparing each entry of one with each of
// another would not end for minutes.
func TestLongLists(t *testing.T) {
	w := newWorld(t, suite1(t), leaf.InKeyPackage)
	var required leaf.RequiredCapabilities
	for i := range 1 << 16 {
		w.node.Extensions = append(w.node.Extensions, leaf.Extension{Type: extensionType(i)})
		required.ProposalTypes = append(required.ProposalTypes, codepoint.ProposalType(i))
	}
	w.node.Capabilities.Extensions = slices.Repeat([]extensionType{private}, 1<<20)
	for i := range 1<<16 - 1 {
		w.node.Capabilities.Extensions = append(w.node.Capabilities.Extensions, extensionType(i))
		w.node.Capabilities.Proposals = append(w.node.Capabilities.Proposals, codepoint.ProposalType(i))
	}
	w.sign(t)
	if err := w.node.Validate(w.checks); rule.Of(err) != "rfc9420-7.2-03" {
		t.Errorf("one extension of 65536 is not listed: %v", err)
	}
	if err := required.MetBy(&w.node.Capabilities); rule.Of(err) != "rfc9420-7.3-02" {
		t.Errorf("one proposal of 65536 is not listed: %v", err)
	}
	w.node.Capabilities.Extensions = append(w.node.Capabilities.Extensions, 0xffff)
	w.sign(t)
	if err := w.node.Validate(w.checks); err != nil {
		t.Errorf("all are listed: %v", err)
	}
}

func TestValidateNeedsASignatureOverWhatEncodes(t *testing.T) {
	n := leaf.LeafNode{Source: 9}
	suite := suite1(t)
	if err := n.VerifySignature(suite, nil, 0); rule.Of(err) != "rfc9420-7.2-10" {
		t.Errorf("VerifySignature: %v", err)
	}
	if err := n.Sign(suite, newWorld(t, suite, leaf.InTree).signer, nil, 0); rule.Of(err) != "rfc9420-7.2-10" {
		t.Errorf("Sign: %v", err)
	}
}

// A failing signer is one of hardware that was unplugged.
type failing struct{ err error }

func (failing) Public() []byte { return nil }

func (f failing) Sign([]byte) ([]byte, error) { return nil, f.err }

func TestSignPassesTheErrorOfTheSignerOn(t *testing.T) {
	w := newWorld(t, suite1(t), leaf.InTree)
	unplugged := errors.New("unplugged")
	if err := w.node.Sign(w.suite, failing{unplugged}, nil, 0); !errors.Is(err, unplugged) {
		t.Errorf("Sign: %v", err)
	}
}

func TestSign(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		for name, stage := range stages {
			w := newWorld(t, suite, stage)
			w.node.Signature = nil
			if err := w.node.Sign(suite, w.signer, w.checks.GroupID, w.checks.LeafIndex); err != nil {
				t.Fatal(err)
			}
			if err := w.node.Validate(w.checks); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// signAt signs the leaf for another place.
func (w *world) signAt(groupID []byte, index treemath.LeafIndex) {
	w.sign = func(t *testing.T) { w.signed(t, "LeafNodeTBS", w.tbs(t, groupID, index)) }
}
