//! A member's proposals.

use crate::follow::no_reinit;
use crate::messages::{bytes, extensions, key_package, protocol_message};
use crate::state::{lock, Kit, Member, Peer};
use openmls::ciphersuite::hash_ref::ProposalRef;
use openmls::extensions::{Extension, Extensions, ExternalSender};
use openmls::group::Member as Leaf;
use openmls::prelude::tls_codec::Deserialize;
use openmls::prelude::{
    Ciphersuite, GroupContext, KeyPackage, LeafNodeIndex, LeafNodeParameters, MlsGroup, MlsMessageOut, OpenMlsProvider,
    ProcessMessageError, ProcessedMessageContent, PublicGroup,
};
use openmls::schedule::psk::{ExternalPsk, PreSharedKeyId, Psk, ResumptionPsk, ResumptionPskUsage};
use peer_common::api::*;
use peer_common::{refused, Answer};
use std::fmt::Debug;
use tonic::Status;

impl Peer {
    pub fn add_proposal(&self, r: AddProposalRequest) -> Answer<ProposalResponse> {
        self.propose(r.state_id, |group, kit| {
            let key_package = key_package("key_package", &r.key_package, kit.provider.crypto())?;
            made(group.propose_add_member(&*kit.provider, &*kit.signer, &key_package))
        })
    }

    pub fn update_proposal(&self, r: UpdateProposalRequest) -> Answer<ProposalResponse> {
        self.propose(r.state_id, |group, kit| made(group.propose_self_update(&*kit.provider, &*kit.signer, LeafNodeParameters::default())))
    }

    pub fn remove_proposal(&self, r: RemoveProposalRequest) -> Answer<ProposalResponse> {
        self.propose(r.state_id, |group, kit| {
            let leaf = find(group.public_group(), &r.removed_id)?;
            made(group.propose_remove_member(&*kit.provider, &*kit.signer, leaf.index))
        })
    }

    pub fn external_psk_proposal(&self, r: ExternalPskProposalRequest) -> Answer<ProposalResponse> {
        self.propose(r.state_id, |group, kit| {
            let id = external_psk(kit, group.ciphersuite(), r.psk_id)?;
            made(group.propose_pre_shared_key(&*kit.provider, &*kit.signer, id))
        })
    }

    pub fn resumption_psk_proposal(&self, r: ResumptionPskProposalRequest) -> Answer<ProposalResponse> {
        self.propose(r.state_id, |group, kit| {
            let id = resumption_psk(kit, group.public_group(), r.epoch_id)?;
            made(group.propose_pre_shared_key(&*kit.provider, &*kit.signer, id))
        })
    }

    pub fn group_context_extensions_proposal(&self, r: GroupContextExtensionsProposalRequest) -> Answer<ProposalResponse> {
        let extensions = extensions(&r.extensions)?;
        self.propose(r.state_id, |group, kit| made(group.propose_group_context_extensions(&*kit.provider, extensions, &*kit.signer)))
    }

    /// Proposes the group's extensions as they are, with one more external sender.
    pub fn add_external_signer(&self, r: AddExternalSignerRequest) -> Answer<ProposalResponse> {
        let sender = ExternalSender::tls_deserialize_exact(&r.external_sender).map_err(refused)?;
        self.propose(r.state_id, |group, kit| {
            let mut extensions = group.extensions().clone();
            let mut senders = extensions.external_senders().cloned().unwrap_or_default();
            senders.push(sender);
            extensions.add_or_replace(Extension::ExternalSenders(senders)).map_err(refused)?;
            made(group.propose_group_context_extensions(&*kit.provider, extensions, &*kit.signer))
        })
    }

    fn propose(
        &self,
        state: u32,
        make: impl FnOnce(&mut MlsGroup, &Kit) -> Answer<(MlsMessageOut, ProposalRef)>,
    ) -> Answer<ProposalResponse> {
        let member = self.member(state)?;
        let mut member = lock(&member)?;
        let kit = member.kit.clone();
        let (message, reference) = make(&mut member.group, &kit)?;
        let proposal = bytes(message)?;
        member.received.insert(proposal.clone(), reference);
        Ok(ProposalResponse { proposal })
    }
}

impl Member {
    /// Takes a proposal, unless the epoch has brought it before.
    pub fn receive(&mut self, field: &str, bytes: &[u8]) -> Answer<ProposalRef> {
        if let Some(known) = self.received.get(bytes) {
            return Ok(known.clone());
        }
        let provider = &*self.kit.provider;
        let received = self.group.process_message(provider, protocol_message(field, bytes)?).map_err(|err| match err {
            ProcessMessageError::UnsupportedProposalType => Status::unimplemented("the library takes no such proposal of an external sender"),
            err => refused(err),
        })?;
        let (ProcessedMessageContent::ProposalMessage(proposal) | ProcessedMessageContent::ExternalJoinProposalMessage(proposal)) =
            received.into_content()
        else {
            return Err(Status::invalid_argument(format!("{field}: not a proposal of somebody else")));
        };
        let reference = proposal.proposal_reference_ref().clone();
        self.group.store_pending_proposal(provider.storage(), *proposal).map_err(refused)?;
        self.received.insert(bytes.to_vec(), reference.clone());
        Ok(reference)
    }
}

fn made<T>(result: Result<T, impl Debug>) -> Answer<T> {
    result.map_err(refused)
}

pub fn external_psk(kit: &Kit, suite: Ciphersuite, id: Vec<u8>) -> Answer<PreSharedKeyId> {
    let psk = Psk::External(ExternalPsk::new(id));
    PreSharedKeyId::new(suite, kit.provider.rand(), psk).map_err(refused)
}

fn resumption_psk(kit: &Kit, group: &PublicGroup, epoch: u64) -> Answer<PreSharedKeyId> {
    let psk = Psk::Resumption(ResumptionPsk::new(ResumptionPskUsage::Application, group.group_id().clone(), epoch.into()));
    PreSharedKeyId::new(group.ciphersuite(), kit.provider.rand(), psk).map_err(refused)
}

/// A proposal that a request describes.
pub enum Described {
    Add(Box<KeyPackage>),
    Remove(LeafNodeIndex),
    Psk(PreSharedKeyId),
    Extensions(Extensions<GroupContext>),
}

pub fn describe(p: ProposalDescription, group: &PublicGroup, kit: &Kit) -> Answer<Described> {
    Ok(match &p.proposal_type[..] {
        b"add" => Described::Add(Box::new(key_package("key_package", &p.key_package, kit.provider.crypto())?)),
        b"remove" => Described::Remove(find(group, &p.removed_id)?.index),
        b"externalPSK" => Described::Psk(external_psk(kit, group.ciphersuite(), p.psk_id)?),
        b"resumptionPSK" => Described::Psk(resumption_psk(kit, group, p.epoch_id)?),
        b"groupContextExtensions" => Described::Extensions(extensions(&p.extensions)?),
        b"reinit" => return Err(no_reinit()),
        other => return Err(Status::unimplemented(format!("proposal_type: {:?} is not known", String::from_utf8_lossy(other)))),
    })
}

/// The first member with a name.
pub fn find(group: &PublicGroup, name: &[u8]) -> Answer<Leaf> {
    let found = group.members().find(|m| m.credential.serialized_content() == name);
    found.ok_or_else(|| Status::invalid_argument(format!("no member is called {:?}", String::from_utf8_lossy(name))))
}
