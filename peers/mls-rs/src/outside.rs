//! Proposals from outside of the group.

use crate::messages::{extensions, find, unknown_proposal};
use crate::state::{bytes, message, new_identity, share, suite, tree, Peer, Signer};
use mls_rs::external_client::{builder::MlsConfig, ExternalClient, ExternalGroup};
use mls_rs::identity::basic::BasicIdentityProvider;
use mls_rs::mls_rs_codec::MlsEncode;
use mls_rs::psk::ExternalPskId;
use mls_rs_core::protocol_version::ProtocolVersion;
use mls_rs_crypto_openssl::OpensslCryptoProvider;
use peer_common::api::*;
use peer_common::{refused, Answer};
use tonic::Status;

impl Peer {
    pub fn new_member_add_proposal(&self, r: NewMemberAddProposalRequest) -> Answer<NewMemberAddProposalResponse> {
        let info = message("group_info", &r.group_info)?;
        let suite = info.cipher_suite().ok_or_else(|| Status::invalid_argument("group_info: not a GroupInfo"))?;
        let candidate = self.new_candidate(r.identity, suite)?;
        let proposal = candidate
            .client
            .external_add_proposal(&info, None, vec![], Default::default(), Default::default(), None)
            .map_err(refused)?;
        let (init_priv, encryption_priv, signature_priv) = self.private_keys(&candidate, suite)?;
        Ok(NewMemberAddProposalResponse {
            transaction_id: self.add_candidate(share(candidate)),
            proposal: bytes(&proposal)?,
            init_priv,
            encryption_priv,
            signature_priv,
        })
    }

    pub fn create_external_signer(&self, r: CreateExternalSignerRequest) -> Answer<CreateExternalSignerResponse> {
        let (key, identity) = new_identity(&r.identity, suite(r.cipher_suite)?)?;
        let external_sender = identity.mls_encode_to_vec().map_err(refused)?;
        let signer_id = self.add_signer(share(Signer { key, identity }));
        Ok(CreateExternalSignerResponse { signer_id, external_sender })
    }

    /// The library finds the signer's place among the external senders by itself.
    pub fn external_signer_proposal(&self, r: ExternalSignerProposalRequest) -> Answer<ProposalResponse> {
        let signer = self.signer(r.signer_id)?;
        let mut group = observe(Some(&signer.lock()), &r.group_info, &r.ratchet_tree)?;
        let p = r.description.ok_or_else(|| Status::invalid_argument("description: there is none"))?;
        let made = match &p.proposal_type[..] {
            b"add" => group.propose_add(message("key_package", &p.key_package)?, vec![]),
            b"remove" => group.propose_remove(find(group.roster(), &p.removed_id)?, vec![]),
            b"externalPSK" => group.propose_external_psk(ExternalPskId::new(p.psk_id), vec![]),
            b"resumptionPSK" => group.propose_resumption_psk(p.epoch_id, vec![]),
            b"groupContextExtensions" => group.propose_group_context_extensions(extensions(&p.extensions)?, vec![]),
            b"reinit" => group.propose_reinit(
                Some(p.group_id),
                ProtocolVersion::MLS_10,
                suite(p.cipher_suite)?,
                extensions(&p.extensions)?,
                vec![],
            ),
            other => return Err(unknown_proposal(other)),
        };
        Ok(ProposalResponse { proposal: bytes(&made.map_err(refused)?)? })
    }
}

/// A group as it looks from outside.
pub fn observe(signer: Option<&Signer>, group_info: &[u8], ratchet_tree: &[u8]) -> Answer<ExternalGroup<impl MlsConfig>> {
    let mut builder = ExternalClient::builder()
        .crypto_provider(OpensslCryptoProvider::new())
        .identity_provider(BasicIdentityProvider::new());
    if let Some(signer) = signer {
        builder = builder.signer(signer.key.clone(), signer.identity.clone());
    }
    let info = message("group_info", group_info)?;
    builder.build().observe_group(info, tree(ratchet_tree)?, None).map_err(refused)
}
