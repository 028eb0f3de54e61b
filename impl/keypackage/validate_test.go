package keypackage_test

import (
	"slices"
	"testing"
	"time"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/leaf/leaftest"
	"github.com/mlsconform/mlsconform/impl/rule"
)

func TestValidKeyPackage(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		w := newWorld(t, suite)
		w.accepted(t, "as built")
		w.checks.Sending = true
		w.policy.CheckLifetime = true
		w.policy.MaxLifetime = 100 * 24 * time.Hour
		w.accepted(t, "with all that can be checked")
	})
}

// Signatures that were right are remembered, and that makes no wrong one right,
// of the KeyPackage or of its leaf.
func TestVerifiedSignatures(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		w := newWorld(t, suite)
		w.policy.Verified = ciphersuite.NewVerified(10)
		w.accepted(t, "at first")
		w.accepted(t, "once more")
		good := w.kp.Signature
		w.kp.Signature = append([]byte{}, good...)
		w.kp.Signature[len(good)-1] ^= 1
		if _, err := w.kp.Validate(w.checks); rule.Of(err) != "rfc9420-10.1-05" {
			t.Errorf("another signature: %v", err)
		}
		w.kp.Signature = good
		w.accepted(t, "as it was")
		w.kp.LeafNode.Signature = append([]byte{}, w.kp.LeafNode.Signature...)
		w.kp.LeafNode.Signature[len(w.kp.LeafNode.Signature)-1] ^= 1
		if _, err := w.kp.Validate(w.checks); !slices.Contains(rule.All(err), "rfc9420-7.3-01") {
			t.Errorf("another signature of the leaf: %v", err)
		}
	})
}

func TestVersionFaults(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		for _, v := range []codepoint.ProtocolVersion{0, 2, 0xffff} {
			w := newWorld(t, suite)
			w.kp.Version = v
			w.sign(t)
			w.refused(t, v.String(), 1, "rfc9420-10.1-02")
		}
	})
}

func TestSuiteFaults(t *testing.T) {
	// The two suites have the same algorithms for keys and signatures, so that
	// nothing but the number is wrong.
	for _, pair := range [][2]codepoint.CipherSuite{{1, 3}, {3, 1}, {4, 6}, {6, 4}} {
		w := newWorld(t, lookup(t, pair[0]))
		w.checks.Suite = lookup(t, pair[1])
		w.refused(t, w.suite.String(), 1, "rfc9420-10.1-01")
	}
	// A valid KeyPackage of other algorithms, in which hardly anything fits.
	w := newWorld(t, lookup(t, 2))
	w.checks.Suite = suite1(t)
	w.refused(t, w.suite.String(), 5, "rfc9420-10.1-01")
	// Numbers that are no suite.
	for _, id := range []codepoint.CipherSuite{0, 8, 0x0a0a, 0xf001} {
		w := newWorld(t, suite1(t))
		w.kp.CipherSuite = id
		w.sign(t)
		w.refused(t, id.String(), 1, "rfc9420-10.1-01", "rfc9420-17.1-03")
	}
}

func TestInitKeyFaults(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		w := newWorld(t, suite)
		for _, key := range leaftest.EncryptionKeys(t, suite, w.kp.InitKey) {
			w.kp.InitKey = key.Bytes
			w.sign(t)
			w.refused(t, key.Name, 1, "rfc9420-10-03", "rfc9420-5.1.1-01")
		}
		w.kp.InitKey = w.kp.LeafNode.EncryptionKey
		w.sign(t)
		w.refused(t, "the leaf's encryption_key", 1, "rfc9420-10.1-04")
	})
}

func TestLeafKeyFaults(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		w := newWorld(t, suite)
		form := rule.ID("rfc9420-5.1.1-02")
		if w.kp.LeafNode.SignatureKey[0] == 4 && len(w.kp.LeafNode.SignatureKey) > 57 { // a point of ECDSA
			form = "rfc9420-5.1.1-03"
		}
		n := &w.kp.LeafNode
		right := n.EncryptionKey
		for _, key := range leaftest.EncryptionKeys(t, suite, right) {
			n.EncryptionKey = key.Bytes
			w.signLeaf(t)
			w.sign(t)
			w.refused(t, key.Name, 1, "rfc9420-10-05", "rfc9420-5.1.1-01")
		}
		n.EncryptionKey = right
		for _, key := range leaftest.SignatureKeys(t, suite, n.SignatureKey) {
			n.SignatureKey = key.Bytes
			w.signLeaf(t) // with the private key of the right form
			w.sign(t)
			w.refused(t, key.Name, 3, "rfc9420-10-05", "rfc9420-5.1.2-01", form) // no signature fits such a key
		}
	})
}

func TestSignatureFaults(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		w := newWorld(t, suite)
		right := w.kp.Signature
		w.kp.Signature = leaftest.Flipped(suite, right)
		w.refused(t, "a bit flipped", 1, "rfc9420-10.1-05", "rfc9420-10-06")

		for _, form := range leaftest.Forms(t, suite, right) {
			w.kp.Signature = form.Bytes
			if form.Breaks == "" {
				w.accepted(t, form.Name)
			} else {
				w.refused(t, form.Name, 1, "rfc9420-10.1-05", "rfc9420-10-06", form.Breaks)
			}
		}

		if err := w.kp.Sign(suite, w.newSigner(t)); err != nil {
			t.Fatal(err)
		}
		w.refused(t, "another key", 1, "rfc9420-10.1-05", "rfc9420-10-06")

		signature, err := suite.SignWithLabel(w.signer, "LeafNodeTBS", marshal(t, (*keypackage.TBS)(w.kp)))
		if err != nil {
			t.Fatal(err)
		}
		w.kp.Signature = signature
		w.refused(t, "another label", 1, "rfc9420-10.1-05", "rfc9420-10-06", "rfc9420-5.1.2-05")
	})
}

// Each field that the signature covers is changed behind it, such that it stays
// right.
func TestSignatureCoversEveryField(t *testing.T) {
	for name, change := range map[string]func(*testing.T, *world){
		"init_key": func(t *testing.T, w *world) {
			key, err := w.suite.GenerateKEMKey(w.rand)
			if err != nil {
				t.Fatal(err)
			}
			w.kp.InitKey = key.Public()
		},
		"leaf_node": func(t *testing.T, w *world) {
			w.kp.LeafNode.Credential = leaf.Basic([]byte("bob"))
			w.signLeaf(t)
		},
		"extensions": func(_ *testing.T, w *world) { w.kp.Extensions = nil },
	} {
		w := newWorld(t, suite1(t))
		change(t, w)
		w.refused(t, name, 1, "rfc9420-10.1-05", "rfc9420-10-06")
	}
}

func TestExtensionFaults(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		for _, typ := range []extensionType{0x0a0a, private, codepoint.ExtensionLastResort} {
			w := newWorld(t, suite)
			w.list(typ)
			w.signLeaf(t)
			w.kp.Extensions = leaf.Extensions{{Type: typ}, {Type: private + 1}, {Type: typ}}
			w.sign(t)
			w.refused(t, typ.String(), 1, "rfc9420-13.4-04")
		}
	})
}

func TestExtensionsThatAreAccepted(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		w := newWorld(t, suite)
		w.kp.Extensions = leaf.Extensions{{Type: private}}
		w.sign(t)
		w.accepted(t, "not listed [rfc9420-10-09]")

		w.list(0x2a2a)
		w.signLeaf(t)
		w.kp.Extensions = leaf.Extensions{{Type: 0x2a2a, Data: []byte("anything")}}
		w.sign(t)
		w.accepted(t, "unknown and listed [rfc9420-10-10 rfc9420-13.5-02]")

		w.kp.Extensions = nil
		for i := range 15 {
			w.kp.Extensions = append(w.kp.Extensions, leaf.Extension{Type: extensionType(codepoint.GREASE(i))})
		}
		w.sign(t)
		w.accepted(t, "all GREASE values [rfc9420-13.5-05]")
	})
}

// Faults of the leaf, in a KeyPackage that is itself right. The leaf's own tests
// have them all.
func TestLeafFaults(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(t *testing.T, w *world)
		want   []rule.ID // after 10.1-03
	}{
		{"source update", func(_ *testing.T, w *world) {
			w.kp.LeafNode.Source = leaf.SourceUpdate
		}, []rule.ID{"rfc9420-10-08"}},
		{"source commit without parent_hash", func(_ *testing.T, w *world) {
			w.kp.LeafNode.Source = leaf.SourceCommit
		}, []rule.ID{"rfc9420-10-08"}},
		{"no version listed", func(_ *testing.T, w *world) {
			w.kp.LeafNode.Capabilities.Versions = []codepoint.ProtocolVersion{2}
		}, []rule.ID{"rfc9420-11.1-01"}},
		{"suite not listed", func(_ *testing.T, w *world) {
			w.kp.LeafNode.Capabilities.CipherSuites = nil
		}, []rule.ID{"rfc9420-11.1-02"}},
		{"credential not listed", func(_ *testing.T, w *world) {
			w.kp.LeafNode.Capabilities.Credentials = nil
		}, []rule.ID{"rfc9420-7.2-05"}},
		{"unknown credential", func(_ *testing.T, w *world) {
			w.kp.LeafNode.Credential = leaf.Credential{Type: private}
			w.kp.LeafNode.Capabilities.Credentials = []codepoint.CredentialType{private}
		}, []rule.ID{"rfc9420-13.3-01"}},
		{"certificate for another key", func(t *testing.T, w *world) {
			w.kp.LeafNode.Credential = leaftest.NewAuthority(t).Chain(t, w.suite, w.newSigner(t).Public())
		}, []rule.ID{"rfc9420-5.3-01"}},
		{"expired, on receipt", func(_ *testing.T, w *world) {
			w.kp.LeafNode.Lifetime.NotAfter = uint64(now.Unix()) - 1
			w.policy.CheckLifetime = true
		}, []rule.ID{"rfc9420-7.3-06"}},
		{"expired, when added by oneself", func(_ *testing.T, w *world) {
			w.kp.LeafNode.Lifetime.NotAfter = uint64(now.Unix()) - 1
			w.checks.Sending = true
		}, []rule.ID{"rfc9420-7.3-05"}},
		{"bounds of the lifetime swapped", func(_ *testing.T, w *world) {
			l := &w.kp.LeafNode.Lifetime
			l.NotBefore, l.NotAfter = l.NotAfter, l.NotBefore
			w.checks.Sending = true
		}, []rule.ID{"rfc9420-7.3-05", "rfc9420-7.2-13"}},
		{"lifetime too long", func(_ *testing.T, w *world) {
			w.policy.MaxLifetime = time.Hour
		}, []rule.ID{"rfc9420-7.2-07"}},
		{"extension not listed", func(_ *testing.T, w *world) {
			w.kp.LeafNode.Extensions = leaf.Extensions{{Type: private}}
		}, []rule.ID{"rfc9420-7.2-03"}},
		{"extension twice", func(_ *testing.T, w *world) {
			w.kp.LeafNode.Extensions = leaf.Extensions{{Type: 1}, {Type: 1}}
		}, []rule.ID{"rfc9420-13.4-04"}},
		{"required extension not listed", func(_ *testing.T, w *world) {
			w.checks.Required = &leaf.RequiredCapabilities{ExtensionTypes: []extensionType{private}}
		}, []rule.ID{"rfc9420-7.3-02"}},
		{"the group's extension not listed", func(_ *testing.T, w *world) {
			w.checks.GroupExtensions = leaf.Extensions{{Type: private}}
		}, []rule.ID{"rfc9420-13.4-07"}},
		{"refused by the authentication service", func(_ *testing.T, w *world) {
			w.policy.Authenticate = func(*leaf.Credential, []byte, *leaf.Credential) error { return errMallory }
		}, []rule.ID{"rfc9420-5.3.1-01"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
				w := newWorld(t, suite)
				c.change(t, w)
				w.signLeaf(t)
				w.sign(t)
				w.refused(t, c.name, 1, slices.Concat([]rule.ID{"rfc9420-10.1-03"}, c.want)...)
			})
		})
	}
}

func TestLeafSignatureFaults(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		w := newWorld(t, suite)
		w.kp.LeafNode.Signature = leaftest.Flipped(suite, w.kp.LeafNode.Signature)
		w.sign(t)
		w.refused(t, "a bit of the leaf's signature flipped", 1, "rfc9420-10.1-03", "rfc9420-7.3-01")
	})
}

// A KeyPackage that says one suite, with the keys and signatures of another.
func TestKeysOfAnotherSuite(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		w := newWorld(t, suite)
		other := newWorld(t, leaftest.Stranger(t, suite))
		n := &w.kp.LeafNode
		n.EncryptionKey, n.SignatureKey = other.kp.LeafNode.EncryptionKey, other.kp.LeafNode.SignatureKey
		if err := n.Sign(other.suite, other.signer, nil, 0); err != nil {
			t.Fatal(err)
		}
		if err := w.kp.Sign(other.suite, other.signer); err != nil {
			t.Fatal(err)
		}
		w.refused(t, "both keys", 3, "rfc9420-10-05", "rfc9420-5.1.1-01")
	})
}

func TestCheckGroupLooksAtTheGroupOnly(t *testing.T) {
	w := newWorld(t, suite1(t))
	w.kp.Signature, w.kp.LeafNode.Signature = nil, nil
	if err := w.kp.CheckGroup(w.checks); err != nil {
		t.Errorf("the signatures count: %v", err)
	}
	w.checks.GroupExtensions = leaf.Extensions{{Type: private}}
	want := []rule.ID{"rfc9420-10.1-03", "rfc9420-13.4-07"}
	if err := w.kp.CheckGroup(w.checks); !slices.Equal(rule.All(err), want) {
		t.Errorf("extension of the group not listed: %v, want %v", err, want)
	}
}

func TestWhatDoesNotEncodeHasNoSignature(t *testing.T) {
	w := newWorld(t, suite1(t))
	w.kp.LeafNode.Source = 0
	if err := w.kp.VerifySignature(w.suite); rule.Of(err) != "rfc9420-7.2-10" {
		t.Errorf("VerifySignature: %v", err)
	}
	if err := w.kp.Sign(w.suite, w.signer); rule.Of(err) != "rfc9420-7.2-10" {
		t.Errorf("Sign: %v", err)
	}
}

// Whoever has the bytes has the signatures verified over them.
func TestReceivedPartsAreVerified(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		w := newWorld(t, suite)
		read := func() *keypackage.SignedParts {
			s := cryptobyte.String(marshal(t, w.kp))
			parts, err := keypackage.ReadSigned(&s)
			if err != nil || !s.Empty() {
				t.Fatalf("%v, %d bytes left", err, len(s))
			}
			return parts
		}
		w.checks.Received = read()
		w.accepted(t, "as received")
		w.checks.Received.LeafNode = slices.Concat(w.checks.Received.LeafNode, []byte{0})
		w.refused(t, "other bytes for the leaf", 1, "rfc9420-10.1-03", "rfc9420-7.3-01")
		w.checks.Received = read()
		w.checks.Received.KeyPackage = slices.Concat(w.checks.Received.KeyPackage, []byte{0})
		w.refused(t, "other bytes for the KeyPackage", 1, "rfc9420-10.1-05", "rfc9420-10-06")
	})
}

func TestReadSignedRefusesWhatDoesNotDecode(t *testing.T) {
	encoded := marshal(t, newWorld(t, suite1(t)).kp)
	for n := range encoded {
		s := cryptobyte.String(encoded[:n])
		if parts, err := keypackage.ReadSigned(&s); rule.Of(err) == "" || parts != nil {
			t.Fatalf("%d bytes: %v, %v", n, parts, err)
		}
	}
}

// Every rule is told about, and those that cannot be checked say why.
func TestExamine(t *testing.T) {
	w := newWorld(t, suite1(t))
	var open, met int
	seen := map[rule.ID]bool{}
	for _, f := range w.kp.Examine(w.checks) {
		if seen[f.ID] && f.ID != "rfc9420-13.4-04" { // which is about two lists of extensions
			t.Errorf("%s twice", f.ID)
		}
		seen[f.ID] = true
		switch {
		case f.Err != nil:
			t.Errorf("%s: %v", f.ID, f.Err)
		case f.Open != "":
			open++
		default:
			met++
		}
	}
	if met != 16 || open != 8 {
		t.Errorf("%d rules are met, and %d cannot be checked", met, open)
	}
}
