package family

import (
	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
)

func parseSignatureKey(suite *ciphersuite.Suite, private []byte) (*ciphersuite.SignatureKey, error) {
	return suite.ParseSignatureKey(wholeScalar(suite, private))
}

func parseKEMKey(suite *ciphersuite.Suite, private []byte) (*ciphersuite.KEMKey, error) {
	return suite.ParseKEMKey(wholeScalar(suite, private))
}

// wholeScalar puts back the leading zeros of a scalar of a NIST curve. The
// official files leave them out of private keys of suite 5, where every second
// key has some.
func wholeScalar(suite *ciphersuite.Suite, private []byte) []byte {
	switch suite.ID() {
	case codepoint.P256AES128GCMSHA256P256, codepoint.P384AES256GCMSHA384P384, codepoint.P521AES256GCMSHA512P521:
		missing := suite.SeedSize() - len(private)
		if missing > 0 {
			return append(make([]byte, missing), private...)
		}
	}
	return private
}
