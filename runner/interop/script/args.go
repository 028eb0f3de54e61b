package script

// CreateGroup makes a group of the actor alone and then, when there are
// Members, adds them with one Commit that has their Adds by value.
type CreateGroup struct {
	Members []string
}

// CreateKeyPackage makes a KeyPackage of the actor. It begins the transaction
// in which the actor joins a group.
type CreateKeyPackage struct{}

// JoinGroup lets the actor join with the Welcome of an earlier step, and with
// the ratchet tree of that step, if it made one.
type JoinGroup struct {
	Welcome int // a commit or fullCommit
}

// ExternalJoin lets Joiner join with an external Commit, by a GroupInfo from
// the actor. Then Members and the actor handle that Commit.
type ExternalJoin struct {
	Joiner       string
	Members      []string
	ExternalTree bool  // the ratchet tree does not go with the GroupInfo
	RemovePrior  bool  // the Commit removes the leaf that Joiner has
	PSKs         []int // installExternalPSK steps, for the joiner
}

// InstallExternalPSK gives Clients a new external PSK, or with Reuse
// ("x-psk") the one of an earlier step.
type InstallExternalPSK struct {
	Clients []string
	Reuse   int // an installExternalPSK step; 0, which none can be, means a new PSK
}

// GroupInfo has the actor make a GroupInfo.
type GroupInfo struct {
	ExternalTree bool
}

// AddProposal has the actor propose to add the owner of a KeyPackage.
type AddProposal struct {
	KeyPackage int // a createKeyPackage
}

// UpdateProposal has the actor propose an Update of its leaf.
type UpdateProposal struct{}

// RemoveProposal has the actor propose to remove a member.
type RemoveProposal struct {
	Removed string
}

// ExternalPSKProposal has the actor propose to use an external PSK.
type ExternalPSKProposal struct {
	PSK int // an installExternalPSK
}

// ResumptionPSKProposal has the actor propose to use the resumption PSK of an
// epoch of the group.
type ResumptionPSKProposal struct {
	Epoch uint64
}

// GroupContextExtensionsProposal has the actor propose other extensions of the
// group.
type GroupContextExtensionsProposal struct {
	Extensions []Extension
}

// An Extension of a GroupContext (RFC 9420, Section 13).
type Extension struct {
	Type uint16
	Data []byte
}

// A ProposalType says which fields of a [Proposal] count.
type ProposalType string

// The types of proposals that a step can describe.
const (
	Add                    ProposalType = "add"                    // KeyPackage
	Remove                 ProposalType = "remove"                 // Removed
	ExternalPSK            ProposalType = "externalPSK"            // PSK
	ResumptionPSK          ProposalType = "resumptionPSK"          // Epoch
	GroupContextExtensions ProposalType = "groupContextExtensions" // Extensions
	Reinitialize           ProposalType = "reinit"                 // Extensions, ChangeGroupID, ChangeSuite
)

// A Proposal is one that a committer sends by value, or an external signer.
type Proposal struct {
	Type          ProposalType
	KeyPackage    int // a createKeyPackage
	Removed       string
	PSK           int // an installExternalPSK
	Epoch         uint64
	Extensions    []Extension
	ChangeGroupID bool
	ChangeSuite   bool // from here on the suite of the run is the next one that all clients have
}

// Commit has the actor make a Commit, which is then pending.
type Commit struct {
	ByReference  []int // steps that make a proposal
	ByValue      []Proposal
	ForcePath    bool
	ExternalTree bool // the ratchet tree does not go with the Welcome
}

// FullCommit is a Commit that is brought to everybody at once: to the actor,
// then to Members, then as a Welcome to Joiners.
type FullCommit struct {
	Commit
	Members []string
	Joiners []string
}

// HandleCommit has the actor handle the Commit of another.
type HandleCommit struct {
	Commit      int   // a commit, fullCommit or externalJoin
	ByReference []int // the proposals to which the Commit refers
}

// HandlePendingCommit has the actor move to the epoch of its own Commit.
type HandlePendingCommit struct{}

// Protect has the actor encrypt an application message.
type Protect struct {
	AuthenticatedData string
	Plaintext         string
}

// Unprotect has the actor decrypt the message of a protect step. Text and
// authenticated data have to be what was sent.
type Unprotect struct {
	Ciphertext int // a protect
}

// ReInit has the members of a group move to a new one (RFC 9420, Section
// 11.2). Proposer, Committer and Welcomer are members, as are Members.
type ReInit struct {
	Proposer      string // empty when there is an ExternalProposal
	Committer     string
	Welcomer      string
	Members       []string
	ChangeSuite   bool
	ChangeGroupID bool
	Extensions    []Extension
	ForcePath     bool
	ExternalTree  bool
	// ExternalProposal is the externalSignerProposal step that proposed the
	// re-initialization; 0, which none can be, where Proposer did.
	ExternalProposal int
	// NewGroup names the new group ("x-newGroup"). Without it the states of
	// the new group take the place of those of the old one.
	NewGroup string
}

// Branch has the actor make a new group with Members out of the old one (RFC
// 9420, Section 11.3).
type Branch struct {
	Members      []string
	Extensions   []Extension
	ForcePath    bool
	ExternalTree bool
	NewGroup     string // as in [ReInit]; the states of the old group are then kept
}

// NewMemberAddProposal has Joiner propose its own Add, by a GroupInfo from the
// actor. It begins the transaction in which Joiner joins.
type NewMemberAddProposal struct {
	Joiner string
}

// AddExternalSigner has the actor propose that Signer may send external
// proposals.
type AddExternalSigner struct {
	Signer string
}

// ExternalSignerProposal has the actor, an external signer, propose something
// by a GroupInfo from Member.
type ExternalSignerProposal struct {
	Member      string
	Description Proposal
}

// Export has each of Members export a secret; all have to be the same, and
// Length bytes long. With ExpectError each of them has to refuse.
type Export struct {
	Members []string
	Label   string
	Context []byte
	Length  uint32
}

// StateAuth asks for epoch authenticators: Members have to have the same, and
// none of Others may have it.
type StateAuth struct {
	Members []string
	Others  []string
}
