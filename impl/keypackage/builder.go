package keypackage

import (
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

// ErrLifetime reports a lifetime that is not in force at the time of building.
var ErrLifetime = errors.New("keypackage: lifetime does not cover the present time")

// Options say how to build a KeyPackage. The zero value is useful.
type Options struct {
	// Lifetime counts from now; zero means [DefaultLifetime].
	Lifetime time.Duration
	// NotBefore and NotAfter, in seconds since 1970-01-01T00:00:00Z, set the
	// lifetime explicitly when NotAfter is not zero.
	NotBefore, NotAfter uint64
	// Capabilities are those of the client; where they name no version,
	// [leaf.DefaultCapabilities] take their place. Default types are left out, and
	// the types of the extensions below are added (RFC 9420, Section 7.2).
	Capabilities leaf.Capabilities
	// Extensions go into the KeyPackage, LeafExtensions into its leaf node.
	Extensions, LeafExtensions leaf.Extensions
	// LastResort marks the KeyPackage as one that may serve more than once.
	LastResort bool
	// NoGREASE leaves out the reserved values that are otherwise added to
	// capabilities and extensions (RFC 9420, Section 13.5).
	NoGREASE bool
	Rand     io.Reader        // nil means crypto/rand.Reader
	Now      func() time.Time // nil means time.Now
}

// A Bundle is a KeyPackage with its private keys.
type Bundle struct {
	KeyPackage    KeyPackage
	InitKey       *ciphersuite.KEMKey
	EncryptionKey *ciphersuite.KEMKey
}

// String shows the public part.
func (b *Bundle) String() string {
	return fmt.Sprintf("KeyPackage bundle of %v with init_key %x", b.KeyPackage.CipherSuite, b.KeyPackage.InitKey)
}

// GoString shows the public part.
func (b *Bundle) GoString() string { return b.String() }

// Build makes a KeyPackage with a fresh init key and a fresh encryption key.
func Build(suite *ciphersuite.Suite, credential leaf.Credential, signer ciphersuite.Signer, o Options) (*Bundle, error) {
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	lifetime, err := o.lifetime()
	if err != nil {
		return nil, err
	}
	initKey, err := suite.GenerateKEMKey(o.Rand)
	if err != nil {
		return nil, fmt.Errorf("init key: %w", err)
	}
	encryptionKey, err := suite.GenerateKEMKey(o.Rand)
	if err != nil {
		return nil, fmt.Errorf("encryption key: %w", err)
	}
	b := &Bundle{
		KeyPackage: KeyPackage{
			Version:     codepoint.MLS10,
			CipherSuite: suite.ID(),
			InitKey:     initKey.Public(),
			LeafNode: leaf.LeafNode{
				EncryptionKey: encryptionKey.Public(),
				SignatureKey:  signer.Public(),
				Credential:    credential,
				Source:        leaf.SourceKeyPackage,
				Lifetime:      lifetime,
			},
		},
		InitKey:       initKey,
		EncryptionKey: encryptionKey,
	}
	if err := o.fill(&b.KeyPackage); err != nil {
		return nil, err
	}
	if err := b.KeyPackage.LeafNode.Sign(suite, signer, nil, 0); err != nil {
		return nil, err
	}
	if err := b.KeyPackage.Sign(suite, signer); err != nil {
		return nil, err
	}
	return b, nil
}

func (o *Options) lifetime() (leaf.Lifetime, error) {
	now := o.Now()
	l := leaf.Lifetime{NotBefore: o.NotBefore, NotAfter: o.NotAfter}
	if o.NotAfter == 0 {
		span := o.Lifetime
		if span == 0 {
			span = DefaultLifetime
		}
		l = leaf.Lifetime{
			NotBefore: unixSeconds(now.Add(-ClockSkew)),
			NotAfter:  unixSeconds(now.Add(span)),
		}
	}
	if !l.Covers(now) {
		return l, fmt.Errorf("%w: from %d to %d, now %d", ErrLifetime, l.NotBefore, l.NotAfter, now.Unix())
	}
	return l, nil
}

func unixSeconds(t time.Time) uint64 { return uint64(max(0, t.Unix())) }

// fill sets extensions and capabilities so that the latter list what the
// former hold (RFC 9420, Sections 7.2 and 10).
func (o *Options) fill(k *KeyPackage) error {
	capabilities := o.Capabilities
	if len(capabilities.Versions) == 0 {
		capabilities = leaf.DefaultCapabilities()
	}
	capabilities = capabilities.WithoutDefaults()
	k.Extensions = o.Extensions.Clone()
	k.LeafNode.Extensions = o.LeafExtensions.Clone()
	if o.LastResort && !k.IsLastResort() {
		k.Extensions = append(k.Extensions, leaf.Extension{Type: codepoint.ExtensionLastResort})
	}
	for _, list := range []leaf.Extensions{k.Extensions, k.LeafNode.Extensions} {
		for _, e := range list {
			if !capabilities.SupportsExtension(e.Type) {
				capabilities.Extensions = append(capabilities.Extensions, e.Type)
			}
		}
	}
	k.LeafNode.Capabilities = capabilities
	if o.NoGREASE {
		return nil
	}
	return o.addGREASE(k)
}

func (o *Options) addGREASE(k *KeyPackage) error {
	if err := k.LeafNode.AddGREASE(o.Rand); err != nil {
		return err
	}
	e, err := leaf.GREASEExtension(o.Rand)
	if err != nil {
		return err
	}
	if _, there := k.Extensions.Find(e.Type); there {
		return nil
	}
	k.Extensions = append(slices.Clip(k.Extensions), e)
	capabilities := &k.LeafNode.Capabilities
	if !capabilities.SupportsExtension(e.Type) {
		capabilities.Extensions = append(capabilities.Extensions, e.Type)
	}
	return nil
}
