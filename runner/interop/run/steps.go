package run

import (
	"bytes"
	"encoding/hex"
	"fmt"

	"github.com/mlsconform/mlsconform/runner/interop/mlsclient"
	"github.com/mlsconform/mlsconform/runner/interop/script"
)

// api makes the methods of the service short to name.
type api = mlsclient.MLSClientClient

// act carries out the step.
func (w *world) act() error {
	switch args := w.step.Args.(type) {
	case *script.CreateGroup:
		return w.createGroup(args)
	case *script.CreateKeyPackage:
		return w.createKeyPackage()
	case *script.JoinGroup:
		return w.joinGroup(args)
	case *script.ExternalJoin:
		return w.externalJoin(args)
	case *script.InstallExternalPSK:
		return w.installExternalPSK(args)
	case *script.GroupInfo:
		_, err := w.groupInfo(w.step.Actor, args.ExternalTree)
		return err
	case *script.Commit:
		return w.commit(args)
	case *script.FullCommit:
		return w.fullCommit(args)
	case *script.HandleCommit:
		return w.handleCommit(args)
	case *script.HandlePendingCommit:
		return w.handlePendingCommit()
	case *script.Protect:
		return w.protect(args)
	case *script.Unprotect:
		return w.unprotect(args)
	case *script.ReInit:
		return w.reInit(args)
	case *script.Branch:
		return w.branch(args)
	case *script.Export:
		return w.export(args)
	case *script.StateAuth:
		return w.stateAuth(args)
	}
	return w.propose()
}

func (w *world) createGroup(args *script.CreateGroup) error {
	founder := w.step.Actor
	e := w.begin(name())
	created, err := call(w, founder, "CreateGroup", api.CreateGroup, &mlsclient.CreateGroupRequest{
		GroupId:          e.group.id,
		CipherSuite:      uint32(w.suite),
		EncryptHandshake: w.private(),
		Identity:         []byte(founder),
	})
	if err != nil {
		return err
	}
	w.enter(w.seat(founder), created.GetStateId(), e)
	w.arrived = nil // there is nobody else to agree with
	if len(args.Members) == 0 {
		return nil
	}
	var adds []*mlsclient.ProposalDescription
	transactions := make([]uint32, len(args.Members))
	for n, member := range args.Members {
		made, err := w.newKeyPackage(member)
		if err != nil {
			return err
		}
		transactions[n] = made.GetTransactionId()
		adds = append(adds, &mlsclient.ProposalDescription{ProposalType: []byte(script.Add), KeyPackage: made.GetKeyPackage()})
	}
	committed, err := call(w, founder, "Commit", api.Commit, &mlsclient.CommitRequest{
		StateId: created.GetStateId(),
		ByValue: adds,
	})
	if err != nil {
		return err
	}
	next := w.after(e.group)
	authenticator, err := w.apply(founder, next)
	if err != nil {
		return err
	}
	for n, member := range args.Members {
		if err := w.join(member, transactions[n], committed.GetWelcome(), nil, next, authenticator); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) newKeyPackage(role string) (*mlsclient.CreateKeyPackageResponse, error) {
	made, err := call(w, role, "CreateKeyPackage", api.CreateKeyPackage, &mlsclient.CreateKeyPackageRequest{
		CipherSuite: uint32(w.suite),
		Identity:    []byte(role),
	})
	if err == nil {
		w.start(role, made.GetTransactionId())
	}
	return made, err
}

func (w *world) createKeyPackage() error {
	made, err := w.newKeyPackage(w.step.Actor)
	if err != nil {
		return err
	}
	w.transactions[w.step.Actor] = made.GetTransactionId()
	w.product().keyPackage = made.GetKeyPackage()
	return nil
}

// apply lets a committer enter the epoch of its own commit.
func (w *world) apply(role string, e *epoch) (authenticator []byte, err error) {
	handled, err := call(w, role, "HandlePendingCommit", api.HandlePendingCommit, &mlsclient.HandlePendingCommitRequest{
		StateId: w.member(role).state,
	})
	if err != nil {
		return nil, err
	}
	w.enter(w.seat(role), handled.GetStateId(), e)
	return known(handled.GetEpochAuthenticator()), nil
}

// handle lets a member enter the epoch of another's commit. A nil authenticator
// is one that is not known.
func (w *world) handle(role string, proposals [][]byte, commit []byte, e *epoch, authenticator []byte) error {
	handled, err := call(w, role, "HandleCommit", api.HandleCommit, &mlsclient.HandleCommitRequest{
		StateId:  w.member(role).state,
		Proposal: proposals,
		Commit:   commit,
	})
	if err != nil {
		return err
	}
	w.enter(w.seat(role), handled.GetStateId(), e)
	return w.same(role, "HandleCommit", handled.GetEpochAuthenticator(), authenticator)
}

// join lets a role enter an epoch by its Welcome.
func (w *world) join(role string, transaction uint32, welcome, tree []byte, e *epoch, authenticator []byte) error {
	joined, err := call(w, role, "JoinGroup", api.JoinGroup, &mlsclient.JoinGroupRequest{
		TransactionId:    transaction,
		Welcome:          welcome,
		EncryptHandshake: w.private(),
		Identity:         []byte(role),
		RatchetTree:      tree,
	})
	if err != nil {
		return err
	}
	w.used(role, transaction)
	w.enter(w.seat(role), joined.GetStateId(), e)
	return w.same(role, "JoinGroup", joined.GetEpochAuthenticator(), authenticator)
}

// same compares the epoch authenticator that a member answers with the one of
// the committer.
func (w *world) same(role, rpc string, got, want []byte) error {
	if want == nil || bytes.Equal(got, want) {
		return nil
	}
	return failf(w.players[role], rpc, "%s to %s (%s): another epoch authenticator than the committer has\ngot  %s\nwant %s",
		rpc, role, w.player(role), shown(got), shown(want))
}

// shown is a value in a message.
func shown(b []byte) string {
	if len(b) == 0 {
		return "an empty one"
	}
	return hex.EncodeToString(b)
}

func (w *world) joinGroup(args *script.JoinGroup) error {
	made := &w.made[args.Welcome]
	transaction, err := w.transaction(w.step.Actor)
	if err != nil {
		return err
	}
	return w.join(w.step.Actor, transaction, made.welcome, made.tree, made.epoch, nil)
}

// transaction is the last that a role has begun. The parser has seen to it that
// there is one.
func (w *world) transaction(role string) (uint32, error) {
	id, ok := w.transactions[role]
	if !ok {
		return 0, fmt.Errorf("step %d: %s has made no KeyPackage", w.step.Index+1, role)
	}
	return id, nil
}

func (w *world) groupInfo(role string, externalTree bool) (*mlsclient.GroupInfoResponse, error) {
	return call(w, role, "GroupInfo", api.GroupInfo, &mlsclient.GroupInfoRequest{
		StateId:      w.member(role).state,
		ExternalTree: externalTree,
	})
}

func (w *world) externalJoin(args *script.ExternalJoin) error {
	info, err := w.groupInfo(w.step.Actor, args.ExternalTree)
	if err != nil {
		return err
	}
	var psks []*mlsclient.PreSharedKey
	for _, n := range args.PSKs {
		psks = append(psks, &mlsclient.PreSharedKey{PskId: w.made[n].pskID, PskSecret: w.made[n].pskSecret})
	}
	joined, err := call(w, args.Joiner, "ExternalJoin", api.ExternalJoin, &mlsclient.ExternalJoinRequest{
		GroupInfo:        info.GetGroupInfo(),
		RatchetTree:      info.GetRatchetTree(),
		EncryptHandshake: w.private(),
		Identity:         []byte(args.Joiner),
		RemovePrior:      args.RemovePrior,
		Psks:             psks,
	})
	if err != nil {
		return err
	}
	g := w.member(w.step.Actor).group
	next := w.after(g)
	made := w.product()
	made.group, made.epoch, made.commit = g, next, joined.GetCommit()
	w.enter(w.seat(args.Joiner), joined.GetStateId(), next)
	for _, member := range append(args.Members[:len(args.Members):len(args.Members)], w.step.Actor) {
		if err := w.handle(member, nil, joined.GetCommit(), next, known(joined.GetEpochAuthenticator())); err != nil {
			return err
		}
	}
	return nil
}

// known is an authenticator that was answered, even when it is empty.
func known(authenticator []byte) []byte {
	if authenticator == nil {
		return []byte{}
	}
	return authenticator
}

func (w *world) installExternalPSK(args *script.InstallExternalPSK) error {
	made := w.product()
	if args.Reuse != 0 {
		made.pskID, made.pskSecret = w.made[args.Reuse].pskID, w.made[args.Reuse].pskSecret
	} else {
		made.pskID, made.pskSecret = random(32), random(32)
	}
	for _, role := range args.Clients {
		id := w.transactions[role]
		if m := w.seats[w.seat(role)]; m != nil {
			id = m.state
		}
		_, err := call(w, role, "StorePSK", api.StorePSK, &mlsclient.StorePSKRequest{
			StateOrTransactionId: id,
			PskId:                made.pskID,
			PskSecret:            made.pskSecret,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *world) protect(args *script.Protect) error {
	protected, err := call(w, w.step.Actor, "Protect", api.Protect, &mlsclient.ProtectRequest{
		StateId:           w.member(w.step.Actor).state,
		AuthenticatedData: []byte(args.AuthenticatedData),
		Plaintext:         []byte(args.Plaintext),
	})
	if err != nil {
		return err
	}
	made := w.product()
	made.ciphertext = protected.GetCiphertext()
	made.plaintext, made.authentic = []byte(args.Plaintext), []byte(args.AuthenticatedData)
	return nil
}

func (w *world) unprotect(args *script.Unprotect) error {
	sent := &w.made[args.Ciphertext]
	read, err := call(w, w.step.Actor, "Unprotect", api.Unprotect, &mlsclient.UnprotectRequest{
		StateId:    w.member(w.step.Actor).state,
		Ciphertext: sent.ciphertext,
	})
	if err != nil {
		return err
	}
	return w.read(w.step.Actor, read, sent.plaintext, sent.authentic)
}

// read compares what a role has read with what was sent.
func (w *world) read(role string, got *mlsclient.UnprotectResponse, plaintext, authenticated []byte) error {
	switch {
	case !bytes.Equal(got.GetPlaintext(), plaintext):
		return failf(w.players[role], "Unprotect", "Unprotect to %s (%s): another text than was sent\ngot  %.100q\nwant %.100q", role, w.player(role), got.GetPlaintext(), plaintext)
	case !bytes.Equal(got.GetAuthenticatedData(), authenticated):
		return failf(w.players[role], "Unprotect", "Unprotect to %s (%s): other authenticated data than were sent\ngot  %.100q\nwant %.100q", role, w.player(role), got.GetAuthenticatedData(), authenticated)
	}
	return nil
}
