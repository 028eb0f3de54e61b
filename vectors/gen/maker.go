package main

import (
	"crypto/sha256"
	"io"
	"math/rand/v2"
	"time"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/schedule"
	"github.com/mlsconform/mlsconform/impl/syntax"
)

// seedPrefix and the name of a case start its stream of randomness, so that a
// case stays as it is when others come or go.
const seedPrefix = "mlsconform own vectors, version 1: "

// now is the time at which all key packages are made.
func now() time.Time { return time.Date(2026, time.November, 23, 12, 0, 0, 0, time.UTC) }

// A maker has what the scenario of a case needs. The suite is nil for families
// without suites.
type maker struct {
	suite  *ciphersuite.Suite
	random io.Reader
	grease bool // in key packages
}

func newMaker(name string, suite *ciphersuite.Suite) *maker {
	return &maker{suite: suite, random: rand.NewChaCha8(sha256.Sum256([]byte(seedPrefix + name)))}
}

// bytes returns n random bytes.
func (m *maker) bytes(n int) []byte {
	b := make([]byte, n)
	must(io.ReadFull(m.random, b))
	return b
}

// secret returns random bytes, as many as the suite's hash has.
func (m *maker) secret() []byte { return m.bytes(m.suite.HashSize()) }

// below returns a random number in [0, n), for small n.
func (m *maker) below(n int) int {
	b := m.bytes(2)
	return (int(b[0])<<8 | int(b[1])) % n
}

// pattern returns n bytes that compress well, for values whose length is what
// matters.
func pattern(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i)
	}
	return b
}

func (m *maker) signer() *ciphersuite.SignatureKey {
	return must(m.suite.GenerateSignatureKey(m.random))
}

func (m *maker) kemKey() *ciphersuite.KEMKey { return must(m.suite.GenerateKEMKey(m.random)) }

// bundle makes a KeyPackage. Of the options, the clock, the randomness and
// whether there are GREASE values are set here.
func (m *maker) bundle(name string, signer ciphersuite.Signer, o keypackage.Options) *keypackage.Bundle {
	o.Rand, o.Now, o.NoGREASE = m.random, now, !m.grease
	return must(keypackage.Build(m.suite, leaf.Basic([]byte(name)), signer, o))
}

// groupContext returns an encoded GroupContext without extensions.
func (m *maker) groupContext(groupID []byte, epoch uint64, treeHash, transcriptHash []byte) []byte {
	return encode(&schedule.GroupContext{
		Version:                 codepoint.MLS10,
		CipherSuite:             m.suite.ID(),
		GroupID:                 groupID,
		Epoch:                   epoch,
		TreeHash:                treeHash,
		ConfirmedTranscriptHash: transcriptHash,
	})
}

func encode(v syntax.Marshaler) []byte { return must(syntax.Marshal(v)) }
