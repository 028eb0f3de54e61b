//! Proposals from outside of the group.

use crate::messages::{bytes, encoded, group_info, tree};
use crate::propose::{describe, Described};
use crate::state::{lock, suite, Kit, Peer};
use openmls::extensions::{ExternalSender, SenderExtensionIndex};
use openmls::group::{ProposalStore, PublicGroup};
use openmls::prelude::{ExternalProposal, JoinProposal, OpenMlsProvider};
use openmls_rust_crypto::{MemoryStorage, OpenMlsRustCrypto};
use peer_common::api::*;
use peer_common::{refused, Answer};
use tonic::Status;

impl Peer {
    pub fn new_member_add_proposal(&self, r: NewMemberAddProposalRequest) -> Answer<NewMemberAddProposalResponse> {
        let info = group_info("group_info", &r.group_info)?;
        let (kit, signature_priv) = Kit::new(&r.identity, info.ciphersuite())?;
        let made = kit.key_package(info.ciphersuite())?;
        let proposal =
            JoinProposal::new::<MemoryStorage>(made.key_package().clone(), info.group_id().clone(), info.epoch(), &*kit.signer)
                .map_err(refused)?;
        Ok(NewMemberAddProposalResponse {
            proposal: bytes(proposal)?,
            init_priv: made.init_private_key().to_vec(),
            // The library keeps it to itself.
            encryption_priv: vec![],
            signature_priv,
            transaction_id: self.add_candidate(kit),
        })
    }

    pub fn create_external_signer(&self, r: CreateExternalSignerRequest) -> Answer<CreateExternalSignerResponse> {
        let (kit, _) = Kit::new(&r.identity, suite(r.cipher_suite)?)?;
        let sender = ExternalSender::new(kit.credential.signature_key.clone(), kit.credential.credential.clone());
        Ok(CreateExternalSignerResponse { external_sender: encoded(&sender)?, signer_id: self.add_signer(kit) })
    }

    pub fn external_signer_proposal(&self, r: ExternalSignerProposalRequest) -> Answer<ProposalResponse> {
        let signer = self.signer(r.signer_id)?;
        let signer = lock(&signer)?;
        let group = observe(&r.group_info, &r.ratchet_tree)?;
        let (id, epoch) = (group.group_id().clone(), group.group_context().epoch());
        let description = r.description.ok_or_else(|| Status::invalid_argument("description: there is none"))?;
        let (key, place) = (&*signer.signer, SenderExtensionIndex::new(r.signer_index));
        let proposal = match describe(description, &group, &signer)? {
            Described::Add(kp) => ExternalProposal::new_add::<OpenMlsRustCrypto>(*kp, id, epoch, key, place).map_err(refused),
            Described::Remove(leaf) => ExternalProposal::new_remove::<OpenMlsRustCrypto>(leaf, id, epoch, key, place).map_err(refused),
            Described::Extensions(e) => {
                ExternalProposal::new_group_context_extensions::<OpenMlsRustCrypto>(e, id, epoch, key, place).map_err(refused)
            }
            Described::Psk(_) => Err(Status::unimplemented("the library has no PSK proposals of external senders")),
        };
        Ok(ProposalResponse { proposal: bytes(proposal?)? })
    }
}

/// A group as it looks from outside.
pub fn observe(info: &[u8], ratchet_tree: &[u8]) -> Answer<PublicGroup> {
    let info = group_info("group_info", info)?;
    let inside = info.extensions().ratchet_tree().map(|t| t.ratchet_tree().clone());
    let tree = inside.or(tree(ratchet_tree)?).ok_or_else(|| Status::invalid_argument("ratchet_tree: there is none"))?;
    let provider = OpenMlsRustCrypto::default();
    let (group, _) = PublicGroup::from_external(provider.crypto(), provider.storage(), tree, info, ProposalStore::new()).map_err(refused)?;
    Ok(group)
}
