package family

import (
	"context"
	"fmt"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/schedule"
	"github.com/mlsconform/mlsconform/runner/strict"
)

type transcriptHashesCase struct {
	Suite                codepoint.CipherSuite `json:"cipher_suite"`
	ConfirmationKey      strict.Hex            `json:"confirmation_key"`
	AuthenticatedContent strict.Hex            `json:"authenticated_content"`
	InterimBefore        strict.Hex            `json:"interim_transcript_hash_before"`
	ConfirmedAfter       strict.Hex            `json:"confirmed_transcript_hash_after"`
	InterimAfter         strict.Hex            `json:"interim_transcript_hash_after"`
}

func transcriptHashes() Family {
	return Family{
		Name: "transcript-hashes", Title: "Transcript hashes", Section: "8.2", Cases: 7,
		Requirements: []rule.ID{"rfc9420-8.2-01"},
		Check:        replay(checkTranscriptHashes),
	}
}

func checkTranscriptHashes(_ context.Context, c *transcriptHashesCase) error {
	suite, err := lookup(c.Suite)
	if err != nil {
		return err
	}
	content, err := recode[framing.AuthenticatedContent]("authenticated_content", c.AuthenticatedContent)
	if err != nil {
		return err
	}
	if t := content.Content.ContentType; t != framing.ContentCommit {
		return at("authenticated_content", fmt.Errorf("holds a %v, not a commit", t))
	}
	input, err := content.ConfirmedTranscriptHashInput()
	if err != nil {
		return at("authenticated_content", err)
	}
	confirmed := schedule.ConfirmedTranscriptHash(suite, c.InterimBefore, input)
	if err := equal("confirmed_transcript_hash_after", c.ConfirmedAfter, confirmed); err != nil {
		return err
	}
	if err := suite.VerifyMAC(c.ConfirmationKey, confirmed, content.Auth.ConfirmationTag); err != nil {
		return at("authenticated_content", fmt.Errorf("confirmation_tag: %w", err))
	}
	interim := schedule.InterimTranscriptHash(suite, confirmed, content.Auth.ConfirmationTag)
	return equal("interim_transcript_hash_after", c.InterimAfter, interim)
}
