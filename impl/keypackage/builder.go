package keypackage

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/leaf"
)

// DefaultLifetime is how long a KeyPackage is valid unless the caller says so.
const DefaultLifetime = 90 * 24 * time.Hour

// ClockSkew is how far not_before lies in the past by default, so that peers
// with a slow clock accept a fresh KeyPackage.
const ClockSkew = time.Hour

var (
	// ErrLifetime reports a lifetime that is not in force at the time of building.
	ErrLifetime = errors.New("keypackage: lifetime does not cover the present time")
	// ErrRandomness reports a source of randomness that gives the same key twice.
	ErrRandomness = errors.New("keypackage: the source of randomness repeats itself")
)

// Options say how to build a KeyPackage. The zero value is useful.
type Options struct {
	// Lifetime counts from now; zero means [DefaultLifetime].
	Lifetime time.Duration
	// NotBefore and NotAfter, in seconds since 1970-01-01T00:00:00Z, set the
	// lifetime explicitly when NotAfter is not zero.
	NotBefore, NotAfter uint64
	// Capabilities are those of the client. In the place of each list that is
	// empty stands that of [leaf.DefaultCapabilities]; a list of default types
	// only, which are left out, is how to list nothing (RFC 9420, Section 7.2).
	// What the KeyPackage itself makes use of is added: its version and suite,
	// the types of its credential and of its extensions, of whatever kind.
	Capabilities leaf.Capabilities
	// Extensions go into the KeyPackage, LeafExtensions into its leaf node. They
	// are taken wherever they are put: [KeyPackage.Warnings] says of which of
	// them RFC 9420 has another place in mind.
	Extensions, LeafExtensions leaf.Extensions
	// LastResort marks the KeyPackage as one that may serve more than once.
	LastResort bool
	// NoGREASE leaves out the reserved values that are otherwise added to
	// capabilities and extensions (RFC 9420, Section 13.5).
	NoGREASE bool
	// Store keeps the bundle, with its private keys, before it is returned. With
	// nil that is left to the caller.
	Store Store
	Rand  io.Reader        // nil means crypto/rand.Reader
	Now   func() time.Time // nil means time.Now
}

// Build makes a KeyPackage with a fresh init key and a fresh encryption key.
func Build(suite *ciphersuite.Suite, credential leaf.Credential, signer ciphersuite.Signer, o Options) (*Bundle, error) {
	p, err := o.plan(suite, credential, signer)
	if err != nil {
		return nil, err
	}
	b, err := p.build(p.rand)
	if err != nil {
		return nil, err
	}
	if err := o.keep(b); err != nil {
		return nil, err
	}
	return b, nil
}

func (o *Options) keep(bundles ...*Bundle) error {
	if o.Store == nil {
		return nil
	}
	if err := o.Store.PutBundles(bundles...); err != nil {
		return fmt.Errorf("storing private keys: %w", err)
	}
	return nil
}

// A plan is what the KeyPackages of one call have in common.
type plan struct {
	suite      *ciphersuite.Suite
	signer     ciphersuite.Signer
	keyPackage KeyPackage // without keys, reserved values and signatures
	noGREASE   bool
	rand       io.Reader
}

func (o *Options) plan(suite *ciphersuite.Suite, credential leaf.Credential, signer ciphersuite.Signer) (*plan, error) {
	lifetime, err := o.lifetime()
	if err != nil {
		return nil, err
	}
	extensions := o.Extensions.Clone()
	if _, there := extensions.Find(codepoint.ExtensionLastResort); o.LastResort && !there {
		extensions = append(extensions, leaf.Extension{Type: codepoint.ExtensionLastResort})
	}
	p := &plan{
		suite:  suite,
		signer: signer,
		keyPackage: KeyPackage{
			Version:     codepoint.MLS10,
			CipherSuite: suite.ID(),
			LeafNode: leaf.LeafNode{
				SignatureKey: signer.Public(),
				Credential:   credential,
				Capabilities: o.Capabilities.OrDefault(),
				Source:       leaf.SourceKeyPackage,
				Lifetime:     lifetime,
				Extensions:   o.LeafExtensions.Clone(),
			},
			Extensions: extensions,
		},
		noGREASE: o.NoGREASE,
		rand:     o.Rand,
	}
	if p.rand == nil {
		p.rand = rand.Reader
	}
	p.keyPackage.listOwn()
	return p, nil
}

func (o *Options) lifetime() (leaf.Lifetime, error) {
	now := time.Now
	if o.Now != nil {
		now = o.Now
	}
	present := now()
	l := leaf.Lifetime{NotBefore: o.NotBefore, NotAfter: o.NotAfter}
	if o.NotAfter == 0 {
		span := o.Lifetime
		if span == 0 {
			span = DefaultLifetime
		}
		l = leaf.Lifetime{
			NotBefore: unixSeconds(present.Add(-ClockSkew)),
			NotAfter:  unixSeconds(present.Add(span)),
		}
	}
	if !l.Covers(present) {
		return l, fmt.Errorf("%w: from %d to %d, now %d", ErrLifetime, l.NotBefore, l.NotAfter, present.Unix())
	}
	return l, nil
}

func unixSeconds(t time.Time) uint64 { return uint64(max(0, t.Unix())) }

// listOwn adds to the capabilities what the KeyPackage itself makes use of
// (RFC 9420, Sections 7.2, 10 and 11.1).
func (k *KeyPackage) listOwn() {
	c := &k.LeafNode.Capabilities
	if !c.SupportsVersion(k.Version) {
		c.Versions = append(c.Versions, k.Version)
	}
	if !c.SupportsCipherSuite(k.CipherSuite) {
		c.CipherSuites = append(c.CipherSuites, k.CipherSuite)
	}
	if t := k.LeafNode.Credential.Type; !c.SupportsCredential(t) {
		c.Credentials = append(c.Credentials, t)
	}
	for _, list := range []leaf.Extensions{k.Extensions, k.LeafNode.Extensions} {
		for _, e := range list {
			c.AddExtension(e.Type)
		}
	}
}

// build takes as many bytes from rand as randomSize says.
func (p *plan) build(rand io.Reader) (*Bundle, error) {
	initKey, err := p.suite.GenerateKEMKey(rand)
	if err != nil {
		return nil, fmt.Errorf("init key: %w", err)
	}
	encryptionKey, err := p.suite.GenerateKEMKey(rand)
	if err != nil {
		return nil, fmt.Errorf("encryption key: %w", err)
	}
	if bytes.Equal(initKey.Public(), encryptionKey.Public()) {
		return nil, fmt.Errorf("%w: init_key and encryption_key are the same", ErrRandomness)
	}
	b := &Bundle{KeyPackage: p.keyPackage, InitKey: initKey, EncryptionKey: encryptionKey}
	k := &b.KeyPackage
	k.LeafNode = *p.keyPackage.LeafNode.Clone()
	k.Extensions = p.keyPackage.Extensions.Clone()
	k.InitKey = initKey.Public()
	k.LeafNode.EncryptionKey = encryptionKey.Public()
	if !p.noGREASE {
		if err := k.addGREASE(rand); err != nil {
			return nil, err
		}
	}
	if err := k.LeafNode.Sign(p.suite, p.signer, nil, 0); err != nil {
		return nil, err
	}
	if err := k.Sign(p.suite, p.signer); err != nil {
		return nil, err
	}
	return b, nil
}

func (k *KeyPackage) addGREASE(rand io.Reader) error {
	if err := k.LeafNode.AddGREASE(rand); err != nil {
		return err
	}
	e, err := leaf.GREASEExtension(rand)
	if err != nil {
		return err
	}
	if _, there := k.Extensions.Find(e.Type); !there {
		k.Extensions = append(slices.Clip(k.Extensions), e)
		k.LeafNode.Capabilities.AddExtension(e.Type)
	}
	return nil
}
