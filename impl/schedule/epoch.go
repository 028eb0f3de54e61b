package schedule

import (
	"fmt"
	"slices"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

// An Epoch holds the secrets that come from one epoch_secret, and the
// init_secret for the next epoch (RFC 9420, Section 8). A secret that has been
// deleted is empty. Each Epoch owns its secrets: no two share memory.
type Epoch struct {
	SenderDataSecret   ciphersuite.Secret
	EncryptionSecret   ciphersuite.Secret
	ExporterSecret     ciphersuite.Secret
	ExternalSecret     ciphersuite.Secret
	ConfirmationKey    ciphersuite.Secret
	MembershipKey      ciphersuite.Secret
	ResumptionPSK      ciphersuite.Secret
	EpochAuthenticator ciphersuite.Secret
	InitSecret         ciphersuite.Secret
}

// A derived is a row of the table of epoch-derived secrets.
type derived struct {
	name, label string
	secret      *ciphersuite.Secret
}

func (e *Epoch) table() [9]derived {
	return [...]derived{
		{"sender_data_secret", "sender data", &e.SenderDataSecret},
		{"encryption_secret", "encryption", &e.EncryptionSecret},
		{"exporter_secret", "exporter", &e.ExporterSecret},
		{"external_secret", "external", &e.ExternalSecret},
		{"confirmation_key", "confirm", &e.ConfirmationKey},
		{"membership_key", "membership", &e.MembershipKey},
		{"resumption_psk", "resumption", &e.ResumptionPSK},
		{"epoch_authenticator", "authentication", &e.EpochAuthenticator},
		{"init_secret", "init", &e.InitSecret},
	}
}

// JoinerSecret combines the init_secret of the epoch before with the
// commit_secret, for the epoch with the given encoded GroupContext
// (RFC 9420, Section 8). Without a path, the commit_secret is KDF.Nh zeros.
func JoinerSecret(suite *ciphersuite.Suite, initSecret, commitSecret ciphersuite.Secret, context []byte) ciphersuite.Secret {
	extracted := suite.Extract(initSecret, commitSecret)
	defer clear(extracted)
	return expand(suite, extracted, "joiner", context, suite.HashSize())
}

// memberSecret is the value between joiner_secret and epoch_secret, which the
// RFC leaves without a name.
func memberSecret(suite *ciphersuite.Suite, joinerSecret, pskSecret ciphersuite.Secret) ciphersuite.Secret {
	return suite.Extract(joinerSecret, pskSecret)
}

// WelcomeSecret returns the secret that encrypts the GroupInfo of a Welcome
// (RFC 9420, Section 8).
func WelcomeSecret(suite *ciphersuite.Suite, joinerSecret, pskSecret ciphersuite.Secret) ciphersuite.Secret {
	member := memberSecret(suite, joinerSecret, pskSecret)
	defer clear(member)
	return suite.DeriveSecret(member, "welcome")
}

// WelcomeKeyNonce returns the key and nonce for that GroupInfo
// (RFC 9420, Section 12.4.3.1).
func WelcomeKeyNonce(suite *ciphersuite.Suite, welcomeSecret ciphersuite.Secret) (key, nonce ciphersuite.Secret) {
	key = expand(suite, welcomeSecret, "key", nil, suite.KeySize())
	nonce = expand(suite, welcomeSecret, "nonce", nil, suite.NonceSize())
	return key, nonce
}

// NewEpoch derives the secrets of the epoch with the given encoded GroupContext,
// and the welcome_secret for those who join in it (RFC 9420, Section 8). The
// pskSecret is that of [PSKSecret], also where there are no keys.
func NewEpoch(suite *ciphersuite.Suite, joinerSecret, pskSecret ciphersuite.Secret, context []byte) (epoch *Epoch, welcomeSecret ciphersuite.Secret) {
	member := memberSecret(suite, joinerSecret, pskSecret)
	defer clear(member)
	epochSecret := expand(suite, member, "epoch", context, suite.HashSize())
	defer clear(epochSecret)
	return EpochFromSecret(suite, epochSecret), suite.DeriveSecret(member, "welcome")
}

// EpochFromSecret derives the secrets of an epoch from its epoch_secret, which
// the creator of a group draws at random (RFC 9420, Section 11).
func EpochFromSecret(suite *ciphersuite.Suite, epochSecret ciphersuite.Secret) *Epoch {
	e := new(Epoch)
	for _, d := range e.table() {
		*d.secret = suite.DeriveSecret(epochSecret, d.label)
	}
	return e
}

// SecretTree moves the encryption_secret into a new secret tree and deletes it
// here: message keys can be derived once (RFC 9420, Section 9).
func (e *Epoch) SecretTree(suite *ciphersuite.Suite, size treemath.Size) *SecretTree {
	t := NewSecretTree(suite, size, e.EncryptionSecret)
	e.EncryptionSecret = nil
	return t
}

// Clone returns a copy with memory of its own.
func (e *Epoch) Clone() *Epoch {
	c := *e
	for _, d := range c.table() {
		*d.secret = slices.Clone(*d.secret)
	}
	return &c
}

// Erase clears and deletes all secrets.
func (e *Epoch) Erase() {
	for _, d := range e.table() {
		clear(*d.secret)
		*d.secret = nil
	}
}

// Check says which secret has not the length that the suite gives it. Only the
// encryption_secret and the init_secret may be absent: they are used up while
// the epoch lasts, the others are not.
func (e *Epoch) Check(suite *ciphersuite.Suite) error {
	for _, d := range e.table() {
		n := len(*d.secret)
		if n == 0 && (d.secret == &e.EncryptionSecret || d.secret == &e.InitSecret) {
			continue
		}
		if n != suite.HashSize() {
			return fmt.Errorf("%s: %d bytes, want %d", d.name, n, suite.HashSize())
		}
	}
	return nil
}

// MarshalMLS appends the secrets in the order of the fields, for snapshots of a
// group. It is no structure of the RFC.
func (e *Epoch) MarshalMLS(b *cryptobyte.Builder) {
	for _, d := range e.table() {
		syntax.AddOpaque(b, *d.secret)
	}
}

// UnmarshalMLS copies the secrets out of s, because they are cleared in place.
// Their lengths are left to [Epoch.Check].
func (e *Epoch) UnmarshalMLS(s *cryptobyte.String) error {
	*e = Epoch{}
	for _, d := range e.table() {
		var secret []byte
		if err := syntax.ReadOpaque(s, &secret); err != nil {
			return fmt.Errorf("%s: %w", d.name, err)
		}
		*d.secret = slices.Clone(secret)
	}
	return nil
}

// expand is ExpandWithLabel where it cannot fail. The lengths are KDF.Nh, AEAD.Nk
// and AEAD.Nn, which every KDF can give. The longest context is a GroupContext; a
// message that would grow it beyond the 2^30 bytes of a vector cannot be signed.
func expand(suite *ciphersuite.Suite, secret ciphersuite.Secret, label string, context []byte, length int) ciphersuite.Secret {
	out, err := suite.ExpandWithLabel(secret, label, context, length)
	if err != nil {
		panic("schedule: " + err.Error())
	}
	return out
}
