package leaf_test

import (
	"encoding/hex"
	"testing"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/syntax/syntaxtest"
)

func applicationIDs() []leaf.ApplicationID {
	return []leaf.ApplicationID{{}, {ApplicationID: []byte("phone")}}
}

func TestApplicationIDCodec(t *testing.T) { syntaxtest.Codec(t, applicationIDs()...) }
func FuzzApplicationID(f *testing.F)      { syntaxtest.FuzzCodec(f, applicationIDs()...) }

// The data of the extension is a vector in itself.
func TestApplicationIDExtension(t *testing.T) {
	e, err := leaf.Encode(codepoint.ExtensionApplicationID, &leaf.ApplicationID{ApplicationID: []byte("phone")})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := hex.EncodeToString(e.Data), "05"+"70686f6e65"; e.Type != 1 || got != want {
		t.Errorf("%v %s, want %s [rfc9420-5.3.3-01]", e.Type, got, want)
	}
}
