package group

import (
	"bytes"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/schedule"
	"github.com/mlsconform/mlsconform/impl/tree"
	"github.com/mlsconform/mlsconform/impl/treemath"
)

// An Insider is what a member knows of its group, and can abuse.
type Insider struct {
	Suite      *ciphersuite.Suite
	Context    *schedule.GroupContext
	Tree       *tree.RatchetTree
	Index      treemath.LeafIndex
	Signer     ciphersuite.Signer
	Secrets    *schedule.Epoch
	SecretTree *schedule.SecretTree
	// ConfirmationTag is that of the Commit that began the epoch.
	ConfirmationTag []byte
}

// Insider returns a copy of what the member knows.
func (g *Group) Insider() *Insider {
	context := *g.context
	return &Insider{
		Suite:      g.suite,
		Context:    &context,
		Tree:       g.tree.Clone(),
		Index:      g.private.Index,
		Signer:     g.signer,
		Secrets:    g.secrets.Clone(),
		SecretTree: g.secretTree.Clone(),

		ConfirmationTag: bytes.Clone(g.confirmationTag),
	}
}

// Secrets returns those of the epoch that the Commit starts.
func (p *PendingCommit) Secrets() *schedule.Epoch { return p.next.secrets }

// Live returns the key material of the present epoch itself, for a look at it when
// it should be gone.
func (g *Group) Live() (*schedule.Epoch, *schedule.SecretTree) { return g.secrets, g.secretTree }
