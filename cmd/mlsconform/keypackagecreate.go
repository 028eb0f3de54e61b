package main

import (
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/store/bolt"
)

// KeypackageCreateCmd makes key packages.
type KeypackageCreateCmd struct {
	Identity    string   `xor:"who" required:"" placeholder:"ID" help:"The identity in a basic credential."`
	IdentityHex hexBytes `xor:"who" required:"" placeholder:"HEX" help:"The same in hexadecimal."`
	X509        string   `name:"x509" xor:"who" required:"" placeholder:"FILE" help:"A certificate chain in PEM, the one for the signature key first: makes an x509 credential."`

	Suite uint16 `default:"1" placeholder:"N" help:"The cipher suite (${default})."`
	signerFlag
	Store string `placeholder:"FILE" help:"The file to keep the private keys in. It is made when it is not there. Without the flag, mlsconform/store.db in the user's folder for configuration."`
	Count int    `default:"1" placeholder:"N" help:"How many to make (${default})."`
	writeFlags

	Lifetime  span     `xor:"lifetime" placeholder:"TIME" help:"How long they are valid from now on, such as 12h or 30d (90d)."`
	NotBefore *instant `and:"explicit" placeholder:"TIME" help:"From when on they are valid, in Unix seconds or as 2027-01-15T08:00:00Z; with --not-after, instead of --lifetime."`
	NotAfter  *instant `and:"explicit" xor:"lifetime" placeholder:"TIME" help:"Until when they are valid."`

	Extension     []extensionFlag `sep:"none" placeholder:"TYPE[=HEX]" help:"An extension of the key package; may be repeated."`
	LeafExtension []extensionFlag `sep:"none" placeholder:"TYPE[=HEX]" help:"An extension of its leaf node; may be repeated."`
	ApplicationID *string         `placeholder:"TEXT" help:"What the application_id extension of the leaf node says."`
	LastResort    bool            `help:"Mark them as the last resort, which may serve more than once."`
	NoGREASE      bool            `name:"no-grease" help:"Leave out the reserved values that are otherwise added, as RFC 9420, Section 13.5 recommends."`
	capabilityFlags
}

// maxCount bounds --count: the key packages of one call are in memory.
const maxCount = 100_000

// Run makes the key packages. They are written once their private keys are on
// the disk.
func (c *KeypackageCreateCmd) Run(a *app) error {
	suite, err := lookupSuite(c.Suite)
	if err != nil {
		return err
	}
	if err := c.check(); err != nil {
		return err
	}
	credential, err := c.credential()
	if err != nil {
		return usageError{err}
	}
	o, err := c.options()
	if err != nil {
		return err
	}
	signer, err := c.findSigner(a, suite)
	if err != nil {
		return usageError{err}
	}
	bundles, err := keypackage.BuildMany(suite, credential, signer, c.Count, o)
	if errors.Is(err, keypackage.ErrLifetime) {
		return usageError{err}
	} else if err != nil {
		return err
	}
	if err := a.approve(&bundles[0].KeyPackage, suite); err != nil {
		return err
	}
	if err := c.keep(a, suite, signer, bundles); err != nil {
		return err
	}
	packages := make([]*keypackage.KeyPackage, len(bundles))
	for i, b := range bundles {
		packages[i] = &b.KeyPackage
	}
	return c.write(a, packages...)
}

func (c *KeypackageCreateCmd) check() error {
	switch {
	case c.Count < 1 || c.Count > maxCount:
		return usagef("--count %d: want 1 to %d", c.Count, maxCount)
	case c.Count > 1 && c.Encoding == "binary":
		return usagef("--count %d: in binary nothing tells where a key package ends", c.Count)
	}
	return nil
}

func (c *KeypackageCreateCmd) credential() (leaf.Credential, error) {
	switch {
	case c.X509 != "":
		return readChain(c.X509)
	case c.IdentityHex != nil:
		return leaf.Basic(c.IdentityHex), nil
	}
	return leaf.Basic([]byte(c.Identity)), nil
}

func readChain(path string) (leaf.Credential, error) {
	chain := leaf.Credential{Type: codepoint.CredentialX509}
	data, err := os.ReadFile(path)
	if err != nil {
		return chain, err
	}
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "CERTIFICATE" {
			chain.Certificates = append(chain.Certificates, leaf.Certificate{Data: block.Bytes})
		}
	}
	if len(chain.Certificates) == 0 {
		return chain, fmt.Errorf("%s: no certificate in PEM", path)
	}
	return chain, nil
}

func (c *KeypackageCreateCmd) options() (keypackage.Options, error) {
	o := keypackage.Options{
		Lifetime:       time.Duration(c.Lifetime),
		Capabilities:   c.capabilities(),
		Extensions:     extensionsOf(c.Extension),
		LeafExtensions: extensionsOf(c.LeafExtension),
		LastResort:     c.LastResort,
		NoGREASE:       c.NoGREASE,
	}
	if c.NotAfter != nil {
		o.NotBefore, o.NotAfter = uint64(*c.NotBefore), uint64(*c.NotAfter)
	}
	if c.ApplicationID != nil {
		e, err := leaf.Encode(codepoint.ExtensionApplicationID, &leaf.ApplicationID{ApplicationID: []byte(*c.ApplicationID)})
		if err != nil {
			return o, err
		}
		o.LeafExtensions = append(o.LeafExtensions, e)
	}
	return o, nil
}

func (c *KeypackageCreateCmd) findSigner(a *app, suite *ciphersuite.Suite) (*ciphersuite.SignatureKey, error) {
	path, err := c.path(suite)
	if err != nil {
		return nil, err
	}
	if c.X509 != "" { // a new key would not be that of the certificate
		return readSigner(path, suite)
	}
	return a.signer(path, suite)
}

// approve prints the warnings about a key package, and finds out whether others
// will take it. They have all in common that matters.
func (a *app) approve(k *keypackage.KeyPackage, suite *ciphersuite.Suite) error {
	_, err := k.Validate(&keypackage.Checks{
		Version: codepoint.MLS10,
		Suite:   suite,
		Policy:  &leaf.Policy{},
		Sending: true,
	})
	if err != nil {
		return usagef("nobody would take this key package: %w", err)
	}
	for _, warning := range k.Warnings() {
		fmt.Fprintf(a.stderr, "mlsconform: warning: %v\n", warning)
	}
	return nil
}

// keep puts all private keys into the store.
func (c *KeypackageCreateCmd) keep(a *app, suite *ciphersuite.Suite, signer *ciphersuite.SignatureKey, bundles []*keypackage.Bundle) (err error) {
	path := c.Store
	if path == "" {
		if path, err = ownFile("store.db"); err != nil {
			return usagef("--store is missing: %w", err)
		}
		fmt.Fprintf(a.stderr, "mlsconform: private keys in %s\n", path)
	}
	s, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		return usagef("--store: %w", err)
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if _, err := s.SignatureKey(signer.Public()); errors.Is(err, keypackage.ErrNotFound) {
		if err := s.PutSignatureKey(suite, signer); err != nil {
			return err
		}
	} else if err != nil {
		return err
	}
	return s.PutBundles(bundles...)
}
