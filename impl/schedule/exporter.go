package schedule

import (
	"fmt"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
)

// Export derives a secret for use outside of MLS: MLS-Exporter of RFC 9420,
// Section 8.5. Each purpose should have a label of its own. It fails when the
// KDF cannot give that many bytes.
func (e *Epoch) Export(suite *ciphersuite.Suite, label string, context []byte, length int) (ciphersuite.Secret, error) {
	// DeriveSecret, but the label is the application's: it may be too long.
	secret, err := suite.ExpandWithLabel(e.ExporterSecret, label, nil, suite.HashSize())
	if err != nil {
		return nil, fmt.Errorf("exporter: %w", err)
	}
	defer clear(secret)
	exported, err := suite.ExpandWithLabel(secret, "exported", suite.Hash(context), length)
	if err != nil {
		return nil, fmt.Errorf("exporter: %w", err)
	}
	return exported, nil
}

// ExternalKey returns the key pair that the whole group holds; its public part
// lets others join by an external Commit (RFC 9420, Section 8).
func (e *Epoch) ExternalKey(suite *ciphersuite.Suite) (*ciphersuite.KEMKey, error) {
	key, err := suite.DeriveKeyPair(e.ExternalSecret)
	if err != nil {
		return nil, fmt.Errorf("external key: %w", err)
	}
	return key, nil
}
