package directory_test

import (
	"bytes"
	"errors"
	"testing"
	"testing/iotest"
	"time"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/directory"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/syntax/syntaxtest"
)

func requests(t testing.TB) []directory.Request {
	p := newPerson(t, newClock(), codepoint.P256AES128GCMSHA256P256, 1)
	return []directory.Request{
		*p.sign(t, directory.Publication{}),
		*p.sign(t, directory.Publication{KeyPackages: p.buildN(t, 2), Withdraw: [][]byte{make([]byte, 32), {1}}}),
		*p.sign(t, directory.Publication{WithdrawAll: true}),
	}
}

func TestRequestCodec(t *testing.T) { syntaxtest.Codec(t, requests(t)...) }

func FuzzRequest(f *testing.F)  { syntaxtest.FuzzCodec(f, requests(f)...) }
func FuzzContents(f *testing.F) { syntaxtest.FuzzCodec(f, requests(f)[1].Contents) }
func FuzzClient(f *testing.F)   { syntaxtest.FuzzCodec(f, requests(f)[0].Client) }
func FuzzOpaque(f *testing.F)   { syntaxtest.FuzzCodec(f, directory.Opaque("bytes")) }

// FuzzPublish lets a client publish any bytes. They are refused by a rule, or
// handed out as they are.
func FuzzPublish(f *testing.F) {
	c := newClock()
	p := newPerson(f, c, codepoint.X25519AES128GCMSHA256Ed25519, 1)
	for _, k := range []*keypackage.KeyPackage{p.build(f, keypackage.Options{}), p.build(f, keypackage.Options{LastResort: true, NoGREASE: true})} {
		message, err := syntax.Marshal(&framing.MLSMessage{KeyPackage: k})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(message)
		f.Add(message[4:])
	}
	f.Fuzz(func(t *testing.T, message []byte) {
		d := newDirectory(t, directory.NewMemory(), c)
		_, err := d.Publish("somebody", p.signMessages(t, message))
		if err != nil {
			if _, ok := errors.AsType[*directory.PackageError](err); !ok || rule.Of(err) == "" && !errors.Is(err, directory.ErrForeign) {
				t.Errorf("refused without a rule: %v", err)
			}
			return
		}
		claimed, err := d.Claim("somebody", p.client())
		if err != nil || !bytes.Equal(claimed.Message, message) {
			t.Errorf("published %x, claimed %+v, %v", message, claimed, err)
		}
	})
}

// A signer of another key passes for the one whose public key it shows.
type impostor struct {
	public []byte
	*ciphersuite.SignatureKey
}

func (i impostor) Public() []byte { return i.public }

func TestRequestsThatAreNotTheClients(t *testing.T) {
	c := newClock()
	alice := newPerson(t, c, codepoint.X25519AES128GCMSHA256Ed25519, 1)
	mallory := newPerson(t, c, codepoint.X25519AES128GCMSHA256Ed25519, 2)
	d := newDirectory(t, directory.NewMemory(), c)
	alice.publish(t, d, alice.buildN(t, 2)...)

	at := func(offset time.Duration) *directory.Request {
		later := *alice
		later.clock = &clock{now: c.Now().Add(offset)}
		return later.sign(t, directory.Publication{WithdrawAll: true})
	}
	changed := func(change func(*directory.Request)) *directory.Request {
		r := alice.sign(t, directory.Publication{KeyPackages: alice.buildN(t, 1), Withdraw: [][]byte{{1}}})
		change(r)
		return r
	}
	forged, err := (&directory.Publication{Audience: "here", WithdrawAll: true}).Sign(alice.suite,
		impostor{alice.key.Public(), mallory.key}, directory.Signing{Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name    string
		request *directory.Request
		want    error
	}{
		{"signed with another key", forged, directory.ErrProof},
		{"other client's key put in", changed(func(r *directory.Request) { r.Client = mallory.client() }), directory.ErrProof},
		{"other suite of the same scheme", changed(func(r *directory.Request) { r.Client.Suite = codepoint.X25519ChaCha20Poly1305SHA256Ed25519 }), directory.ErrProof},
		{"other time", changed(func(r *directory.Request) { r.Time++ }), directory.ErrProof},
		{"other nonce", changed(func(r *directory.Request) { r.Nonce[0]++ }), directory.ErrProof},
		{"key package left out", changed(func(r *directory.Request) { r.Contents.KeyPackages = nil }), directory.ErrProof},
		{"reference changed", changed(func(r *directory.Request) { r.Contents.Withdraw[0][0]++ }), directory.ErrProof},
		{"withdraws all instead", changed(func(r *directory.Request) { r.Contents.Withdrawal = directory.WithdrawAll }), directory.ErrProof},
		{"no signature", changed(func(r *directory.Request) { r.Signature = nil }), directory.ErrProof},
		{"for another directory", alice.sign(t, directory.Publication{Audience: "there", WithdrawAll: true}), directory.ErrAudience},
		{"audience changed", changed(func(r *directory.Request) { r.Audience = []byte("there") }), directory.ErrAudience},
		{"old", at(-directory.Window - time.Second), directory.ErrStale},
		{"of the future", at(directory.Window + time.Second), directory.ErrStale},
		{"of the end of time", changed(func(r *directory.Request) { r.Time = 1<<64 - 1 }), directory.ErrStale},
		{"short nonce", changed(func(r *directory.Request) { r.Nonce = r.Nonce[:15] }), directory.ErrMalformed},
		{"long nonce", changed(func(r *directory.Request) { r.Nonce = make([]byte, 65) }), directory.ErrMalformed},
		{"unknown withdrawal", changed(func(r *directory.Request) { r.Contents.Withdrawal = 2 }), directory.ErrMalformed},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := d.Publish("somebody", test.request); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
			if n, err := d.Count(alice.client()); err != nil || n.Fresh != 2 {
				t.Errorf("Alice has %+v, %v", n, err)
			}
		})
	}
	for _, offset := range []time.Duration{-directory.Window, directory.Window} {
		if _, err := d.Publish("somebody", at(offset)); err != nil {
			t.Errorf("a clock that is off by %v: %v", offset, err)
		}
	}
}

func TestRequestOfUnknownSuite(t *testing.T) {
	c := newClock()
	p := newPerson(t, c, codepoint.X25519AES128GCMSHA256Ed25519, 1)
	r := p.sign(t, directory.Publication{})
	r.Client.Suite = 0x0a0a
	_, err := newDirectory(t, directory.NewMemory(), c).Publish("somebody", r)
	if rule.Of(err) != "rfc9420-17.1-03" {
		t.Error(err)
	}
}

func TestSignFails(t *testing.T) {
	p := newPerson(t, newClock(), codepoint.X25519AES128GCMSHA256Ed25519, 1)
	broken := errors.New("broken")
	if _, err := new(directory.Publication).Sign(p.suite, p.key, directory.Signing{Rand: iotest.ErrReader(broken)}); !errors.Is(err, broken) {
		t.Errorf("without randomness: %v", err)
	}
	if _, err := new(directory.Publication).Sign(p.suite, failing{p.key, broken}, directory.Signing{}); !errors.Is(err, broken) {
		t.Errorf("with a signer that fails: %v", err)
	}
	unfit := directory.Publication{KeyPackages: []*keypackage.KeyPackage{nil}}
	if _, err := unfit.Sign(p.suite, p.key, directory.Signing{}); err == nil {
		t.Error("a key package that is none was signed")
	}
}

type failing struct {
	*ciphersuite.SignatureKey
	err error
}

func (f failing) Sign([]byte) ([]byte, error) { return nil, f.err }
