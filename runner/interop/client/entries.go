package client

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"sync"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/schedule"
)

// A state is a member of a group.
type state struct {
	held
	group   *group.Group
	signer  *ciphersuite.SignatureKey
	psks    *pskTable
	encrypt bool
	// refs are the references of the proposals of the epoch, by the digests of
	// the messages that brought them. A member cannot open its own PrivateMessage,
	// nor any a second time.
	refs map[digest][]byte
	// reinit came from this state, when its group had a ReInit.
	reinit *reinit
	// used is the reference of the KeyPackage that the state has joined with, until
	// that is written down.
	used []byte
}

// A prospect is somebody with a KeyPackage, who waits for a Welcome.
type prospect struct {
	bundle *keypackage.Bundle
	signer *ciphersuite.SignatureKey
}

// A transaction is a KeyPackage that was handed out.
type transaction struct {
	held
	prospect
	psks *pskTable
}

// A reinit is a member of a group that a ReInit has ended. The lock of its state
// is its own as well.
type reinit struct {
	held
	prospect
	old *state
}

// A signer sends proposals from outside of groups.
type signer struct {
	held
	suite *ciphersuite.Suite
	key   *ciphersuite.SignatureKey
}

func (*state) kind() string       { return "state" }
func (*transaction) kind() string { return "transaction" }
func (*reinit) kind() string      { return "re-init" }
func (*signer) kind() string      { return "signer" }

func (r *reinit) unlock() { r.old.mu.Unlock() }

func (r *reinit) lock() error {
	r.old.mu.Lock()
	if r.gone {
		r.old.mu.Unlock()
		return notFound(r.id)
	}
	return nil
}

// A digest names a message.
type digest [sha256.Size]byte

// received returns the reference of a proposal, which the group gets to see
// unless it has seen it before.
func (st *state) received(data []byte) ([]byte, error) {
	key := digest(sha256.Sum256(data))
	if ref, ok := st.refs[key]; ok {
		return ref, nil
	}
	m, err := parseContent(data, framing.ContentProposal)
	if err != nil {
		return nil, err
	}
	r, err := st.group.Process(m)
	if err != nil {
		return nil, err
	}
	st.remember(key, r.Ref)
	return r.Ref, nil
}

// sent encodes a proposal that the group has just made.
func (st *state) sent(m *framing.MLSMessage) ([]byte, error) {
	data, err := encode(m)
	if err != nil {
		return nil, err
	}
	var last []byte
	for ref := range st.group.Proposals() {
		last = ref
	}
	st.remember(digest(sha256.Sum256(data)), last)
	return data, nil
}

func (st *state) remember(key digest, ref []byte) {
	if st.refs == nil {
		st.refs = make(map[digest][]byte)
	}
	st.refs[key] = ref
}

// prospect makes the keys of a new client and a KeyPackage with a basic credential.
func (s *Server) prospect(ctx context.Context, suite *ciphersuite.Suite, identity []byte) (prospect, error) {
	key, err := suite.GenerateSignatureKey(s.rand)
	if err != nil {
		return prospect{}, fmt.Errorf("signature key: %w", err)
	}
	o := keypackage.Options{Rand: s.rand, Now: s.policy.Now, NoGREASE: !wantsGREASE(ctx)}
	bundle, err := keypackage.Build(suite, leaf.Basic(bytes.Clone(identity)), key, o)
	if err != nil {
		return prospect{}, err
	}
	return prospect{bundle, key}, nil
}

// message returns the KeyPackage as it is handed out.
func (p *prospect) message() ([]byte, error) {
	return encode(&framing.MLSMessage{KeyPackage: &p.bundle.KeyPackage})
}

// A pskTable holds external PSKs. A state shares one with those that follow from it.
type pskTable struct {
	mu      sync.Mutex
	secrets map[string]ciphersuite.Secret
}

func (t *pskTable) add(id, secret []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.secrets == nil {
		t.secrets = make(map[string]ciphersuite.Secret)
	}
	t.secrets[string(id)] = slices.Clone(secret)
}

// addAll adds what another table has.
func (t *pskTable) addAll(o *pskTable) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for id, secret := range o.secrets {
		t.add([]byte(id), secret)
	}
}

func (t *pskTable) find(id *schedule.PreSharedKeyID) (ciphersuite.Secret, bool) {
	if id.Type != schedule.PSKExternal {
		return nil, false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	secret, ok := t.secrets[string(id.ID)]
	return slices.Clone(secret), ok
}
