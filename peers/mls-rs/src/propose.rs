//! A member's proposals.

use crate::messages::{extensions, find};
use crate::state::{bytes, message, suite, Config, Member, Peer};
use mls_rs::extension::built_in::ExternalSendersExt;
use mls_rs::identity::SigningIdentity;
use mls_rs::mls_rs_codec::MlsDecode;
use mls_rs::psk::ExternalPskId;
use mls_rs::{Group, MlsMessage};
use mls_rs::error::MlsError;
use mls_rs_core::protocol_version::ProtocolVersion;
use peer_common::api::*;
use peer_common::{refused, Answer};

impl Peer {
    pub fn add_proposal(&self, r: AddProposalRequest) -> Answer<ProposalResponse> {
        let key_package = message("key_package", &r.key_package)?;
        self.propose(r.state_id, |g| Ok(g.propose_add(key_package, vec![])))
    }

    pub fn update_proposal(&self, r: UpdateProposalRequest) -> Answer<ProposalResponse> {
        self.propose(r.state_id, |g| Ok(g.propose_update(vec![])))
    }

    pub fn remove_proposal(&self, r: RemoveProposalRequest) -> Answer<ProposalResponse> {
        self.propose(r.state_id, |g| {
            let index = find(g.roster(), &r.removed_id)?;
            Ok(g.propose_remove(index, vec![]))
        })
    }

    pub fn external_psk_proposal(&self, r: ExternalPskProposalRequest) -> Answer<ProposalResponse> {
        self.propose(r.state_id, |g| Ok(g.propose_external_psk(ExternalPskId::new(r.psk_id), vec![])))
    }

    pub fn resumption_psk_proposal(&self, r: ResumptionPskProposalRequest) -> Answer<ProposalResponse> {
        self.propose(r.state_id, |g| Ok(g.propose_resumption_psk(r.epoch_id, vec![])))
    }

    pub fn group_context_extensions_proposal(&self, r: GroupContextExtensionsProposalRequest) -> Answer<ProposalResponse> {
        let extensions = extensions(&r.extensions)?;
        self.propose(r.state_id, |g| Ok(g.propose_group_context_extensions(extensions, vec![])))
    }

    pub fn re_init_proposal(&self, r: ReInitProposalRequest) -> Answer<ProposalResponse> {
        let (suite, extensions) = (suite(r.cipher_suite)?, extensions(&r.extensions)?);
        self.propose(r.state_id, |g| {
            Ok(g.propose_reinit(Some(r.group_id), ProtocolVersion::MLS_10, suite, extensions, vec![]))
        })
    }

    /// Proposes the group's extensions as they are, with one more external sender.
    pub fn add_external_signer(&self, r: AddExternalSignerRequest) -> Answer<ProposalResponse> {
        let sender = SigningIdentity::mls_decode(&mut &*r.external_sender).map_err(refused)?;
        self.propose(r.state_id, |g| {
            let mut extensions = g.context().extensions.clone();
            let mut senders = match extensions.get_as::<ExternalSendersExt>().map_err(refused)? {
                Some(there) => there.allowed_senders,
                None => vec![],
            };
            senders.push(sender);
            extensions.set_from(ExternalSendersExt::new(senders)).map_err(refused)?;
            Ok(g.propose_group_context_extensions(extensions, vec![]))
        })
    }

    fn propose(
        &self,
        state: u32,
        make: impl FnOnce(&mut Group<Config>) -> Answer<Result<MlsMessage, MlsError>>,
    ) -> Answer<ProposalResponse> {
        let member = self.member(state)?;
        let mut member = member.lock();
        let proposal = bytes(&make(&mut member.group)?.map_err(refused)?)?;
        // The library knows its own proposal again by the message.
        member.receive("proposal", &proposal)?;
        Ok(ProposalResponse { proposal })
    }
}

impl Member {
    /// Takes a proposal, unless the epoch has brought it before.
    pub fn receive(&mut self, field: &str, bytes: &[u8]) -> Answer<mls_rs::mls_rules::ProposalRef> {
        if let Some(known) = self.received.get(bytes) {
            return Ok(known.clone());
        }
        let received = self.group.process_incoming_message(message(field, bytes)?).map_err(refused)?;
        let mls_rs::group::ReceivedMessage::Proposal(p) = received else {
            return Err(tonic::Status::invalid_argument(format!("{field}: not a proposal")));
        };
        self.received.insert(bytes.to_vec(), p.proposal_ref.clone());
        Ok(p.proposal_ref)
    }
}
