package main

import (
	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/schedule"
)

type pskSecretVector struct {
	Suite     codepoint.CipherSuite `json:"cipher_suite"`
	PSKs      []pskVector           `json:"psks"`
	PSKSecret hexBytes              `json:"psk_secret"`
}

type pskVector struct {
	ID    hexBytes `json:"psk_id"`
	PSK   hexBytes `json:"psk"`
	Nonce hexBytes `json:"psk_nonce"`
}

func pskSecret() family {
	return family{name: "psk_secret", suites: true, scenarios: []scenario{
		{"none", "no keys: all zeros", func(m *maker) any { return m.pskSecret(nil) }},
		{"one", "one key", func(m *maker) any {
			return m.pskSecret([]pskVector{{m.bytes(8), m.secret(), m.secret()}})
		}},
		{"same-twice", "the same key twice with different nonces", func(m *maker) any {
			id, psk := m.bytes(8), m.secret()
			return m.pskSecret([]pskVector{{id, psk, m.secret()}, {id, psk, m.secret()}})
		}},
		{"lengths", "empty and long identifiers, an empty key, and one longer than a block of the hash", func(m *maker) any {
			return m.pskSecret([]pskVector{
				{nil, m.bytes(1), m.secret()},
				{pattern(64), nil, m.secret()},
				{pattern(20), pattern(200), m.secret()},
			})
		}},
		{"many", "twelve keys: the index counts on", func(m *maker) any {
			list := make([]pskVector, 12)
			for i := range list {
				list[i] = pskVector{m.bytes(4), m.bytes(16), m.secret()}
			}
			return m.pskSecret(list)
		}},
	}}
}

func (m *maker) pskSecret(list []pskVector) pskSecretVector {
	v := pskSecretVector{Suite: m.suite.ID(), PSKs: append([]pskVector{}, list...)}
	var psks []schedule.PSK
	for _, p := range list {
		psks = append(psks, schedule.PSK{
			ID:     schedule.PreSharedKeyID{Type: schedule.PSKExternal, ID: p.ID, Nonce: p.Nonce},
			Secret: ciphersuite.Secret(p.PSK),
		})
	}
	v.PSKSecret = hexBytes(must(schedule.PSKSecret(m.suite, psks)))
	return v
}
