//! What a member knows and says without changing the group.

use crate::state::{bytes, message, Peer};
use mls_rs::group::ReceivedMessage;
use mls_rs::psk::{ExternalPskId, PreSharedKey};
use peer_common::api::*;
use peer_common::{refused, Answer};
use tonic::Status;

impl Peer {
    pub fn group_info(&self, r: GroupInfoRequest) -> Answer<GroupInfoResponse> {
        let member = self.member(r.state_id)?;
        let member = member.lock();
        let info = member.group.group_info_message_allowing_ext_commit(!r.external_tree).map_err(refused)?;
        let mut ratchet_tree = Vec::new();
        if r.external_tree {
            ratchet_tree = member.group.export_tree().to_bytes().map_err(refused)?;
        }
        Ok(GroupInfoResponse { group_info: bytes(&info)?, ratchet_tree })
    }

    pub fn state_auth(&self, r: StateAuthRequest) -> Answer<StateAuthResponse> {
        let state_auth_secret = self.member(r.state_id)?.lock().epoch_authenticator()?;
        Ok(StateAuthResponse { state_auth_secret })
    }

    pub fn export(&self, r: ExportRequest) -> Answer<ExportResponse> {
        let member = self.member(r.state_id)?;
        let secret = member.lock().group.export_secret(r.label.as_bytes(), &r.context, r.key_length as usize);
        Ok(ExportResponse { exported_secret: secret.map_err(refused)?.to_vec() })
    }

    pub fn protect(&self, r: ProtectRequest) -> Answer<ProtectResponse> {
        let member = self.member(r.state_id)?;
        let sent = member.lock().group.encrypt_application_message(&r.plaintext, r.authenticated_data);
        Ok(ProtectResponse { ciphertext: bytes(&sent.map_err(refused)?)? })
    }

    pub fn unprotect(&self, r: UnprotectRequest) -> Answer<UnprotectResponse> {
        let member = self.member(r.state_id)?;
        let received = member.lock().group.process_incoming_message(message("ciphertext", &r.ciphertext)?);
        match received.map_err(refused)? {
            ReceivedMessage::ApplicationMessage(m) => Ok(UnprotectResponse {
                plaintext: m.data().to_vec(),
                authenticated_data: m.authenticated_data,
            }),
            _ => Err(Status::invalid_argument("ciphertext: not an application message")),
        }
    }

    pub fn store_psk(&self, r: StorePskRequest) -> Answer<StorePskResponse> {
        self.psks(r.state_or_transaction_id)?.insert(ExternalPskId::new(r.psk_id), PreSharedKey::new(r.psk_secret));
        Ok(StorePskResponse {})
    }
}
