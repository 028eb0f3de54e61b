package tree_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"log"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/tree"
)

// Alice brings new keys into the tree that she shares with Bob.
func Example() {
	suite, err := ciphersuite.Lookup(codepoint.CipherSuite(1))
	if err != nil {
		log.Fatal(err)
	}
	alice, err := suite.GenerateSignatureKey(rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	bobsKey, err := suite.GenerateKEMKey(rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	t := tree.New(suite, &leaf.LeafNode{
		SignatureKey: alice.Public(),
		Credential:   leaf.Basic([]byte("alice")),
		Source:       leaf.SourceUpdate,
	})
	bob := t.Add(&leaf.LeafNode{
		EncryptionKey: bobsKey.Public(),
		Credential:    leaf.Basic([]byte("bob")),
		Source:        leaf.SourceUpdate,
	})
	groupID, groupContext := []byte("group"), []byte("encoded provisional GroupContext")

	// Alice changes a clone: the tree stays as it is until the Commit is accepted.
	next := t.Clone()
	update, err := next.NewPath(rand.Reader, 0, t.Leaf(0), alice, groupID)
	if err != nil {
		log.Fatal(err)
	}
	path, err := update.Encrypt(rand.Reader, next, groupContext, nil)
	if err != nil {
		log.Fatal(err)
	}

	// Bob checks the path, merges it and decrypts what is meant for him.
	if err := t.CheckPath(0, path, nil); err != nil {
		log.Fatal(err)
	}
	if err := t.MergePath(0, path); err != nil {
		log.Fatal(err)
	}
	_, _, commitSecret, err := tree.NewPrivateTree(bob, bobsKey).Decrypt(t, 0, path, groupContext, nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("same tree:", bytes.Equal(t.Hash(), next.Hash()))
	fmt.Println("same commit secret:", bytes.Equal(commitSecret, update.CommitSecret()))
	// Output:
	// same tree: true
	// same commit secret: true
}
