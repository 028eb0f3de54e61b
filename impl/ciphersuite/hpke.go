package ciphersuite

import (
	"crypto"
	"crypto/hkdf"
	"crypto/hmac"
	"encoding/binary"
	"errors"
)

// KEM numbers of RFC 9180, Section 7.1.
const (
	kemP256   uint16 = 0x0010
	kemP384   uint16 = 0x0011
	kemP521   uint16 = 0x0012
	kemX25519 uint16 = 0x0020
	kemX448   uint16 = 0x0021
)

// An hpke is HPKE in base mode (RFC 9180) with one KEM, KDF and AEAD. In every
// suite of MLS the KEM and the key schedule use the same hash.
type hpke struct {
	group
	hash      crypto.Hash
	aead      aead
	kem       kdf    // labelled with the KEM's number
	schedule  kdf    // labelled with the numbers of KEM, KDF and AEAD
	pskIDHash []byte // of the empty psk_id, the only one in base mode
}

func newHPKE(kemID uint16, g group, h crypto.Hash, a aead) hpke {
	kdfID := map[crypto.Hash]uint16{crypto.SHA256: 1, crypto.SHA384: 2, crypto.SHA512: 3}[h]
	kemSuite := binary.BigEndian.AppendUint16([]byte("KEM"), kemID)
	suite := binary.BigEndian.AppendUint16([]byte("HPKE"), kemID)
	suite = binary.BigEndian.AppendUint16(suite, kdfID)
	suite = binary.BigEndian.AppendUint16(suite, a.id)
	p := hpke{group: g, hash: h, aead: a, kem: kdf{h, kemSuite}, schedule: kdf{h, suite}}
	p.pskIDHash = p.schedule.extract(nil, "psk_id_hash", nil)
	return p
}

// A kdf holds the labelled functions of RFC 9180, Section 4.
type kdf struct {
	hash    crypto.Hash
	suiteID []byte
}

// extract is LabeledExtract. HKDF-Extract is HMAC with the salt as key.
func (k kdf) extract(salt []byte, label string, ikm []byte) []byte {
	h := hmac.New(k.hash.New, salt)
	h.Write([]byte("HPKE-v1"))
	h.Write(k.suiteID)
	h.Write([]byte(label))
	h.Write(ikm)
	return h.Sum(nil)
}

// expand is LabeledExpand.
func (k kdf) expand(prk []byte, label string, info []byte, length int) ([]byte, error) {
	b := make([]byte, 0, 64+len(info))
	b = binary.BigEndian.AppendUint16(b, uint16(length))
	b = append(b, "HPKE-v1"...)
	b = append(b, k.suiteID...)
	b = append(b, label...)
	b = append(b, info...)
	return hkdf.Expand(k.hash.New, prk, string(b), length)
}

// deriveKeyPair is DeriveKeyPair (RFC 9180, Section 7.1.3).
func (p *hpke) deriveKeyPair(ikm []byte) (groupKey, error) {
	size, _ := p.sizes()
	prk := p.kem.extract(nil, "dkp_prk", ikm)
	defer clear(prk)
	mask := p.candidateMask()
	if mask == 0 {
		private, err := p.kem.expand(prk, "sk", nil, size)
		if err != nil {
			return nil, err
		}
		defer clear(private)
		return p.parseKey(private)
	}
	for counter := range 256 {
		candidate, err := p.kem.expand(prk, "candidate", []byte{byte(counter)}, size)
		if err != nil {
			return nil, err
		}
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
func (p *hpke) sharedSecret(dh, kemOutput, recipient []byte) ([]byte, error) {
	prk := p.kem.extract(nil, "eae_prk", dh)
	defer clear(prk)
	context := make([]byte, 0, len(kemOutput)+len(recipient))
	context = append(append(context, kemOutput...), recipient...)
	return p.kem.expand(prk, "shared_secret", context, p.hash.Size())
}

// An hpkeContext is what the two sides of an exchange have in common: the
// secret and context of KeySchedule (RFC 9180, Section 5.1).
type hpkeContext struct {
	*hpke
	secret  []byte
	context []byte
}

func (p *hpke) newContext(sharedSecret, info []byte) *hpkeContext {
	const modeBase = 0
	context := append([]byte{modeBase}, p.pskIDHash...)
	context = append(context, p.schedule.extract(nil, "info_hash", info)...)
	return &hpkeContext{p, p.schedule.extract(sharedSecret, "secret", nil), context}
}

// setupSender is SetupBaseS with the ephemeral key that seed decides. It also
// returns the KEM output.
func (p *hpke) setupSender(seed, public, info []byte) (*hpkeContext, []byte, error) {
	ephemeral, err := p.deriveKeyPair(seed)
	if err != nil {
		return nil, nil, err
	}
	dh, err := ephemeral.exchange(public)
	if err != nil {
		return nil, nil, err
	}
	defer clear(dh)
	kemOutput := ephemeral.public()
	shared, err := p.sharedSecret(dh, kemOutput, public)
	if err != nil {
		return nil, nil, err
	}
	defer clear(shared)
	return p.newContext(shared, info), kemOutput, nil
}

// setupReceiver is SetupBaseR.
func (p *hpke) setupReceiver(key groupKey, kemOutput, info []byte) (*hpkeContext, error) {
	dh, err := key.exchange(kemOutput)
	if err != nil {
		return nil, err
	}
	defer clear(dh)
	shared, err := p.sharedSecret(dh, kemOutput, key.public())
	if err != nil {
		return nil, err
	}
	defer clear(shared)
	return p.newContext(shared, info), nil
}

// keyNonce returns the key and nonce of the first and only message.
func (c *hpkeContext) keyNonce() (key, nonce []byte, err error) {
	if key, err = c.schedule.expand(c.secret, "key", c.context, c.aead.keySize); err != nil {
		return nil, nil, err
	}
	if nonce, err = c.schedule.expand(c.secret, "base_nonce", c.context, aeadNonceSize); err != nil {
		return nil, nil, err
	}
	return key, nonce, nil
}

func (c *hpkeContext) seal(plaintext []byte) ([]byte, error) {
	key, nonce, err := c.keyNonce()
	if err != nil {
		return nil, err
	}
	defer clear(key)
	return c.aead.seal(key, nonce, nil, plaintext)
}

func (c *hpkeContext) open(ciphertext []byte) ([]byte, error) {
	key, nonce, err := c.keyNonce()
	if err != nil {
		return nil, err
	}
	defer clear(key)
	return c.aead.open(key, nonce, nil, ciphertext)
}

// export is Context.Export (RFC 9180, Section 5.3).
func (c *hpkeContext) export(label string, length int) ([]byte, error) {
	exporter, err := c.schedule.expand(c.secret, "exp", c.context, c.hash.Size())
	if err != nil {
		return nil, err
	}
	defer clear(exporter)
	return c.schedule.expand(exporter, "sec", []byte(label), length)
}
