package main

import (
	"strings"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/schedule"
)

type keyScheduleVector struct {
	Suite             codepoint.CipherSuite `json:"cipher_suite"`
	GroupID           hexBytes              `json:"group_id"`
	InitialInitSecret hexBytes              `json:"initial_init_secret"`
	Epochs            []epochVector         `json:"epochs"`
}

type epochVector struct {
	TreeHash                hexBytes `json:"tree_hash"`
	CommitSecret            hexBytes `json:"commit_secret"`
	PSKSecret               hexBytes `json:"psk_secret"`
	ConfirmedTranscriptHash hexBytes `json:"confirmed_transcript_hash"`

	GroupContext hexBytes `json:"group_context"`

	JoinerSecret  hexBytes `json:"joiner_secret"`
	WelcomeSecret hexBytes `json:"welcome_secret"`
	InitSecret    hexBytes `json:"init_secret"`

	SenderDataSecret   hexBytes `json:"sender_data_secret"`
	EncryptionSecret   hexBytes `json:"encryption_secret"`
	ExporterSecret     hexBytes `json:"exporter_secret"`
	EpochAuthenticator hexBytes `json:"epoch_authenticator"`
	ExternalSecret     hexBytes `json:"external_secret"`
	ConfirmationKey    hexBytes `json:"confirmation_key"`
	MembershipKey      hexBytes `json:"membership_key"`
	ResumptionPSK      hexBytes `json:"resumption_psk"`

	ExternalPub hexBytes       `json:"external_pub"`
	Exporter    exporterVector `json:"exporter"`
}

type exporterVector struct {
	Label   string   `json:"label"`
	Context hexBytes `json:"context"`
	Length  int      `json:"length"`
	Secret  hexBytes `json:"secret"`
}

func keySchedule() family {
	return family{name: "key-schedule", suites: true, scenarios: []scenario{
		{"commits", "epochs with a path, with a PSK, with both and with neither; exporter lengths from one byte up to two hashes", func(m *maker) any {
			zero := make([]byte, m.suite.HashSize())
			return m.keySchedule(m.bytes(16),
				epochVector{CommitSecret: m.secret(), PSKSecret: zero, Exporter: exporterVector{Label: "one byte", Context: m.bytes(8), Length: 1}},
				epochVector{CommitSecret: zero, PSKSecret: m.secret(), Exporter: exporterVector{Label: "hash", Context: m.bytes(64), Length: len(zero)}},
				epochVector{CommitSecret: m.secret(), PSKSecret: m.secret(), Exporter: exporterVector{Label: "two hashes", Length: 2 * len(zero)}},
				epochVector{CommitSecret: zero, PSKSecret: zero, Exporter: exporterVector{Context: m.bytes(1), Length: 7}},
			)
		}},
		{"long-names", "a group_id and an exporter label with headers of two bytes", func(m *maker) any {
			return m.keySchedule(pattern(300), epochVector{
				CommitSecret: m.secret(),
				PSKSecret:    m.secret(),
				Exporter:     exporterVector{Label: strings.Repeat("long ", 20), Context: pattern(100), Length: 100},
			})
		}},
	}}
}

// keySchedule computes what follows from the chosen values of the epochs.
func (m *maker) keySchedule(groupID []byte, epochs ...epochVector) keyScheduleVector {
	v := keyScheduleVector{Suite: m.suite.ID(), GroupID: groupID, InitialInitSecret: m.secret(), Epochs: epochs}
	initSecret := v.InitialInitSecret
	for i := range epochs {
		e := &epochs[i]
		e.TreeHash, e.ConfirmedTranscriptHash = m.secret(), m.secret()
		e.GroupContext = m.groupContext(groupID, uint64(i), e.TreeHash, e.ConfirmedTranscriptHash)
		e.compute(m.suite, ciphersuite.Secret(initSecret))
		initSecret = e.InitSecret
	}
	return v
}

func (e *epochVector) compute(suite *ciphersuite.Suite, initSecret ciphersuite.Secret) {
	joiner := schedule.JoinerSecret(suite, initSecret, ciphersuite.Secret(e.CommitSecret), e.GroupContext)
	epoch, welcome := schedule.NewEpoch(suite, joiner, ciphersuite.Secret(e.PSKSecret), e.GroupContext)
	e.JoinerSecret, e.WelcomeSecret, e.InitSecret = hexBytes(joiner), hexBytes(welcome), hexBytes(epoch.InitSecret)
	e.SenderDataSecret = hexBytes(epoch.SenderDataSecret)
	e.EncryptionSecret = hexBytes(epoch.EncryptionSecret)
	e.ExporterSecret = hexBytes(epoch.ExporterSecret)
	e.EpochAuthenticator = hexBytes(epoch.EpochAuthenticator)
	e.ExternalSecret = hexBytes(epoch.ExternalSecret)
	e.ConfirmationKey = hexBytes(epoch.ConfirmationKey)
	e.MembershipKey = hexBytes(epoch.MembershipKey)
	e.ResumptionPSK = hexBytes(epoch.ResumptionPSK)
	e.ExternalPub = must(epoch.ExternalKey(suite)).Public()
	x := &e.Exporter
	x.Secret = hexBytes(must(epoch.Export(suite, x.Label, x.Context, x.Length)))
}
