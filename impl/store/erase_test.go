package store

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"reflect"
	"testing"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
)

// What is deleted or replaced is zero afterwards (RFC 9420, Section 9.2).
func TestMemoryClears(t *testing.T) {
	for _, c := range []struct {
		name  string
		clear func(m *Memory, ref []byte) error
		of    func(m *Memory) records
	}{
		{"deleted bundle", func(m *Memory, ref []byte) error { return m.DeleteBundle(ref) }, func(m *Memory) records { return m.bundles }},
		{"used bundle", func(m *Memory, ref []byte) error { return m.Joined(nil, nil, ref) }, func(m *Memory) records { return m.bundles }},
		{"deleted group", func(m *Memory, _ []byte) error { return m.DeleteGroup([]byte("group")) }, func(m *Memory) records { return m.groups }},
		{"replaced group", func(m *Memory, _ []byte) error { return m.PutGroup([]byte("group"), nil) }, func(m *Memory) records { return m.groups }},
		{"group that was joined again", func(m *Memory, _ []byte) error { return m.Joined([]byte("group"), nil, nil) }, func(m *Memory) records { return m.groups }},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, ref, _ := filled(t)
			var secrets [][]byte
			for _, record := range c.of(m) {
				secrets = append(secrets, *record)
			}
			if err := c.clear(m, ref); err != nil {
				t.Fatal(err)
			}
			if len(secrets) != 1 || !bytes.Equal(secrets[0], make([]byte, len(secrets[0]))) {
				t.Errorf("left over: %x", secrets)
			}
		})
	}
}

// Not even a copy of the structure prints what is in it.
func TestMemoryPrintsNoSecretByValue(t *testing.T) {
	m, _, secret := filled(t)
	for _, verb := range []string{"%v", "%+v", "%#v", "%x"} {
		printed := fmt.Sprintf(verb, reflect.ValueOf(m).Elem().Interface())
		for _, form := range []string{"%x", "%d"} {
			if text := fmt.Sprintf(form, secret); bytes.Contains([]byte(printed), bytes.Trim([]byte(text), "[]")) {
				t.Errorf("%s prints a secret as %s", verb, form)
			}
		}
	}
}

// filled returns a store with a bundle and a group, the reference of the bundle,
// and what the group's snapshot is.
func filled(t *testing.T) (m *Memory, ref, snapshot []byte) {
	t.Helper()
	suite := ciphersuite.All()[0]
	signer, err := suite.GenerateSignatureKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	b, err := keypackage.Build(suite, leaf.Basic([]byte("client")), signer, keypackage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if ref, err = b.KeyPackage.Ref(); err != nil {
		t.Fatal(err)
	}
	m, snapshot = new(Memory), b.InitKey.Private()
	if err := m.PutBundles(b); err != nil {
		t.Fatal(err)
	}
	if err := m.PutGroup([]byte("group"), snapshot); err != nil {
		t.Fatal(err)
	}
	return m, ref, snapshot
}
