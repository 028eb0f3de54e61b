package local_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/runner/subject/local"
	"github.com/mlsconform/mlsconform/vectors/format"
)

func decodingCases(t *testing.T) []format.DecodingCase {
	t.Helper()
	return casesOf[format.DecodingCase](t, format.Decoding)
}

func TestJudgeDecoding(t *testing.T) {
	for _, c := range decodingCases(t) {
		t.Run(c.ID, func(t *testing.T) {
			t.Parallel()
			got := local.JudgeDecoding(c.Request())
			judged(t, &c.Expectation, &got)
			if c.Result == format.Accept {
				if diff := cmp.Diff(c.Bytes, got.Encoding); diff != "" {
					t.Errorf("encoded again (-want +got):\n%s", diff)
				}
			}
		})
	}
}
