package group_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/group"
)

// signers finds signature keys by their public keys.
func signers(keys ...*ciphersuite.SignatureKey) func([]byte) (ciphersuite.Signer, error) {
	return func(public []byte) (ciphersuite.Signer, error) {
		for _, k := range keys {
			if bytes.Equal(k.Public(), public) {
				return k, nil
			}
		}
		return nil, errors.New("no such key")
	}
}

// restored returns the client with its group taken from a snapshot.
func restored(t *testing.T, c *client) *client {
	t.Helper()
	r := *c
	var err error
	r.Group, err = group.Restore(c.config, must(c.Snapshot()), signers(c.signer))
	if err != nil {
		t.Fatalf("%s: %v", c.name, err)
	}
	return &r
}
