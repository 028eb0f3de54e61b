package leaf_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/leaf/leaftest"
	"github.com/mlsconform/mlsconform/impl/rule"
)

func TestCredentialFaults(t *testing.T) {
	unknown := func(typ credentialType) func(*testing.T, *world) {
		return func(_ *testing.T, w *world) {
			w.node.Credential = leaf.Credential{Type: typ, Unknown: []byte("content")}
			w.node.Capabilities.Credentials = append(w.node.Capabilities.Credentials, typ)
		}
	}
	runFaults(t, suite1(t), []fault{
		{
			name: "only another type listed",
			breaks: func(_ *testing.T, w *world) {
				w.node.Capabilities.Credentials = []credentialType{codepoint.CredentialX509}
			},
			want: only("rfc9420-7.2-05"),
		},
		{
			name:   "no type listed",
			breaks: func(_ *testing.T, w *world) { w.node.Capabilities.Credentials = nil },
			want:   only("rfc9420-7.2-05"),
		},
		{name: "unknown type", breaks: unknown(private), want: only("rfc9420-13.3-01")},
		{name: "reserved type 0", breaks: unknown(0), want: only("rfc9420-13.3-01")},
		// On receipt a GREASE value is like any other unknown one; that it is no
		// credential type at all binds the sender.
		{name: "GREASE type [rfc9420-13.5-03]", breaks: unknown(0x0a0a), want: only("rfc9420-13.3-01")},
	})
}

func TestCredentialTypeThatTheClientKnows(t *testing.T) {
	w := newWorld(t, suite1(t), leaf.InKeyPackage)
	w.node.Credential = leaf.Credential{Type: private, Unknown: []byte("content")}
	w.node.Capabilities.Credentials = []credentialType{private}
	w.policy.CredentialTypes = []credentialType{private}
	w.sign(t)
	if err := w.node.Validate(w.checks); err != nil {
		t.Error(err)
	}
}

func TestCredentialEqual(t *testing.T) {
	all := append(leaftest.Credentials(),
		leaf.Basic([]byte("bob")),
		leaf.Credential{Type: 0xf001, Unknown: []byte("another")},
		leaf.Credential{Type: codepoint.CredentialX509, Certificates: []leaf.Certificate{{Data: []byte("issuer")}, {}}},
		leaf.Credential{Type: codepoint.CredentialX509, Certificates: []leaf.Certificate{{}, {Data: []byte("issuer")}}},
	)
	for i := range all {
		for j := range all {
			if got := all[i].Equal(&all[j]); got != (i == j) {
				t.Errorf("credentials %d and %d: Equal = %v", i, j, got)
			}
		}
	}
}

// A call is what the authentication service was asked.
type call struct {
	Identity, Key, Replaces string
}

// refuseMallory is an authentication service that knows mallory.
func refuseMallory(calls *[]call) leaf.Authenticator {
	return func(presented *leaf.Credential, signatureKey []byte, replaces *leaf.Credential) error {
		c := call{Identity: string(presented.Identity), Key: string(signatureKey)}
		if replaces != nil {
			c.Replaces = string(replaces.Identity)
		}
		*calls = append(*calls, c)
		if c.Identity == "mallory" {
			return errMallory
		}
		return nil
	}
}

var errMallory = errors.New("mallory again")

func TestAuthenticationFaults(t *testing.T) {
	mallory := func(_ *testing.T, w *world) {
		w.policy.Authenticate = refuseMallory(new([]call))
		w.node.Credential = leaf.Basic([]byte("mallory"))
	}
	runFaults(t, suite1(t), []fault{
		{
			name: "a new member", stages: []leaf.Stage{leaf.InKeyPackage, leaf.InTree},
			breaks: mallory, want: only("rfc9420-5.3.1-01"),
		},
		{
			name: "a successor", stages: []leaf.Stage{leaf.InUpdate, leaf.InCommit},
			breaks: mallory, want: only("rfc9420-5.3.1-02"),
		},
		{
			name: "a new key for the same name", stages: []leaf.Stage{leaf.InUpdate, leaf.InCommit},
			breaks: func(t *testing.T, w *world) {
				mallory(t, w)
				w.checks.Replaces.Credential = w.node.Credential
				w.signer = w.newSigner(t)
				w.node.SignatureKey = w.signer.Public()
			},
			want: only("rfc9420-5.3.1-02"),
		},
		{
			name: "the leaf of an external Commit, which takes no one's place", stages: []leaf.Stage{leaf.InCommit},
			breaks: func(t *testing.T, w *world) {
				mallory(t, w)
				w.checks.Replaces = nil
			},
			want: only("rfc9420-5.3.1-01"),
		},
	})
}

func TestWhatTheAuthenticationServiceIsAsked(t *testing.T) {
	key := func(w *world) string { return string(w.node.SignatureKey) }
	for name, c := range map[string]struct {
		stage  leaf.Stage
		change func(*world)
		want   func(*world) []call
	}{
		"a new member": {
			leaf.InKeyPackage, func(*world) {},
			func(w *world) []call { return []call{{"alice", key(w), ""}} },
		},
		"an Update without change": {
			leaf.InUpdate, func(*world) {},
			func(*world) []call { return nil },
		},
		"another name": {
			leaf.InUpdate, func(w *world) { w.checks.Replaces.Credential = leaf.Basic([]byte("alicia")) },
			func(w *world) []call { return []call{{"alice", key(w), "alicia"}} },
		},
		"another key": {
			leaf.InCommit, func(w *world) { w.checks.Replaces.SignatureKey = []byte("old") },
			func(w *world) []call { return []call{{"alice", key(w), "alice"}} },
		},
		"a forged signature": { // which the service is spared
			leaf.InKeyPackage, func(w *world) { w.node.Signature = flipped(w) },
			func(*world) []call { return nil },
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, suite1(t), c.stage)
			var calls []call
			w.policy.Authenticate = refuseMallory(&calls)
			c.change(w)
			if err := w.node.Validate(w.checks); err != nil && rule.Of(err) != "rfc9420-7.3-01" {
				t.Error(err)
			}
			if diff := cmp.Diff(c.want(w), calls); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTheReasonOfTheAuthenticationServiceIsKept(t *testing.T) {
	p := leaf.Policy{Authenticate: refuseMallory(new([]call))}
	mallory, alice := leaf.Basic([]byte("mallory")), leaf.Basic([]byte("alice"))
	if err := p.AuthenticateCredential(&mallory, nil, nil); !errors.Is(err, errMallory) {
		t.Errorf("a new credential: %v", err)
	}
	if err := p.AuthenticateCredential(&mallory, nil, &alice); !errors.Is(err, errMallory) {
		t.Errorf("a successor: %v", err)
	}
}
