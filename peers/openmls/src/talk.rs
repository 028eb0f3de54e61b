//! What a member knows and says without changing the group.

use crate::messages::{bytes, encoded, protocol_message};
use crate::state::{lock, Peer};
use openmls::prelude::{OpenMlsProvider, ProcessedMessageContent};
use openmls::schedule::PreSharedKeyId;
use peer_common::api::*;
use peer_common::{refused, Answer};
use tonic::Status;

impl Peer {
    pub fn group_info(&self, r: GroupInfoRequest) -> Answer<GroupInfoResponse> {
        let member = self.member(r.state_id)?;
        let member = lock(&member)?;
        let info = member
            .group
            .export_group_info(member.kit.provider.crypto(), &*member.kit.signer, !r.external_tree)
            .map_err(refused)?;
        let mut ratchet_tree = Vec::new();
        if r.external_tree {
            ratchet_tree = encoded(&member.group.export_ratchet_tree())?;
        }
        Ok(GroupInfoResponse { group_info: bytes(info)?, ratchet_tree })
    }

    pub fn state_auth(&self, r: StateAuthRequest) -> Answer<StateAuthResponse> {
        let member = self.member(r.state_id)?;
        let state_auth_secret = lock(&member)?.epoch_authenticator();
        Ok(StateAuthResponse { state_auth_secret })
    }

    pub fn export(&self, r: ExportRequest) -> Answer<ExportResponse> {
        let member = self.member(r.state_id)?;
        let member = lock(&member)?;
        let exported_secret = member
            .group
            .export_secret(member.kit.provider.crypto(), &r.label, &r.context, r.key_length as usize)
            .map_err(refused)?;
        Ok(ExportResponse { exported_secret })
    }

    pub fn protect(&self, r: ProtectRequest) -> Answer<ProtectResponse> {
        let member = self.member(r.state_id)?;
        let mut member = lock(&member)?;
        let kit = member.kit.clone();
        member.group.set_aad(r.authenticated_data);
        let sent = member.group.create_message(&*kit.provider, &*kit.signer, &r.plaintext);
        // The library keeps it for the next message when this one fails.
        member.group.set_aad(vec![]);
        Ok(ProtectResponse { ciphertext: bytes(sent.map_err(refused)?)? })
    }

    pub fn unprotect(&self, r: UnprotectRequest) -> Answer<UnprotectResponse> {
        let member = self.member(r.state_id)?;
        let mut member = lock(&member)?;
        let provider = member.kit.provider.clone();
        let message = protocol_message("ciphertext", &r.ciphertext)?;
        let received = member.group.process_message(&*provider, message).map_err(refused)?;
        let authenticated_data = received.aad().to_vec();
        match received.into_content() {
            ProcessedMessageContent::ApplicationMessage(m) => Ok(UnprotectResponse { plaintext: m.into_bytes(), authenticated_data }),
            _ => Err(Status::invalid_argument("ciphertext: not an application message")),
        }
    }

    pub fn store_psk(&self, r: StorePskRequest) -> Answer<StorePskResponse> {
        let provider = self.kit(r.state_or_transaction_id)?.provider;
        // The library finds it by its id, whatever the nonce is.
        PreSharedKeyId::external(r.psk_id, vec![]).store(&*provider, &r.psk_secret).map_err(refused)?;
        Ok(StorePskResponse {})
    }
}
