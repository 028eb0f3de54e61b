package directory_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/directory"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/rule"
)

func TestClaimIsOneTimeInEverySuite(t *testing.T) {
	eachStorage(t, func(t *testing.T, s directory.Storage) {
		c := newClock()
		d := newDirectory(t, s, c)
		for suite := codepoint.CipherSuite(1); suite <= 7; suite++ {
			t.Run(fmt.Sprint(suite), func(t *testing.T) {
				p := newPerson(t, c, suite, uint64(suite))
				packages := p.buildN(t, 3)
				want := &directory.Receipt{Published: 3, Count: directory.Count{Fresh: 3}}
				if diff := cmp.Diff(want, p.publish(t, d, packages...)); diff != "" {
					t.Errorf("receipt (-want +got):\n%s", diff)
				}
				got := map[string]bool{}
				for range packages {
					claimed, err := d.Claim("somebody", p.client())
					if err != nil {
						t.Fatal(err)
					}
					if string(claimed.Ref) != ref(t, claimed.KeyPackage) || claimed.LastResort {
						t.Errorf("claimed %+v", claimed)
					}
					got[string(claimed.Ref)] = true
				}
				for _, k := range packages {
					if !got[ref(t, k)] {
						t.Errorf("%x was not handed out", ref(t, k))
					}
				}
				if _, err := d.Claim("somebody", p.client()); !errors.Is(err, directory.ErrNone) {
					t.Errorf("one more: %v", err)
				}
			})
		}
	})
}

func TestLastResortComesLastAndStays(t *testing.T) {
	eachStorage(t, func(t *testing.T, s directory.Storage) {
		c := newClock()
		d := newDirectory(t, s, c)
		p := newPerson(t, c, codepoint.X25519AES128GCMSHA256Ed25519, 1)
		short := p.build(t, keypackage.Options{LastResort: true, Lifetime: day})
		long := p.build(t, keypackage.Options{LastResort: true, Lifetime: 2 * day})
		single := p.build(t, keypackage.Options{Lifetime: 3 * day})
		p.publish(t, d, long, single, short)

		claim := func(want *keypackage.KeyPackage) {
			t.Helper()
			got, err := d.Claim("somebody", p.client())
			if err != nil {
				t.Fatal(err)
			}
			if string(got.Ref) != ref(t, want) || got.LastResort != want.IsLastResort() {
				t.Errorf("got %x, last resort %v", got.Ref, got.LastResort)
			}
		}
		claim(single)
		for range 5 {
			claim(long)
		}
		if n, err := d.Count(p.client()); err != nil || n != (directory.Count{LastResort: 2}) {
			t.Errorf("now there is %+v, %v", n, err)
		}
		p.publish(t, d, long) // what is there may be published again
		if _, err := d.Publish("somebody", p.sign(t, directory.Publication{Withdraw: [][]byte{[]byte(ref(t, long))}})); err != nil {
			t.Fatal(err)
		}
		claim(short)
		c.move(day + time.Second)
		if _, err := d.Claim("somebody", p.client()); !errors.Is(err, directory.ErrNone) {
			t.Errorf("when all have expired: %v", err)
		}
	})
}

func TestLifetimes(t *testing.T) {
	eachStorage(t, func(t *testing.T, s directory.Storage) {
		c := newClock()
		d := newDirectory(t, s, c)
		p := newPerson(t, c, codepoint.X25519AES128GCMSHA256Ed25519, 1)
		now := uint64(begin.Unix())
		ahead := *p
		ahead.clock = &clock{now: begin.Add(100 * time.Second)}
		pending := ahead.build(t, keypackage.Options{NotBefore: now + 100, NotAfter: now + 200})
		current := p.build(t, keypackage.Options{NotBefore: now, NotAfter: now + 50})
		p.publish(t, d, pending, current, p.build(t, keypackage.Options{NotBefore: now, NotAfter: now + 49}))

		check := func(at uint64, want directory.Count) {
			t.Helper()
			c.move(time.Unix(int64(at), 0).Sub(c.Now()))
			if n, err := d.Count(p.client()); err != nil || n != want {
				t.Errorf("at %d: %+v, %v, want %+v", at-now, n, err, want)
			}
		}
		claim := func(want *keypackage.KeyPackage) {
			t.Helper()
			got, err := d.Claim("somebody", p.client())
			if err != nil || string(got.Ref) != ref(t, want) {
				t.Errorf("at %d: %+v, %v", c.Now().Unix()-begin.Unix(), got, err)
			}
		}
		check(now, directory.Count{Fresh: 2, Pending: 1})
		check(now+49, directory.Count{Fresh: 2, Pending: 1})
		check(now+50, directory.Count{Fresh: 1, Pending: 1})
		claim(current)
		check(now+99, directory.Count{Pending: 1})
		if _, err := d.Claim("somebody", p.client()); !errors.Is(err, directory.ErrNone) {
			t.Errorf("before its time: %v", err)
		}
		check(now+100, directory.Count{Fresh: 1})
		check(now+200, directory.Count{Fresh: 1})
		check(now+201, directory.Count{})
		if _, err := d.Claim("somebody", p.client()); !errors.Is(err, directory.ErrNone) {
			t.Errorf("after its time: %v", err)
		}
		c.move(-time.Second) // back
		claim(pending)
	})
}

// One refused KeyPackage keeps the others of its request out.
func TestRefusedPackages(t *testing.T) {
	c := newClock()
	d := newDirectory(t, directory.NewMemory(), c)
	p := newPerson(t, c, codepoint.X25519AES128GCMSHA256Ed25519, 1)
	other := newPerson(t, c, codepoint.X25519AES128GCMSHA256Ed25519, 2)
	now := uint64(begin.Unix())
	changed := func(change func(*keypackage.KeyPackage)) *keypackage.KeyPackage {
		k := p.build(t, keypackage.Options{})
		change(k)
		return p.resign(t, k)
	}
	withSuite := *p
	withSuite.suite = newPerson(t, c, codepoint.X25519ChaCha20Poly1305SHA256Ed25519, 3).suite
	good := p.build(t, keypackage.Options{})
	year := uint64(directory.DefaultMaxLifetime / time.Second)

	for _, test := range []struct {
		name    string
		refused *keypackage.KeyPackage
		want    rule.ID
	}{
		{"expired", changed(func(k *keypackage.KeyPackage) { k.LeafNode.Lifetime.NotAfter = now - 1 }), "rfc9420-7.3-05"},
		{"never in force", changed(func(k *keypackage.KeyPackage) {
			k.LeafNode.Lifetime = leaf.Lifetime{NotBefore: now + 2, NotAfter: now + 1}
		}), "rfc9420-7.2-13"},
		{"lives too long", changed(func(k *keypackage.KeyPackage) {
			k.LeafNode.Lifetime.NotAfter = k.LeafNode.Lifetime.NotBefore + year + 1
		}), "rfc9420-7.2-07"},
		{"begins too late", changed(func(k *keypackage.KeyPackage) {
			k.LeafNode.Lifetime = leaf.Lifetime{NotBefore: now + year + 1, NotAfter: now + year + 2}
		}), "rfc9420-7.3-05"},
		{"version", changed(func(k *keypackage.KeyPackage) { k.Version = 2 }), "rfc9420-10-07"},
		{"other suite", withSuite.build(t, keypackage.Options{}), "rfc9420-10.1-01"},
		{"init key", changed(func(k *keypackage.KeyPackage) { k.InitKey = k.InitKey[1:] }), "rfc9420-10-03"},
		{"init key is encryption key", changed(func(k *keypackage.KeyPackage) { k.InitKey = k.LeafNode.EncryptionKey }), "rfc9420-10.1-04"},
		{"source", changed(func(k *keypackage.KeyPackage) { k.LeafNode.Source = leaf.SourceCommit }), "rfc9420-10-08"},
		{"signature", func() *keypackage.KeyPackage {
			k := p.build(t, keypackage.Options{})
			k.Signature[0]++
			return k
		}(), "rfc9420-10.1-05"},
		{"leaf's signature", func() *keypackage.KeyPackage {
			k := p.build(t, keypackage.Options{})
			k.LeafNode.Signature[0]++
			if err := k.Sign(p.suite, p.key); err != nil {
				t.Fatal(err)
			}
			return k
		}(), "rfc9420-7.3-01"},
		{"credential type", changed(func(k *keypackage.KeyPackage) {
			k.LeafNode.Credential = leaf.Credential{Type: 0xf00d}
			k.LeafNode.Capabilities.Credentials = append(k.LeafNode.Capabilities.Credentials, 0xf00d)
		}), "rfc9420-13.3-01"},
		{"twice in the request", good, "rfc9420-10-04"},
		{"init key of another", changed(func(k *keypackage.KeyPackage) { k.InitKey = good.InitKey }), "rfc9420-10-04"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := d.Publish("somebody", p.sign(t, directory.Publication{KeyPackages: []*keypackage.KeyPackage{good, test.refused}}))
			refused, ok := errors.AsType[*directory.PackageError](err)
			if !ok || refused.Index != 1 || !slices.Contains(rule.All(err), test.want) {
				t.Errorf("got %v, want key package 1 refused by %s", err, test.want)
			}
		})
	}
	_, err := d.Publish("somebody", p.sign(t, directory.Publication{KeyPackages: []*keypackage.KeyPackage{good, other.build(t, keypackage.Options{})}}))
	if !errors.Is(err, directory.ErrForeign) {
		t.Errorf("a key package of another client: %v", err)
	}
	if n, err := d.Count(p.client()); err != nil || n != (directory.Count{}) {
		t.Errorf("now there is %+v, %v", n, err)
	}
	p.publish(t, d, good)
}

func TestRefusedMessages(t *testing.T) {
	c := newClock()
	d := newDirectory(t, directory.NewMemory(), c)
	p := newPerson(t, c, codepoint.X25519AES128GCMSHA256Ed25519, 1)
	// A request with any bytes for a KeyPackage: the reference of one to withdraw
	// is encoded in the same way.
	for _, test := range []struct {
		name    string
		message []byte
		want    rule.ID
	}{
		{"empty", nil, "rfc9420-2.1-01"},
		{"no MLSMessage", []byte{9, 9, 9, 9}, "rfc9420-6-04"},
		{"another wire format", []byte{0, 1, 0, 9}, "rfc9420-6-05"},
		{"Welcome", []byte{0, 1, 0, 3, 0, 1, 0, 0}, "rfc9420-6-05"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := d.Publish("somebody", p.signMessages(t, test.message))
			if _, ok := errors.AsType[*directory.PackageError](err); !ok || !slices.Contains(rule.All(err), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

func TestOptionsDecideWhatIsTaken(t *testing.T) {
	c := newClock()
	p := newPerson(t, c, codepoint.X25519AES128GCMSHA256Ed25519, 1)
	stranger := errors.New("stranger")
	novel := p.build(t, keypackage.Options{})
	novel.LeafNode.Credential = leaf.Credential{Type: 0xf00d}
	novel.LeafNode.Capabilities.Credentials = append(novel.LeafNode.Capabilities.Credentials, 0xf00d)
	p.resign(t, novel)
	for _, test := range []struct {
		name     string
		options  directory.Options
		packages []*keypackage.KeyPackage
		want     error
	}{
		{"credential type", directory.Options{CredentialTypes: []codepoint.CredentialType{0xf00d}}, []*keypackage.KeyPackage{novel}, nil},
		{"authentication", directory.Options{Authenticate: func(*leaf.Credential, []byte, *leaf.Credential) error { return stranger }}, p.buildN(t, 1), stranger},
		{"as many as fit", directory.Options{MaxPackages: 3}, p.buildN(t, 3), nil},
		{"one more", directory.Options{MaxPackages: 3}, p.buildN(t, 4), directory.ErrFull},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.options.Name, test.options.Now = "here", c.Now
			d, err := directory.New(directory.NewMemory(), test.options)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := d.Publish("somebody", p.sign(t, directory.Publication{KeyPackages: test.packages})); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

func TestFull(t *testing.T) {
	eachStorage(t, func(t *testing.T, s directory.Storage) {
		c := newClock()
		p := newPerson(t, c, codepoint.X25519AES128GCMSHA256Ed25519, 1)
		d, err := directory.New(s, directory.Options{Name: "here", MaxPackages: 3, Now: c.Now})
		if err != nil {
			t.Fatal(err)
		}
		packages := p.buildN(t, 5)
		p.publish(t, d, packages[:2]...)
		if _, err := d.Publish("somebody", p.sign(t, directory.Publication{KeyPackages: packages[2:4]})); !errors.Is(err, directory.ErrFull) {
			t.Errorf("two more: %v", err)
		}
		receipt, err := d.Publish("somebody", p.sign(t, directory.Publication{KeyPackages: packages[2:], WithdrawAll: true}))
		want := &directory.Receipt{Published: 3, Withdrawn: 2, Count: directory.Count{Fresh: 3}}
		if err != nil || !cmp.Equal(want, receipt) {
			t.Errorf("in place of what was there: %+v, %v", receipt, err)
		}
	})
}

func TestWhatIsGoneDoesNotComeBack(t *testing.T) {
	eachStorage(t, func(t *testing.T, s directory.Storage) {
		c := newClock()
		d := newDirectory(t, s, c)
		p := newPerson(t, c, codepoint.P256AES128GCMSHA256P256, 1)
		used := p.build(t, keypackage.Options{Lifetime: day})
		withdrawn := p.build(t, keypackage.Options{Lifetime: 2 * day})
		first := p.sign(t, directory.Publication{KeyPackages: []*keypackage.KeyPackage{used, withdrawn}})
		if _, err := d.Publish("somebody", first); err != nil {
			t.Fatal(err)
		}
		if got, err := d.Claim("somebody", p.client()); err != nil || string(got.Ref) != ref(t, used) {
			t.Fatalf("got %+v, %v", got, err)
		}
		if _, err := d.Publish("somebody", p.sign(t, directory.Publication{WithdrawAll: true})); err != nil {
			t.Fatal(err)
		}
		resigned := *used
		p.resign(t, &resigned)
		resigned.Extensions = leaf.Extensions{{Type: 0xf123}}
		p.resign(t, &resigned)
		check := func() {
			t.Helper()
			for _, test := range []struct {
				k    *keypackage.KeyPackage
				want rule.ID
			}{
				{used, "rfc9420-10-01"},
				{&resigned, "rfc9420-10-04"},
			} {
				_, err := d.Publish("somebody", p.sign(t, directory.Publication{KeyPackages: []*keypackage.KeyPackage{test.k}}))
				if rule.Of(err) != test.want {
					t.Errorf("got %v, want %s", err, test.want)
				}
			}
			if _, err := d.Publish("somebody", p.sign(t, directory.Publication{KeyPackages: []*keypackage.KeyPackage{withdrawn}})); !errors.Is(err, directory.ErrWithdrawn) {
				t.Errorf("withdrawn: %v", err)
			}
			if _, err := d.Claim("somebody", p.client()); !errors.Is(err, directory.ErrNone) {
				t.Errorf("claim: %v", err)
			}
		}
		check()
		if _, err := d.Publish("somebody", first); !errors.Is(err, directory.ErrReplayed) {
			t.Errorf("replay: %v", err)
		}
		// A day after the end of its lifetime all is forgotten. A clock that is put
		// back before shows that it still was there.
		c.move(2*day - time.Second)
		if err := d.Purge(); err != nil {
			t.Fatal(err)
		}
		c.move(begin.Sub(c.Now()))
		check()
	})
}

func TestNonceIsRememberedForADay(t *testing.T) {
	eachStorage(t, func(t *testing.T, s directory.Storage) {
		c := newClock()
		d := newDirectory(t, s, c)
		p := newPerson(t, c, codepoint.X25519AES128GCMSHA256Ed25519, 1)
		r := p.sign(t, directory.Publication{WithdrawAll: true})
		if _, err := d.Publish("somebody", r); err != nil {
			t.Fatal(err)
		}
		c.move(day + directory.Window - time.Second)
		if err := d.Purge(); err != nil {
			t.Fatal(err)
		}
		c.move(begin.Sub(c.Now()))
		if _, err := d.Publish("somebody", r); !errors.Is(err, directory.ErrReplayed) {
			t.Errorf("replay: %v", err)
		}
	})
}

// Only the client itself takes away what it has published, and only what is
// there.
func TestWithdrawal(t *testing.T) {
	eachStorage(t, func(t *testing.T, s directory.Storage) {
		c := newClock()
		d := newDirectory(t, s, c)
		alice := newPerson(t, c, codepoint.X25519AES128GCMSHA256Ed25519, 1)
		bob := newPerson(t, c, codepoint.X25519AES128GCMSHA256Ed25519, 2)
		packages := alice.buildN(t, 3)
		alice.publish(t, d, packages...)
		bob.publish(t, d, bob.buildN(t, 1)...)
		first, second := []byte(ref(t, packages[0])), []byte(ref(t, packages[1]))

		for _, test := range []struct {
			name        string
			p           *person
			publication directory.Publication
			want        directory.Receipt
		}{
			{"another client's", bob, directory.Publication{Withdraw: [][]byte{first}}, directory.Receipt{Count: directory.Count{Fresh: 1}}},
			{"all, of another client", bob, directory.Publication{WithdrawAll: true}, directory.Receipt{Withdrawn: 1}},
			{"one of two, with an unknown one", alice, directory.Publication{Withdraw: [][]byte{first, []byte("unknown")}}, directory.Receipt{Withdrawn: 1, Count: directory.Count{Fresh: 2}}},
			{"one that is gone", alice, directory.Publication{Withdraw: [][]byte{first}}, directory.Receipt{Count: directory.Count{Fresh: 2}}},
			{"one that the request carries", alice, directory.Publication{Withdraw: [][]byte{second}, KeyPackages: packages[1:2]}, directory.Receipt{Count: directory.Count{Fresh: 2}}},
			{"all but one that the request carries", alice, directory.Publication{WithdrawAll: true, KeyPackages: packages[1:2]}, directory.Receipt{Withdrawn: 1, Count: directory.Count{Fresh: 1}}},
			{"all", alice, directory.Publication{WithdrawAll: true}, directory.Receipt{Withdrawn: 1}},
		} {
			receipt, err := d.Publish("somebody", test.p.sign(t, test.publication))
			if err != nil {
				t.Fatalf("%s: %v", test.name, err)
			}
			if diff := cmp.Diff(&test.want, receipt); diff != "" {
				t.Errorf("%s (-want +got):\n%s", test.name, diff)
			}
		}
	})
}

func TestParseClaimed(t *testing.T) {
	c := newClock()
	d := newDirectory(t, directory.NewMemory(), c)
	p := newPerson(t, c, codepoint.X25519AES128GCMSHA256Ed25519, 1)
	p.publish(t, d, p.buildN(t, 1)...)
	claimed, err := d.Claim("somebody", p.client())
	if err != nil {
		t.Fatal(err)
	}
	other := p.client()
	other.SignatureKey = bytes.Repeat([]byte{1}, 32)
	if _, err := directory.ParseClaimed(other, claimed.Message); err == nil {
		t.Error("a key package of another client was taken")
	}
	other = p.client()
	other.Suite = codepoint.X25519ChaCha20Poly1305SHA256Ed25519
	if _, err := directory.ParseClaimed(other, claimed.Message); rule.Of(err) != "rfc9420-10.1-01" {
		t.Errorf("a key package of another suite: %v", err)
	}
	if _, err := directory.ParseClaimed(p.client(), claimed.Message[:10]); rule.Of(err) == "" {
		t.Errorf("half a key package: %v", err)
	}
}

func TestNewRefusesWrongOptions(t *testing.T) {
	for _, o := range []directory.Options{
		{},
		{Name: "here", MaxPackages: -1},
		{Name: "here", MaxLifetime: -1},
		{Name: "here", Limits: directory.Limits{Client: directory.Rate{N: 1}}},
		{Name: "here", Limits: directory.Limits{Publish: directory.Rate{Per: time.Second}}},
	} {
		if _, err := directory.New(directory.NewMemory(), o); err == nil {
			t.Errorf("%+v was taken", o)
		}
	}
	if _, err := directory.New(directory.NewMemory(), directory.Options{Name: "here"}); err != nil {
		t.Errorf("a name is enough: %v", err)
	}
}
