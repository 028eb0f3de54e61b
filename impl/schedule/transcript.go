package schedule

import (
	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/syntax"
)

// ConfirmedTranscriptHash returns the confirmed transcript hash of the epoch
// that a Commit begins. It takes the interim hash of the epoch before, which is
// empty in epoch 0, and the Commit's encoded ConfirmedTranscriptHashInput
// (RFC 9420, Section 8.2).
func ConfirmedTranscriptHash(suite *ciphersuite.Suite, interim, input []byte) []byte {
	return suite.Hash(interim, input)
}

// InterimTranscriptHash returns the interim transcript hash of an epoch, from
// its confirmed hash and the confirmation tag of the Commit that began it, or in
// epoch 0 of the creator (RFC 9420, Sections 8.2 and 11).
func InterimTranscriptHash(suite *ciphersuite.Suite, confirmed, confirmationTag []byte) []byte {
	// InterimTranscriptHashInput holds the tag as opaque<V>: its length goes first.
	var header cryptobyte.Builder
	syntax.AddLength(&header, len(confirmationTag))
	return suite.Hash(confirmed, header.BytesOrPanic(), confirmationTag)
}
