//! Commits.

use crate::messages::{extensions, find, unknown_proposal};
use crate::state::{bytes, message, suite, Config, Member, Peer};
use mls_rs::group::{CommitBuilder, CommitEffect, CommitOutput, ReceivedMessage};
use mls_rs::mls_rules::{ProposalRef, ProposalSource};
use mls_rs::psk::ExternalPskId;
use mls_rs_core::protocol_version::ProtocolVersion;
use peer_common::api::*;
use peer_common::{refused, Answer};
use tonic::Status;

impl Peer {
    pub fn commit(&self, r: CommitRequest) -> Answer<CommitResponse> {
        let member = self.member(r.state_id)?;
        let mut member = member.lock();
        let mut references = Vec::new();
        for proposal in &r.by_reference {
            references.push(member.receive("by_reference", proposal)?);
        }
        member.kit.rules.commit(r.force_path, r.external_tree, references.clone());
        let removed = r.by_value.iter().map(|p| member.removed(p)).collect::<Answer<Vec<_>>>()?;
        let mut builder = member.group.commit_builder();
        for (proposal, removed) in r.by_value.into_iter().zip(removed) {
            builder = describe(builder, proposal, removed)?;
        }
        let output = builder.build().map_err(refused)?;
        if let Err(err) = nothing_left_out(&output, &references) {
            member.group.clear_pending_commit();
            return Err(err);
        }
        respond(&output)
    }

    pub fn handle_pending_commit(&self, r: HandlePendingCommitRequest) -> Answer<HandleCommitResponse> {
        let member = self.member(r.state_id)?;
        let mut member = member.lock();
        let done = member.group.apply_pending_commit().map_err(refused)?;
        let epoch_authenticator = member.advanced(&done.effect)?;
        Ok(HandleCommitResponse { state_id: r.state_id, epoch_authenticator })
    }

    pub fn handle_commit(&self, r: HandleCommitRequest) -> Answer<HandleCommitResponse> {
        let member = self.member(r.state_id)?;
        let epoch_authenticator = member.lock().handle(&r)?;
        Ok(HandleCommitResponse { state_id: r.state_id, epoch_authenticator })
    }
}

impl Member {
    /// Takes somebody else's Commit, and the proposals that it may refer to before.
    pub fn handle(&mut self, r: &HandleCommitRequest) -> Answer<Vec<u8>> {
        let commit = message("commit", &r.commit)?;
        for proposal in &r.proposal {
            self.receive("proposal", proposal)?;
        }
        match self.group.process_incoming_message(commit).map_err(refused)? {
            ReceivedMessage::Commit(done) => self.advanced(&done.effect),
            _ => Err(Status::invalid_argument("commit: not a Commit")),
        }
    }

    /// Where a Commit has brought the member. One that it removes learns no epoch authenticator.
    pub fn advanced(&mut self, effect: &CommitEffect) -> Answer<Vec<u8>> {
        self.received.clear();
        self.keep()?;
        match effect {
            CommitEffect::Removed { .. } => return Ok(vec![]),
            CommitEffect::ReInit(r) => {
                self.successor = Some((r.proposal.new_cipher_suite(), r.proposal.group_id().to_vec()));
            }
            CommitEffect::NewEpoch(_) => {}
        }
        self.epoch_authenticator()
    }

    /// The leaf that a description removes.
    fn removed(&self, p: &ProposalDescription) -> Answer<Option<u32>> {
        match &p.proposal_type[..] {
            b"remove" => find(self.group.roster(), &p.removed_id).map(Some),
            _ => Ok(None),
        }
    }
}

fn describe<'a>(builder: CommitBuilder<'a, Config>, p: ProposalDescription, removed: Option<u32>) -> Answer<CommitBuilder<'a, Config>> {
    let described = match (&p.proposal_type[..], removed) {
        (_, Some(index)) => builder.remove_member(index),
        (b"add", _) => builder.add_member(message("key_package", &p.key_package)?),
        (b"externalPSK", _) => builder.add_external_psk(ExternalPskId::new(p.psk_id)),
        (b"resumptionPSK", _) => builder.add_resumption_psk(p.epoch_id),
        (b"groupContextExtensions", _) => builder.set_group_context_ext(extensions(&p.extensions)?),
        (b"reinit", _) => builder.reinit(Some(p.group_id), ProtocolVersion::MLS_10, suite(p.cipher_suite)?, extensions(&p.extensions)?),
        (other, _) => return Err(unknown_proposal(other)),
    };
    described.map_err(refused)
}

/// The library leaves proposals by reference out that are not valid, and commits the rest. Then the
/// Commit is not the one that was asked for.
fn nothing_left_out(output: &CommitOutput, wanted: &[ProposalRef]) -> Answer<()> {
    for unused in output.unused_proposals() {
        if let ProposalSource::ByReference(r) = &unused.source {
            if wanted.contains(r) {
                return Err(Status::invalid_argument(format!("the library leaves a proposal out: {:?}", unused.proposal.proposal_type())));
            }
        }
    }
    Ok(())
}

fn respond(output: &CommitOutput) -> Answer<CommitResponse> {
    let welcome = output.welcome_messages().first().map(bytes).transpose()?;
    let tree = output.ratchet_tree().map(|t| t.to_bytes().map_err(refused)).transpose()?;
    Ok(CommitResponse {
        commit: bytes(output.commit_message())?,
        welcome: welcome.unwrap_or_default(),
        ratchet_tree: tree.unwrap_or_default(),
    })
}
