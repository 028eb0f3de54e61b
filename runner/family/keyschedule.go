package family

import (
	"context"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/schedule"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/runner/strict"
)

type keyScheduleCase struct {
	Suite             codepoint.CipherSuite `json:"cipher_suite"`
	GroupID           strict.Hex            `json:"group_id"`
	InitialInitSecret strict.Hex            `json:"initial_init_secret"`
	Epochs            []epochCase           `json:"epochs"`
}

type epochCase struct {
	TreeHash                strict.Hex `json:"tree_hash"`
	CommitSecret            strict.Hex `json:"commit_secret"`
	PSKSecret               strict.Hex `json:"psk_secret"`
	ConfirmedTranscriptHash strict.Hex `json:"confirmed_transcript_hash"`

	GroupContext strict.Hex `json:"group_context"`

	JoinerSecret  strict.Hex `json:"joiner_secret"`
	WelcomeSecret strict.Hex `json:"welcome_secret"`
	InitSecret    strict.Hex `json:"init_secret"`

	SenderDataSecret   strict.Hex `json:"sender_data_secret"`
	EncryptionSecret   strict.Hex `json:"encryption_secret"`
	ExporterSecret     strict.Hex `json:"exporter_secret"`
	EpochAuthenticator strict.Hex `json:"epoch_authenticator"`
	ExternalSecret     strict.Hex `json:"external_secret"`
	ConfirmationKey    strict.Hex `json:"confirmation_key"`
	MembershipKey      strict.Hex `json:"membership_key"`
	ResumptionPSK      strict.Hex `json:"resumption_psk"`

	ExternalPub strict.Hex   `json:"external_pub"`
	Exporter    exporterCase `json:"exporter"`
}

type exporterCase struct {
	Label   string     `json:"label"`
	Context strict.Hex `json:"context"`
	Length  uint32     `json:"length"`
	Secret  strict.Hex `json:"secret"`
}

func keySchedule() Family {
	return Family{
		Name: "key-schedule", Title: "Key schedule", Section: "8", Cases: 7,
		Requirements: []rule.ID{"rfc9420-8-01", "rfc9420-8.5-03"},
		Check:        replay(checkKeySchedule),
	}
}

func checkKeySchedule(_ context.Context, c *keyScheduleCase) error {
	suite, err := lookup(c.Suite)
	if err != nil {
		return err
	}
	initSecret := ciphersuite.Secret(c.InitialInitSecret)
	for i := range c.Epochs {
		e := &c.Epochs[i]
		context, err := syntax.Marshal(&schedule.GroupContext{
			Version:                 codepoint.MLS10,
			CipherSuite:             c.Suite,
			GroupID:                 c.GroupID,
			Epoch:                   uint64(i),
			TreeHash:                e.TreeHash,
			ConfirmedTranscriptHash: e.ConfirmedTranscriptHash,
		})
		if err != nil {
			return at(index("epochs", i), err)
		}
		initSecret, err = e.check(suite, initSecret, context)
		if err != nil {
			return at(index("epochs", i), err)
		}
	}
	return nil
}

// check replays one epoch and returns the init_secret for the next one.
func (c *epochCase) check(suite *ciphersuite.Suite, initSecret ciphersuite.Secret, context []byte) (ciphersuite.Secret, error) {
	joiner := schedule.JoinerSecret(suite, initSecret, ciphersuite.Secret(c.CommitSecret), context)
	epoch, welcome := schedule.NewEpoch(suite, joiner, ciphersuite.Secret(c.PSKSecret), context)
	external, err := epoch.ExternalKey(suite)
	if err != nil {
		return nil, at("external_pub", err)
	}
	if err := firstDifference([]comparison{
		{"group_context", c.GroupContext, context},
		{"joiner_secret", c.JoinerSecret, joiner},
		{"welcome_secret", c.WelcomeSecret, welcome},
		{"init_secret", c.InitSecret, epoch.InitSecret},
		{"sender_data_secret", c.SenderDataSecret, epoch.SenderDataSecret},
		{"encryption_secret", c.EncryptionSecret, epoch.EncryptionSecret},
		{"exporter_secret", c.ExporterSecret, epoch.ExporterSecret},
		{"epoch_authenticator", c.EpochAuthenticator, epoch.EpochAuthenticator},
		{"external_secret", c.ExternalSecret, epoch.ExternalSecret},
		{"confirmation_key", c.ConfirmationKey, epoch.ConfirmationKey},
		{"membership_key", c.MembershipKey, epoch.MembershipKey},
		{"resumption_psk", c.ResumptionPSK, epoch.ResumptionPSK},
		{"external_pub", c.ExternalPub, external.Public()},
	}); err != nil {
		return nil, err
	}
	exported, err := epoch.Export(suite, c.Exporter.Label, c.Exporter.Context, int(c.Exporter.Length))
	if err != nil {
		return nil, at("exporter", err)
	}
	return epoch.InitSecret, at("exporter", equal("secret", c.Exporter.Secret, exported))
}
