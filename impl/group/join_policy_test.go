package group_test

import (
	"bytes"
	"errors"

	"github.com/mlsconform/mlsconform/impl/leaf"
)

// noMallory is an authentication service that knows one liar.
func noMallory(presented *leaf.Credential, _ []byte, _ *leaf.Credential) error {
	if bytes.Equal(presented.Identity, []byte("mallory")) {
		return errors.New("this is mallory")
	}
	return nil
}
