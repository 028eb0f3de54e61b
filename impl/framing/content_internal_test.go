package framing

import (
	"fmt"
	"testing"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/message/messagetest"
	"github.com/mlsconform/mlsconform/impl/syntax/syntaxtest"
)

// Two structures take their form from a content type that stands outside of
// them. Here it is put in front.

type framedContentAuthData struct {
	contentType ContentType
	auth        FramedContentAuthData
}

func (a *framedContentAuthData) MarshalMLS(b *cryptobyte.Builder) {
	b.AddUint8(uint8(a.contentType))
	a.auth.marshal(b, a.contentType)
}

func (a *framedContentAuthData) UnmarshalMLS(s *cryptobyte.String) error {
	if err := readContentType(s, &a.contentType); err != nil {
		return err
	}
	return a.auth.unmarshal(s, a.contentType)
}

func FuzzFramedContentAuthData(f *testing.F) {
	syntaxtest.FuzzCodec(f,
		framedContentAuthData{ContentApplication, FramedContentAuthData{Signature: []byte("signature")}},
		framedContentAuthData{ContentCommit, FramedContentAuthData{Signature: []byte("signature"), ConfirmationTag: []byte("tag")}},
	)
}

type privateMessageContent struct {
	framedContentAuthData
	content FramedContent
	padding int
}

func (c *privateMessageContent) MarshalMLS(b *cryptobyte.Builder) {
	b.AddUint8(uint8(c.contentType))
	c.content.marshalBody(b)
	c.auth.marshal(b, c.contentType)
	b.AddBytes(make([]byte, c.padding))
}

// UnmarshalMLS has the content read as that of a PrivateMessage. How much of it
// is padding follows from the length without it.
func (c *privateMessageContent) UnmarshalMLS(s *cryptobyte.String) error {
	*c = privateMessageContent{}
	if err := readContentType(s, &c.contentType); err != nil {
		return err
	}
	a, err := (&PrivateMessage{ContentType: c.contentType}).content(0, *s)
	if err != nil {
		return err
	}
	c.content, c.auth = a.Content, a.Auth
	var b cryptobyte.Builder
	c.MarshalMLS(&b)
	unpadded, err := b.Bytes()
	if err != nil {
		return fmt.Errorf("decoded content: %w", err)
	}
	c.padding = 1 + len(*s) - len(unpadded)
	*s = nil
	return nil
}

func FuzzPrivateMessageContent(f *testing.F) {
	var seeds []privateMessageContent
	seed := func(c FramedContent, tag string, padding int) {
		auth := FramedContentAuthData{Signature: []byte("signature"), ConfirmationTag: []byte(tag)}
		seeds = append(seeds, privateMessageContent{framedContentAuthData{c.ContentType, auth}, c, padding})
	}
	seed(FramedContent{ContentType: ContentApplication, ApplicationData: []byte("data")}, "", 20)
	for _, p := range messagetest.Proposals() {
		seed(FramedContent{ContentType: ContentProposal, Proposal: &p}, "", 0)
	}
	for i, c := range messagetest.Commits() {
		seed(FramedContent{ContentType: ContentCommit, Commit: &c}, "tag", i)
	}
	target := syntaxtest.Target[privateMessageContent, *privateMessageContent]{Padding: func(c *privateMessageContent) int { return c.padding }}
	target.Fuzz(f, seeds...)
}
