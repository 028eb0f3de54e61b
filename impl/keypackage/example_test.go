package keypackage_test

import (
	"crypto/rand"
	"fmt"
	"time"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/syntax"
)

// A client makes a KeyPackage and publishes its encoding. The bundle, with the
// private keys, stays with the client until somebody adds it to a group.
func ExampleBuild() {
	suite, err := ciphersuite.Lookup(codepoint.X25519AES128GCMSHA256Ed25519)
	if err != nil {
		fmt.Println(err)
		return
	}
	signer, err := suite.GenerateSignatureKey(rand.Reader)
	if err != nil {
		fmt.Println(err)
		return
	}
	bundle, err := keypackage.Build(suite, leaf.Basic([]byte("alice")), signer, keypackage.Options{
		Lifetime: 7 * 24 * time.Hour,
		LeafExtensions: leaf.Extensions{
			{Type: codepoint.ExtensionApplicationID, Data: []byte("alice's phone")},
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	published, err := syntax.Marshal(&bundle.KeyPackage)
	if err != nil {
		fmt.Println(err)
		return
	}
	received, err := syntax.Parse[keypackage.KeyPackage](published)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s, %v, last resort: %v\n",
		received.LeafNode.Credential.Identity, received.CipherSuite, received.IsLastResort())
	// Output:
	// alice, MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519, last resort: false
}

// Whoever is about to add a client validates its KeyPackage first. The error
// tells which rule is broken, from the outside in.
func ExampleKeyPackage_Validate() {
	suite, err := ciphersuite.Lookup(codepoint.P256AES128GCMSHA256P256)
	if err != nil {
		fmt.Println(err)
		return
	}
	signer, err := suite.GenerateSignatureKey(rand.Reader)
	if err != nil {
		fmt.Println(err)
		return
	}
	bundle, err := keypackage.Build(suite, leaf.Basic([]byte("bob")), signer, keypackage.Options{Lifetime: time.Hour})
	if err != nil {
		fmt.Println(err)
		return
	}
	checks := &keypackage.Checks{
		Version: codepoint.MLS10,
		Suite:   suite,
		Policy:  &leaf.Policy{},
		Sending: true,
	}
	valid, err := bundle.KeyPackage.Validate(checks)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s can be added\n", valid.KeyPackage().LeafNode.Credential.Identity)

	checks.Policy.Now = func() time.Time { return time.Now().Add(2 * time.Hour) }
	_, err = bundle.KeyPackage.Validate(checks)
	fmt.Println(rule.All(err))
	// Output:
	// bob can be added
	// [rfc9420-10.1-03 rfc9420-7.3-05]
}
