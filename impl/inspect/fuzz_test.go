package inspect_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/inspect"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/schedule"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/tree"
)

// ratchetTree gives the tree the interface of the other structures.
type ratchetTree struct{}

func (ratchetTree) UnmarshalMLS(s *cryptobyte.String) error {
	_, err := tree.Parse(ciphersuite.All()[0], *s)
	*s = nil
	return err
}

// codecs are those of the types that have one.
func codecs() map[string]syntax.Unmarshaler {
	return map[string]syntax.Unmarshaler{
		"message":                  new(framing.MLSMessage),
		"key-package":              new(keypackage.KeyPackage),
		"group-info":               new(message.GroupInfo),
		"welcome":                  new(message.Welcome),
		"group-secrets":            new(message.GroupSecrets),
		"ratchet-tree":             ratchetTree{},
		"leaf-node":                new(leaf.LeafNode),
		"update-path":              new(tree.UpdatePath),
		"commit":                   new(message.Commit),
		"proposal":                 new(message.Proposal),
		"public-message":           new(framing.PublicMessage),
		"private-message":          new(framing.PrivateMessage),
		"authenticated-content":    new(framing.AuthenticatedContent),
		"framed-content":           new(framing.FramedContent),
		"group-context":            new(schedule.GroupContext),
		"add":                      new(message.Add),
		"update":                   new(message.Update),
		"remove":                   new(message.Remove),
		"pre-shared-key":           new(message.PreSharedKey),
		"reinit":                   new(message.ReInit),
		"external-init":            new(message.ExternalInit),
		"group-context-extensions": new(message.GroupContextExtensions),
		"proposal-or-ref":          new(message.ProposalOrRef),
		"pre-shared-key-id":        new(schedule.PreSharedKeyID),
		"node":                     new(tree.Node),
		"parent-node":              new(tree.ParentNode),
		"update-path-node":         new(tree.UpdatePathNode),
		"hpke-ciphertext":          new(ciphersuite.HPKECiphertext),
		"encrypted-group-secrets":  new(message.EncryptedGroupSecrets),
		"path-secret":              new(message.PathSecret),
		"credential":               new(leaf.Credential),
		"certificate":              new(leaf.Certificate),
		"capabilities":             new(leaf.Capabilities),
		"lifetime":                 new(leaf.Lifetime),
		"sender":                   new(framing.Sender),
		"sender-data":              new(schedule.SenderData),
		"extension":                new(leaf.Extension),
		"extensions":               new(leaf.Extensions),
		"required-capabilities":    new(leaf.RequiredCapabilities),
		"external-pub":             new(leaf.ExternalPub),
		"external-senders":         new(leaf.ExternalSenders),
		"external-sender":          new(leaf.ExternalSender),
		"key-package-tbs":          new(keypackage.TBS),
		"group-info-tbs":           new(message.GroupInfoTBS),
	}
}

// FuzzInspect compares with the codecs: the same inputs decode, and where they
// do not it is for the same requirement. It also writes all that there is to see.
func FuzzInspect(f *testing.F) {
	for _, o := range newWorld(f).objects() {
		f.Add(o.data)
		f.Add(o.data[:len(o.data)*2/3])
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) == 0 {
			return
		}
		for typ, codec := range codecs() {
			agrees(t, data, typ, codec)
		}
		for _, typ := range inspect.Types() {
			if _, ok := codecs()[typ]; !ok {
				shows(t, data, read(t, data, typ))
			}
		}
		shows(t, data, read(t, data, ""))
		if r, err := inspect.Read(data, inspect.Options{Now: now}); err == nil {
			shows(t, data, r)
		}
	})
}

func agrees(t *testing.T, data []byte, typ string, codec syntax.Unmarshaler) {
	t.Helper()
	want := syntax.Unmarshal(data, codec)
	r := read(t, data, typ)
	if want == nil && len(r.Readings) == 0 {
		t.Fatalf("%s: %v, but it decodes", typ, r.Partial.Failure)
	}
	if want != nil && len(r.Readings) > 0 {
		t.Fatalf("%s decodes, want %v", typ, want)
	}
	if want == nil {
		checkPlaces(t, data, r.Readings[0].Root)
		return
	}
	if got := r.Partial.Failure; !slices.Equal(rule.All(got), rule.All(want)) {
		t.Errorf("%s: got %v, want %v", typ, got, want)
	}
}

// shows checks that the outputs are well formed and of moderate length.
func shows(t *testing.T, data []byte, r *inspect.Result) {
	t.Helper()
	out := text(t, r, inspect.TextOptions{Full: true, ShowSecrets: true})
	for _, b := range []byte(out) {
		if b < ' ' && b != '\n' || b == 0x7f {
			t.Fatalf("control character %#02x in %q", b, out)
		}
	}
	encoded := jsonOf(t, r, true)
	if !json.Valid(encoded) {
		t.Fatalf("no JSON: %s", encoded)
	}
	if limit := 50_000 + 5_000*len(data); len(out) > limit || len(encoded) > limit {
		t.Errorf("%d bytes of text and %d of JSON for %d bytes", len(out), len(encoded), len(data))
	}
	if bytes.Contains(encoded, []byte(`""`+`:`)) {
		t.Errorf("a member without name in %s", encoded)
	}
}
