package schedule_test

import (
	"testing"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/schedule"
)

func TestTranscriptHashes(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite, ref reference) {
		interim := secret("interim", ref.nh)
		tag := secret("tag", ref.nh)
		input := []byte("wire format, content, signature")

		confirmed := schedule.ConfirmedTranscriptHash(suite, interim, input)
		wantBytes(t, "confirmed", confirmed, ref.digest(interim, input))
		wantBytes(t, "interim", schedule.InterimTranscriptHash(suite, confirmed, tag), ref.digest(confirmed, opaque(tag)))

		// Epoch 0 has no transcript, but its creator's confirmation tag
		// (RFC 9420, Section 11).
		wantBytes(t, "interim of epoch 0", schedule.InterimTranscriptHash(suite, nil, tag), ref.digest(opaque(tag)))
	})
}
