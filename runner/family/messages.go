package family

import (
	"context"
	"fmt"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/tree"
	"github.com/mlsconform/mlsconform/runner/strict"
)

type messagesCase struct {
	Welcome    strict.Hex `json:"mls_welcome"`
	GroupInfo  strict.Hex `json:"mls_group_info"`
	KeyPackage strict.Hex `json:"mls_key_package"`

	RatchetTree  strict.Hex `json:"ratchet_tree"`
	GroupSecrets strict.Hex `json:"group_secrets"`

	Add                    strict.Hex `json:"add_proposal"`
	Update                 strict.Hex `json:"update_proposal"`
	Remove                 strict.Hex `json:"remove_proposal"`
	PreSharedKey           strict.Hex `json:"pre_shared_key_proposal"`
	ReInit                 strict.Hex `json:"re_init_proposal"`
	ExternalInit           strict.Hex `json:"external_init_proposal"`
	GroupContextExtensions strict.Hex `json:"group_context_extensions_proposal"`

	Commit strict.Hex `json:"commit"`

	PublicApplication strict.Hex `json:"public_message_application"`
	PublicProposal    strict.Hex `json:"public_message_proposal"`
	PublicCommit      strict.Hex `json:"public_message_commit"`
	PrivateMessage    strict.Hex `json:"private_message"`
}

func messages() Family {
	return Family{
		Name: "messages", Title: "Messages", Section: "6, 7, 10, 12", Cases: 300,
		Check: replay(checkMessages),
	}
}

func checkMessages(_ context.Context, c *messagesCase) error {
	for _, f := range []struct {
		field  string
		data   []byte
		recode func(field string, data []byte) error
	}{
		{"mls_welcome", c.Welcome, ofFormat(codepoint.WireFormatWelcome)},
		{"mls_group_info", c.GroupInfo, ofFormat(codepoint.WireFormatGroupInfo)},
		{"mls_key_package", c.KeyPackage, ofFormat(codepoint.WireFormatKeyPackage)},
		{"ratchet_tree", c.RatchetTree, as[ratchetTree]},
		{"group_secrets", c.GroupSecrets, as[message.GroupSecrets]},
		{"add_proposal", c.Add, as[message.Add]},
		{"update_proposal", c.Update, as[message.Update]},
		{"remove_proposal", c.Remove, as[message.Remove]},
		{"pre_shared_key_proposal", c.PreSharedKey, as[message.PreSharedKey]},
		{"re_init_proposal", c.ReInit, as[message.ReInit]},
		{"external_init_proposal", c.ExternalInit, as[message.ExternalInit]},
		{"group_context_extensions_proposal", c.GroupContextExtensions, as[message.GroupContextExtensions]},
		{"commit", c.Commit, as[message.Commit]},
		{"public_message_application", c.PublicApplication, ofContent(framing.ContentApplication)},
		{"public_message_proposal", c.PublicProposal, ofContent(framing.ContentProposal)},
		{"public_message_commit", c.PublicCommit, ofContent(framing.ContentCommit)},
		{"private_message", c.PrivateMessage, ofFormat(codepoint.WireFormatPrivateMessage)},
	} {
		if err := f.recode(f.field, f.data); err != nil {
			return err
		}
	}
	return nil
}

// as is recode where the structure itself is of no interest.
func as[T any, P codec[T]](field string, data []byte) error {
	_, err := recode[T, P](field, data)
	return err
}

func ofFormat(format codepoint.WireFormat) func(field string, data []byte) error {
	return func(field string, data []byte) error {
		_, err := recodeMessage(field, data, format)
		return err
	}
}

func ofContent(t framing.ContentType) func(field string, data []byte) error {
	return func(field string, data []byte) error {
		m, err := recodeMessage(field, data, codepoint.WireFormatPublicMessage)
		if err != nil {
			return err
		}
		if got := m.PublicMessage.Content.ContentType; got != t {
			return at(field, fmt.Errorf("content_type is %v, not %v", got, t))
		}
		return nil
	}
}

// A ratchetTree is a ratchet_tree by its syntax alone (RFC 9420,
// Section 12.4.3.3). A tree.RatchetTree keeps the encoding of each leaf, so to
// encode one would show nothing about leaves.
type ratchetTree []*tree.Node

func (t *ratchetTree) MarshalMLS(b *cryptobyte.Builder) {
	var body cryptobyte.Builder
	for _, n := range *t {
		syntax.AddOptional(&body, n)
	}
	encoded, err := body.Bytes()
	if err != nil {
		b.SetError(err)
		return
	}
	syntax.AddOpaque(b, encoded)
}

func (t *ratchetTree) UnmarshalMLS(s *cryptobyte.String) error {
	*t = nil
	var body []byte
	if err := syntax.ReadOpaque(s, &body); err != nil {
		return err
	}
	for rest := cryptobyte.String(body); !rest.Empty(); {
		var n *tree.Node
		if err := syntax.ReadOptional(&rest, &n); err != nil {
			return fmt.Errorf("node %d: %w", len(*t), err)
		}
		*t = append(*t, n)
	}
	return nil
}
