package directory_test

import (
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/directory"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/rule"
)

// exampleClient returns what Bob has: a signature key, a KeyPackage for a single
// use, and one of last resort. He keeps the private keys of both.
func exampleClient() (suite *ciphersuite.Suite, key *ciphersuite.SignatureKey, packages []*keypackage.KeyPackage, err error) {
	if suite, err = ciphersuite.Lookup(codepoint.X25519AES128GCMSHA256Ed25519); err != nil {
		return nil, nil, nil, err
	}
	if key, err = suite.GenerateSignatureKey(rand.Reader); err != nil {
		return nil, nil, nil, err
	}
	for _, lastResort := range []bool{false, true} {
		b, err := keypackage.Build(suite, leaf.Basic([]byte("bob")), key, keypackage.Options{LastResort: lastResort})
		if err != nil {
			return nil, nil, nil, err
		}
		packages = append(packages, &b.KeyPackage)
	}
	return suite, key, packages, nil
}

// Bob publishes, and others claim.
func Example() {
	d, err := directory.New(directory.NewMemory(), directory.Options{Name: "directory.example"})
	if err != nil {
		fmt.Println(err)
		return
	}
	suite, key, packages, err := exampleClient()
	if err != nil {
		fmt.Println(err)
		return
	}
	publication := directory.Publication{Audience: "directory.example", KeyPackages: packages}
	request, err := publication.Sign(suite, key, directory.Signing{})
	if err != nil {
		fmt.Println(err)
		return
	}
	receipt, err := d.Publish("192.0.2.1", request)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%+v\n", *receipt)

	bob := directory.Client{Suite: suite.ID(), SignatureKey: key.Public()}
	for range 3 {
		claimed, err := d.Claim("192.0.2.2", bob)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println("claimed, last resort:", claimed.LastResort)
	}
	_, err = d.Publish("192.0.2.1", request)
	fmt.Println(err)
	// Output:
	// {Published:2 Withdrawn:0 Count:{Fresh:1 LastResort:1 Pending:0}}
	// claimed, last resort: false
	// claimed, last resort: true
	// claimed, last resort: true
	// directory: the request has been carried out before
}

// What is wrong with a KeyPackage is told by the requirements that it breaks, and
// keeps all others of the request out.
func ExampleDirectory_Publish() {
	d, err := directory.New(directory.NewMemory(), directory.Options{Name: "directory.example"})
	if err != nil {
		fmt.Println(err)
		return
	}
	suite, key, packages, err := exampleClient()
	if err != nil {
		fmt.Println(err)
		return
	}
	packages[1].Signature[0] ^= 1
	publication := directory.Publication{Audience: "directory.example", KeyPackages: packages}
	request, err := publication.Sign(suite, key, directory.Signing{})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = d.Publish("192.0.2.1", request)
	if refused, ok := errors.AsType[*directory.PackageError](err); ok {
		fmt.Println("key package", refused.Index, rule.All(refused))
	}
	fmt.Println(d.Count(request.Client))
	// Output:
	// key package 1 [rfc9420-10.1-05 rfc9420-10-06]
	// {0 0 0} <nil>
}

// A client that has lost its private keys takes back what it has published.
func ExamplePublication() {
	d, err := directory.New(directory.NewMemory(), directory.Options{Name: "directory.example"})
	if err != nil {
		fmt.Println(err)
		return
	}
	suite, key, packages, err := exampleClient()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, publication := range []directory.Publication{
		{Audience: "directory.example", KeyPackages: packages},
		{Audience: "directory.example", WithdrawAll: true},
	} {
		request, err := publication.Sign(suite, key, directory.Signing{})
		if err != nil {
			fmt.Println(err)
			return
		}
		receipt, err := d.Publish("192.0.2.1", request)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(receipt.Published, "published,", receipt.Withdrawn, "withdrawn")
	}
	// Output:
	// 2 published, 0 withdrawn
	// 0 published, 2 withdrawn
}

// One caller gets only so many KeyPackages of a client.
func ExampleLimitError() {
	d, err := directory.New(directory.NewMemory(), directory.Options{Name: "directory.example"})
	if err != nil {
		fmt.Println(err)
		return
	}
	suite, key, packages, err := exampleClient()
	if err != nil {
		fmt.Println(err)
		return
	}
	publication := directory.Publication{Audience: "directory.example", KeyPackages: packages}
	request, err := publication.Sign(suite, key, directory.Signing{})
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := d.Publish("192.0.2.1", request); err != nil {
		fmt.Println(err)
		return
	}
	for n := 0; ; n++ {
		_, err := d.Claim("192.0.2.2", request.Client)
		if limit, ok := errors.AsType[*directory.LimitError](err); ok {
			fmt.Println(n, "claimed, then too many", limit.What)
			return
		}
	}
	// Output: 10 claimed, then too many claims of this client's key packages by this caller
}
