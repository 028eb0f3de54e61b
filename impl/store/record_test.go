package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/store"
	"github.com/mlsconform/mlsconform/impl/store/storetest"
)

// eachSuite runs a test with a bundle and a signature key of each suite.
func eachSuite(t *testing.T, f func(t *testing.T, suite *ciphersuite.Suite, b *keypackage.Bundle, signer *ciphersuite.SignatureKey)) {
	for _, suite := range ciphersuite.All() {
		t.Run(fmt.Sprintf("%#04x", uint16(suite.ID())), func(t *testing.T) {
			_, b, signer := storetest.NewBundle(t, suite, keypackage.Options{NoGREASE: true})
			f(t, suite, b, signer)
		})
	}
}

func TestBundleRecords(t *testing.T) {
	eachSuite(t, func(t *testing.T, _ *ciphersuite.Suite, b *keypackage.Bundle, _ *ciphersuite.SignatureKey) {
		ref, record, err := store.EncodeBundle(b)
		if err != nil {
			t.Fatal(err)
		}
		if want, err := b.KeyPackage.Ref(); err != nil || !bytes.Equal(ref, want) {
			t.Errorf("reference is %x, want %x, %v", ref, want, err)
		}
		got, err := store.DecodeBundle(ref, record)
		if err != nil {
			t.Fatal(err)
		}
		if _, again, err := store.EncodeBundle(got); err != nil || !bytes.Equal(again, record) {
			t.Errorf("the bundle is written differently when it has been read: %v", err)
		}
		refuseChanges(t, record, func(record []byte) error {
			_, err := store.DecodeBundle(ref, record)
			return err
		})
		other := append(slices.Clip(ref), 0)
		for _, ref := range [][]byte{nil, ref[:len(ref)-1], other} {
			if _, err := store.DecodeBundle(ref, record); !errors.Is(err, store.ErrRecord) {
				t.Errorf("under reference %x: %v", ref, err)
			}
		}
	})
}

func TestSignatureKeyRecords(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite, _ *keypackage.Bundle, signer *ciphersuite.SignatureKey) {
		record, err := store.EncodeSignatureKey(suite, signer)
		if err != nil {
			t.Fatal(err)
		}
		got, err := store.DecodeSignatureKey(signer.Public(), record)
		if err != nil || !bytes.Equal(got.Private(), signer.Private()) {
			t.Fatalf("another key is read: %v, %v", got, err)
		}
		// The suite may become another one of the same scheme.
		refuseChanges(t, record[2:], func(part []byte) error {
			_, err := store.DecodeSignatureKey(signer.Public(), slices.Concat(record[:2], part))
			return err
		})
		for _, suite := range []byte{0, 8} {
			changed := bytes.Clone(record)
			changed[1] = suite
			if _, err := store.DecodeSignatureKey(signer.Public(), changed); !errors.Is(err, store.ErrRecord) {
				t.Errorf("of suite %d: %v", suite, err)
			}
		}
		if _, err := store.DecodeSignatureKey(nil, record); !errors.Is(err, store.ErrRecord) {
			t.Errorf("under no public key: %v", err)
		}
	})
}

// refuseChanges checks that a record is refused when it is cut off anywhere,
// goes on, or has a byte that is another.
func refuseChanges(t *testing.T, record []byte, decode func(record []byte) error) {
	t.Helper()
	refuse := func(changed []byte, format string, args ...any) {
		t.Helper()
		if err := decode(changed); !errors.Is(err, store.ErrRecord) {
			t.Errorf("%s: %v", fmt.Sprintf(format, args...), err)
		} else if rule.Of(err) != "" {
			t.Errorf("%s: the error blames a peer: %v", fmt.Sprintf(format, args...), err)
		}
	}
	for n := range record {
		refuse(record[:n], "%d of %d bytes", n, len(record))
	}
	refuse(append(slices.Clip(record), 0), "with a byte behind it")
	for i := range record {
		changed := bytes.Clone(record)
		changed[i] ^= 0x80 >> (i % 8)
		refuse(changed, "with another byte %d", i)
	}
}

func TestBundleWithoutEncoding(t *testing.T) {
	_, b, _ := storetest.NewBundle(t, ciphersuite.All()[0], keypackage.Options{})
	b.KeyPackage.LeafNode.Source = 0
	if _, _, err := store.EncodeBundle(b); err == nil {
		t.Error("a leaf node without a source is encoded")
	}
}

func FuzzDecodeBundle(f *testing.F) {
	for _, suite := range ciphersuite.All() {
		_, b, _ := storetest.NewBundle(f, suite, keypackage.Options{})
		ref, record, err := store.EncodeBundle(b)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(ref, []byte(record))
	}
	f.Fuzz(func(t *testing.T, ref, record []byte) {
		b, err := store.DecodeBundle(ref, record)
		if err != nil {
			if !errors.Is(err, store.ErrRecord) {
				t.Errorf("err = %v", err)
			}
			return
		}
		gotRef, got, err := store.EncodeBundle(b)
		if err != nil || !bytes.Equal(got, record) || !bytes.Equal(gotRef, ref) {
			t.Errorf("what was read is written differently: %x under %x, %v", []byte(got), gotRef, err)
		}
	})
}
