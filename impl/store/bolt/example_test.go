package bolt_test

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/store/bolt"
)

// What was put away is there when the program runs again.
func ExampleOpen() {
	dir := try(os.MkdirTemp("", ""))
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "client.db")

	s := try(bolt.Open(path, bolt.Options{}))
	suite := try(ciphersuite.Lookup(codepoint.X25519AES128GCMSHA256Ed25519))
	signer := try(keypackage.NewSigner(s, suite, nil))
	// A hundred KeyPackages to publish, stored in one transaction.
	bundles := try(keypackage.BuildMany(suite, leaf.Basic([]byte("bob")), signer, 100, keypackage.Options{Store: s}))
	if err := s.Close(); err != nil {
		panic(err)
	}

	s = try(bolt.Open(path, bolt.Options{}))
	defer s.Close()
	bundle := try(s.Bundle(try(bundles[42].KeyPackage.Ref())))
	fmt.Printf("%s, %d KeyPackages\n", bundle.KeyPackage.LeafNode.Credential.Identity, len(try(s.BundleRefs())))
	// Output:
	// bob, 100 KeyPackages
}

// A sealed file is of use only with its key.
func ExampleOpen_sealed() {
	dir := try(os.MkdirTemp("", ""))
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "client.db")
	key := make(ciphersuite.Secret, bolt.KeySize) // from a key ring, as a rule
	rand.Read(key)

	s := try(bolt.Open(path, bolt.Options{Key: key}))
	if err := errors.Join(s.PutGroup([]byte("group"), []byte("a snapshot")), s.Close()); err != nil {
		panic(err)
	}

	_, err := bolt.Open(path, bolt.Options{Key: make(ciphersuite.Secret, bolt.KeySize)})
	fmt.Println(errors.Is(err, bolt.ErrWrongKey))
	_, err = bolt.Open(path, bolt.Options{})
	fmt.Println(errors.Is(err, bolt.ErrSealed))

	s = try(bolt.Open(path, bolt.Options{Key: key}))
	defer s.Close()
	fmt.Printf("%s\n", try(s.Group([]byte("group"))))
	// Output:
	// true
	// true
	// a snapshot
}

func try[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
