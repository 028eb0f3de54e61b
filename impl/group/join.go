package group

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/schedule"
	"github.com/mlsconform/mlsconform/impl/tree"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

// JoinOptions are what a client knows besides the message that lets it join.
type JoinOptions struct {
	// RatchetTree is the encoded ratchet_tree, for a GroupInfo that has none.
	RatchetTree []byte
	// IsMember tells whether the client is in a group with the given group_id
	// (RFC 9420, Section 12.4.3). Nil stands for a client that is in the groups
	// that its store has, and without a store in none.
	IsMember func(groupID []byte) bool
	// From is the group that the new one succeeds or branches off, for a Welcome
	// with a resumption PSK of usage reinit or branch
	// (RFC 9420, Sections 11.2 and 11.3).
	From *Group
}

// ErrJoined reports the attempt to join once more with a [StagedJoin].
var ErrJoined = errors.New("group: joined already")

// A StagedJoin is a group that a client can join. All checks have passed, and
// nothing has been used up yet: to decline, let it go. What its methods return
// must not be changed.
type StagedJoin struct {
	group      *Group
	adder      treemath.LeafIndex
	keyPackage *keypackage.KeyPackage
	ref        []byte
	psks       []schedule.PreSharedKeyID
	isMember   func(groupID []byte) bool
	// store is where the bundle came from; nil for one that the caller had.
	store  Store
	joined bool
}

// GroupContext returns the context of the group.
func (s *StagedJoin) GroupContext() *schedule.GroupContext { return s.group.context }

// Tree returns a copy of the group's ratchet tree.
func (s *StagedJoin) Tree() *tree.RatchetTree { return s.group.Tree() }

// OwnIndex returns the place at which the client was added.
func (s *StagedJoin) OwnIndex() treemath.LeafIndex { return s.group.OwnIndex() }

// AddedBy returns the member that added the client.
func (s *StagedJoin) AddedBy() (treemath.LeafIndex, *leaf.LeafNode) {
	return s.adder, s.group.Member(s.adder)
}

// KeyPackage returns the one with which the client was added.
func (s *StagedJoin) KeyPackage() *keypackage.KeyPackage { return s.keyPackage }

// Ref returns the reference by which the Welcome names the KeyPackage.
func (s *StagedJoin) Ref() []byte { return s.ref }

// PSKs returns the pre-shared keys that went into the epoch.
func (s *StagedJoin) PSKs() []schedule.PreSharedKeyID { return s.psks }

// Join makes the client a member. A group that was staged by [StageStored] is in
// the store when Join returns, and the bundle is not, unless it is one of last
// resort. Where Join fails, nothing has changed, and it can be called again.
func (s *StagedJoin) Join() (*Group, error) {
	if s.joined {
		return nil, ErrJoined
	}
	if err := s.keep(); err != nil {
		return nil, err
	}
	s.joined = true
	return s.group, nil
}

// Join stages a Welcome with [StageWelcome] and joins at once.
func Join(config Config, w *message.Welcome, bundle *keypackage.Bundle, signer ciphersuite.Signer, o JoinOptions) (*Group, error) {
	s, err := StageWelcome(config, w, bundle, signer, o)
	if err != nil {
		return nil, err
	}
	return s.Join()
}

// StageWelcome takes the steps of RFC 9420, Section 12.4.3.1, with a bundle that
// the caller has: that of the KeyPackage with which the client was added. To use
// it once is then up to the caller; [StageStored] sees to it.
func StageWelcome(config Config, w *message.Welcome, bundle *keypackage.Bundle, signer ciphersuite.Signer, o JoinOptions) (*StagedJoin, error) {
	if w.CipherSuite != bundle.KeyPackage.CipherSuite {
		return nil, rule.Errorf("rfc9420-12.4.3.1-03", "cipher_suite is %v, that of the KeyPackage is %v", w.CipherSuite, bundle.KeyPackage.CipherSuite)
	}
	suite, err := ciphersuite.Lookup(w.CipherSuite)
	if err != nil {
		return nil, fmt.Errorf("cipher_suite: %w", err)
	}
	ref, err := bundle.KeyPackage.Ref()
	if err != nil {
		return nil, err
	}
	secrets, err := w.OpenSecrets(suite, ref, bundle.InitKey)
	if err != nil {
		return nil, err
	}
	defer clear(secrets.JoinerSecret)
	pskSecret, err := welcomePSKs(&config, suite, secrets.PSKs, o.From)
	if err != nil {
		return nil, err
	}
	defer clear(pskSecret)
	info, err := openInfo(w, suite, secrets, pskSecret)
	if err != nil {
		return nil, err
	}
	g, err := newFromInfo(config, info, suite, &bundle.KeyPackage.LeafNode, o)
	if err != nil {
		return nil, err
	}
	g.signer = signer
	if err := g.takePlace(bundle, info, secrets.PathSecret); err != nil {
		return nil, err
	}
	epochSecrets, welcomeSecret := schedule.NewEpoch(suite, secrets.JoinerSecret, pskSecret, g.encoded)
	clear(welcomeSecret)
	g.setSecrets(epochSecrets)
	if err := suite.VerifyMAC(g.secrets.ConfirmationKey, g.context.ConfirmedTranscriptHash, info.ConfirmationTag); err != nil {
		return nil, rule.Errorf("rfc9420-12.4.3.1-17", "confirmation_tag: %w", err)
	}
	g.setConfirmationTag(info.ConfirmationTag)
	if err := g.checkOrigin(secrets.PSKs, o.From); err != nil {
		return nil, err
	}
	// A copy, because the private init key is not to be kept alive.
	kp := bundle.KeyPackage
	return &StagedJoin{
		group:      g,
		adder:      info.Signer,
		keyPackage: &kp,
		ref:        ref,
		psks:       secrets.PSKs,
		isMember:   o.IsMember,
	}, nil
}

// welcomePSKs computes the PSK secret of a Welcome.
func welcomePSKs(config *Config, suite *ciphersuite.Suite, ids []schedule.PreSharedKeyID, from *Group) (ciphersuite.Secret, error) {
	psks := make([]schedule.PSK, len(ids))
	special := 0
	for i, id := range ids {
		if isOrigin(&id) {
			special++
		}
		secret, ok := resumptionOf(from, &id)
		if !ok {
			secret, ok = config.psk(&id)
		}
		if !ok {
			return nil, rule.Errorf("rfc9420-12.4.3.1-05", "psks[%d]: %s", i, describePSK(&id))
		}
		psks[i] = schedule.PSK{ID: id, Secret: secret}
	}
	if special > 1 {
		return nil, rule.Errorf("rfc9420-12.4.3.1-06", "psks: %d with usage reinit or branch", special)
	}
	return schedule.PSKSecret(suite, psks)
}

// isOrigin reports whether the PSK says which group the new one comes from.
func isOrigin(id *schedule.PreSharedKeyID) bool {
	return id.Type == schedule.PSKResumption && (id.Usage == schedule.UsageReInit || id.Usage == schedule.UsageBranch)
}

func resumptionOf(from *Group, id *schedule.PreSharedKeyID) (ciphersuite.Secret, bool) {
	if from == nil || id.Type != schedule.PSKResumption || !bytes.Equal(id.GroupID, from.ID()) {
		return nil, false
	}
	return from.Resumption(id.Epoch)
}

func openInfo(w *message.Welcome, suite *ciphersuite.Suite, secrets *message.GroupSecrets, pskSecret ciphersuite.Secret) (*message.GroupInfo, error) {
	welcomeSecret := schedule.WelcomeSecret(suite, secrets.JoinerSecret, pskSecret)
	defer clear(welcomeSecret)
	info, err := w.OpenGroupInfo(suite, welcomeSecret)
	if err != nil {
		return nil, err
	}
	if c := info.GroupContext.CipherSuite; c != w.CipherSuite {
		return nil, rule.Errorf("rfc9420-12.4.3.1-09", "group info: cipher_suite is %v, that of the KeyPackage is %v", c, w.CipherSuite)
	}
	return info, nil
}

// newFromInfo verifies a GroupInfo and its ratchet tree, and returns a group in
// which the client, whose leaf node is given, has no place yet.
func newFromInfo(config Config, info *message.GroupInfo, suite *ciphersuite.Suite, own *leaf.LeafNode, o JoinOptions) (*Group, error) {
	g := &Group{config: config, epoch: &epoch{suite: suite}}
	context := info.GroupContext
	if context.Version != codepoint.MLS10 {
		return nil, rule.Errorf("rfc9420-12.4.3.1-10", "group info: version is %v", context.Version)
	}
	if t, ok := info.Extensions.Repeated(); ok {
		return nil, rule.Errorf("rfc9420-13.4-05", "group info: extension %v occurs twice", t)
	}
	if err := checkNotMember(o.IsMember, context.GroupID); err != nil {
		return nil, err
	}
	if err := g.setContext(&context); err != nil {
		return nil, err
	}
	if err := g.checkJoiner(own); err != nil {
		return nil, err
	}
	encodedTree := o.RatchetTree
	if data, ok := info.Extensions.Find(codepoint.ExtensionRatchetTree); ok {
		encodedTree = data
	}
	if encodedTree == nil {
		return nil, rule.Errorf("rfc9420-12.4.3.1-01", "group info: without ratchet_tree, and none was given")
	}
	var err error
	if g.tree, err = tree.Parse(suite, encodedTree); err != nil {
		return nil, fmt.Errorf("ratchet_tree: %w", err)
	}
	if hash := g.tree.Hash(); !bytes.Equal(hash, context.TreeHash) {
		return nil, rule.Errorf("rfc9420-12.4.3.3-07", "tree_hash is %x, that of the tree is %x", context.TreeHash, hash)
	}
	signer := g.tree.Leaf(info.Signer)
	if signer == nil {
		return nil, rule.Errorf("rfc9420-12.4.3-05", "group info: signer: leaf %d is blank", info.Signer)
	}
	if err := info.VerifySignature(suite, signer.SignatureKey); err != nil && !(rule.Planted(rule.SkippedSignature) && own.Source == leaf.SourceKeyPackage) {
		return nil, err
	}
	if err := g.checkGroupExtensions(nil, context.Extensions); err != nil {
		return nil, err
	}
	if err := g.checkJoinedTree(); err != nil {
		return nil, fmt.Errorf("ratchet_tree: %w", err)
	}
	return g, nil
}

func checkNotMember(isMember func(groupID []byte) bool, groupID []byte) error {
	if isMember != nil && isMember(groupID) {
		return rule.Errorf("rfc9420-12.4.3-03", "group info: the client is already in group %x", groupID)
	}
	return nil
}

// checkJoinedTree verifies the integrity of a ratchet tree
// (RFC 9420, Section 12.4.3.1). The leaf nodes are verified on all cores.
func (g *Group) checkJoinedTree() error {
	if err := g.tree.VerifyUnmergedLeaves(); err != nil {
		return err
	}
	if err := g.tree.VerifyParentHashes(); err != nil {
		return err
	}
	if err := g.tree.VerifyParentKeys(); err != nil {
		return err
	}
	if err := g.tree.VerifyUniqueKeys(); err != nil {
		switch rule.Of(err) {
		case "rfc9420-7.3-09", "rfc9420-7.3-10":
			return rule.Errorf("rfc9420-12.4.3.1-11", "%w", err)
		}
		return err
	}
	p := params{g.context.Extensions, g.required}
	err := g.tree.CheckLeaves(func(i treemath.LeafIndex, l *leaf.LeafNode) error {
		return l.Validate(g.leafChecks(leaf.InTree, i, p))
	})
	if err != nil {
		return rule.Errorf("rfc9420-12.4.3.1-11", "%w", err)
	}
	if err := checkMembersSupport(g.tree, nil); err != nil {
		return rule.Errorf("rfc9420-12.4.3.1-11", "%w", err)
	}
	return nil
}

// takePlace finds the client's leaf and sets its private keys.
func (g *Group) takePlace(bundle *keypackage.Bundle, info *message.GroupInfo, pathSecret *message.PathSecret) error {
	own, ok := g.find(&bundle.KeyPackage.LeafNode)
	if !ok {
		return rule.Errorf("rfc9420-12.4.3.1-15", "ratchet_tree: no leaf is that of the KeyPackage")
	}
	g.private = tree.NewPrivateTree(own, bundle.EncryptionKey)
	if pathSecret == nil {
		return nil
	}
	defer clear(pathSecret.PathSecret)
	common := treemath.CommonAncestor(own.Node(), info.Signer.Node())
	if err := g.private.SetPathSecret(g.tree, common, pathSecret.PathSecret); err != nil {
		return fmt.Errorf("path_secret: %w", err)
	}
	return nil
}

func (g *Group) find(n *leaf.LeafNode) (treemath.LeafIndex, bool) {
	for i, l := range g.tree.Leaves() {
		if l.Equal(n) {
			return i, true
		}
	}
	return 0, false
}

// checkJoiner verifies that the client truly supports what the group uses
// (RFC 9420, Sections 12.4.3 and 13.5).
func (g *Group) checkJoiner(own *leaf.LeafNode) error {
	supported := g.config.supported(own)
	for _, e := range g.context.Extensions {
		if !supported.SupportsExtension(e.Type) {
			return rule.Errorf("rfc9420-12.4.3-02", "group context: extension %v is not supported", e.Type)
		}
	}
	if g.required != nil {
		if err := g.required.MetBy(&supported); err != nil {
			return rule.Errorf("rfc9420-13.5-06", "this client: %w", err)
		}
	}
	return nil
}

// checkOrigin verifies a group that was joined with a resumption PSK of usage
// reinit or branch.
func (g *Group) checkOrigin(ids []schedule.PreSharedKeyID, from *Group) error {
	for i := range ids {
		if !isOrigin(&ids[i]) {
			continue
		}
		if ids[i].Usage == schedule.UsageReInit {
			return g.checkSuccessor(&ids[i], from)
		}
		return g.checkBranch(ids[i].GroupID, ids[i].Epoch, from)
	}
	if from != nil && from.reinit != nil {
		return rule.Errorf("rfc9420-11.2-03", "psks: none of usage reinit for group %x", from.ID())
	}
	return nil
}
