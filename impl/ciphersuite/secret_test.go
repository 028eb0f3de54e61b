package ciphersuite_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
)

func TestSecretIsNotPrinted(t *testing.T) {
	secret := ciphersuite.Secret("AAAA")
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o", "%c", "%08b"} {
		if got := fmt.Sprintf(verb, secret); got != "[secret]" {
			t.Errorf("%s prints %q", verb, got)
		}
		holder := struct{ Key ciphersuite.Secret }{secret}
		if got := fmt.Sprintf(verb, holder); strings.Contains(got, "65") || strings.Contains(got, "41") || strings.Contains(got, "A") {
			t.Errorf("%s prints %q inside a struct", verb, got)
		}
	}
	if got := secret.String(); got != "[secret]" {
		t.Errorf("String = %q", got)
	}
	if got := secret.GoString(); got != "[secret]" {
		t.Errorf("GoString = %q", got)
	}
	var text, json bytes.Buffer
	slog.New(slog.NewTextHandler(&text, nil)).Info("message", "key", secret)
	slog.New(slog.NewJSONHandler(&json, nil)).Info("message", "key", secret)
	for _, got := range []string{text.String(), json.String()} {
		if !strings.Contains(got, "[secret]") || strings.Contains(got, "AAAA") || strings.Contains(got, "QUFB") {
			t.Errorf("logged: %s", got)
		}
	}
}

func TestKeysPrintTheirPublicPartOnly(t *testing.T) {
	eachSuite(t, func(t *testing.T, s *ciphersuite.Suite) {
		kem := must[*ciphersuite.KEMKey](t)(s.GenerateKEMKey(stream(1)))
		sig := must[*ciphersuite.SignatureKey](t)(s.GenerateSignatureKey(stream(2)))
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
			if got, want := fmt.Sprintf(verb, kem), "HPKE key pair "+hex.EncodeToString(kem.Public()); got != want {
				t.Errorf("%s prints %q, want %q", verb, got, want)
			}
			if got, want := fmt.Sprintf(verb, sig), "signature key pair "+hex.EncodeToString(sig.Public()); got != want {
				t.Errorf("%s prints %q, want %q", verb, got, want)
			}
		}
	})
}

func TestPrivateKeysAreCopies(t *testing.T) {
	eachSuite(t, func(t *testing.T, s *ciphersuite.Suite) {
		kem := must[*ciphersuite.KEMKey](t)(s.GenerateKEMKey(stream(1)))
		clear(kem.Private())
		if got := must[*ciphersuite.KEMKey](t)(s.ParseKEMKey(kem.Private())); !bytes.Equal(got.Public(), kem.Public()) {
			t.Error("clearing the result of KEMKey.Private changed the key")
		}
		sig := must[*ciphersuite.SignatureKey](t)(s.GenerateSignatureKey(stream(2)))
		clear(sig.Private())
		if got := must[*ciphersuite.SignatureKey](t)(s.ParseSignatureKey(sig.Private())); !bytes.Equal(got.Public(), sig.Public()) {
			t.Error("clearing the result of SignatureKey.Private changed the key")
		}
	})
}
