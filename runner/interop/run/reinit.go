package run

import (
	"slices"

	"github.com/mlsconform/mlsconform/runner/interop/mlsclient"
	"github.com/mlsconform/mlsconform/runner/interop/script"
)

// A reinitialization is a ReInit on its way (RFC 9420, Section 11.2).
type reinitialization struct {
	*script.ReInit
	roles       []string // all members, each once
	old         *group
	id          []byte // of the new group
	proposal    []byte
	ids         map[string]uint32
	keyPackages map[string][]byte
}

func (w *world) reInit(args *script.ReInit) error {
	r := &reinitialization{
		ReInit:      args,
		old:         w.member(args.Committer).group,
		ids:         map[string]uint32{},
		keyPackages: map[string][]byte{},
	}
	for _, role := range slices.Concat([]string{args.Proposer, args.Committer, args.Welcomer}, args.Members) {
		if role != "" && !slices.Contains(r.roles, role) {
			r.roles = append(r.roles, role)
		}
	}
	if err := w.proposeReInit(r); err != nil {
		return err
	}
	if err := w.commitReInit(r); err != nil {
		return err
	}
	r.old.ended = true
	return w.welcomeReInit(r)
}

func (w *world) proposeReInit(r *reinitialization) error {
	if r.Proposer == "" {
		made := &w.made[r.ExternalProposal]
		r.proposal, r.id = made.proposal, made.successor
		return w.changeSuite(r.ChangeSuite)
	}
	if err := w.changeSuite(r.ChangeSuite); err != nil {
		return err
	}
	r.id = successor(r.old, r.ChangeGroupID)
	proposed, err := call(w, r.Proposer, "ReInitProposal", api.ReInitProposal, &mlsclient.ReInitProposalRequest{
		StateId:     w.member(r.Proposer).state,
		CipherSuite: uint32(w.suite),
		GroupId:     r.id,
		Extensions:  extensions(r.Extensions),
	})
	if err != nil {
		return err
	}
	r.proposal = proposed.GetProposal()
	return nil
}

// commitReInit ends the old group at all members.
func (w *world) commitReInit(r *reinitialization) error {
	state := w.member(r.Committer).state
	committed, err := call(w, r.Committer, "ReInitCommit", api.ReInitCommit, &mlsclient.CommitRequest{
		StateId:     state,
		ByReference: [][]byte{r.proposal},
	})
	if err != nil {
		return err
	}
	ended, err := call(w, r.Committer, "HandlePendingReInitCommit", api.HandlePendingReInitCommit, &mlsclient.HandlePendingCommitRequest{
		StateId: state,
	})
	if err != nil {
		return err
	}
	r.ids[r.Committer], r.keyPackages[r.Committer] = ended.GetReinitId(), ended.GetKeyPackage()
	authenticator := known(ended.GetEpochAuthenticator())
	for _, role := range r.roles {
		if role == r.Committer {
			continue
		}
		ended, err := call(w, role, "HandleReInitCommit", api.HandleReInitCommit, &mlsclient.HandleCommitRequest{
			StateId:  w.member(role).state,
			Proposal: [][]byte{r.proposal},
			Commit:   committed.GetCommit(),
		})
		if err != nil {
			return err
		}
		if err := w.same(role, "HandleReInitCommit", ended.GetEpochAuthenticator(), authenticator); err != nil {
			return err
		}
		r.ids[role], r.keyPackages[role] = ended.GetReinitId(), ended.GetKeyPackage()
	}
	return nil
}

// welcomeReInit brings all members to the new group.
func (w *world) welcomeReInit(r *reinitialization) error {
	var keyPackages [][]byte
	for _, role := range r.roles {
		if role != r.Welcomer {
			keyPackages = append(keyPackages, r.keyPackages[role])
		}
	}
	created, err := call(w, r.Welcomer, "ReInitWelcome", api.ReInitWelcome, &mlsclient.ReInitWelcomeRequest{
		ReinitId:     r.ids[r.Welcomer],
		KeyPackage:   keyPackages,
		ForcePath:    r.ForcePath,
		ExternalTree: r.ExternalTree,
	})
	if err != nil {
		return err
	}
	first := w.begin(r.id)
	w.enter(w.newSeat(r.NewGroup, r.Welcomer), created.GetStateId(), first)
	tree := treeApart(created, r.ExternalTree)
	for _, role := range r.roles {
		if role == r.Welcomer {
			continue
		}
		joined, err := call(w, role, "HandleReInitWelcome", api.HandleReInitWelcome, &mlsclient.HandleReInitWelcomeRequest{
			ReinitId:    r.ids[role],
			Welcome:     created.GetWelcome(),
			RatchetTree: tree,
		})
		if err != nil {
			return err
		}
		w.enter(w.newSeat(r.NewGroup, role), joined.GetStateId(), first)
		if err := w.same(role, "HandleReInitWelcome", joined.GetEpochAuthenticator(), known(created.GetEpochAuthenticator())); err != nil {
			return err
		}
	}
	return nil
}

// newSeat is the place of a role in a group that comes out of that of the step.
// Without a name of its own the new group takes the place of the old one.
func (w *world) newSeat(group, role string) seat {
	if group == "" {
		group = w.step.Group
	}
	return seat{group, role}
}

// treeApart is the ratchet tree that does not come with the Welcome.
func treeApart(created *mlsclient.CreateSubgroupResponse, external bool) []byte {
	if !external {
		return nil
	}
	return created.GetRatchetTree()
}

func (w *world) branch(args *script.Branch) error {
	var keyPackages [][]byte
	transactions := make([]uint32, len(args.Members))
	for n, member := range args.Members {
		made, err := w.newKeyPackage(member)
		if err != nil {
			return err
		}
		transactions[n] = made.GetTransactionId()
		keyPackages = append(keyPackages, made.GetKeyPackage())
	}
	first := w.begin(name())
	created, err := call(w, w.step.Actor, "CreateBranch", api.CreateBranch, &mlsclient.CreateBranchRequest{
		StateId:      w.member(w.step.Actor).state,
		GroupId:      first.group.id,
		Extensions:   extensions(args.Extensions),
		KeyPackages:  keyPackages,
		ForcePath:    args.ForcePath,
		ExternalTree: args.ExternalTree,
	})
	if err != nil {
		return err
	}
	w.enter(w.newSeat(args.NewGroup, w.step.Actor), created.GetStateId(), first)
	for n, member := range args.Members {
		joined, err := call(w, member, "HandleBranch", api.HandleBranch, &mlsclient.HandleBranchRequest{
			StateId:       w.member(member).state,
			TransactionId: transactions[n],
			Welcome:       created.GetWelcome(),
			RatchetTree:   treeApart(created, args.ExternalTree),
		})
		if err != nil {
			return err
		}
		w.used(member, transactions[n])
		w.enter(w.newSeat(args.NewGroup, member), joined.GetStateId(), first)
		if err := w.same(member, "HandleBranch", joined.GetEpochAuthenticator(), known(created.GetEpochAuthenticator())); err != nil {
			return err
		}
	}
	return nil
}
