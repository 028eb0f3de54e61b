package group_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"slices"
	"testing"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/schedule"
	"github.com/mlsconform/mlsconform/impl/syntax"
)

// signers finds signature keys by their public keys.
func signers(keys ...*ciphersuite.SignatureKey) func([]byte) (ciphersuite.Signer, error) {
	return func(public []byte) (ciphersuite.Signer, error) {
		for _, k := range keys {
			if bytes.Equal(k.Public(), public) {
				return k, nil
			}
		}
		return nil, errors.New("no such key")
	}
}

// restored returns the client with its group taken from a snapshot.
func restored(t *testing.T, c *client) *client {
	t.Helper()
	r := *c
	var err error
	r.Group, err = group.Restore(c.config, must(c.Snapshot()), signers(c.signer))
	if err != nil {
		t.Fatalf("%s: %v", c.name, err)
	}
	return &r
}

// withSum returns a snapshot with a checksum that fits.
func withSum(body []byte) []byte {
	sum := sha256.Sum256(body)
	return append(bytes.Clone(body), sum[:]...)
}

func body(snapshot []byte) []byte { return bytes.Clone(snapshot[:len(snapshot)-sha256.Size]) }

// full is a group with something in every part of its snapshot: proposals, own
// Updates, past epochs, a pending Commit and a used secret tree.
func full(t testing.TB) *client {
	t.Helper()
	w := suite1(t)
	w.psks["shared"] = ciphersuite.Secret("a secret of some length")
	m := w.found("alice", "bob")
	w.commit(m, group.CommitOptions{})
	w.agree(m...)
	w.deliver(must(m[0].ProposeUpdate(nil, nil)), m[1])
	w.deliver(must(m[1].Propose(must(m[1].ExternalPSK([]byte("shared"))), nil)), m[0])
	if _, err := m[0].Commit(group.CommitOptions{Proposals: propose(group.Add(m[0].validated(w.client("carol"))))}); err != nil {
		t.Fatal(err)
	}
	return m[0]
}

// Every changed byte and every cut is noticed.
func TestRestoreDamaged(t *testing.T) {
	c := full(t)
	snapshot := must(c.Snapshot())
	find := func(public []byte) (ciphersuite.Signer, error) {
		if len(public) == 0 {
			t.Error("asked for no key at all")
		}
		return signers(c.signer)(public)
	}
	restore := func(what string, i int, damaged []byte) {
		t.Helper()
		if g, err := group.Restore(c.config, damaged, find); !errors.Is(err, group.ErrSnapshot) || g != nil {
			t.Errorf("%s %d: %v", what, i, err)
		}
	}
	for i := range snapshot {
		damaged := bytes.Clone(snapshot)
		damaged[i] ^= 1 << (i % 8)
		restore("bit of byte", i, damaged)
		restore("cut at", i, snapshot[:i])
	}
	for i := range body(snapshot) {
		restore("cut, with a checksum that fits, at", i, withSum(snapshot[:i]))
	}
	restore("bytes after", 1, append(bytes.Clone(snapshot), 0))
	restore("nothing", 0, nil)
	if _, err := group.Restore(c.config, snapshot, signers(c.signer)); err != nil {
		t.Error(err)
	}
}

// A snapshotCase changes the body of the snapshot of a group of one, so that its
// parts do not belong together any more.
type snapshotCase struct {
	name   string
	change func(c *client, body []byte) []byte
}

// replaced returns the body with the last occurrence of one string of bytes
// replaced.
func replaced(body, old, new []byte) []byte {
	i := bytes.LastIndex(body, old)
	if i < 0 {
		panic("not in the snapshot")
	}
	return slices.Concat(body[:i], new, body[i+len(old):])
}

// The places of the cipher suites in a snapshot.
const (
	ownSuite     = 17
	contextSuite = 21
)

// tail is the number of bytes after the epoch where nothing else is in the
// group: the counts of proposals, Updates, past epochs and resumption PSKs, the
// octet of ReInit and the count of pending Commits.
const tail = 21

var snapshotCases = []snapshotCase{
	{"another version of the format", func(_ *client, b []byte) []byte {
		b[ownSuite-1]++
		return b
	}},
	{"unknown suite", func(_ *client, b []byte) []byte {
		b[ownSuite] = 8
		return b
	}},
	{"unknown suite and nothing else", func(_ *client, b []byte) []byte {
		b[ownSuite] = 8
		return b[:ownSuite+2]
	}},
	{"another suite than in the GroupContext", func(c *client, b []byte) []byte {
		b[ownSuite+1] = 3
		return replaced(b, encoded(c.Insider().SecretTree), inSuite3(c))
	}},
	{"another suite than in the secret tree", func(_ *client, b []byte) []byte {
		b[ownSuite+1], b[contextSuite+1] = 3, 3
		return b
	}},
	{"secret tree of two leaves", func(c *client, b []byte) []byte {
		t := schedule.NewSecretTree(c.Suite(), 2, make([]byte, 32))
		return replaced(b, encoded(c.Insider().SecretTree), encoded(t))
	}},
	{"another tree_hash", func(c *client, b []byte) []byte {
		hash := c.GroupContext().TreeHash
		return replaced(b, hash, toggled(hash))
	}},
	{"tree that is no tree", func(c *client, b []byte) []byte {
		return replaced(b, must(c.Tree().Marshal()), []byte{0})
	}},
	{"required_capabilities without content", func(c *client, b []byte) []byte {
		context := encoded(c.GroupContext())
		return replaced(b, context, slices.Concat(context[:len(context)-1], []byte{3, 0, 3, 0}))
	}},
	{"place of nobody", func(c *client, b []byte) []byte {
		return replaced(b, placed(c, 0, 0, 0, 0), placed(c, 0, 0, 0, 1))
	}},
	{"place outside of the tree", func(c *client, b []byte) []byte {
		return replaced(b, placed(c, 0, 0, 0, 0), placed(c, 0x80, 0, 0, 0))
	}},
	{"signature key of somebody else", func(c *client, b []byte) []byte {
		return replaced(b, c.signer.Public(), c.w.newSigner().Public())
	}},
	{"private key of another leaf", func(c *client, b []byte) []byte {
		other := must(c.Suite().GenerateKEMKey(c.config.Rand))
		return replaced(b, c.bundle.EncryptionKey.Private(), other.Private())
	}},
	{"private key of a node that is not there", func(c *client, b []byte) []byte {
		key := append([]byte{32}, c.bundle.EncryptionKey.Private()...)
		one := append([]byte{0, 0, 0, 1, 0, 0, 0, 0}, key...)
		return replaced(b, one, slices.Concat([]byte{0, 0, 0, 2, 0, 0, 0, 0}, key, []byte{0, 0, 0, 2}, key))
	}},
	{"no private key", func(c *client, b []byte) []byte {
		one := append([]byte{0, 0, 0, 1, 0, 0, 0, 0, 32}, c.bundle.EncryptionKey.Private()...)
		return replaced(b, one, []byte{0, 0, 0, 0})
	}},
	{"private key of 31 bytes", func(c *client, b []byte) []byte {
		key := append([]byte{32}, c.bundle.EncryptionKey.Private()...)
		return replaced(b, key, append([]byte{31}, key[2:]...))
	}},
	{"secret of 31 bytes", func(c *client, b []byte) []byte {
		secret := append([]byte{32}, c.Insider().Secrets.ResumptionPSK...)
		return replaced(b, secret, append([]byte{31}, secret[2:]...))
	}},
	{"another confirmation_tag", func(_ *client, b []byte) []byte {
		b[len(b)-tail-1] ^= 1
		return b
	}},
	{"byte left over", func(_ *client, b []byte) []byte { return append(b, 0) }},
	{"proposal that is not there", tailByte(3, 1)},
	{"very many proposals", tailByte(0, 255)},
	{"update that is not there", tailByte(7, 1)},
	{"past epoch that is not there", tailByte(11, 1)},
	{"resumption PSK that is not there", tailByte(15, 1)},
	{"resumption PSK of an epoch that is cut off", func(_ *client, b []byte) []byte {
		b[len(b)-tail+15] = 1
		return append(b, 0)
	}},
	{"resumption PSK with a longer length header than it needs", func(_ *client, b []byte) []byte {
		b[len(b)-tail+15] = 1
		return slices.Concat(b[:len(b)-5], make([]byte, 8), []byte{0x40, 0}, b[len(b)-5:])
	}},
	{"proposal of an unknown type of sender", func(_ *client, b []byte) []byte {
		b[len(b)-tail+3] = 1
		return slices.Concat(b[:len(b)-tail+4], []byte{0, 0, 3, 0, 0, 0, 0, 9}, b[len(b)-tail+4:])
	}},
	{"ReInit neither there nor not", tailByte(16, 2)},
	{"pending commit that is not there", tailByte(20, 1)},
}

// placed is the tree and the member's own place in it.
func placed(c *client, index ...byte) []byte { return append(must(c.Tree().Marshal()), index...) }

func tailByte(i int, v byte) func(*client, []byte) []byte {
	return func(_ *client, b []byte) []byte {
		b[len(b)-tail+i] = v
		return b
	}
}

// inSuite3 is the client's secret tree with the number of another suite that has
// secrets of the same length.
func inSuite3(c *client) []byte {
	t := encoded(c.Insider().SecretTree)
	t[1] = 3
	return t
}

func TestRestoreInconsistent(t *testing.T) {
	for _, c := range snapshotCases {
		t.Run(c.name, func(t *testing.T) {
			w := suite1(t)
			alice := w.found("alice")[0]
			snapshot := must(alice.Snapshot())
			changed := withSum(c.change(alice, body(snapshot)))
			_, err := group.Restore(alice.config, changed, anySigner(alice))
			if !errors.Is(err, group.ErrSnapshot) {
				t.Errorf("restored: %v", err)
			}
			if _, err := group.Restore(alice.config, withSum(body(snapshot)), anySigner(alice)); err != nil {
				t.Error(err)
			}
		})
	}
}

// anySigner pretends to have every signature key.
func anySigner(c *client) func([]byte) (ciphersuite.Signer, error) {
	return func(public []byte) (ciphersuite.Signer, error) { return pretender{c.signer, public}, nil }
}

type pretender struct {
	ciphersuite.Signer
	public []byte
}

func (p pretender) Public() []byte { return p.public }

// More parts that do not belong together, in a group that has them.
func TestRestoreInconsistentParts(t *testing.T) {
	c := full(t)
	b := body(must(c.Snapshot()))
	pending := encoded(c.Pending().Message)
	start := bytes.Index(b, pending) - 2 // after the count, with the length header
	if count := b[start-4 : start]; !bytes.Equal(count, []byte{0, 0, 0, 1}) {
		t.Fatalf("%x", count)
	}
	for name, changed := range map[string][]byte{
		"two pending commits": slices.Concat(b[:start-1], []byte{2}, b[start:], b[start:]),
		"pending commit with a longer length header than it needs": slices.Concat(b[:len(b)-2], []byte{0x40, 0, 0}),
		"pending commit with proposals that are none":              replaced(b, encodedVector(c.Pending().Committed().Proposals), []byte{0x40, 0}),
		"pending commit that is no message": func() []byte {
			b := bytes.Clone(b)
			b[start+2] = 9
			return b
		}(),
	} {
		if _, err := group.Restore(c.config, withSum(changed), anySigner(c)); !errors.Is(err, group.ErrSnapshot) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := group.Restore(c.config, withSum(b), anySigner(c)); err != nil {
		t.Error(err)
	}
}

func encodedVector(list []message.Proposal) []byte {
	var b cryptobyte.Builder
	syntax.AddVector(&b, list)
	return b.BytesOrPanic()
}

// The private key of an own Update has to be one.
func TestRestoreUpdateWithoutKey(t *testing.T) {
	c := full(t)
	c.DropPending()
	b := body(must(c.Snapshot()))
	// One Update: the count, the private key, and the public key of the signer. The
	// same bytes can stand before, for the node with index 1 and the present signer.
	public := append([]byte{32}, c.signer.Public()...)
	at := -1
	for i := range b {
		if i > 37 && bytes.HasPrefix(b[i:], public) && bytes.Equal(b[i-37:i-32], []byte{0, 0, 0, 1, 32}) {
			at = i
		}
	}
	if at < 0 {
		t.Fatal("no Update in the snapshot")
	}
	short := slices.Concat(b[:at-33], []byte{31}, b[at-31:])
	if _, err := group.Restore(c.config, withSum(short), signers(c.signer)); !errors.Is(err, group.ErrSnapshot) {
		t.Errorf("restored: %v", err)
	}
}

// A past epoch is of the same suite as the present one.
func TestRestorePastEpochOfAnotherSuite(t *testing.T) {
	w := suite1(t)
	m := w.found("alice", "bob")
	p := must(m[0].Commit(group.CommitOptions{}))
	genuine, past := encoded(m[0].Insider().SecretTree), inSuite3(m[0])
	w.deliver(p.Message, m...)
	changed := withSum(replaced(body(must(m[0].Snapshot())), genuine, past))
	if _, err := group.Restore(m[0].config, changed, signers(m[0].signer)); !errors.Is(err, group.ErrSnapshot) {
		t.Errorf("restored: %v", err)
	}
}

// A signature key that cannot be had is the caller's matter, and named.
func TestRestoreWithoutSigner(t *testing.T) {
	w := suite1(t)
	alice := w.found("alice")[0]
	missing := errors.New("missing")
	_, err := group.Restore(alice.config, must(alice.Snapshot()), func([]byte) (ciphersuite.Signer, error) { return nil, missing })
	if !errors.Is(err, missing) || !errors.Is(err, group.ErrSnapshot) {
		t.Error(err)
	}
}
