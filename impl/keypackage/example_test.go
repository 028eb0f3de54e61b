package keypackage_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/store"
	"github.com/mlsconform/mlsconform/impl/syntax"
)

// A client generates a signature key pair once, and finds it again in its store
// by the public key.
func ExampleNewSigner() {
	var s store.Memory // package bolt has a store that outlives the process
	suite := must(ciphersuite.Lookup(codepoint.X448AES256GCMSHA512Ed448))
	signer := must(keypackage.NewSigner(&s, suite, nil))

	again := must(s.SignatureKey(signer.Public()))
	message := []byte("the same key signs the same way")
	fmt.Println(bytes.Equal(must(signer.Sign(message)), must(again.Sign(message))))
	_, err := s.SignatureKey([]byte{1, 2, 3})
	fmt.Println(errors.Is(err, keypackage.ErrNotFound), err)
	// Output:
	// true
	// true signature key 010203: keypackage: not found
}

// A client makes a KeyPackage and publishes it, as an MLSMessage or by itself.
// The private keys are in the store, where a Welcome will find them.
func ExampleBuild() {
	var s store.Memory
	suite := must(ciphersuite.Lookup(codepoint.X25519AES128GCMSHA256Ed25519))
	signer := must(keypackage.NewSigner(&s, suite, nil))
	phone := must(leaf.Encode(codepoint.ExtensionApplicationID, &leaf.ApplicationID{ApplicationID: []byte("phone")}))

	bundle := must(keypackage.Build(suite, leaf.Basic([]byte("alice")), signer, keypackage.Options{
		Lifetime:       7 * 24 * time.Hour,
		LeafExtensions: leaf.Extensions{phone},
		Store:          &s,
	}))
	message := must(syntax.Marshal(&framing.MLSMessage{KeyPackage: &bundle.KeyPackage}))
	bare := must(syntax.Marshal(&bundle.KeyPackage))
	fmt.Println(len(message)-len(bare), "bytes before the KeyPackage in a message")

	// Whoever gets it has to validate it before use.
	a, b := must(framing.ParseKeyPackage(message)), must(keypackage.Parse(bare))
	fmt.Println(bytes.Equal(must(a.Ref()), must(b.Ref())))
	fmt.Println(&s)
	// Output:
	// 4 bytes before the KeyPackage in a message
	// true
	// memory store: 1 signature keys, 1 bundles, 0 groups
}

// What an application says about itself in Options is taken over, and completed.
func ExampleOptions() {
	suite := must(ciphersuite.Lookup(codepoint.P256AES128GCMSHA256P256))
	signer := must(keypackage.NewSigner(new(store.Memory), suite, nil))
	bundle := must(keypackage.Build(suite, leaf.Basic([]byte("alice")), signer, keypackage.Options{
		NotBefore: 1_700_000_000,
		NotAfter:  1_900_000_000,
		Capabilities: leaf.Capabilities{ // the other lists take their defaults
			CipherSuites: []codepoint.CipherSuite{codepoint.P256AES128GCMSHA256P256},
			Proposals:    []codepoint.ProposalType{codepoint.ProposalAdd, 0xf001}, // every client supports the first
		},
		Extensions: leaf.Extensions{{Type: 0xf002, Data: []byte("data")}},
		LastResort: true,
		NoGREASE:   true,
		Now:        func() time.Time { return time.Unix(1_800_000_000, 0) },
	}))
	c := &bundle.KeyPackage.LeafNode.Capabilities
	fmt.Println(c.Versions, c.CipherSuites, c.Credentials)
	fmt.Println(c.Extensions, c.Proposals)
	// Output:
	// [mls10] [MLS_128_DHKEMP256_AES128GCM_SHA256_P256] [basic x509]
	// [last_resort_key_package 0xf002] [0xf001]
}

// Clients keep a stock of KeyPackages at a directory: each serves once. All are
// built on all cores, and put into the store in one transaction.
func ExampleBuildMany() {
	var s store.Memory
	suite := must(ciphersuite.Lookup(codepoint.X25519AES128GCMSHA256Ed25519))
	signer := must(keypackage.NewSigner(&s, suite, nil))
	bundles := must(keypackage.BuildMany(suite, leaf.Basic([]byte("alice")), signer, 250, keypackage.Options{Store: &s}))

	initKeys := map[string]bool{}
	for _, b := range bundles {
		initKeys[string(b.KeyPackage.InitKey)] = true
	}
	fmt.Println(len(bundles), "KeyPackages with", len(initKeys), "init keys")
	fmt.Println(&s)
	// Output:
	// 250 KeyPackages with 250 init keys
	// memory store: 1 signature keys, 250 bundles, 0 groups
}

// The reference names a KeyPackage in a Welcome, and its bundle in a store.
func ExampleStore() {
	var s store.Memory
	suite := must(ciphersuite.Lookup(codepoint.X25519AES128GCMSHA256Ed25519))
	signer := must(keypackage.NewSigner(&s, suite, nil))
	bundle := must(keypackage.Build(suite, leaf.Basic([]byte("alice")), signer, keypackage.Options{Store: &s}))

	ref := must(bundle.KeyPackage.Ref())
	found := must(s.Bundle(ref))
	fmt.Printf("%s\n", found.KeyPackage.LeafNode.Credential.Identity)
	fmt.Println(len(must(s.BundleRefs())), "in the store")

	_, err := s.Bundle([]byte{0xbe, 0xef})
	fmt.Println(errors.Is(err, keypackage.ErrNotFound), err)
	// Output:
	// alice
	// 1 in the store
	// true bundle beef: keypackage: not found
}

// Bundles are of no use any more some days after the end of their lifetime.
func ExampleDeleteExpired() {
	var s store.Memory
	suite := must(ciphersuite.Lookup(codepoint.X25519AES128GCMSHA256Ed25519))
	signer := must(keypackage.NewSigner(&s, suite, nil))
	for _, days := range []time.Duration{1, 30} {
		o := keypackage.Options{Lifetime: days * 24 * time.Hour, Store: &s}
		must(keypackage.Build(suite, leaf.Basic([]byte("alice")), signer, o))
	}
	inTenDays := time.Now().AddDate(0, 0, 10)
	const late = 3 * 24 * time.Hour // a Welcome may take so long
	deleted := must(keypackage.DeleteExpired(&s, inTenDays.Add(-late)))
	fmt.Println(len(deleted), "deleted,", len(must(s.BundleRefs())), "left")
	// Output:
	// 1 deleted, 1 left
}

// Printing a bundle is harmless.
func ExampleBundle() {
	suite := must(ciphersuite.Lookup(codepoint.X25519AES128GCMSHA256Ed25519))
	signer := must(suite.GenerateSignatureKey(seeded(1)))
	bundle := must(keypackage.Build(suite, leaf.Basic([]byte("alice")), signer, keypackage.Options{}))

	name, initKey, _ := strings.Cut(fmt.Sprintf("%+v", bundle), " with init_key ")
	fmt.Println(name)
	fmt.Println(initKey == hex.EncodeToString(bundle.KeyPackage.InitKey), bundle.InitKey.Private())
	// Output:
	// KeyPackage bundle of MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519
	// true [secret]
}

// What there is to see in a KeyPackage.
func ExampleKeyPackage() {
	suite := must(ciphersuite.Lookup(codepoint.X25519AES128GCMSHA256Ed25519))
	signer := must(suite.GenerateSignatureKey(seeded(1)))
	bundle := must(keypackage.Build(suite, leaf.Basic([]byte("alice")), signer, keypackage.Options{
		LastResort: true, NoGREASE: true, Rand: seeded(2), Now: clock,
	}))
	k := &bundle.KeyPackage
	fmt.Println("version:", k.Version)
	fmt.Println("suite:", k.CipherSuite)
	fmt.Println("init key:", len(k.InitKey), "bytes")
	fmt.Println("encryption key:", len(k.LeafNode.EncryptionKey), "bytes")
	fmt.Println("signature key:", len(k.LeafNode.SignatureKey), "bytes")
	fmt.Printf("credential: %v %s\n", k.LeafNode.Credential.Type, k.LeafNode.Credential.Identity)
	fmt.Println("lifetime:", k.LeafNode.Lifetime.NotBefore, "to", k.LeafNode.Lifetime.NotAfter)
	fmt.Println("in force:", k.LeafNode.Lifetime.Covers(now))
	fmt.Println("extension types supported:", k.LeafNode.Capabilities.Extensions)
	fmt.Println("extensions:", len(k.Extensions), "and in the leaf", len(k.LeafNode.Extensions))
	fmt.Println("last resort:", k.IsLastResort())
	fmt.Println("reference:", len(must(k.Ref())), "bytes")
	// Output:
	// version: mls10
	// suite: MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519
	// init key: 32 bytes
	// encryption key: 32 bytes
	// signature key: 32 bytes
	// credential: basic alice
	// lifetime: 1799996400 to 1807776000
	// in force: true
	// extension types supported: [last_resort_key_package]
	// extensions: 1 and in the leaf 0
	// last resort: true
	// reference: 32 bytes
}

// A TBS is what the signature covers: the KeyPackage without it.
func ExampleTBS() {
	suite := must(ciphersuite.Lookup(codepoint.X25519AES128GCMSHA256Ed25519))
	signer := must(suite.GenerateSignatureKey(seeded(1)))
	bundle := must(keypackage.Build(suite, leaf.Basic([]byte("alice")), signer, keypackage.Options{}))

	signed := must(syntax.Marshal(&bundle.KeyPackage))
	tbs := must(syntax.Marshal((*keypackage.TBS)(&bundle.KeyPackage)))
	fmt.Println(bytes.HasPrefix(signed, tbs), len(signed)-len(tbs))
	fmt.Println(suite.VerifyWithLabel(signer.Public(), "KeyPackageTBS", tbs, bundle.KeyPackage.Signature))
	// Output:
	// true 66
	// <nil>
}

// An application_id belongs in the leaf node. Elsewhere it is taken, with a
// warning.
func ExampleKeyPackage_Warnings() {
	suite := must(ciphersuite.Lookup(codepoint.X25519AES128GCMSHA256Ed25519))
	signer := must(suite.GenerateSignatureKey(seeded(1)))
	phone := must(leaf.Encode(codepoint.ExtensionApplicationID, &leaf.ApplicationID{ApplicationID: []byte("phone")}))
	bundle := must(keypackage.Build(suite, leaf.Basic([]byte("alice")), signer, keypackage.Options{
		Extensions: leaf.Extensions{phone},
	}))
	for _, warning := range bundle.KeyPackage.Warnings() {
		fmt.Println(warning)
	}
	// Output:
	// extension application_id in a KeyPackage: its place is the LeafNode [rfc9420-17.3-01]
}

// Whoever is about to add a client validates its KeyPackage first. The error
// tells which rule is broken, from the outside in.
func ExampleKeyPackage_Validate() {
	suite := must(ciphersuite.Lookup(codepoint.P256AES128GCMSHA256P256))
	signer := must(suite.GenerateSignatureKey(seeded(1)))
	bundle := must(keypackage.Build(suite, leaf.Basic([]byte("bob")), signer, keypackage.Options{Lifetime: time.Hour}))
	checks := &keypackage.Checks{
		Version: codepoint.MLS10,
		Suite:   suite,
		Policy:  &leaf.Policy{},
		Sending: true,
	}
	valid := must(bundle.KeyPackage.Validate(checks))
	fmt.Printf("%s can be added\n", valid.KeyPackage().LeafNode.Credential.Identity)

	checks.Policy.Now = func() time.Time { return time.Now().Add(2 * time.Hour) }
	_, err := bundle.KeyPackage.Validate(checks)
	fmt.Println(rule.All(err))
	// Output:
	// bob can be added
	// [rfc9420-10.1-03 rfc9420-7.3-05]
}

// Examine tells about all rules, where Validate ends at the first that is broken.
func ExampleKeyPackage_Examine() {
	suite := must(ciphersuite.Lookup(codepoint.P256AES128GCMSHA256P256))
	signer := must(suite.GenerateSignatureKey(seeded(1)))
	bundle := must(keypackage.Build(suite, leaf.Basic([]byte("bob")), signer, keypackage.Options{Lifetime: time.Hour}))
	bundle.KeyPackage.Signature[8] ^= 1
	findings := bundle.KeyPackage.Examine(&keypackage.Checks{
		Version: codepoint.MLS10,
		Suite:   suite,
		Policy:  &leaf.Policy{Now: func() time.Time { return time.Now().Add(2 * time.Hour) }},
		Sending: true,
	})
	met, open := 0, 0
	for _, f := range findings {
		switch {
		case f.Err != nil:
			fmt.Println("broken:", f.ID)
		case f.Open != "":
			open++
		default:
			met++
		}
	}
	fmt.Println(met > 10, open > 0)
	// Output:
	// broken: rfc9420-10.1-03
	// broken: rfc9420-7.3-05
	// broken: rfc9420-10.1-05
	// true true
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
