package message_test

import (
	"bytes"
	"io"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/message/messagetest"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/schedule"
	"github.com/mlsconform/mlsconform/impl/syntax"
)

// A party is some new members, and a Welcome for them.
type party struct {
	suite         *ciphersuite.Suite
	keys          []*ciphersuite.KEMKey
	recipients    []message.Recipient
	info          *message.GroupInfo
	welcomeSecret ciphersuite.Secret
	welcome       *message.Welcome
}

func newParty(t *testing.T, suite *ciphersuite.Suite, members int) *party {
	t.Helper()
	p := &party{
		suite:         suite,
		info:          signed(t, suite, newSigner(t, suite, 1)),
		welcomeSecret: suite.DeriveSecret([]byte("secret"), "welcome"),
		welcome:       &message.Welcome{CipherSuite: suite.ID()},
	}
	secrets := messagetest.Secrets()
	rand := seeded(2)
	for i := range members {
		key, err := suite.GenerateKEMKey(rand)
		if err != nil {
			t.Fatal(err)
		}
		p.keys = append(p.keys, key)
		p.recipients = append(p.recipients, message.Recipient{
			KeyPackageRef: suite.KeyPackageRef([]byte{byte(i)}),
			InitKey:       key.Public(),
			Secrets:       &secrets[i%len(secrets)],
		})
	}
	p.seal(t, seeded(3))
	return p
}

func (p *party) seal(t *testing.T, rand io.Reader) {
	t.Helper()
	if err := p.welcome.SealGroupInfo(p.suite, p.welcomeSecret, p.info); err != nil {
		t.Fatal(err)
	}
	if err := p.welcome.SealSecrets(rand, p.suite, p.recipients); err != nil {
		t.Fatal(err)
	}
}

// open has member i open its part of the Welcome.
func (p *party) open(i int) (*message.GroupSecrets, error) {
	return p.welcome.OpenSecrets(p.suite, p.recipients[i].KeyPackageRef, p.keys[i])
}

func TestWelcome(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		p := newParty(t, suite, 5)
		encoded := marshal(t, p.welcome)
		received, err := syntax.Parse[message.Welcome](encoded)
		if err != nil {
			t.Fatal(err)
		}
		p.welcome = received
		info, err := p.welcome.OpenGroupInfo(suite, p.welcomeSecret)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(p.info, info, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("GroupInfo (-want +got):\n%s", diff)
		}
		for i := range p.recipients {
			got, err := p.open(i)
			if err != nil {
				t.Errorf("member %d: %v", i, err)
				continue
			}
			if diff := cmp.Diff(p.recipients[i].Secrets, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("member %d: GroupSecrets (-want +got):\n%s", i, diff)
			}
			if !p.welcome.Names(p.recipients[i].KeyPackageRef) {
				t.Errorf("member %d is not named", i)
			}
		}
	})
}

// The same randomness gives the same Welcome, on any number of cores: it is all
// drawn before the work is spread.
func TestWelcomeIsDeterministic(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		p := newParty(t, suite, 8)
		first := marshal(t, p.welcome)
		p.seal(t, io.LimitReader(seeded(3), int64(8*suite.SeedSize())))
		if !bytes.Equal(first, marshal(t, p.welcome)) {
			t.Error("the same randomness gives two Welcomes")
		}
		p.seal(t, seeded(4))
		if bytes.Equal(first, marshal(t, p.welcome)) {
			t.Error("other randomness gives the same Welcome")
		}
	})
}

func TestWelcomeThatNamesSomebodyElse(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		p := newParty(t, suite, 2)
		stranger := suite.KeyPackageRef([]byte("stranger"))
		if p.welcome.Names(stranger) {
			t.Error("a stranger is named")
		}
		if _, err := p.welcome.OpenSecrets(suite, stranger, p.keys[0]); rule.Of(err) != "rfc9420-12.4.3.1-02" {
			t.Errorf("a stranger: %v", err)
		}
		p.welcome.Secrets[0].NewMember = bytes.Clone(p.welcome.Secrets[0].NewMember)
		p.welcome.Secrets[0].NewMember[3] ^= 1
		if _, err := p.open(0); rule.Of(err) != "rfc9420-12.4.3.1-02" {
			t.Errorf("a bit of new_member flipped: %v", err)
		}
		if _, err := p.open(1); err != nil {
			t.Errorf("the other member: %v", err)
		}
		p.welcome.Secrets = nil
		if _, err := p.open(1); rule.Of(err) != "rfc9420-12.4.3.1-02" {
			t.Errorf("no entries: %v", err)
		}
	})
}

func flip(data []byte, at int) []byte {
	flipped := bytes.Clone(data)
	flipped[at] ^= 1
	return flipped
}

func TestGroupSecretsThatDoNotOpen(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		for name, change := range map[string]func(p *party){
			"a bit of kem_output": func(p *party) {
				ct := &p.welcome.Secrets[0].EncryptedGroupSecrets
				ct.KEMOutput = flip(ct.KEMOutput, len(ct.KEMOutput)-1)
			},
			"kem_output cut off": func(p *party) {
				ct := &p.welcome.Secrets[0].EncryptedGroupSecrets
				ct.KEMOutput = ct.KEMOutput[1:]
			},
			"a bit of ciphertext": func(p *party) {
				ct := &p.welcome.Secrets[0].EncryptedGroupSecrets
				ct.Ciphertext = flip(ct.Ciphertext, 0)
			},
			"ciphertext empty": func(p *party) {
				p.welcome.Secrets[0].EncryptedGroupSecrets.Ciphertext = nil
			},
			"a bit of encrypted_group_info": func(p *party) { // which is the context
				p.welcome.EncryptedGroupInfo = flip(p.welcome.EncryptedGroupInfo, 0)
			},
			"the entry of another member": func(p *party) {
				s := p.welcome.Secrets
				s[0].EncryptedGroupSecrets, s[1].EncryptedGroupSecrets = s[1].EncryptedGroupSecrets, s[0].EncryptedGroupSecrets
			},
			"another init key": func(p *party) { p.keys[0] = p.keys[1] },
		} {
			p := newParty(t, suite, 2)
			change(p)
			if secrets, err := p.open(0); !slices.Contains(rule.All(err), "rfc9420-12.4.3.1-04") {
				t.Errorf("%s: %v, %v", name, secrets, err)
			}
		}
	})
}

func TestGroupInfoThatDoesNotOpen(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		p := newParty(t, suite, 1)
		right := p.welcome.EncryptedGroupInfo
		for name, encrypted := range map[string][]byte{
			"a bit of the tag":  flip(right, len(right)-1),
			"a bit of the text": flip(right, 0),
			"shorter than tags": right[:suite.Overhead()-1],
			"empty":             nil,
		} {
			p.welcome.EncryptedGroupInfo = encrypted
			if info, err := p.welcome.OpenGroupInfo(suite, p.welcomeSecret); rule.Of(err) != "rfc9420-12.4.3.1-08" {
				t.Errorf("%s: %v, %v", name, info, err)
			}
		}
		p.welcome.EncryptedGroupInfo = right
		other := suite.DeriveSecret([]byte("other"), "welcome")
		if info, err := p.welcome.OpenGroupInfo(suite, other); rule.Of(err) != "rfc9420-12.4.3.1-08" {
			t.Errorf("another welcome secret: %v, %v", info, err)
		}
	})
}

// What was encrypted is malformed itself.
func TestMalformedInside(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite) {
		p := newParty(t, suite, 1)
		p.welcome.EncryptedGroupInfo = p.sealed(t, append(marshal(t, p.info), 0))
		if _, err := p.welcome.OpenGroupInfo(suite, p.welcomeSecret); rule.Of(err) != "rfc9420-2.1-03" {
			t.Errorf("a byte behind the GroupInfo: %v", err)
		}
		encoded := marshal(t, p.recipients[0].Secrets)
		for _, c := range []struct {
			name    string
			encoded []byte
			want    rule.ID
		}{
			{"a byte behind the GroupSecrets", append(bytes.Clone(encoded), 0), "rfc9420-2.1-03"},
			{"GroupSecrets cut off", encoded[:len(encoded)-1], "rfc9420-2.1-01"},
			{"presence 2 of the path secret", []byte{0, 2, 0}, "rfc9420-2.1.1-01"},
		} {
			ct, err := suite.EncryptWithLabel(seeded(5), p.keys[0].Public(), "Welcome", p.welcome.EncryptedGroupInfo, c.encoded)
			if err != nil {
				t.Fatal(err)
			}
			p.welcome.Secrets[0].EncryptedGroupSecrets = ct
			if _, err := p.open(0); rule.Of(err) != c.want {
				t.Errorf("%s: %v, want %s", c.name, err, c.want)
			}
		}
	})
}

// sealed encrypts as SealGroupInfo does.
func (p *party) sealed(t *testing.T, plaintext []byte) []byte {
	t.Helper()
	key, nonce := schedule.WelcomeKeyNonce(p.suite, p.welcomeSecret)
	sealed, err := p.suite.Seal(key, nonce, nil, plaintext)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func TestSealRefuses(t *testing.T) {
	p := newParty(t, ciphersuite.All()[0], 2)
	size := p.suite.SeedSize()
	if err := p.welcome.SealSecrets(bytes.NewReader(make([]byte, 2*size-1)), p.suite, p.recipients); err == nil {
		t.Error("too little randomness suffices")
	}
	p.recipients[1].InitKey = []byte("short")
	if err := p.welcome.SealSecrets(seeded(1), p.suite, p.recipients); rule.Of(err) != "rfc9420-5.1.1-01" {
		t.Errorf("malformed init key: %v", err)
	}
	p.recipients[0].Secrets.PSKs = []schedule.PreSharedKeyID{{Type: 9}}
	if err := p.welcome.SealSecrets(seeded(1), p.suite, p.recipients); rule.Of(err) != "rfc9420-8.4-04" {
		t.Errorf("GroupSecrets without encoding: %v", err)
	}
}
