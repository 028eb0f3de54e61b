package keypackage

import (
	"errors"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
)

// ErrNotFound reports that a store does not hold what was asked for.
var ErrNotFound = errors.New("keypackage: not found")

// A Store keeps the private keys of a client. Its methods may be used by many
// goroutines at once. What a method has put away is still there after a crash
// that comes when the method has returned, and what it has deleted is gone.
type Store interface {
	// PutSignatureKey keeps a signature key pair for the suite's scheme.
	PutSignatureKey(suite *ciphersuite.Suite, key *ciphersuite.SignatureKey) error
	// SignatureKey returns the key pair with the given public key, or
	// [ErrNotFound].
	SignatureKey(public []byte) (*ciphersuite.SignatureKey, error)
	// PutBundles keeps bundles under the references of their KeyPackages: all of
	// them, or none when it fails. The reference is a hash of the KeyPackage, so
	// that no other one has it; to put the same bundle again changes nothing
	// while it is there, and brings it back when it has been deleted.
	PutBundles(bundles ...*Bundle) error
	// Bundle returns the bundle of the KeyPackage with the given reference. When
	// there is none, the error names the reference and is [ErrNotFound].
	Bundle(ref []byte) (*Bundle, error)
	// BundleRefs returns the reference of every bundle, in order.
	BundleRefs() ([][]byte, error)
	// DeleteBundle deletes a bundle; [ErrNotFound] when there is none.
	DeleteBundle(ref []byte) error
}
