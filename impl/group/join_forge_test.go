package group_test

import (
	"io"
	"slices"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/schedule"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/tree"
)

// A welcomeForge makes Welcomes and GroupInfos of a group that exists nowhere
// else, out of the structures that package group itself is made of. A Welcome
// can get one fault at one step; whatever is computed from the faulty part comes
// afterwards and takes the fault in, so that nothing else is wrong.
//
// What goes into a forge is written by hand, so an error is a mistake in the
// test, and a panic.
type welcomeForge struct {
	suite   *ciphersuite.Suite
	rand    io.Reader
	joiner  *keypackage.Bundle
	signers map[leafIndex]ciphersuite.Signer
	context schedule.GroupContext // without tree_hash
	psks    []schedule.PSK
	// tree is the one after the Commit that adds the joiner, path its secrets.
	tree      *tree.RatchetTree
	path      *tree.PathUpdate
	committer leafIndex
	place     leafIndex // of the joiner
}

// Types that the members of forged groups list.
const (
	privateExtension = 0xf001
	requiredType     = 0xf002
	greaseType       = 0x0a0a
)

// capable lists what forged groups use or require, and a reserved value that
// all happen to have chosen.
func capable() leaf.Capabilities {
	c := leaf.DefaultCapabilities()
	c.Extensions = append(c.Extensions, privateExtension, requiredType, greaseType)
	c.Proposals = append(c.Proposals, privateExtension, requiredType)
	return c
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func newForge(w *world) *welcomeForge {
	f := &welcomeForge{
		suite:   w.suite,
		rand:    w.config.Rand,
		signers: map[leafIndex]ciphersuite.Signer{},
		context: schedule.GroupContext{
			Version:     codepoint.MLS10,
			CipherSuite: w.suite.ID(),
			GroupID:     []byte("forged group"),
			Epoch:       5,
		},
	}
	f.context.ConfirmedTranscriptHash = f.random(w.suite.HashSize())
	return f
}

// eight forges a group with a tree of eight leaves that has something of
// everything: leaf 3 is blank, leaves 5 and 7 are unmerged at node 11, which
// carries the key that leaf 4 gave it, leaf 1 comes from an Update, and leaf 0
// made nodes 1, 3 and 7 when it added the joiner at leaf 2. Nodes 5, 9 and 13
// are blank. Two external PSKs go into the epoch.
func eight(w *world) (*welcomeForge, *client) {
	w.options.Capabilities = capable()
	f := newForge(w)
	f.context.Extensions = leaf.Extensions{
		must(leaf.Encode(codepoint.ExtensionRequiredCapabilities, &leaf.RequiredCapabilities{
			ExtensionTypes:  []codepoint.ExtensionType{requiredType},
			ProposalTypes:   []codepoint.ProposalType{requiredType},
			CredentialTypes: []codepoint.CredentialType{codepoint.CredentialBasic},
		})),
		{Type: privateExtension, Data: []byte("data")},
	}
	f.begin(w.client("zero"))
	for _, name := range []string{"one", "two", "three", "four", "five", "six", "seven"} {
		f.add(w.client(name))
	}
	f.tree.Remove(5)
	f.tree.Remove(7)
	f.commit(4)
	f.add(w.client("new five"))
	f.add(w.client("new seven"))
	f.tree.Remove(2)
	f.tree.Remove(3)
	f.update(1)
	f.psks = []schedule.PSK{f.externalPSK("p1"), f.externalPSK("p2")}
	for _, p := range f.psks {
		w.psks[string(p.ID.ID)] = p.Secret
	}
	joe := w.client("joe")
	f.welcome(0, joe)
	return f, joe
}

// pair forges a group of a creator and a joiner, or of more than one joiner, the
// last of which gets the Welcome.
func pair(w *world, creator *client, joiners ...*client) *welcomeForge {
	f := newForge(w)
	f.context.Epoch = 1
	f.begin(creator)
	for _, c := range joiners[:len(joiners)-1] {
		f.add(c)
	}
	f.welcome(0, joiners[len(joiners)-1])
	return f
}

func (f *welcomeForge) begin(c *client) {
	f.tree = tree.New(f.suite, &c.bundle.KeyPackage.LeafNode)
	f.signers[0] = c.signer
}

func (f *welcomeForge) add(c *client) leafIndex {
	i := f.tree.Add(&c.bundle.KeyPackage.LeafNode)
	f.signers[i] = c.signer
	return i
}

func (f *welcomeForge) update(i leafIndex) {
	l := f.tree.Leaf(i).Clone()
	l.EncryptionKey, l.Source, l.Lifetime = f.key().Public(), leaf.SourceUpdate, leaf.Lifetime{}
	if err := l.Sign(f.suite, f.signers[i], f.context.GroupID, i); err != nil {
		panic(err)
	}
	f.tree.Update(i, l)
}

func (f *welcomeForge) commit(i leafIndex) {
	f.path = must(f.tree.NewPath(f.rand, i, f.tree.Leaf(i), f.signers[i], f.context.GroupID))
	f.committer = i
}

// welcome has the committer add the joiner.
func (f *welcomeForge) welcome(committer leafIndex, joiner *client) {
	f.place, f.joiner = f.add(joiner), joiner.bundle
	f.commit(committer)
}

func (f *welcomeForge) externalPSK(id string) schedule.PSK {
	return schedule.PSK{
		ID:     schedule.PreSharedKeyID{Type: schedule.PSKExternal, ID: []byte(id), Nonce: f.random(f.suite.HashSize())},
		Secret: f.random(20),
	}
}

func (f *welcomeForge) key() *ciphersuite.KEMKey { return must(f.suite.GenerateKEMKey(f.rand)) }

func (f *welcomeForge) random(n int) []byte {
	b := make([]byte, n)
	must(io.ReadFull(f.rand, b))
	return b
}

// A step of making a Welcome.
type step int

const (
	genuine       step = iota // no fault
	beforeLinks               // the tree, before its parent hashes are computed and signed
	beforeHash                // the tree, before its tree hash is computed
	encodedTree               // the encoded ratchet_tree
	beforeKeys                // the GroupContext and the PSKs, before the key schedule
	beforeSigning             // the GroupInfo, before it is signed
	beforeSealing             // the GroupInfo, before it is encrypted
	beforeSecrets             // encrypted_group_info and GroupSecrets, before these are encrypted
	afterSealing              // the Welcome
)

// A welcomeDraft is a Welcome in the making.
type welcomeDraft struct {
	*welcomeForge
	suite   *ciphersuite.Suite // of the encryption
	tree    *sketch
	encoded []byte // the ratchet_tree
	context schedule.GroupContext
	psks    []schedule.PSK
	epoch   *schedule.Epoch
	info    *message.GroupInfo
	signer  ciphersuite.Signer // of the GroupInfo
	ref     []byte
	secrets *message.GroupSecrets
	welcome *message.Welcome
}

// forge makes a Welcome with a fault.
func (f *welcomeForge) forge(at step, fault func(*welcomeDraft)) *welcomeDraft {
	d := &welcomeDraft{
		welcomeForge: f,
		suite:        f.suite,
		tree:         sketchOf(f.tree, f.context.GroupID, f.signers),
		context:      f.context,
		psks:         slices.Clone(f.psks),
		signer:       f.signers[f.committer],
		ref:          must(f.joiner.KeyPackage.Ref()),
	}
	d.context.Extensions = f.context.Extensions.Clone()
	for now, do := range []func(){
		beforeLinks:   func() {},
		beforeHash:    func() { d.tree.relink(d.tree.root()) },
		encodedTree:   func() { d.encoded, d.context.TreeHash = d.tree.marshal(), d.tree.hash(d.tree.root()) },
		beforeKeys:    func() {},
		beforeSigning: d.describe,
		beforeSealing: d.sign,
		beforeSecrets: d.sealInfo,
		afterSealing:  d.sealSecrets,
	} {
		if do == nil {
			continue
		}
		do()
		if step(now) == at {
			fault(d)
		}
	}
	return d
}

// describe starts the epoch and describes it.
func (d *welcomeDraft) describe() {
	d.secrets = &message.GroupSecrets{JoinerSecret: d.random(d.suite.HashSize())}
	for _, p := range d.psks {
		d.secrets.PSKs = append(d.secrets.PSKs, p.ID)
	}
	if secret, ok := d.path.PathSecretFor(d.welcomeForge.tree, d.place); ok {
		d.secrets.PathSecret = &message.PathSecret{PathSecret: slices.Clone(secret)}
	}
	d.startEpoch()
	d.info = &message.GroupInfo{
		GroupContext: d.context,
		Extensions: leaf.Extensions{
			{Type: codepoint.ExtensionRatchetTree, Data: d.encoded},
			must(leaf.Encode(codepoint.ExtensionExternalPub, &leaf.ExternalPub{
				ExternalPub: must(d.epoch.ExternalKey(d.welcomeForge.suite)).Public(),
			})),
		},
		ConfirmationTag: d.confirmationTag(),
		Signer:          d.committer,
	}
}

func (d *welcomeDraft) startEpoch() {
	context := must(syntax.Marshal(&d.context))
	d.epoch, _ = schedule.NewEpoch(d.suite, d.secrets.JoinerSecret, must(schedule.PSKSecret(d.suite, d.psks)), context)
}

func (d *welcomeDraft) confirmationTag() []byte {
	return d.suite.MAC(d.epoch.ConfirmationKey, d.context.ConfirmedTranscriptHash)
}

func (d *welcomeDraft) sign() {
	if err := d.info.Sign(d.suite, d.signer); err != nil {
		panic(err)
	}
}

func (d *welcomeDraft) sealInfo() {
	d.welcome = &message.Welcome{CipherSuite: d.suite.ID()}
	secret := schedule.WelcomeSecret(d.suite, d.secrets.JoinerSecret, must(schedule.PSKSecret(d.suite, d.psks)))
	if err := d.welcome.SealGroupInfo(d.suite, secret, d.info); err != nil {
		panic(err)
	}
}

func (d *welcomeDraft) sealSecrets() {
	err := d.welcome.SealSecrets(d.rand, d.suite, []message.Recipient{
		{KeyPackageRef: d.ref, InitKey: d.joiner.KeyPackage.InitKey, Secrets: d.secrets},
	})
	if err != nil {
		panic(err)
	}
}

// changeExtension changes the data of an extension, or removes it when change
// returns nil.
func changeExtension(list *leaf.Extensions, t codepoint.ExtensionType, change func(data []byte) []byte) {
	for i, e := range *list {
		if e.Type != t {
			continue
		}
		if data := change(e.Data); data != nil {
			(*list)[i].Data = data
		} else {
			*list = slices.Delete(*list, i, i+1)
		}
		return
	}
	panic("no such extension")
}
