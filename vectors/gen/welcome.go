package main

import (
	"fmt"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/schedule"
)

type welcomeVector struct {
	Suite       codepoint.CipherSuite `json:"cipher_suite"`
	InitPrivate hexBytes              `json:"init_priv"`
	SignerPub   hexBytes              `json:"signer_pub"`
	KeyPackage  hexBytes              `json:"key_package"`
	Welcome     hexBytes              `json:"welcome"`
}

func welcome() family {
	return family{name: "welcome", suites: true, scenarios: []scenario{
		{"alone", "one new member, no path secret, no extensions", func(m *maker) any {
			return m.welcomeOf(1, 0, &message.GroupInfo{})
		}},
		{"last-of-three", "three new members of whom the last one reads; a path secret; unknown extensions everywhere", func(m *maker) any {
			unknown := func(i int) leaf.Extensions {
				return leaf.Extensions{{Type: codepoint.ExtensionType(codepoint.GREASE(i)), Data: m.bytes(i)}}
			}
			info := &message.GroupInfo{Extensions: unknown(5), Signer: 7}
			info.GroupContext.Extensions = unknown(6)
			return m.welcomeOf(3, 2, info)
		}},
	}}
}

// welcomeOf makes a Welcome for some new members, and the case of one of them.
// Of the GroupInfo it completes what is left open.
func (m *maker) welcomeOf(members, reader int, info *message.GroupInfo) welcomeVector {
	signer := m.signer()
	joiner := ciphersuite.Secret(m.secret())
	pskSecret := must(schedule.PSKSecret(m.suite, nil))
	c := &info.GroupContext
	c.Version, c.CipherSuite, c.GroupID, c.Epoch = codepoint.MLS10, m.suite.ID(), m.bytes(16), uint64(m.below(1<<16))
	c.TreeHash, c.ConfirmedTranscriptHash = m.secret(), m.secret()
	epoch, welcomeSecret := schedule.NewEpoch(m.suite, joiner, pskSecret, encode(c))
	info.ConfirmationTag = m.suite.MAC(epoch.ConfirmationKey, c.ConfirmedTranscriptHash)
	check(info.Sign(m.suite, signer))

	w := &message.Welcome{CipherSuite: m.suite.ID()}
	check(w.SealGroupInfo(m.suite, welcomeSecret, info))
	var read *keypackage.Bundle
	var recipients []message.Recipient
	for i := range members {
		b := m.bundle(fmt.Sprintf("new member %d", i), m.signer(), keypackage.Options{})
		secrets := &message.GroupSecrets{JoinerSecret: joiner}
		if members > 1 {
			secrets.PathSecret = &message.PathSecret{PathSecret: m.secret()}
		}
		recipients = append(recipients, message.Recipient{KeyPackageRef: must(b.KeyPackage.Ref()), InitKey: b.KeyPackage.InitKey, Secrets: secrets})
		if i == reader {
			read = b
		}
	}
	check(w.SealSecrets(m.random, m.suite, recipients))
	return welcomeVector{
		Suite:       m.suite.ID(),
		InitPrivate: hexBytes(read.InitKey.Private()),
		SignerPub:   signer.Public(),
		KeyPackage:  encode(&framing.MLSMessage{KeyPackage: &read.KeyPackage}),
		Welcome:     encode(&framing.MLSMessage{Welcome: w}),
	}
}
