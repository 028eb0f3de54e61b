package main

import (
	"errors"
	"fmt"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/directory"
	directoryhttp "github.com/mlsconform/mlsconform/impl/directory/http"
	"github.com/mlsconform/mlsconform/impl/keypackage"
)

// KeypackagePublishCmd publishes key packages.
type KeypackagePublishCmd struct {
	Files []string `arg:"" optional:"" name:"FILE" help:"The key packages, one, or one on each line; - is the standard input, and what is read without any of these arguments."`
	readFlags
	URL string `name:"url" required:"" placeholder:"URL" help:"Where the directory is, such as http://127.0.0.1:8080."`
	signerFlag
	Suite       uint16     `default:"1" placeholder:"N" help:"The cipher suite of what is withdrawn, where nothing is published (${default})."`
	Audience    string     `placeholder:"NAME" help:"The name of the directory. Without it, host and port of the URL."`
	Withdraw    []hexBytes `placeholder:"REF" help:"Take back the key package with this reference; may be repeated."`
	WithdrawAll bool       `help:"Take back all of the client's key packages."`
}

// Run signs a request and sends it. What the directory refuses is a failure.
func (c *KeypackagePublishCmd) Run(a *app) error {
	publication, suite, err := c.publication(a)
	if err != nil {
		return err
	}
	client := &directoryhttp.Client{URL: c.URL}
	if publication.Audience, err = c.audience(client); err != nil {
		return usageError{err}
	}
	path, err := c.path(suite)
	if err != nil {
		return err
	}
	signer, err := readSigner(path, suite)
	if err != nil {
		return usageError{err}
	}
	request, err := publication.Sign(suite, signer, directory.Signing{})
	if err != nil {
		return err
	}
	receipt, err := client.Publish(a.ctx, request)
	if err != nil {
		return a.refused(err)
	}
	_, err = fmt.Fprintf(a.stdout, "%d published, %d withdrawn; now there: %d, of last resort: %d, not yet in force: %d\n",
		receipt.Published, receipt.Withdrawn, receipt.Count.Fresh, receipt.Count.LastResort, receipt.Count.Pending)
	return err
}

func (c *KeypackagePublishCmd) publication(a *app) (*directory.Publication, *ciphersuite.Suite, error) {
	p := &directory.Publication{WithdrawAll: c.WithdrawAll}
	for _, ref := range c.Withdraw {
		p.Withdraw = append(p.Withdraw, ref)
	}
	files := c.Files
	if len(files) == 0 && len(c.Withdraw) == 0 && !c.WithdrawAll {
		files = []string{"-"}
	}
	for _, file := range files {
		items, err := c.readKeyPackages(a, file)
		if err != nil {
			return nil, nil, err
		}
		for n := range items {
			p.KeyPackages = append(p.KeyPackages, items[n].KeyPackage)
		}
	}
	suite, err := c.suite(p.KeyPackages)
	return p, suite, err
}

// suite returns the cipher suite of all key packages: a request is of one.
func (c *KeypackagePublishCmd) suite(packages []*keypackage.KeyPackage) (*ciphersuite.Suite, error) {
	if len(packages) == 0 {
		return lookupSuite(c.Suite)
	}
	id := packages[0].CipherSuite
	for _, k := range packages {
		if k.CipherSuite != id {
			return nil, usagef("there are key packages of %v and of %v: publish them one suite at a time", id, k.CipherSuite)
		}
	}
	suite, err := ciphersuite.Lookup(id)
	if err != nil {
		return nil, usageError{err}
	}
	return suite, nil
}

func (c *KeypackagePublishCmd) audience(client *directoryhttp.Client) (string, error) {
	if c.Audience != "" {
		return c.Audience, nil
	}
	return client.Audience()
}

// refused reports the error of a directory. One that comes from somewhere on the
// way to it is about what the arguments name.
func (a *app) refused(err error) error {
	if a.ctx.Err() != nil {
		return exitStatus(statusInterrupted)
	}
	if _, ok := errors.AsType[*directoryhttp.Problem](err); !ok {
		return usageError{err}
	}
	fmt.Fprintf(a.stderr, "mlsconform: refused: %v\n", err)
	return exitStatus(statusFailed)
}

// KeypackageClaimCmd claims a key package.
type KeypackageClaimCmd struct {
	URL          string   `name:"url" required:"" placeholder:"URL" help:"Where the directory is, such as http://127.0.0.1:8080."`
	SignatureKey hexBytes `xor:"whose" required:"" placeholder:"HEX" help:"The public signature key of the client whose key package is wanted."`
	Signer       string   `xor:"whose" required:"" placeholder:"FILE" help:"The file that has that client's signature key."`
	Suite        uint16   `default:"1" placeholder:"N" help:"The cipher suite (${default})."`
	writeFlags
}

// Run claims a key package and writes it. It is not validated.
func (c *KeypackageClaimCmd) Run(a *app) error {
	of := directory.Client{Suite: codepoint.CipherSuite(c.Suite), SignatureKey: c.SignatureKey}
	if c.Signer != "" {
		suite, err := lookupSuite(c.Suite)
		if err != nil {
			return err
		}
		signer, err := readSigner(c.Signer, suite)
		if err != nil {
			return usageError{err}
		}
		of.SignatureKey = signer.Public()
	}
	claimed, err := (&directoryhttp.Client{URL: c.URL}).Claim(a.ctx, of)
	if err != nil {
		return a.refused(err)
	}
	if claimed.LastResort {
		fmt.Fprintln(a.stderr, "mlsconform: this is the last resort, which others may have got as well")
	}
	return c.write(a, claimed.KeyPackage)
}
