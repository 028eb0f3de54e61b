package schedule_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/schedule"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/syntax/syntaxtest"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

func wantEpoch(t *testing.T, ref reference, epochSecret []byte, got *schedule.Epoch) {
	t.Helper()
	want := &schedule.Epoch{
		SenderDataSecret:   ref.derive(epochSecret, "sender data"),
		EncryptionSecret:   ref.derive(epochSecret, "encryption"),
		ExporterSecret:     ref.derive(epochSecret, "exporter"),
		ExternalSecret:     ref.derive(epochSecret, "external"),
		ConfirmationKey:    ref.derive(epochSecret, "confirm"),
		MembershipKey:      ref.derive(epochSecret, "membership"),
		ResumptionPSK:      ref.derive(epochSecret, "resumption"),
		EpochAuthenticator: ref.derive(epochSecret, "authentication"),
		InitSecret:         ref.derive(epochSecret, "init"),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("epoch (-want +got):\n%s", diff)
	}
}

func TestKeySchedule(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite, ref reference) {
		initSecret, commitSecret := secret("init", ref.nh), secret("commit", ref.nh)
		pskSecret := secret("psk", ref.nh)
		context := []byte("encoded GroupContext")

		joiner := schedule.JoinerSecret(suite, initSecret, commitSecret, context)
		wantBytes(t, "joiner_secret", joiner, ref.expand(ref.extract(initSecret, commitSecret), "joiner", context, ref.nh))

		member := ref.extract(joiner, pskSecret)
		epoch, welcome := schedule.NewEpoch(suite, joiner, pskSecret, context)
		wantEpoch(t, ref, ref.expand(member, "epoch", context, ref.nh), epoch)
		wantBytes(t, "welcome_secret", welcome, ref.derive(member, "welcome"))
		wantBytes(t, "WelcomeSecret", schedule.WelcomeSecret(suite, joiner, pskSecret), welcome)

		key, nonce := schedule.WelcomeKeyNonce(suite, welcome)
		wantBytes(t, "welcome_key", key, ref.expand(welcome, "key", nil, ref.key))
		wantBytes(t, "welcome_nonce", nonce, ref.expand(welcome, "nonce", nil, ref.nonce))

		// The arguments are the caller's: they are as they were.
		wantBytes(t, "init_secret argument", initSecret, secret("init", ref.nh))
		wantBytes(t, "commit_secret argument", commitSecret, secret("commit", ref.nh))
		wantBytes(t, "psk_secret argument", pskSecret, secret("psk", ref.nh))
	})
}

func TestEpochFromSecret(t *testing.T) {
	suite, ref := suite1(t)
	wantEpoch(t, ref, secret("epoch", ref.nh), schedule.EpochFromSecret(suite, secret("epoch", ref.nh)))
}

func TestEpochSecretTreeMovesTheEncryptionSecret(t *testing.T) {
	suite, ref := suite1(t)
	epoch := schedule.EpochFromSecret(suite, secret("epoch", ref.nh))
	held := epoch.EncryptionSecret
	handshake, _ := ref.chains(bytes.Clone(held), 2, 1)

	tree := epoch.SecretTree(suite, 4)
	if epoch.EncryptionSecret != nil {
		t.Error("the epoch still has its encryption_secret")
	}
	wantBytes(t, "encryption_secret", held, make([]byte, ref.nh))
	if tree.Size() != 4 || tree.Suite() != suite {
		t.Errorf("tree of %d leaves for %v", tree.Size(), tree.Suite())
	}
	got, err := tree.Next(treemath.LeafIndex(1), schedule.Handshake)
	if err != nil {
		t.Fatal(err)
	}
	_, key, _ := handshake.at(0)
	wantBytes(t, "key", got.Key, key)
}

func TestEpochCloneAndErase(t *testing.T) {
	suite, ref := suite1(t)
	epochSecret := secret("epoch", ref.nh)
	epoch := schedule.EpochFromSecret(suite, epochSecret)
	held := epoch.ConfirmationKey
	clone := epoch.Clone()

	epoch.Erase()
	if diff := cmp.Diff(&schedule.Epoch{}, epoch); diff != "" {
		t.Errorf("erased epoch (-want +got):\n%s", diff)
	}
	wantBytes(t, "confirmation_key", held, make([]byte, ref.nh))
	wantEpoch(t, ref, epochSecret, clone)
}

func TestEpochCodec(t *testing.T) {
	suite, ref := suite1(t)
	used := schedule.EpochFromSecret(suite, secret("epoch", ref.nh))
	used.EncryptionSecret, used.InitSecret = nil, nil
	syntaxtest.Codec(t, *schedule.EpochFromSecret(suite, secret("epoch", ref.nh)), *used)
}

func FuzzEpoch(f *testing.F) {
	suite, ref := suite1(f)
	syntaxtest.FuzzCodec(f, schedule.Epoch{}, *schedule.EpochFromSecret(suite, secret("epoch", ref.nh)))
}

func TestEpochDecodesIntoMemoryOfItsOwn(t *testing.T) {
	suite, ref := suite1(t)
	encoded, err := syntax.Marshal(schedule.EpochFromSecret(suite, secret("epoch", ref.nh)))
	if err != nil {
		t.Fatal(err)
	}
	before := bytes.Clone(encoded)
	var epoch schedule.Epoch
	if err := syntax.Unmarshal(encoded, &epoch); err != nil {
		t.Fatal(err)
	}
	epoch.Erase()
	wantBytes(t, "snapshot", encoded, before)
}

func TestEpochCheck(t *testing.T) {
	suite, ref := suite1(t)
	for _, c := range []struct {
		name string
		edit func(*schedule.Epoch)
		ok   bool
	}{
		{"complete", func(*schedule.Epoch) {}, true},
		{"used up", func(e *schedule.Epoch) { e.EncryptionSecret, e.InitSecret = nil, nil }, true},
		{"short init_secret", func(e *schedule.Epoch) { e.InitSecret = e.InitSecret[1:] }, false},
		{"short encryption_secret", func(e *schedule.Epoch) { e.EncryptionSecret = e.EncryptionSecret[1:] }, false},
		{"long sender_data_secret", func(e *schedule.Epoch) { e.SenderDataSecret = append(e.SenderDataSecret, 0) }, false},
		{"no confirmation_key", func(e *schedule.Epoch) { e.ConfirmationKey = nil }, false},
		{"no resumption_psk", func(e *schedule.Epoch) { e.ResumptionPSK = nil }, false},
	} {
		epoch := schedule.EpochFromSecret(suite, secret("epoch", ref.nh))
		c.edit(epoch)
		if err := epoch.Check(suite); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestEpochPrintsNoSecret(t *testing.T) {
	suite, ref := suite1(t)
	epoch := schedule.EpochFromSecret(suite, secret("epoch", ref.nh))
	printed := fmt.Sprintf("%v %+v %#v", epoch, *epoch, epoch)
	if strings.Count(printed, "[secret]") != 27 {
		t.Errorf("printed as %s", printed)
	}
}

func BenchmarkKeySchedule(b *testing.B) {
	suite, ref := suite1(b)
	initSecret, commitSecret, pskSecret := secret("init", ref.nh), secret("commit", ref.nh), secret("psk", ref.nh)
	context := secret("context", 200)
	b.ReportAllocs()
	for b.Loop() {
		schedule.NewEpoch(suite, schedule.JoinerSecret(suite, initSecret, commitSecret, context), pskSecret, context)
	}
}
