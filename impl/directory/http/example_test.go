package http_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http/httptest"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/directory"
	directoryhttp "github.com/mlsconform/mlsconform/impl/directory/http"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
)

func ExampleClient() {
	d, err := directory.New(directory.NewMemory(), directory.Options{Name: "directory.example"})
	if err != nil {
		fmt.Println(err)
		return
	}
	server := httptest.NewServer(directoryhttp.NewHandler(d, directoryhttp.Options{}))
	defer server.Close()

	suite, err := ciphersuite.Lookup(codepoint.X25519AES128GCMSHA256Ed25519)
	if err != nil {
		fmt.Println(err)
		return
	}
	key, err := suite.GenerateSignatureKey(rand.Reader)
	if err != nil {
		fmt.Println(err)
		return
	}
	bundle, err := keypackage.Build(suite, leaf.Basic([]byte("bob")), key, keypackage.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	publication := directory.Publication{
		Audience:    "directory.example", // else what Client.Audience returns
		KeyPackages: []*keypackage.KeyPackage{&bundle.KeyPackage},
	}
	request, err := publication.Sign(suite, key, directory.Signing{})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	c := &directoryhttp.Client{URL: server.URL}
	receipt, err := c.Publish(ctx, request)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(receipt.Published, "published")

	bob := directory.Client{Suite: suite.ID(), SignatureKey: key.Public()}
	claimed, err := c.Claim(ctx, bob)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("claimed one of %s\n", claimed.KeyPackage.LeafNode.Credential.Identity)
	_, err = c.Claim(ctx, bob)
	fmt.Println(errors.Is(err, directory.ErrNone), err)
	// Output:
	// 1 published
	// claimed one of bob
	// true directory: no key package to hand out
}
