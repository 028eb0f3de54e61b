package schedule

import (
	"testing"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/syntax/syntaxtest"
)

func ratchets() []ratchet {
	key := KeyNonce{Generation: 1, Key: ciphersuite.Secret("key"), Nonce: ciphersuite.Secret("nonce")}
	return []ratchet{
		{secret: ciphersuite.Secret("secret")},
		{next: 3, secret: ciphersuite.Secret("secret"), skipped: []KeyNonce{{}, key}},
	}
}

func FuzzRatchet(f *testing.F) { syntaxtest.FuzzCodec(f, ratchets()...) }

func FuzzSubtreeState(f *testing.F) {
	syntaxtest.Target[subtreeState, *subtreeState]{Local: true}.Fuzz(f,
		subtreeState{root: 3, subtree: subtree{secret: ciphersuite.Secret("secret")}},
		subtreeState{root: 2, subtree: subtree{ratchets: (*[2]ratchet)(ratchets())}},
	)
}
