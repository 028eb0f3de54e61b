package schedule_test

import (
	"bytes"
	"encoding/hex"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/schedule"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/syntax/syntaxtest"
)

var senderData = schedule.SenderData{LeafIndex: 0x01020304, Generation: 0xfffffffe, ReuseGuard: [4]byte{9, 8, 7, 6}}

const senderDataHex = "01020304" + "fffffffe" + "09080706"

func TestSenderDataCodec(t *testing.T) {
	syntaxtest.Codec(t, senderData, schedule.SenderData{})
	got, err := syntax.Marshal(&senderData)
	if err != nil {
		t.Fatal(err)
	}
	if hex.EncodeToString(got) != senderDataHex {
		t.Errorf("encoding = %x, want %s", got, senderDataHex)
	}
}

func TestParseSenderData(t *testing.T) {
	encoded, err := hex.DecodeString(senderDataHex)
	if err != nil {
		t.Fatal(err)
	}
	got, err := schedule.ParseSenderData(encoded)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(senderData, got); diff != "" {
		t.Errorf("sender data (-want +got):\n%s", diff)
	}
	for n := range encoded {
		if _, err := schedule.ParseSenderData(encoded[:n]); rule.Of(err) != "rfc9420-6.3.2-05" {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	if _, err := schedule.ParseSenderData(append(encoded, 0)); rule.Of(err) != "rfc9420-6.3.2-06" {
		t.Errorf("13 bytes: %v", err)
	}
}

func FuzzSenderData(f *testing.F) { syntaxtest.FuzzCodec(f, senderData) }

func TestSenderDataKeyNonce(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite, ref reference) {
		senderDataSecret := secret("sender data", ref.nh)
		ciphertext := secret("ciphertext", ref.nh+20)
		for _, n := range []int{0, 1, ref.nh - 1, ref.nh, ref.nh + 20} {
			sample := ciphertext[:min(n, ref.nh)]
			key, nonce := schedule.SenderDataKeyNonce(suite, senderDataSecret, ciphertext[:n])
			wantBytes(t, "key", key, ref.expand(senderDataSecret, "key", sample, ref.key))
			wantBytes(t, "nonce", nonce, ref.expand(senderDataSecret, "nonce", sample, ref.nonce))
		}
	})
}

func TestApplyReuseGuard(t *testing.T) {
	nonce := ciphersuite.Secret{0xff, 0x0f, 0x00, 0xaa, 5, 6, 7, 8, 9, 10, 11, 12}
	before := bytes.Clone(nonce)
	got := schedule.ApplyReuseGuard(nonce, [4]byte{0x0f, 0x0f, 0x01, 0xaa})
	wantBytes(t, "nonce", got, []byte{0xf0, 0x00, 0x01, 0x00, 5, 6, 7, 8, 9, 10, 11, 12})
	wantBytes(t, "argument", nonce, before)
}
