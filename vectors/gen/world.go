package main

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/schedule"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

type passiveClientVector struct {
	Suite             codepoint.CipherSuite `json:"cipher_suite"`
	ExternalPSKs      []externalPSKVector   `json:"external_psks"`
	KeyPackage        hexBytes              `json:"key_package"`
	SignaturePrivate  hexBytes              `json:"signature_priv"`
	EncryptionPrivate hexBytes              `json:"encryption_priv"`
	InitPrivate       hexBytes              `json:"init_priv"`

	Welcome                   hexBytes  `json:"welcome"`
	RatchetTree               *hexBytes `json:"ratchet_tree"`
	InitialEpochAuthenticator hexBytes  `json:"initial_epoch_authenticator"`

	Epochs []passiveEpochVector `json:"epochs"`
}

type externalPSKVector struct {
	ID  hexBytes `json:"psk_id"`
	PSK hexBytes `json:"psk"`
}

type passiveEpochVector struct {
	Proposals          []hexBytes `json:"proposals"`
	Commit             hexBytes   `json:"commit"`
	EpochAuthenticator hexBytes   `json:"epoch_authenticator"`
}

// A handshake says how clients send proposals and Commits.
type handshake func(client int) (public bool)

func public(int) bool  { return true }
func private(int) bool { return false }

// mixed has every second client send PublicMessages.
func mixed(client int) bool { return client%2 == 1 }

// A world is a group seen from outside, with all of its members. From when the
// passive client joins, it writes down what that client sees.
type world struct {
	*maker
	handshake handshake
	padding   int
	count     int            // clients so far
	members   []*group.Group // by their time of joining, the passive client left out

	passive   *newcomer
	joined    bool
	vector    passiveClientVector
	proposals []hexBytes // of the epoch
}

// A newcomer is a client that is not yet in the group.
type newcomer struct {
	name   string
	config group.Config
	signer *ciphersuite.SignatureKey
	bundle *keypackage.Bundle
	kp     *keypackage.Validated
}

// world returns a group of one member.
func (m *maker) world(h handshake, extensions ...leaf.Extension) *world {
	m.grease = true
	w := &world{maker: m, handshake: h}
	w.vector = passiveClientVector{Suite: m.suite.ID(), ExternalPSKs: []externalPSKVector{}, Epochs: []passiveEpochVector{}}
	creator := w.newcomer(keypackage.Options{})
	w.members = []*group.Group{must(group.Create(creator.config, creator.bundle, creator.signer, group.CreateOptions{Extensions: extensions}))}
	w.passive = w.newcomer(keypackage.Options{})
	return w
}

func (w *world) newcomer(o keypackage.Options) *newcomer {
	n := &newcomer{name: fmt.Sprintf("client %d", w.count), signer: w.signer()}
	n.config = group.Config{
		Policy:          leaf.Policy{Now: now},
		PublicHandshake: w.handshake(w.count),
		Padding:         func(int) int { return w.padding },
		PSK:             w.psk,
		Rand:            w.random,
	}
	n.bundle = w.bundle(n.name, n.signer, o)
	n.kp = must(n.bundle.KeyPackage.Validate(&keypackage.Checks{Version: codepoint.MLS10, Suite: w.suite, Policy: &n.config.Policy}))
	w.count++
	return n
}

func (w *world) newcomers(n int) []*newcomer {
	list := make([]*newcomer, n)
	for i := range list {
		list[i] = w.newcomer(keypackage.Options{})
	}
	return list
}

// addPSK gives all clients an external PSK.
func (w *world) addPSK(id, psk []byte) {
	w.vector.ExternalPSKs = append(w.vector.ExternalPSKs, externalPSKVector{id, psk})
}

func (w *world) psk(id *schedule.PreSharedKeyID) (ciphersuite.Secret, bool) {
	for _, p := range w.vector.ExternalPSKs {
		if id.Type == schedule.PSKExternal && bytes.Equal(p.ID, id.ID) {
			return slices.Clone([]byte(p.PSK)), true
		}
	}
	return nil, false
}

// at returns the member at a leaf.
func (w *world) at(i treemath.LeafIndex) *group.Group {
	for _, g := range w.members {
		if g.OwnIndex() == i {
			return g
		}
	}
	panic(mistake{fmt.Errorf("no member at leaf %d", i)})
}

// last returns the member that joined last.
func (w *world) last() *group.Group { return w.members[len(w.members)-1] }

// deliver has all members but the sender process a message.
func (w *world) deliver(from *group.Group, encoded []byte) {
	for _, g := range w.members {
		if g != from {
			must(g.Process(must(framing.Parse(encoded))))
		}
	}
	w.members = slices.DeleteFunc(w.members, (*group.Group).IsRemoved)
}

// send delivers a proposal.
func (w *world) send(from *group.Group, m *framing.MLSMessage) {
	encoded := encode(m)
	w.deliver(from, encoded)
	if w.joined {
		w.proposals = append(w.proposals, encoded)
	}
}

func (w *world) propose(from *group.Group, p message.Proposal) {
	w.send(from, must(from.Propose(p, nil)))
}

// commit has a member commit, and those join whom it adds. The newcomers are
// added by value, those in o.Proposals before them.
func (w *world) commit(from *group.Group, o group.CommitOptions, joining ...*newcomer) {
	for _, n := range joining {
		o.Proposals = append(o.Proposals, group.Add(n.kp))
	}
	w.commitProposed(from, o, joining...)
}

// commitProposed is commit for newcomers whose Add was proposed before.
func (w *world) commitProposed(from *group.Group, o group.CommitOptions, joining ...*newcomer) {
	pending := must(from.Commit(o))
	check(from.ApplyPending())
	w.epoch(from, pending.Message)
	for _, n := range joining {
		w.join(from, n, pending.Welcome, o.Welcome.OmitTree)
	}
}

// epoch brings all others into the epoch that a Commit starts.
func (w *world) epoch(from *group.Group, m *framing.MLSMessage) {
	encoded := encode(m)
	w.deliver(from, encoded)
	if w.joined {
		w.vector.Epochs = append(w.vector.Epochs, passiveEpochVector{
			Proposals:          append([]hexBytes{}, w.proposals...),
			Commit:             encoded,
			EpochAuthenticator: hexBytes(from.EpochAuthenticator()),
		})
	}
	w.proposals = nil
}

// join lets a newcomer read the Welcome. The tree comes with it or beside it.
func (w *world) join(from *group.Group, n *newcomer, welcome *message.Welcome, treeBeside bool) {
	var o group.JoinOptions
	if treeBeside {
		o.RatchetTree = must(from.Tree().Marshal())
	}
	if n != w.passive {
		w.members = append(w.members, must(group.Join(n.config, welcome, n.bundle, n.signer, o)))
		return
	}
	w.joined = true
	v := &w.vector
	v.KeyPackage = encode(&framing.MLSMessage{KeyPackage: &n.bundle.KeyPackage})
	v.SignaturePrivate = hexBytes(n.signer.Private())
	v.EncryptionPrivate = hexBytes(n.bundle.EncryptionKey.Private())
	v.InitPrivate = hexBytes(n.bundle.InitKey.Private())
	v.Welcome = encode(&framing.MLSMessage{Welcome: welcome})
	v.InitialEpochAuthenticator = hexBytes(from.EpochAuthenticator())
	if treeBeside {
		tree := hexBytes(o.RatchetTree)
		v.RatchetTree = &tree
	}
}

// joinExternally has a client join by an external Commit, with the GroupInfo of
// a member.
func (w *world) joinExternally(n *newcomer, from *group.Group, o group.ExternalOptions) {
	info := must(from.GroupInfo(group.GroupInfoOptions{ExternalPub: true}))
	id := group.Identity{Credential: leaf.Basic([]byte(n.name)), Signer: n.signer}
	g, m, err := group.JoinExternal(n.config, info, id, o)
	check(err)
	w.epoch(g, m)
	w.members = append(w.members, g)
}
