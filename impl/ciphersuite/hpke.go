package ciphersuite

import (
	"crypto"
	"crypto/hmac"
	"encoding/binary"
	"errors"
	"slices"

	"github.com/mlsconform/mlsconform/impl/rule"
)

// An hpke is HPKE in base mode (RFC 9180) with one KEM, KDF and AEAD. In every
// suite of MLS the KEM and the key schedule use the same hash.
type hpke struct {
	group
	aead      aead
	kem       kdf    // labelled with the KEM's number
	schedule  kdf    // labelled with the numbers of KEM, KDF and AEAD
	pskIDHash []byte // of the empty psk_id, the only one in base mode
}

func newHPKE(g group, h crypto.Hash, a aead) hpke {
	kdfID := map[crypto.Hash]uint16{crypto.SHA256: 0x0001, crypto.SHA384: 0x0002, crypto.SHA512: 0x0003}[h]
	number := func(n uint16) string { return string([]byte{byte(n >> 8), byte(n)}) }
	p := hpke{
		group:    g,
		aead:     a,
		kem:      kdf{h, "KEM" + number(g.kemID())},
		schedule: kdf{h, "HPKE" + number(g.kemID()) + number(kdfID) + number(a.id)},
	}
	p.pskIDHash = p.schedule.extract(nil, "psk_id_hash")
	return p
}

// A kdf holds the labelled functions of RFC 9180, Section 4.
type kdf struct {
	hash    crypto.Hash
	suiteID string
}

// extract is LabeledExtract of ikm, which may come in parts. HKDF-Extract is HMAC
// with the salt as key.
func (k kdf) extract(salt []byte, label string, ikm ...[]byte) []byte {
	mac := hmac.New(k.hash.New, salt)
	mac.Write([]byte("HPKE-v1" + k.suiteID + label))
	for _, part := range ikm {
		mac.Write(part)
	}
	return mac.Sum(make([]byte, 0, k.hash.Size()))
}

// expand is LabeledExpand.
func (k kdf) expand(prk []byte, label string, info []byte, length int) []byte {
	b := make([]byte, 0, 64+len(info))
	b = binary.BigEndian.AppendUint16(b, uint16(length))
	b = append(b, "HPKE-v1"...)
	b = append(b, k.suiteID...)
	b = append(b, label...)
	b = append(b, info...)
	return expand(k.hash, prk, b, length)
}

// deriveKeyPair is DeriveKeyPair (RFC 9180, Section 7.1.3).
func (p *hpke) deriveKeyPair(ikm []byte) (groupKey, error) {
	prk := p.kem.extract(nil, "dkp_prk", ikm)
	defer clear(prk)
	mask := p.candidateMask()
	if mask == 0 {
		private := p.kem.expand(prk, "sk", nil, p.privateSize())
		defer clear(private)
		return p.parseKey(private)
	}
	for counter := range 256 {
		candidate := p.kem.expand(prk, "candidate", []byte{byte(counter)}, p.privateSize())
		candidate[0] &= mask
		key, err := p.parseKey(candidate)
		clear(candidate)
		if err == nil {
			return key, nil
		}
	}
	return nil, errors.New("no candidate is a private key")
}

// sharedSecret is ExtractAndExpand (RFC 9180, Section 4.1).
func (p *hpke) sharedSecret(dh, kemOutput, recipient []byte) []byte {
	prk := p.kem.extract(nil, "eae_prk", dh)
	defer clear(prk)
	return p.kem.expand(prk, "shared_secret", slices.Concat(kemOutput, recipient), p.kem.hash.Size())
}

// setupSender is SetupBaseS with the ephemeral key that seed decides. It also
// returns the KEM output. The parts of info are put together.
func (p *hpke) setupSender(seed, public []byte, info ...[]byte) (*hpkeContext, []byte, error) {
	ephemeral, err := p.deriveKeyPair(seed)
	if err != nil {
		return nil, nil, err
	}
	dh, err := p.exchangeSender(ephemeral, public)
	if err != nil {
		return nil, nil, err
	}
	defer clear(dh)
	kemOutput := ephemeral.public()
	shared := p.sharedSecret(dh, kemOutput, public)
	defer clear(shared)
	return p.newContext(shared, info), kemOutput, nil
}

// exchangeSender is DH with the recipient's key. It fails where that has no right
// form, and where it gives no shared secret.
func (p *hpke) exchangeSender(ephemeral groupKey, public []byte) ([]byte, error) {
	dh, err := ephemeral.exchange(public)
	switch {
	case err == nil:
		return dh, nil
	case p.checkPublicKey(public) != nil:
		if !rule.Skipped("rfc9420-5.1.1-01") {
			return nil, rule.Errorf("rfc9420-5.1.1-01", "HPKE public key: %w", err)
		}
	case !rule.Skipped("rfc9420-5.1.3-02"):
		return nil, rule.Errorf("rfc9420-5.1.3-02", "HPKE public key: %w", err)
	}
	return p.looseExchange(ephemeral, public), nil
}

// exchangeReceiver is DH with the sender's key.
func (p *hpke) exchangeReceiver(key groupKey, kemOutput []byte) ([]byte, error) {
	dh, err := key.exchange(kemOutput)
	if err != nil {
		if !rule.Skipped("rfc9420-5.1.3-02") {
			return nil, rule.Errorf("rfc9420-5.1.3-02", "kem_output: %w", err)
		}
		return p.looseExchange(key, kemOutput), nil
	}
	return dh, nil
}

// setupReceiver is SetupBaseR.
func (p *hpke) setupReceiver(key groupKey, kemOutput []byte, info ...[]byte) (*hpkeContext, error) {
	dh, err := p.exchangeReceiver(key, kemOutput)
	if err != nil {
		return nil, err
	}
	defer clear(dh)
	shared := p.sharedSecret(dh, kemOutput, key.public())
	defer clear(shared)
	return p.newContext(shared, info), nil
}

// An hpkeContext is what the two sides of an exchange have in common: secret and
// key_schedule_context of KeySchedule (RFC 9180, Section 5.1).
type hpkeContext struct {
	*hpke
	secret  []byte
	context []byte
}

func (p *hpke) newContext(sharedSecret []byte, info [][]byte) *hpkeContext {
	const modeBase = 0
	infoHash := p.schedule.extract(nil, "info_hash", info...)
	context := slices.Concat([]byte{modeBase}, p.pskIDHash, infoHash)
	return &hpkeContext{p, p.schedule.extract(sharedSecret, "secret"), context}
}

// erase clears what the keys can be computed from.
func (c *hpkeContext) erase() { clear(c.secret) }

// keyNonce returns the key and nonce of the first and only message.
func (c *hpkeContext) keyNonce() (key, nonce []byte) {
	return c.schedule.expand(c.secret, "key", c.context, c.aead.keySize),
		c.schedule.expand(c.secret, "base_nonce", c.context, aeadNonceSize)
}

func (c *hpkeContext) seal(plaintext []byte) ([]byte, error) {
	key, nonce := c.keyNonce()
	defer clear(key)
	return c.aead.seal(key, nonce, nil, plaintext)
}

func (c *hpkeContext) open(ciphertext []byte) ([]byte, error) {
	key, nonce := c.keyNonce()
	defer clear(key)
	return c.aead.open(key, nonce, nil, ciphertext, "rfc9420-5.1.3-01")
}

// export is Context.Export (RFC 9180, Section 5.3).
func (c *hpkeContext) export(label string, length int) []byte {
	exporter := c.schedule.expand(c.secret, "exp", c.context, c.schedule.hash.Size())
	defer clear(exporter)
	return c.schedule.expand(exporter, "sec", []byte(label), length)
}
