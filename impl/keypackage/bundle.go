package keypackage

import (
	"fmt"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
)

// A Bundle is a KeyPackage with its private keys. The KeyPackage is for
// publishing; the keys stay with the client until somebody adds it to a group.
// Printing a bundle shows the public part.
type Bundle struct {
	KeyPackage    KeyPackage
	InitKey       *ciphersuite.KEMKey
	EncryptionKey *ciphersuite.KEMKey
}

// String names the bundle by its init key.
func (b Bundle) String() string {
	return fmt.Sprintf("KeyPackage bundle of %v with init_key %x", b.KeyPackage.CipherSuite, b.KeyPackage.InitKey)
}

// Format prints what String returns, for every verb.
func (b Bundle) Format(f fmt.State, _ rune) { fmt.Fprint(f, b.String()) }
