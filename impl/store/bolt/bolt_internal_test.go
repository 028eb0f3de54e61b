package bolt

import (
	"testing"

	"github.com/mlsconform/mlsconform/impl/syntax/syntaxtest"
)

func FuzzGroupRecord(f *testing.F) {
	syntaxtest.FuzzCodec(f, groupRecord{}, groupRecord{[]byte("group"), []byte("snapshot")})
}
