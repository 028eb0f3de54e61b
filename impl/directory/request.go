package directory

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/syntax"
)

// Why a request to publish is not taken for the client's own.
var (
	ErrProof    = errors.New("directory: the request is not signed with the client's key")
	ErrAudience = errors.New("directory: the request is meant for another directory")
	ErrStale    = errors.New("directory: the time of the request is too far from that of the directory")
	// ErrReplayed says that the request has been carried out before. After a
	// lost answer that is good news.
	ErrReplayed = errors.New("directory: the request has been carried out before")
	// ErrMalformed reports a request that no client of this package makes.
	ErrMalformed = errors.New("directory: malformed request")
)

// Window is how far the time of a request may be from the directory's clock.
const Window = 5 * time.Minute

// The label keeps the signature apart from all others that are made with a
// leaf's key (RFC 9420, Section 5.1.2).
const publishLabel = "mlsconform directory publish"

const (
	nonceSize    = 16
	maxNonceSize = 64
)

// A Client is whose KeyPackages are published and claimed.
type Client struct {
	Suite        codepoint.CipherSuite
	SignatureKey []byte
}

// An identity stands for a Client where a fixed length is good to have.
type identity [sha256.Size]byte

func (c *Client) identity() identity {
	return sha256.Sum256(append(binary.BigEndian.AppendUint16(nil, uint16(c.Suite)), c.SignatureKey...))
}

func (c *Client) MarshalMLS(b *cryptobyte.Builder) {
	b.AddUint16(uint16(c.Suite))
	syntax.AddOpaque(b, c.SignatureKey)
}

func (c *Client) UnmarshalMLS(s *cryptobyte.String) error {
	*c = Client{}
	if err := syntax.ReadUint16(s, &c.Suite); err != nil {
		return fmt.Errorf("cipher_suite: %w", err)
	}
	if err := syntax.ReadOpaque(s, &c.SignatureKey); err != nil {
		return fmt.Errorf("signature_key: %w", err)
	}
	return nil
}

// An Opaque is opaque<V>, as an element of a vector.
type Opaque []byte

func (o *Opaque) MarshalMLS(b *cryptobyte.Builder) { syntax.AddOpaque(b, *o) }

func (o *Opaque) UnmarshalMLS(s *cryptobyte.String) error { return syntax.ReadOpaque(s, (*[]byte)(o)) }

// A Withdrawal says which KeyPackages a request takes back.
type Withdrawal uint8

// The values of Withdrawal.
const (
	WithdrawListed Withdrawal = 0 // those that are listed
	WithdrawAll    Withdrawal = 1 // all
)

// Contents is what a request wants. KeyPackages that it carries are not taken
// back by it.
//
//	struct {
//	    opaque key_packages<V><V>;    /* each an MLSMessage */
//	    uint8 withdrawal;
//	    opaque withdraw<V><V>;        /* each a KeyPackageRef */
//	} Contents;
type Contents struct {
	KeyPackages []Opaque
	Withdrawal  Withdrawal
	Withdraw    []Opaque
}

func (c *Contents) MarshalMLS(b *cryptobyte.Builder) {
	syntax.AddVector(b, c.KeyPackages)
	b.AddUint8(uint8(c.Withdrawal))
	syntax.AddVector(b, c.Withdraw)
}

func (c *Contents) UnmarshalMLS(s *cryptobyte.String) error {
	*c = Contents{}
	if err := syntax.ReadVector(s, &c.KeyPackages); err != nil {
		return fmt.Errorf("key_packages: %w", err)
	}
	if err := syntax.ReadUint8(s, &c.Withdrawal); err != nil {
		return fmt.Errorf("withdrawal: %w", err)
	}
	if err := syntax.ReadVector(s, &c.Withdraw); err != nil {
		return fmt.Errorf("withdraw: %w", err)
	}
	return nil
}

// A Request is a client's request to publish.
//
//	struct {
//	    Client client;                /* cipher_suite, opaque signature_key<V> */
//	    opaque audience<V>;           /* the name of the directory */
//	    uint64 time;                  /* seconds since 1970-01-01T00:00:00Z */
//	    opaque nonce<V>;              /* 16 to 64 bytes */
//	    Contents contents;
//	    /* SignWithLabel(., "mlsconform directory publish", RequestTBS) */
//	    opaque signature<V>;
//	} Request;
//
// RequestTBS has the same fields up to the nonce, and then, as opaque<V>, the
// hash of the encoded contents, by the hash function of the cipher suite.
type Request struct {
	Client    Client
	Audience  []byte
	Time      uint64
	Nonce     []byte
	Contents  Contents
	Signature []byte
}

func (r *Request) MarshalMLS(b *cryptobyte.Builder) {
	r.marshalHead(b)
	r.Contents.MarshalMLS(b)
	syntax.AddOpaque(b, r.Signature)
}

func (r *Request) marshalHead(b *cryptobyte.Builder) {
	r.Client.MarshalMLS(b)
	syntax.AddOpaque(b, r.Audience)
	b.AddUint64(r.Time)
	syntax.AddOpaque(b, r.Nonce)
}

func (r *Request) UnmarshalMLS(s *cryptobyte.String) error {
	*r = Request{}
	if err := r.Client.UnmarshalMLS(s); err != nil {
		return err
	}
	if err := syntax.ReadOpaque(s, &r.Audience); err != nil {
		return fmt.Errorf("audience: %w", err)
	}
	if err := syntax.ReadUint64(s, &r.Time); err != nil {
		return fmt.Errorf("time: %w", err)
	}
	if err := syntax.ReadOpaque(s, &r.Nonce); err != nil {
		return fmt.Errorf("nonce: %w", err)
	}
	if err := r.Contents.UnmarshalMLS(s); err != nil {
		return err
	}
	if err := syntax.ReadOpaque(s, &r.Signature); err != nil {
		return fmt.Errorf("signature: %w", err)
	}
	return nil
}

// tbs returns the encoded RequestTBS.
func (r *Request) tbs(suite *ciphersuite.Suite) ([]byte, error) {
	contents, err := syntax.Marshal(&r.Contents)
	if err != nil {
		return nil, err
	}
	b := cryptobyte.NewBuilder(nil)
	r.marshalHead(b)
	syntax.AddOpaque(b, suite.Hash(contents))
	return b.Bytes()
}

// verify checks that the request comes from its client, is meant for the
// directory of that name, and was made just now.
func (r *Request) verify(suite *ciphersuite.Suite, name string, now uint64) error {
	switch {
	case string(r.Audience) != name:
		return fmt.Errorf("%w: it is for %q, this is %q", ErrAudience, r.Audience, name)
	case max(r.Time, now)-min(r.Time, now) > uint64(Window/time.Second):
		return fmt.Errorf("%w: %d, not %d", ErrStale, r.Time, now)
	case len(r.Nonce) < nonceSize || len(r.Nonce) > maxNonceSize:
		return fmt.Errorf("%w: nonce of %d bytes", ErrMalformed, len(r.Nonce))
	case r.Contents.Withdrawal > WithdrawAll:
		return fmt.Errorf("%w: withdrawal is %d", ErrMalformed, r.Contents.Withdrawal)
	}
	tbs, err := r.tbs(suite)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if err := suite.VerifyWithLabel(r.Client.SignatureKey, publishLabel, tbs, r.Signature); err != nil {
		return fmt.Errorf("%w: %w", ErrProof, err)
	}
	return nil
}

// A Publication is what a client wants to tell a directory. All of it happens,
// or nothing.
type Publication struct {
	// Audience is the name of the directory. To take it from the directory
	// itself would let that one pass the request on to another.
	Audience string
	// KeyPackages are handed out from now on. Those that are there already stay.
	KeyPackages []*keypackage.KeyPackage
	// Withdraw are the references of KeyPackages to take back. One that is not
	// there, because somebody has claimed it, is passed over.
	Withdraw [][]byte
	// WithdrawAll takes back all that the directory has of this client and
	// suite; the KeyPackages above take their place.
	WithdrawAll bool
}

// Signing says where the time and the nonce of a request come from.
type Signing struct {
	Rand io.Reader        // nil means crypto/rand.Reader
	Now  func() time.Time // nil means time.Now
}

// Sign makes a request of the publication. The signer is that of the
// KeyPackages.
func (p *Publication) Sign(suite *ciphersuite.Suite, signer ciphersuite.Signer, o Signing) (*Request, error) {
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	r := &Request{
		Client:   Client{Suite: suite.ID(), SignatureKey: signer.Public()},
		Audience: []byte(p.Audience),
		Time:     seconds(o.Now()),
		Nonce:    make([]byte, nonceSize),
	}
	if _, err := io.ReadFull(o.Rand, r.Nonce); err != nil {
		return nil, fmt.Errorf("nonce: %w", err)
	}
	for i, k := range p.KeyPackages {
		encoded, err := syntax.Marshal(&framing.MLSMessage{KeyPackage: k})
		if err != nil {
			return nil, fmt.Errorf("key package %d: %w", i, err)
		}
		r.Contents.KeyPackages = append(r.Contents.KeyPackages, encoded)
	}
	for _, ref := range p.Withdraw {
		r.Contents.Withdraw = append(r.Contents.Withdraw, ref)
	}
	if p.WithdrawAll {
		r.Contents.Withdrawal = WithdrawAll
	}
	tbs, err := r.tbs(suite)
	if err != nil {
		return nil, err
	}
	r.Signature, err = suite.SignWithLabel(signer, publishLabel, tbs)
	if err != nil {
		return nil, fmt.Errorf("signing the request: %w", err)
	}
	return r, nil
}

func seconds(t time.Time) uint64 { return uint64(max(0, t.Unix())) }
