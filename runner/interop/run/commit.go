package run

import (
	"github.com/mlsconform/mlsconform/runner/interop/mlsclient"
	"github.com/mlsconform/mlsconform/runner/interop/script"
	"github.com/mlsconform/mlsconform/runner/result"
)

// makeCommit has the actor make a Commit, which is then pending.
func (w *world) makeCommit(args *script.Commit) error {
	descriptions, err := w.descriptions(args.ByValue)
	if err != nil {
		return err
	}
	m := w.member(w.step.Actor)
	committed, err := call(w, w.step.Actor, "Commit", api.Commit, &mlsclient.CommitRequest{
		StateId:      m.state,
		ByReference:  w.proposals(args.ByReference),
		ByValue:      descriptions,
		ForcePath:    args.ForcePath,
		ExternalTree: args.ExternalTree,
	})
	if err != nil {
		return err
	}
	made := w.product()
	made.group, made.epoch = m.group, w.after(m.group)
	made.commit, made.welcome = committed.GetCommit(), committed.GetWelcome()
	if args.ExternalTree {
		made.tree = committed.GetRatchetTree()
	}
	return nil
}

// commit leaves it to later steps to bring the Commit to the members.
func (w *world) commit(args *script.Commit) error {
	if err := w.makeCommit(args); err != nil {
		return err
	}
	w.pending[w.seat(w.step.Actor)] = w.product().epoch
	return nil
}

func (w *world) handlePendingCommit() error {
	s := w.seat(w.step.Actor)
	e := w.pending[s]
	if e == nil { // which the client is to refuse
		e = w.after(w.member(w.step.Actor).group)
	}
	_, err := w.apply(w.step.Actor, e)
	if err == nil {
		delete(w.pending, s)
	}
	return err
}

func (w *world) handleCommit(args *script.HandleCommit) error {
	made := &w.made[args.Commit]
	e := made.epoch
	if e == nil {
		e = w.after(w.member(w.step.Actor).group)
	}
	return w.handle(w.step.Actor, w.proposals(args.ByReference), made.commit, e, nil)
}

func (w *world) fullCommit(args *script.FullCommit) error {
	if err := w.makeCommit(&args.Commit); err != nil {
		return err
	}
	made := w.product()
	authenticator, err := w.apply(w.step.Actor, made.epoch)
	if err != nil {
		return err
	}
	proposals := w.proposals(args.ByReference)
	for _, member := range args.Members {
		if err := w.handle(member, proposals, made.commit, made.epoch, authenticator); err != nil {
			return err
		}
	}
	for _, joiner := range args.Joiners {
		transaction, err := w.transaction(joiner)
		if err != nil {
			return err
		}
		if err := w.join(joiner, transaction, made.welcome, made.tree, made.epoch, authenticator); err != nil {
			return err
		}
	}
	return nil
}

// proposals are those that earlier steps made.
func (w *world) proposals(steps []int) [][]byte {
	list := make([][]byte, len(steps))
	for i, n := range steps {
		list[i] = w.made[n].proposal
	}
	return list
}

func (w *world) descriptions(proposals []script.Proposal) ([]*mlsclient.ProposalDescription, error) {
	list := make([]*mlsclient.ProposalDescription, len(proposals))
	for i := range proposals {
		var err error
		if list[i], err = w.describe(&proposals[i], w.member(w.step.Actor).group); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// describe says to a client what it is to propose to a group.
func (w *world) describe(p *script.Proposal, g *group) (*mlsclient.ProposalDescription, error) {
	d := &mlsclient.ProposalDescription{ProposalType: []byte(p.Type)}
	switch p.Type {
	case script.Add:
		d.KeyPackage = w.made[p.KeyPackage].keyPackage
	case script.Remove:
		d.RemovedId = []byte(p.Removed)
	case script.ExternalPSK:
		d.PskId = w.made[p.PSK].pskID
	case script.ResumptionPSK:
		d.EpochId = p.Epoch
	case script.GroupContextExtensions:
		d.Extensions = extensions(p.Extensions)
	case script.Reinitialize:
		if err := w.changeSuite(p.ChangeSuite); err != nil {
			return nil, err
		}
		d.Extensions = extensions(p.Extensions)
		d.CipherSuite = uint32(w.suite)
		d.GroupId = successor(g, p.ChangeGroupID)
		w.product().successor = d.GroupId
	}
	return d, nil
}

func extensions(list []script.Extension) []*mlsclient.Extension {
	out := make([]*mlsclient.Extension, len(list))
	for i, e := range list {
		out[i] = &mlsclient.Extension{ExtensionType: uint32(e.Type), ExtensionData: e.Data}
	}
	return out
}

// changeSuite goes over to another suite that all clients have, if the script
// wants to.
func (w *world) changeSuite(change bool) error {
	if !change {
		return nil
	}
	next := w.c.NextSuite(w.suite)
	if next == 0 {
		return &failure{outcome: result.Unsupported, detail: "the clients have no other cipher suite in common"}
	}
	w.suite = next
	return nil
}

// successor is the id of the group that takes the place of g.
func successor(g *group, other bool) []byte {
	if !other {
		return g.id
	}
	return append(g.id[:len(g.id):len(g.id)], "++"...)
}
