//! Becoming a member.

use crate::messages::find;
use crate::outside::observe;
use crate::state::{bytes, message, share, suite, tree, Candidate, Kit, Member, Peer};
use mls_rs::psk::{ExternalPskId, PreSharedKey};
use mls_rs::CipherSuite;
use peer_common::api::*;
use peer_common::{refused, Answer};
use tonic::Status;

impl Peer {
    pub fn create_group(&self, r: CreateGroupRequest) -> Answer<CreateGroupResponse> {
        let kit = Kit::new()?;
        kit.rules.encrypt(r.encrypt_handshake);
        let group = self
            .client(&r.identity, suite(r.cipher_suite)?, &kit)?
            .create_group_with_id(r.group_id, Default::default(), Default::default(), None)
            .map_err(refused)?;
        let state_id = self.add_member(share(Member::new(group, kit, r.identity)?));
        Ok(CreateGroupResponse { state_id })
    }

    pub fn create_key_package(&self, r: CreateKeyPackageRequest) -> Answer<CreateKeyPackageResponse> {
        let suite = suite(r.cipher_suite)?;
        let candidate = self.new_candidate(r.identity, suite)?;
        let made = candidate
            .client
            .generate_key_package_message(Default::default(), Default::default(), None)
            .map_err(refused)?;
        let (init_priv, encryption_priv, signature_priv) = self.private_keys(&candidate, suite)?;
        Ok(CreateKeyPackageResponse {
            key_package: bytes(&made)?,
            transaction_id: self.add_candidate(share(candidate)),
            init_priv,
            encryption_priv,
            signature_priv,
        })
    }

    pub fn new_candidate(&self, identity: Vec<u8>, suite: CipherSuite) -> Answer<Candidate> {
        let kit = Kit::new()?;
        Ok(Candidate { client: self.client(&identity, suite, &kit)?, kit, identity })
    }

    /// The private keys of a candidate: of its KeyPackage, of its leaf, and for signatures.
    pub fn private_keys(&self, candidate: &Candidate, suite: CipherSuite) -> Answer<(Vec<u8>, Vec<u8>, Vec<u8>)> {
        let kept = candidate.kit.key_packages.key_packages().pop();
        let (_, keys) = kept.ok_or_else(|| Status::internal("the library keeps no keys of the KeyPackage"))?;
        let (signature, _) = self.identity(&candidate.identity, suite)?;
        Ok((keys.init_key.to_vec(), keys.leaf_node_key.to_vec(), signature.to_vec()))
    }

    pub fn join_group(&self, r: JoinGroupRequest) -> Answer<JoinGroupResponse> {
        let candidate = self.candidate(r.transaction_id)?;
        let candidate = candidate.lock();
        candidate.kit.rules.encrypt(r.encrypt_handshake);
        let (group, _) = candidate
            .client
            .join_group(tree(&r.ratchet_tree)?, &message("welcome", &r.welcome)?, None)
            .map_err(refused)?;
        let member = Member::new(group, candidate.kit.clone(), candidate.identity.clone())?;
        self.drop(r.transaction_id)?;
        Ok(JoinGroupResponse {
            epoch_authenticator: member.epoch_authenticator()?,
            state_id: self.add_member(share(member)),
        })
    }

    pub fn external_join(&self, r: ExternalJoinRequest) -> Answer<ExternalJoinResponse> {
        let info = message("group_info", &r.group_info)?;
        let suite = info.cipher_suite().ok_or_else(|| Status::invalid_argument("group_info: not a GroupInfo"))?;
        let mut kit = Kit::new()?;
        kit.rules.encrypt(r.encrypt_handshake);
        let mut builder = self.client(&r.identity, suite, &kit)?.external_commit_builder().map_err(refused)?;
        if let Some(tree) = tree(&r.ratchet_tree)? {
            builder = builder.with_tree_data(tree);
        }
        if r.remove_prior {
            let group = observe(None, &r.group_info, &r.ratchet_tree)?;
            builder = builder.with_removal(find(group.roster(), &r.identity)?);
        }
        for psk in r.psks {
            let id = ExternalPskId::new(psk.psk_id);
            kit.psks.insert(id.clone(), PreSharedKey::new(psk.psk_secret));
            builder = builder.with_external_psk(id);
        }
        let (group, commit) = builder.build(info).map_err(refused)?;
        let member = Member::new(group, kit, r.identity)?;
        Ok(ExternalJoinResponse {
            commit: bytes(&commit)?,
            epoch_authenticator: member.epoch_authenticator()?,
            state_id: self.add_member(share(member)),
        })
    }
}
