package schedule_test

import (
	"encoding/hex"
	"testing"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/schedule"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/syntax/syntaxtest"
)

func groupContext() schedule.GroupContext {
	return schedule.GroupContext{
		Version:                 codepoint.MLS10,
		CipherSuite:             codepoint.X25519AES128GCMSHA256Ed25519,
		GroupID:                 []byte("group"),
		Epoch:                   0x0102030405060708,
		TreeHash:                []byte{0xaa, 0xbb},
		ConfirmedTranscriptHash: []byte{0xcc},
		Extensions:              leaf.Extensions{{Type: 0xf001, Data: []byte{0xdd}}},
	}
}

func TestGroupContextCodec(t *testing.T) {
	other := groupContext()
	other.Version = 0x7a7a // decoding keeps it, validation judges it
	other.CipherSuite = 0x0a0a
	syntaxtest.Codec(t, groupContext(), other, schedule.GroupContext{})
}

func TestGroupContextBytes(t *testing.T) {
	context := groupContext()
	got, err := syntax.Marshal(&context)
	if err != nil {
		t.Fatal(err)
	}
	const want = "0001" + "0001" + "0567726f7570" + "0102030405060708" + "02aabb" + "01cc" + "04f00101dd"
	if hex.EncodeToString(got) != want {
		t.Errorf("encoding = %x, want %s", got, want)
	}
}

func FuzzGroupContext(f *testing.F) {
	syntaxtest.FuzzCodec(f, groupContext(), schedule.GroupContext{})
}
