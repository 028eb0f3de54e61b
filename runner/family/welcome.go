package family

import (
	"context"
	"errors"
	"fmt"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/schedule"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/runner/strict"
)

type welcomeCase struct {
	Suite       codepoint.CipherSuite `json:"cipher_suite"`
	InitPrivate strict.Hex            `json:"init_priv"`
	SignerPub   strict.Hex            `json:"signer_pub"`
	KeyPackage  strict.Hex            `json:"key_package"`
	Welcome     strict.Hex            `json:"welcome"`
}

func welcome() Family {
	return Family{
		Name: "welcome", Title: "Welcome", Section: "12.4.3.1", Cases: 7,
		Requirements: []rule.ID{"rfc9420-5.1.3-01", "rfc9420-5.2-01"},
		Check:        replay(checkWelcome),
	}
}

func checkWelcome(_ context.Context, c *welcomeCase) error {
	suite, err := lookup(c.Suite)
	if err != nil {
		return err
	}
	keyPackage, err := parseKeyPackage(c.KeyPackage, c.Suite)
	if err != nil {
		return err
	}
	initKey, err := parseKEMKey(suite, c.InitPrivate)
	if err != nil {
		return at("init_priv", err)
	}
	if err := equal("key_package.init_key", keyPackage.InitKey, initKey.Public()); err != nil {
		return err
	}
	w, err := parseWelcome(c.Welcome, c.Suite)
	if err != nil {
		return err
	}
	ref, err := keyPackage.Ref()
	if err != nil {
		return at("key_package", err)
	}
	return at("welcome", c.open(suite, w, ref, initKey))
}

// open decrypts the Welcome and verifies what the GroupInfo is authenticated by.
func (c *welcomeCase) open(suite *ciphersuite.Suite, w *message.Welcome, ref []byte, initKey *ciphersuite.KEMKey) error {
	secrets, err := w.OpenSecrets(suite, ref, initKey)
	if err != nil {
		return err
	}
	if len(secrets.PSKs) != 0 {
		return errors.New("the group secrets ask for pre-shared keys, which a case has no place for")
	}
	pskSecret, err := schedule.PSKSecret(suite, nil)
	if err != nil {
		return err
	}
	info, err := w.OpenGroupInfo(suite, schedule.WelcomeSecret(suite, secrets.JoinerSecret, pskSecret))
	if err != nil {
		return err
	}
	if err := same("group_info.group_context.cipher_suite", c.Suite, info.GroupContext.CipherSuite); err != nil {
		return err
	}
	if err := info.VerifySignature(suite, c.SignerPub); err != nil {
		return err
	}
	context, err := syntax.Marshal(&info.GroupContext)
	if err != nil {
		return at("group_info", err)
	}
	epoch, _ := schedule.NewEpoch(suite, secrets.JoinerSecret, pskSecret, context)
	tag := suite.MAC(epoch.ConfirmationKey, info.GroupContext.ConfirmedTranscriptHash)
	return equal("group_info.confirmation_tag", info.ConfirmationTag, tag)
}

// parseKeyPackage reads the field key_package, a message of the case's suite.
func parseKeyPackage(data []byte, suite codepoint.CipherSuite) (*keypackage.KeyPackage, error) {
	m, err := recodeMessage("key_package", data, codepoint.WireFormatKeyPackage)
	if err != nil {
		return nil, err
	}
	return m.KeyPackage, same("key_package.cipher_suite", suite, m.KeyPackage.CipherSuite)
}

// parseWelcome reads the field welcome, a message of the case's suite.
func parseWelcome(data []byte, suite codepoint.CipherSuite) (*message.Welcome, error) {
	m, err := recodeMessage("welcome", data, codepoint.WireFormatWelcome)
	if err != nil {
		return nil, err
	}
	return m.Welcome, same("welcome.cipher_suite", suite, m.Welcome.CipherSuite)
}

// recodeMessage is recode for an MLSMessage of the given wire format.
func recodeMessage(field string, data []byte, format codepoint.WireFormat) (*framing.MLSMessage, error) {
	m, err := recode[framing.MLSMessage](field, data)
	if err != nil {
		return nil, err
	}
	if got := m.WireFormat(); got != format {
		return nil, at(field, fmt.Errorf("wire_format is %v, not %v", got, format))
	}
	return m, nil
}
