package bolt_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"
	"testing/iotest"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/store/bolt"
	"github.com/mlsconform/mlsconform/impl/store/storetest"
)

func TestKeySize(t *testing.T) {
	for _, n := range []int{0, 1, 16, 24, 31, 33, 64} {
		path := newPath(t)
		if _, err := bolt.Open(path, bolt.Options{Key: make(ciphersuite.Secret, n)}); !errors.Is(err, bolt.ErrKeySize) {
			t.Errorf("%d bytes: %v", n, err)
		}
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%d bytes: there is a file: %v", n, err)
		}
	}
}

func TestKeyDoesNotFit(t *testing.T) {
	other := slices.Clone(key)
	other[0] ^= 1
	for _, c := range []struct {
		name        string
		made, asked ciphersuite.Secret
		want        error
	}{
		{"another key", key, other, bolt.ErrWrongKey},
		{"no key", key, nil, bolt.ErrSealed},
		{"file is not sealed", nil, key, bolt.ErrNotSealed},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := newPath(t)
			content := fill(t, path, bolt.Options{Key: c.made})
			for range 2 { // the second time shows that the file was closed
				if _, err := bolt.Open(path, bolt.Options{Key: c.asked}); !errors.Is(err, c.want) {
					t.Errorf("err = %v, want %v", err, c.want)
				}
			}
			must(t, content.read(open(t, path, bolt.Options{Key: c.made})))
		})
	}
}

func TestSealedFileShowsNoSecret(t *testing.T) {
	for _, form := range forms {
		path := newPath(t)
		c := fill(t, path, form.options)
		data, err := os.ReadFile(path)
		must(t, err)
		for name, secret := range map[string][]byte{
			"signature key":  c.signer.Private(),
			"init key":       c.bundle.InitKey.Private(),
			"encryption key": c.bundle.EncryptionKey.Private(),
			"snapshot":       snapshot,
		} {
			if shown := bytes.Contains(data, secret); shown != (form.name == "open") {
				t.Errorf("%s file shows the %s: %v", form.name, name, shown)
			}
		}
	}
}

// The same record is never sealed to the same bytes, as the nonce is fresh.
func TestNonces(t *testing.T) {
	path := newPath(t)
	s := open(t, path, bolt.Options{Key: key, Rand: bytes.NewReader([]byte("nonce 000000nonce 000001nonce 000002"))})
	for range 2 {
		must(t, s.PutGroup(groupID, snapshot))
	}
	data, err := os.ReadFile(path)
	must(t, err)
	for i := range 3 { // the first one is that of the check record
		if nonce := fmt.Appendf(nil, "nonce %06d", i); !bytes.Contains(data, nonce) {
			t.Errorf("there is no %q", nonce)
		}
	}
}

// Without randomness nothing is written.
func TestRandomnessFails(t *testing.T) {
	if _, err := bolt.Open(newPath(t), bolt.Options{Key: key, Rand: iotest.ErrReader(errBroken)}); !errors.Is(err, errBroken) {
		t.Errorf("Open: %v", err)
	}
	path := newPath(t)
	c := fill(t, path, bolt.Options{Key: key})
	s := open(t, path, bolt.Options{Key: key, Rand: bytes.NewReader([]byte("one nonce..."))})
	suite := ciphersuite.All()[0]
	first, b, signer := storetest.NewBundle(t, suite, keypackage.Options{})
	_, b2, _ := storetest.NewBundle(t, suite, keypackage.Options{})
	for name, err := range map[string]error{
		"PutBundles":      s.PutBundles(b, b2),
		"PutSignatureKey": s.PutSignatureKey(suite, signer),
		"PutGroup":        s.PutGroup([]byte("second"), snapshot),
		"Joined":          s.Joined([]byte("second"), snapshot, c.ref),
	} {
		if err == nil {
			t.Errorf("%s succeeds", name)
		}
	}
	if _, err := s.Bundle(first); !errors.Is(err, keypackage.ErrNotFound) {
		t.Errorf("the first bundle of two is there: %v", err)
	}
	must(t, c.read(s))
}

var errBroken = errors.New("broken")
