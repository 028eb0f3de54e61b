package group

import (
	"fmt"
	"io"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/schedule"
	"github.com/mlsconform/mlsconform/impl/tree"
)

// CreateOptions say how a new group begins. The zero value is useful.
type CreateOptions struct {
	// GroupID is the group_id; an empty one stands for a random one that is as
	// long as the suite's hash.
	GroupID []byte
	// Extensions are those of the GroupContext.
	Extensions leaf.Extensions
}

// Create starts a group with one member (RFC 9420, Section 11). The member's
// leaf, the version and the cipher suite are those of its KeyPackage.
func Create(config Config, bundle *keypackage.Bundle, signer ciphersuite.Signer, o CreateOptions) (*Group, error) {
	kp := &bundle.KeyPackage
	suite, err := ciphersuite.Lookup(kp.CipherSuite)
	if err != nil {
		return nil, fmt.Errorf("cipher_suite: %w", err)
	}
	if len(o.GroupID) == 0 {
		if o.GroupID, err = randomBytes(config.random(), suite.HashSize()); err != nil {
			return nil, fmt.Errorf("group_id: %w", err)
		}
	}
	e := &epoch{
		suite:   suite,
		tree:    tree.New(suite, &kp.LeafNode),
		private: tree.NewPrivateTree(0, bundle.EncryptionKey),
		signer:  signer,
	}
	err = e.setContext(&schedule.GroupContext{
		Version:     kp.Version,
		CipherSuite: kp.CipherSuite,
		GroupID:     o.GroupID,
		TreeHash:    e.tree.Hash(),
		Extensions:  o.Extensions,
	})
	if err != nil {
		return nil, err
	}
	_, err = kp.Validate(&keypackage.Checks{
		Version:         kp.Version,
		Suite:           suite,
		Policy:          &config.Policy,
		Sending:         true,
		GroupExtensions: o.Extensions,
		Required:        e.required,
	})
	if err != nil {
		return nil, fmt.Errorf("creator's key package: %w", err)
	}
	g := &Group{config: config, epoch: e}
	if err := g.checkGroupExtensions(nil, o.Extensions); err != nil {
		return nil, err
	}
	if err := g.checkSupport(e.tree, params{o.Extensions, e.required}, true); err != nil {
		return nil, err
	}
	epochSecret, err := randomBytes(config.random(), suite.HashSize())
	if err != nil {
		return nil, fmt.Errorf("epoch secret: %w", err)
	}
	defer clear(epochSecret)
	e.setSecrets(schedule.EpochFromSecret(suite, epochSecret))
	e.setConfirmationTag(e.expectedTag())
	return g, nil
}

func randomBytes(rand io.Reader, n int) ([]byte, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(rand, b); err != nil {
		return nil, fmt.Errorf("randomness: %w", err)
	}
	return b, nil
}
