package ciphersuite_test

import (
	"crypto/rand"
	"fmt"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
)

func ExampleSuite_EncryptWithLabel() {
	suite, err := ciphersuite.Lookup(codepoint.X25519AES128GCMSHA256Ed25519)
	if err != nil {
		fmt.Println(err)
		return
	}
	key, err := suite.GenerateKEMKey(rand.Reader)
	if err != nil {
		fmt.Println(err)
		return
	}
	ct, err := suite.EncryptWithLabel(rand.Reader, key.Public(), "UpdatePathNode", []byte("group context"), []byte("path secret"))
	if err != nil {
		fmt.Println(err)
		return
	}
	plaintext, err := suite.DecryptWithLabel(key, "UpdatePathNode", []byte("group context"), ct)
	fmt.Println(plaintext, string(plaintext), err)

	_, err = suite.DecryptWithLabel(key, "Welcome", []byte("group context"), ct)
	fmt.Println(err)
	// Output:
	// [secret] path secret <nil>
	// HPKE ciphertext for "Welcome": cipher: message authentication failed [rfc9420-5.1.3-01]
}

func ExampleSuite_SignWithLabel() {
	suite, err := ciphersuite.Lookup(codepoint.P256AES128GCMSHA256P256)
	if err != nil {
		fmt.Println(err)
		return
	}
	key, err := suite.GenerateSignatureKey(rand.Reader)
	if err != nil {
		fmt.Println(err)
		return
	}
	signature, err := suite.SignWithLabel(key, "LeafNodeTBS", []byte("leaf"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(suite.VerifyWithLabel(key.Public(), "LeafNodeTBS", []byte("leaf"), signature))
	fmt.Println(suite.VerifyWithLabel(key.Public(), "KeyPackageTBS", []byte("leaf"), signature))
	// Output:
	// <nil>
	// signature does not verify
}
