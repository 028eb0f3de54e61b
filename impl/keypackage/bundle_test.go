package keypackage_test

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/keypackage"
)

// Neither a bundle nor what holds one prints a private key, in any form.
func TestBundlePrintsNoSecret(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		w := newWorld(t, suite)
		secrets := []ciphersuite.Secret{w.bundle.InitKey.Private(), w.bundle.EncryptionKey.Private(), w.signer.Private()}
		public := hex.EncodeToString(w.kp.InitKey)
		for _, v := range []any{
			w.bundle, *w.bundle, []keypackage.Bundle{*w.bundle}, struct{ B *keypackage.Bundle }{w.bundle}, struct{ B keypackage.Bundle }{*w.bundle},
		} {
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
				text := fmt.Sprintf(verb, v)
				for _, secret := range secrets {
					if shows(text, secret) {
						t.Errorf("%T with %s shows a private key: %s", v, verb, text)
					}
				}
				if !strings.Contains(text, public) {
					t.Errorf("%T with %s does not show the init_key: %s", v, verb, text)
				}
			}
		}
		for _, secret := range secrets {
			if text := fmt.Sprintf("%v %+v %#v %x", w.signer, *w.signer, w.signer, w.signer); shows(text, secret) {
				t.Errorf("the signer shows a private key: %s", text)
			}
		}
	})
}

// shows reports whether a text has the bytes as they are, in hexadecimal or in
// decimal.
func shows(text string, secret []byte) bool {
	decimal := strings.Trim(fmt.Sprint(secret), "[]")
	listed := strings.Trim(strings.TrimPrefix(fmt.Sprintf("%#v", secret), "[]byte"), "{}")
	for _, form := range []string{string(secret), hex.EncodeToString(secret), decimal, listed} {
		if strings.Contains(strings.ToLower(text), strings.ToLower(form)) {
			return true
		}
	}
	return false
}
