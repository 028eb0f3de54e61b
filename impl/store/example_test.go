package store_test

import (
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/store"
)

// A client puts the private keys away before it hands out a KeyPackage. It finds
// them again by the reference.
func ExampleMemory() {
	var s store.Memory
	suite := must(ciphersuite.Lookup(codepoint.X25519AES128GCMSHA256Ed25519))
	signer := must(keypackage.NewSigner(&s, suite, nil))
	bundle := must(keypackage.Build(suite, leaf.Basic([]byte("bob")), signer, keypackage.Options{Store: &s}))
	fmt.Println(&s)

	ref := must(bundle.KeyPackage.Ref())
	again := must(s.Bundle(ref))
	fmt.Printf("%s\n", again.KeyPackage.LeafNode.Credential.Identity)

	check(s.DeleteBundle(ref))
	_, err := s.Bundle(ref)
	fmt.Println(errors.Is(err, keypackage.ErrNotFound))
	// Output:
	// memory store: 1 signature keys, 1 bundles, 0 groups
	// bob
	// true
}

// A Welcome names the KeyPackages that were used. The client finds the bundle of
// its own, and stores the group in the same step that deletes the bundle: the
// KeyPackage serves once (RFC 9420, Section 16.8).
func ExampleMemory_join() {
	var s store.Memory
	suite := must(ciphersuite.Lookup(codepoint.X25519AES128GCMSHA256Ed25519))
	signer := must(keypackage.NewSigner(&s, suite, nil))
	bundle := must(keypackage.Build(suite, leaf.Basic([]byte("bob")), signer, keypackage.Options{Store: &s}))
	fmt.Println(&s)

	welcome := invite(suite, &bundle.KeyPackage) // someone else adds the client

	staged := must(group.StageStored(group.Config{}, &s, welcome, group.JoinOptions{}))
	must(staged.Join())
	fmt.Println(&s)

	_, err := group.StageStored(group.Config{}, &s, welcome, group.JoinOptions{})
	fmt.Println(errors.Is(err, keypackage.ErrNotFound))
	// Output:
	// memory store: 1 signature keys, 1 bundles, 0 groups
	// memory store: 1 signature keys, 0 bundles, 1 groups
	// true
}

func invite(suite *ciphersuite.Suite, kp *keypackage.KeyPackage) *message.Welcome {
	signer := must(suite.GenerateSignatureKey(rand.Reader))
	bundle := must(keypackage.Build(suite, leaf.Basic([]byte("alice")), signer, keypackage.Options{}))
	g := must(group.Create(group.Config{}, bundle, signer, group.CreateOptions{}))
	return must(g.AddMembers(must(g.ValidateKeyPackage(kp)))).Welcome
}

func must[T any](v T, err error) T {
	check(err)
	return v
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
