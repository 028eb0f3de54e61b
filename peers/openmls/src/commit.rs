//! Commits.

use crate::messages::{bytes, encoded, protocol_message};
use crate::propose::{describe, Described};
use crate::state::{lock, Member, Peer};
use openmls::ciphersuite::hash_ref::ProposalRef;
use openmls::prelude::{
    CommitBuilder, Initial, OpenMlsProvider, PreSharedKeyProposal, ProcessedMessageContent, Proposal, ProposalOrRefType, QueuedProposal,
};
use peer_common::api::*;
use peer_common::{refused, Answer};
use tonic::Status;

impl Peer {
    pub fn commit(&self, r: CommitRequest) -> Answer<CommitResponse> {
        let member = self.member(r.state_id)?;
        let mut member = lock(&member)?;
        let references = r.by_reference.iter().map(|p| member.receive("by_reference", p)).collect::<Answer<Vec<_>>>()?;
        let group = member.group.public_group();
        let values = r.by_value.into_iter().map(|p| describe(p, group, &member.kit)).collect::<Answer<Vec<_>>>()?;
        let options = Options { force_path: r.force_path, external_tree: r.external_tree };
        member.commit(&references, values, options)
    }

    pub fn handle_pending_commit(&self, r: HandlePendingCommitRequest) -> Answer<HandleCommitResponse> {
        let member = self.member(r.state_id)?;
        let mut member = lock(&member)?;
        if member.group.pending_commit().is_none() {
            return Err(Status::failed_precondition("there is no pending Commit"));
        }
        let provider = member.kit.provider.clone();
        member.group.merge_pending_commit(&*provider).map_err(refused)?;
        Ok(member.advanced(r.state_id))
    }

    /// Takes somebody else's Commit, and the proposals that it may refer to before.
    pub fn handle_commit(&self, r: HandleCommitRequest) -> Answer<HandleCommitResponse> {
        let member = self.member(r.state_id)?;
        let mut member = lock(&member)?;
        let commit = protocol_message("commit", &r.commit)?;
        for proposal in &r.proposal {
            member.receive("proposal", proposal)?;
        }
        let provider = member.kit.provider.clone();
        let received = member.group.process_message(&*provider, commit).map_err(refused)?;
        let ProcessedMessageContent::StagedCommitMessage(staged) = received.into_content() else {
            return Err(Status::invalid_argument("commit: not a Commit of somebody else"));
        };
        member.group.merge_staged_commit(&*provider, *staged).map_err(refused)?;
        Ok(member.advanced(r.state_id))
    }
}

struct Options {
    force_path: bool,
    external_tree: bool,
}

impl Member {
    fn commit(&mut self, references: &[ProposalRef], values: Vec<Described>, o: Options) -> Answer<CommitResponse> {
        let (provider, signer) = (&*self.kit.provider, &*self.kit.signer);
        let wanted = references.len() + values.len();
        let chosen = |p: &QueuedProposal| by_value(p) || references.contains(p.proposal_reference_ref());
        let made = values
            .into_iter()
            .try_fold(self.group.commit_builder(), add)?
            .force_self_update(o.force_path)
            .load_psks(provider.storage())
            .map_err(refused)?
            .use_ratchet_tree_extension(!o.external_tree)
            .create_group_info(false)
            .build(provider.rand(), provider.crypto(), signer, chosen)
            .map_err(refused)?
            .stage_commit(provider)
            .map_err(refused)?;
        let (commit, welcome, _) = made.into_messages();
        let done = self.nothing_left_out(wanted).and_then(|()| {
            Ok(CommitResponse {
                commit: bytes(commit)?,
                welcome: welcome.map(bytes).transpose()?.unwrap_or_default(),
                ratchet_tree: if o.external_tree { self.next_tree()? } else { vec![] },
            })
        });
        if done.is_err() {
            self.group.clear_pending_commit(self.kit.provider.storage()).map_err(refused)?;
        }
        done
    }

    /// The library leaves some proposals out, and commits the rest. Then the Commit is not the one
    /// that was asked for.
    fn nothing_left_out(&self, wanted: usize) -> Answer<()> {
        let committed = self.group.pending_commit().map_or(0, |c| c.queued_proposals().count());
        if committed == wanted {
            return Ok(());
        }
        Err(Status::invalid_argument(format!("of {wanted} proposals, the library commits {committed}")))
    }

    /// The tree after the pending Commit.
    fn next_tree(&self) -> Answer<Vec<u8>> {
        let pending = self.group.pending_commit().ok_or_else(|| Status::internal("the library keeps no pending Commit"))?;
        let tree = pending.export_ratchet_tree(self.kit.provider.crypto(), self.group.export_ratchet_tree()).map_err(refused)?;
        encoded(&tree.ok_or_else(|| Status::internal("the library has no tree of the pending Commit"))?)
    }

    /// Where a Commit has brought the member. One that it removes learns no epoch authenticator.
    fn advanced(&mut self, state_id: u32) -> HandleCommitResponse {
        self.received.clear();
        let epoch_authenticator = if self.group.is_active() { self.epoch_authenticator() } else { vec![] };
        HandleCommitResponse { state_id, epoch_authenticator }
    }
}

fn by_value(p: &QueuedProposal) -> bool {
    p.proposal_or_ref_type() == ProposalOrRefType::Proposal
}

fn add<'a>(builder: CommitBuilder<'a, Initial>, proposal: Described) -> Answer<CommitBuilder<'a, Initial>> {
    match proposal {
        Described::Add(key_package) => Ok(builder.propose_adds([*key_package])),
        Described::Remove(leaf) => Ok(builder.propose_removals([leaf])),
        Described::Psk(id) => Ok(builder.add_proposal(Proposal::PreSharedKey(Box::new(PreSharedKeyProposal::new(id))))),
        Described::Extensions(extensions) => builder.propose_group_context_extensions(extensions).map_err(refused),
    }
}
