package run

import (
	"fmt"

	"github.com/mlsconform/mlsconform/runner/interop/mlsclient"
	"github.com/mlsconform/mlsconform/runner/interop/script"
)

// propose carries out the steps that make a proposal.
func (w *world) propose() error {
	proposal, err := w.proposal()
	if err != nil {
		return err
	}
	w.product().proposal = proposal
	return nil
}

func (w *world) proposal() ([]byte, error) {
	actor := w.step.Actor
	state := w.member(actor).state
	var response *mlsclient.ProposalResponse
	var err error
	switch args := w.step.Args.(type) {
	case *script.AddProposal:
		response, err = call(w, actor, "AddProposal", api.AddProposal,
			&mlsclient.AddProposalRequest{StateId: state, KeyPackage: w.made[args.KeyPackage].keyPackage})
	case *script.UpdateProposal:
		response, err = call(w, actor, "UpdateProposal", api.UpdateProposal,
			&mlsclient.UpdateProposalRequest{StateId: state})
	case *script.RemoveProposal:
		response, err = call(w, actor, "RemoveProposal", api.RemoveProposal,
			&mlsclient.RemoveProposalRequest{StateId: state, RemovedId: []byte(args.Removed)})
	case *script.ExternalPSKProposal:
		response, err = call(w, actor, "ExternalPSKProposal", api.ExternalPSKProposal,
			&mlsclient.ExternalPSKProposalRequest{StateId: state, PskId: w.made[args.PSK].pskID})
	case *script.ResumptionPSKProposal:
		response, err = call(w, actor, "ResumptionPSKProposal", api.ResumptionPSKProposal,
			&mlsclient.ResumptionPSKProposalRequest{StateId: state, EpochId: args.Epoch})
	case *script.GroupContextExtensionsProposal:
		response, err = call(w, actor, "GroupContextExtensionsProposal", api.GroupContextExtensionsProposal,
			&mlsclient.GroupContextExtensionsProposalRequest{StateId: state, Extensions: extensions(args.Extensions)})
	case *script.NewMemberAddProposal:
		return w.newMemberAdd(args.Joiner)
	case *script.AddExternalSigner:
		response, err = w.addExternalSigner(args.Signer)
	case *script.ExternalSignerProposal:
		response, err = w.externalSignerProposal(args)
	default:
		return nil, fmt.Errorf("step %d: there is nothing that does %s", w.step.Index+1, w.step.Action)
	}
	return response.GetProposal(), err
}

func (w *world) newMemberAdd(joiner string) ([]byte, error) {
	info, err := w.groupInfo(w.step.Actor, false)
	if err != nil {
		return nil, err
	}
	made, err := call(w, joiner, "NewMemberAddProposal", api.NewMemberAddProposal, &mlsclient.NewMemberAddProposalRequest{
		GroupInfo: info.GetGroupInfo(),
		Identity:  []byte(joiner),
	})
	if err != nil {
		return nil, err
	}
	w.start(joiner, made.GetTransactionId())
	w.transactions[joiner] = made.GetTransactionId()
	return made.GetProposal(), nil
}

func (w *world) addExternalSigner(role string) (*mlsclient.ProposalResponse, error) {
	made, err := call(w, role, "CreateExternalSigner", api.CreateExternalSigner, &mlsclient.CreateExternalSignerRequest{
		CipherSuite: uint32(w.suite),
		Identity:    []byte(role),
	})
	if err != nil {
		return nil, err
	}
	w.start(role, made.GetSignerId())
	// The index is the place in the group's list of external senders, to whose
	// end the new one goes.
	g := w.member(w.step.Actor).group
	w.signers[role] = signer{id: made.GetSignerId(), index: g.signers}
	g.signers++
	return call(w, w.step.Actor, "AddExternalSigner", api.AddExternalSigner, &mlsclient.AddExternalSignerRequest{
		StateId:        w.member(w.step.Actor).state,
		ExternalSender: made.GetExternalSender(),
	})
}

func (w *world) externalSignerProposal(args *script.ExternalSignerProposal) (*mlsclient.ProposalResponse, error) {
	info, err := w.groupInfo(args.Member, true)
	if err != nil {
		return nil, err
	}
	description, err := w.describe(&args.Description, w.member(args.Member).group)
	if err != nil {
		return nil, err
	}
	s := w.signers[w.step.Actor]
	return call(w, w.step.Actor, "ExternalSignerProposal", api.ExternalSignerProposal, &mlsclient.ExternalSignerProposalRequest{
		SignerId:    s.id,
		SignerIndex: s.index,
		GroupInfo:   info.GetGroupInfo(),
		RatchetTree: info.GetRatchetTree(),
		Description: description,
	})
}
