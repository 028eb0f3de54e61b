package store

import (
	"testing"

	"github.com/mlsconform/mlsconform/impl/syntax/syntaxtest"
)

func FuzzBundleRecord(f *testing.F) {
	syntaxtest.FuzzCodec(f, bundleRecord{}, bundleRecord{[]byte("key package"), []byte("init key"), []byte("encryption key")})
}

func FuzzKeyRecord(f *testing.F) {
	syntaxtest.FuzzCodec(f, keyRecord{}, keyRecord{1, []byte("private key")})
}
