package ciphersuite_test

import (
	"bytes"
	stdhpke "crypto/hpke"
	"testing"

	"github.com/cloudflare/circl/hpke"
	"github.com/cloudflare/circl/kem"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
)

// hpkeNumbers are the KEM, KDF and AEAD of each suite in RFC 9180, Section 7.
var hpkeNumbers = map[codepoint.CipherSuite][3]uint16{
	1: {0x0020, 1, 1},
	2: {0x0010, 1, 1},
	3: {0x0020, 1, 3},
	4: {0x0021, 3, 2},
	5: {0x0012, 3, 2},
	6: {0x0021, 3, 3},
	7: {0x0011, 2, 2},
}

// A peer is HPKE in base mode as another library has it.
type peer interface {
	derivePublic(t *testing.T, ikm []byte) []byte
	seal(t *testing.T, public, info, plaintext []byte) (kemOutput, ciphertext []byte)
	open(t *testing.T, private, kemOutput, info, ciphertext []byte) []byte
	exportSend(t *testing.T, public []byte, context string, length int) (kemOutput, secret []byte)
	exportReceive(t *testing.T, private, kemOutput []byte, context string, length int) []byte
}

// peers returns the libraries that have the HPKE of a suite: crypto/hpke has no
// X448, circl has all.
func peers(t *testing.T, s *ciphersuite.Suite) map[string]peer {
	n := hpkeNumbers[s.ID()]
	out := map[string]peer{
		"circl": circlPeer{hpke.NewSuite(hpke.KEM(n[0]), hpke.KDF(n[1]), hpke.AEAD(n[2])), hpke.KEM(n[0]).Scheme()},
	}
	if n[0] != 0x0021 {
		out["crypto/hpke"] = stdPeer{
			must[stdhpke.KEM](t)(stdhpke.NewKEM(n[0])),
			must[stdhpke.KDF](t)(stdhpke.NewKDF(n[1])),
			must[stdhpke.AEAD](t)(stdhpke.NewAEAD(n[2])),
		}
	}
	return out
}

type stdPeer struct {
	kem  stdhpke.KEM
	kdf  stdhpke.KDF
	aead stdhpke.AEAD
}

func (p stdPeer) derivePublic(t *testing.T, ikm []byte) []byte {
	return must[stdhpke.PrivateKey](t)(p.kem.DeriveKeyPair(ikm)).PublicKey().Bytes()
}

func (p stdPeer) sender(t *testing.T, public, info []byte) ([]byte, *stdhpke.Sender) {
	key := must[stdhpke.PublicKey](t)(p.kem.NewPublicKey(public))
	kemOutput, sender, err := stdhpke.NewSender(key, p.kdf, p.aead, info)
	if err != nil {
		t.Fatal(err)
	}
	return kemOutput, sender
}

func (p stdPeer) recipient(t *testing.T, private, kemOutput, info []byte) *stdhpke.Recipient {
	key := must[stdhpke.PrivateKey](t)(p.kem.NewPrivateKey(private))
	return must[*stdhpke.Recipient](t)(stdhpke.NewRecipient(kemOutput, key, p.kdf, p.aead, info))
}

func (p stdPeer) seal(t *testing.T, public, info, plaintext []byte) (kemOutput, ciphertext []byte) {
	kemOutput, sender := p.sender(t, public, info)
	return kemOutput, must[[]byte](t)(sender.Seal(nil, plaintext))
}

func (p stdPeer) open(t *testing.T, private, kemOutput, info, ciphertext []byte) []byte {
	return must[[]byte](t)(p.recipient(t, private, kemOutput, info).Open(nil, ciphertext))
}

func (p stdPeer) exportSend(t *testing.T, public []byte, context string, length int) (kemOutput, secret []byte) {
	kemOutput, sender := p.sender(t, public, nil)
	return kemOutput, must[[]byte](t)(sender.Export(context, length))
}

func (p stdPeer) exportReceive(t *testing.T, private, kemOutput []byte, context string, length int) []byte {
	return must[[]byte](t)(p.recipient(t, private, kemOutput, nil).Export(context, length))
}

// circlStream is the stream that circl's sender reads in these tests.
const circlStream = 99

type circlPeer struct {
	suite hpke.Suite
	kem   kem.Scheme
}

func (p circlPeer) derivePublic(t *testing.T, ikm []byte) []byte {
	if len(ikm) != p.kem.SeedSize() {
		return nil // it would panic
	}
	public, _ := p.kem.DeriveKeyPair(ikm)
	return must[[]byte](t)(public.MarshalBinary())
}

func (p circlPeer) sender(t *testing.T, public, info []byte) ([]byte, hpke.Sealer) {
	key := must[kem.PublicKey](t)(p.kem.UnmarshalBinaryPublicKey(public))
	sender := must[*hpke.Sender](t)(p.suite.NewSender(key, info))
	kemOutput, sealer, err := sender.Setup(stream(circlStream))
	if err != nil {
		t.Fatal(err)
	}
	return kemOutput, sealer
}

func (p circlPeer) receiver(t *testing.T, private, kemOutput, info []byte) hpke.Opener {
	key := must[kem.PrivateKey](t)(p.kem.UnmarshalBinaryPrivateKey(private))
	receiver := must[*hpke.Receiver](t)(p.suite.NewReceiver(key, info))
	return must[hpke.Opener](t)(receiver.Setup(kemOutput))
}

func (p circlPeer) seal(t *testing.T, public, info, plaintext []byte) (kemOutput, ciphertext []byte) {
	kemOutput, sealer := p.sender(t, public, info)
	return kemOutput, must[[]byte](t)(sealer.Seal(plaintext, nil))
}

func (p circlPeer) open(t *testing.T, private, kemOutput, info, ciphertext []byte) []byte {
	return must[[]byte](t)(p.receiver(t, private, kemOutput, info).Open(ciphertext, nil))
}

func (p circlPeer) exportSend(t *testing.T, public []byte, context string, length int) (kemOutput, secret []byte) {
	kemOutput, sealer := p.sender(t, public, nil)
	return kemOutput, sealer.Export([]byte(context), uint(length))
}

func (p circlPeer) exportReceive(t *testing.T, private, kemOutput []byte, context string, length int) []byte {
	return p.receiver(t, private, kemOutput, nil).Export([]byte(context), uint(length))
}

// againstPeers runs a test for every suite and every library that has it.
func againstPeers(t *testing.T, run func(t *testing.T, s *ciphersuite.Suite, p peer)) {
	eachSuite(t, func(t *testing.T, s *ciphersuite.Suite) {
		for name, p := range peers(t, s) {
			t.Run(name, func(t *testing.T) { run(t, s, p) })
		}
	})
}

// encryptContext is EncryptContext for the label "label" and the context
// "context" (RFC 9420, Section 5.1.3), by hand.
var encryptContext = []byte("\x0dMLS 1.0 label\x07context")

const externalInit = "MLS 1.0 external init secret"

func TestDeriveKeyPairAsPeers(t *testing.T) {
	againstPeers(t, func(t *testing.T, s *ciphersuite.Suite, p peer) {
		compared := 0
		for _, n := range []int{1, 16, 31, 32, 48, 56, 64, 66, 100} {
			ikm := bytes.Repeat([]byte{byte(n)}, n)
			want := p.derivePublic(t, ikm)
			if want == nil {
				continue
			}
			compared++
			key := must[*ciphersuite.KEMKey](t)(s.DeriveKeyPair(ikm))
			if !bytes.Equal(key.Public(), want) {
				t.Errorf("from %d bytes: public key %x, want %x", n, key.Public(), want)
			}
		}
		if compared == 0 {
			t.Error("nothing was compared")
		}
	})
}

func TestPeersOpenWhatWeSeal(t *testing.T) {
	againstPeers(t, func(t *testing.T, s *ciphersuite.Suite, p peer) {
		key := must[*ciphersuite.KEMKey](t)(s.GenerateKEMKey(stream(1)))
		for n := range uint64(3) {
			plaintext := bytes.Repeat([]byte{byte(n)}, int(n)*50)
			ct := must[ciphersuite.HPKECiphertext](t)(s.EncryptWithLabel(stream(n), key.Public(), "label", []byte("context"), plaintext))
			if got := p.open(t, key.Private(), ct.KEMOutput, encryptContext, ct.Ciphertext); !bytes.Equal(got, plaintext) {
				t.Errorf("opened %x, want %x", got, plaintext)
			}
		}
	})
}

func TestWeOpenWhatPeersSeal(t *testing.T) {
	againstPeers(t, func(t *testing.T, s *ciphersuite.Suite, p peer) {
		key := must[*ciphersuite.KEMKey](t)(s.GenerateKEMKey(stream(1)))
		for n := range 3 {
			plaintext := bytes.Repeat([]byte{byte(n)}, n*50)
			kemOutput, ciphertext := p.seal(t, key.Public(), encryptContext, plaintext)
			got, err := s.DecryptWithLabel(key, "label", []byte("context"), ciphersuite.HPKECiphertext{KEMOutput: kemOutput, Ciphertext: ciphertext})
			if err != nil || !bytes.Equal(got, plaintext) {
				t.Errorf("opened %x, %v, want %x", []byte(got), err, plaintext)
			}
		}
	})
}

func TestExternalInitWithPeers(t *testing.T) {
	againstPeers(t, func(t *testing.T, s *ciphersuite.Suite, p peer) {
		key := must[*ciphersuite.KEMKey](t)(s.GenerateKEMKey(stream(1)))
		kemOutput, secret, err := s.ExternalInitSend(stream(2), key.Public())
		if err != nil {
			t.Fatal(err)
		}
		if got := p.exportReceive(t, key.Private(), kemOutput, externalInit, s.HashSize()); !bytes.Equal(got, secret) {
			t.Errorf("the peer exports %x, we %x", got, []byte(secret))
		}
		kemOutput, want := p.exportSend(t, key.Public(), externalInit, s.HashSize())
		if got, err := s.ExternalInitReceive(key, kemOutput); err != nil || !bytes.Equal(got, want) {
			t.Errorf("we export %x, %v, the peer %x", []byte(got), err, want)
		}
	})
}

// circl takes a reader too and derives the ephemeral key from it in the same way.
func TestSameReaderGivesTheBytesOfCircl(t *testing.T) {
	eachSuite(t, func(t *testing.T, s *ciphersuite.Suite) {
		key := must[*ciphersuite.KEMKey](t)(s.GenerateKEMKey(stream(1)))
		kemOutput, ciphertext := peers(t, s)["circl"].seal(t, key.Public(), encryptContext, []byte("plaintext"))
		ct := must[ciphersuite.HPKECiphertext](t)(s.EncryptWithLabel(stream(circlStream), key.Public(), "label", []byte("context"), []byte("plaintext")))
		if !bytes.Equal(ct.KEMOutput, kemOutput) || !bytes.Equal(ct.Ciphertext, ciphertext) {
			t.Errorf("we seal to %x %x, circl to %x %x", ct.KEMOutput, ct.Ciphertext, kemOutput, ciphertext)
		}
	})
}
