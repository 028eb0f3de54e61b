package schedule_test

import (
	"testing"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/schedule"
)

func TestExport(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite, ref reference) {
		epoch := schedule.EpochFromSecret(suite, secret("epoch", ref.nh))
		for _, c := range []struct {
			label, context string
			length         int
		}{
			{"label", "context", 32}, {"", "", 0}, {"other", "", 1}, {"label", "context", 255 * ref.nh},
		} {
			derived := ref.derive(epoch.ExporterSecret, c.label)
			want := ref.expand(derived, "exported", ref.digest([]byte(c.context)), c.length)
			got, err := epoch.Export(suite, c.label, []byte(c.context), c.length)
			if err != nil {
				t.Fatal(err)
			}
			wantBytes(t, "exported", got, want)
		}
		for _, length := range []int{-1, 255*ref.nh + 1, 1 << 20} {
			if _, err := epoch.Export(suite, "label", nil, length); err == nil {
				t.Errorf("%d bytes are exported", length)
			}
		}
		wantBytes(t, "exporter_secret", epoch.ExporterSecret, ref.derive(secret("epoch", ref.nh), "exporter"))
	})
}

func TestExternalKey(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite, ref reference) {
		epoch := schedule.EpochFromSecret(suite, secret("epoch", ref.nh))
		want, err := suite.DeriveKeyPair(ref.derive(secret("epoch", ref.nh), "external"))
		if err != nil {
			t.Fatal(err)
		}
		got, err := epoch.ExternalKey(suite)
		if err != nil {
			t.Fatal(err)
		}
		wantBytes(t, "external_pub", got.Public(), want.Public())

		epoch.Erase()
		if _, err := epoch.ExternalKey(suite); err == nil {
			t.Error("an erased epoch has an external key")
		}
	})
}
