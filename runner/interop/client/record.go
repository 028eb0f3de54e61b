package client

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/syntax"
)

// errRecord reports a record that this program has not written.
var errRecord = errors.New("client: not an intact record")

// The kinds of records.
const (
	recordState = 1 + iota
	recordTransaction
	recordReInit
	recordSigner
)

// A record is what is written down of an entry; which fields count depends on the
// kind. It begins with the private signature key that every entry has.
type record struct {
	kind      uint8
	suite     codepoint.CipherSuite
	signature []byte
	// state
	encrypt  uint8
	snapshot []byte
	refs     []pair // by digest
	// state and transaction
	psks []pair // by psk_id
	// transaction and re-init
	ref []byte
	// re-init
	old uint32
}

// A pair is an entry of a map.
type pair struct{ key, value []byte }

func (p *pair) MarshalMLS(b *cryptobyte.Builder) {
	syntax.AddOpaque(b, p.key)
	syntax.AddOpaque(b, p.value)
}

func (p *pair) UnmarshalMLS(s *cryptobyte.String) error {
	*p = pair{}
	if err := syntax.ReadOpaque(s, &p.key); err != nil {
		return err
	}
	return syntax.ReadOpaque(s, &p.value)
}

func (r *record) MarshalMLS(b *cryptobyte.Builder) {
	b.AddUint8(r.kind)
	b.AddUint16(uint16(r.suite))
	syntax.AddOpaque(b, r.signature)
	b.AddUint8(r.encrypt)
	syntax.AddOpaque(b, r.snapshot)
	syntax.AddVector(b, r.refs)
	syntax.AddVector(b, r.psks)
	syntax.AddOpaque(b, r.ref)
	b.AddUint32(r.old)
}

func (r *record) UnmarshalMLS(s *cryptobyte.String) error {
	*r = record{}
	return errors.Join(
		syntax.ReadUint8(s, &r.kind),
		syntax.ReadUint16(s, &r.suite),
		syntax.ReadOpaque(s, &r.signature),
		syntax.ReadUint8(s, &r.encrypt),
		syntax.ReadOpaque(s, &r.snapshot),
		syntax.ReadVector(s, &r.refs),
		syntax.ReadVector(s, &r.psks),
		syntax.ReadOpaque(s, &r.ref),
		syntax.ReadUint32(s, &r.old),
	)
}

// encodeRecord writes a locked entry down. The caller clears the record.
func encodeRecord(e entry) ([]byte, error) {
	r := new(record)
	var err error
	switch e := e.(type) {
	case *state:
		r.kind, r.suite, r.signature = recordState, e.group.Suite().ID(), e.signer.Private()
		r.snapshot, err = e.group.Snapshot()
		defer clear(r.snapshot)
		if e.encrypt {
			r.encrypt = 1
		}
		for key, ref := range e.refs {
			r.refs = append(r.refs, pair{key[:], ref})
		}
		slices.SortFunc(r.refs, func(a, b pair) int { return bytes.Compare(a.key, b.key) })
		r.psks = e.psks.pairs()
	case *transaction:
		err = r.setProspect(recordTransaction, &e.prospect)
		r.psks = e.psks.pairs()
	case *reinit:
		err = r.setProspect(recordReInit, &e.prospect)
		r.old = e.old.id
	case *signer:
		r.kind, r.suite, r.signature = recordSigner, e.suite.ID(), e.key.Private()
	}
	if err != nil {
		return nil, err
	}
	defer clear(r.signature)
	return syntax.Marshal(r)
}

func (r *record) setProspect(kind uint8, p *prospect) (err error) {
	r.kind, r.suite, r.signature = kind, p.bundle.KeyPackage.CipherSuite, p.signer.Private()
	r.ref, err = p.bundle.KeyPackage.Ref()
	return err
}

func (t *pskTable) pairs() []pair {
	t.mu.Lock()
	defer t.mu.Unlock()
	var pairs []pair
	for _, id := range slices.Sorted(maps.Keys(t.secrets)) {
		pairs = append(pairs, pair{[]byte(id), t.secrets[id]})
	}
	return pairs
}

// decodeRecord reads an entry. The error is [keypackage.ErrNotFound] for a prospect
// whose bundle has been used.
func (s *Server) decodeRecord(id uint32, data []byte) (entry, error) {
	r, err := syntax.Parse[record](data)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errRecord, err)
	}
	suite, err := ciphersuite.Lookup(r.suite)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errRecord, err)
	}
	key, err := suite.ParseSignatureKey(r.signature)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errRecord, err)
	}
	psks := new(pskTable)
	for _, p := range r.psks {
		psks.add(p.key, p.value)
	}
	switch r.kind {
	case recordState:
		return s.decodeState(id, r, key, psks)
	case recordTransaction:
		p, err := s.file.prospect(r, key)
		return &transaction{held: held{id: id}, prospect: p, psks: psks}, err
	case recordReInit:
		p, err := s.file.prospect(r, key)
		return &reinit{held: held{id: id}, prospect: p, old: &state{held: held{id: r.old}}}, err
	case recordSigner:
		return &signer{held: held{id: id}, suite: suite, key: key}, nil
	}
	return nil, errRecord
}

func (s *Server) decodeState(id uint32, r *record, key *ciphersuite.SignatureKey, psks *pskTable) (*state, error) {
	encrypt := r.encrypt != 0
	g, err := group.Restore(s.config(psks, encrypt), r.snapshot, func(public []byte) (ciphersuite.Signer, error) {
		if !bytes.Equal(public, key.Public()) {
			return nil, keypackage.ErrNotFound
		}
		return key, nil
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %v", errRecord, err) // not ErrNotFound, which is for prospects
	}
	st := &state{held: held{id: id}, group: g, signer: key, psks: psks, encrypt: encrypt}
	for _, p := range r.refs {
		if len(p.key) != len(digest{}) {
			return nil, errRecord
		}
		st.remember(digest(p.key), p.value)
	}
	return st, nil
}

func (f *file) prospect(r *record, key *ciphersuite.SignatureKey) (prospect, error) {
	bundle, err := f.store.Bundle(r.ref)
	return prospect{bundle, key}, err
}
