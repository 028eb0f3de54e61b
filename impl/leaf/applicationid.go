package leaf

import (
	"fmt"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/syntax"
)

// An ApplicationID is the content of the application_id extension of a leaf
// node: an identifier that nobody authenticates (RFC 9420, Section 5.3.3).
type ApplicationID struct {
	ApplicationID []byte
}

func (a *ApplicationID) MarshalMLS(b *cryptobyte.Builder) { syntax.AddOpaque(b, a.ApplicationID) }

func (a *ApplicationID) UnmarshalMLS(s *cryptobyte.String) error {
	*a = ApplicationID{}
	if err := syntax.ReadOpaque(s, &a.ApplicationID); err != nil {
		return fmt.Errorf("application_id: %w", err)
	}
	return nil
}
