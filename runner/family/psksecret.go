package family

import (
	"context"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/schedule"
	"github.com/mlsconform/mlsconform/runner/strict"
)

type pskSecretCase struct {
	Suite     codepoint.CipherSuite `json:"cipher_suite"`
	PSKs      []pskCase             `json:"psks"`
	PSKSecret strict.Hex            `json:"psk_secret"`
}

type pskCase struct {
	ID    strict.Hex `json:"psk_id"`
	PSK   strict.Hex `json:"psk"`
	Nonce strict.Hex `json:"psk_nonce"`
}

func pskSecret() Family {
	return Family{
		Name: "psk_secret", Title: "Pre-shared keys", Section: "8.4", Cases: 77,
		Requirements: []rule.ID{"rfc9420-8.4-03"},
		Check:        replay(checkPSKSecret),
	}
}

func checkPSKSecret(_ context.Context, c *pskSecretCase) error {
	suite, err := lookup(c.Suite)
	if err != nil {
		return err
	}
	psks := make([]schedule.PSK, len(c.PSKs))
	for i, p := range c.PSKs {
		psks[i] = schedule.PSK{
			ID:     schedule.PreSharedKeyID{Type: schedule.PSKExternal, ID: p.ID, Nonce: p.Nonce},
			Secret: ciphersuite.Secret(p.PSK),
		}
	}
	secret, err := schedule.PSKSecret(suite, psks)
	if err != nil {
		return at("psks", err)
	}
	return equal("psk_secret", c.PSKSecret, secret)
}
