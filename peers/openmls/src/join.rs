//! Becoming a member.

use crate::messages::{bytes, group_info, tree, welcome};
use crate::outside::observe;
use crate::propose::{external_psk, find};
use crate::state::{config, lifetime, lock, suite, Kit, Member, Peer};
use openmls::prelude::{Ciphersuite, GroupId, KeyPackage, KeyPackageBundle, MlsGroup, OpenMlsProvider, PreSharedKeyProposal, StagedWelcome};
use openmls_rust_crypto::OpenMlsRustCrypto;
use peer_common::api::*;
use peer_common::{refused, Answer};
use tonic::Status;

impl Peer {
    pub fn create_group(&self, r: CreateGroupRequest) -> Answer<CreateGroupResponse> {
        let suite = suite(r.cipher_suite)?;
        let (kit, _) = Kit::new(&r.identity, suite)?;
        let mut group = MlsGroup::builder()
            .with_group_id(GroupId::from_slice(&r.group_id))
            .ciphersuite(suite)
            .lifetime(lifetime())
            .build(&*kit.provider, &*kit.signer, kit.credential.clone())
            .map_err(refused)?;
        group.set_configuration(kit.provider.storage(), &config(r.encrypt_handshake)).map_err(refused)?;
        Ok(CreateGroupResponse { state_id: self.add_member(Member::new(group, kit))? })
    }

    pub fn create_key_package(&self, r: CreateKeyPackageRequest) -> Answer<CreateKeyPackageResponse> {
        let suite = suite(r.cipher_suite)?;
        let (kit, signature_priv) = Kit::new(&r.identity, suite)?;
        let made = kit.key_package(suite)?;
        Ok(CreateKeyPackageResponse {
            key_package: bytes(made.key_package().clone())?,
            init_priv: made.init_private_key().to_vec(),
            // The library keeps it to itself.
            encryption_priv: vec![],
            signature_priv,
            transaction_id: self.add_candidate(kit),
        })
    }

    pub fn join_group(&self, r: JoinGroupRequest) -> Answer<JoinGroupResponse> {
        let candidate = self.candidate(r.transaction_id)?;
        let candidate = lock(&candidate)?;
        let (welcome, tree) = (welcome("welcome", &r.welcome)?, tree(&r.ratchet_tree)?);
        let group = StagedWelcome::new_from_welcome(&*candidate.provider, &config(r.encrypt_handshake), welcome, tree)
            .map_err(refused)?
            .into_group(&*candidate.provider)
            .map_err(refused)?;
        let member = Member::new(group, candidate.clone());
        self.drop(r.transaction_id)?;
        Ok(JoinGroupResponse {
            epoch_authenticator: member.epoch_authenticator(),
            state_id: self.add_member(member)?,
        })
    }

    pub fn external_join(&self, r: ExternalJoinRequest) -> Answer<ExternalJoinResponse> {
        let info = group_info("group_info", &r.group_info)?;
        let suite = info.ciphersuite();
        let kit = if r.remove_prior { self.prior(&r)? } else { Kit::new(&r.identity, suite)?.0 };
        let provider = &*kit.provider;
        let mut builder = MlsGroup::external_commit_builder().with_config(config(r.encrypt_handshake));
        if let Some(tree) = tree(&r.ratchet_tree)? {
            builder = builder.with_ratchet_tree(tree);
        }
        let mut builder = builder.build_group(provider, info, kit.credential.clone()).map_err(refused)?;
        for psk in r.psks {
            let id = external_psk(&kit, suite, psk.psk_id)?;
            id.store(provider, &psk.psk_secret).map_err(refused)?;
            builder = builder.add_psk_proposal(PreSharedKeyProposal::new(id));
        }
        let (group, made) = builder
            .load_psks(provider.storage())
            .map_err(refused)?
            .build(provider.rand(), provider.crypto(), &*kit.signer, |_| true)
            .map_err(refused)?
            .finalize(provider)
            .map_err(refused)?;
        let member = Member::new(group, kit);
        Ok(ExternalJoinResponse {
            commit: bytes(made.into_commit())?,
            epoch_authenticator: member.epoch_authenticator(),
            state_id: self.add_member(member)?,
        })
    }

    /// The kit of somebody who joins once more. The library removes the leaf that has the joiner's
    /// signature key, and no other.
    fn prior(&self, r: &ExternalJoinRequest) -> Answer<Kit> {
        let group = observe(&r.group_info, &r.ratchet_tree)?;
        let leaf = find(&group, &r.identity)?;
        let key = self.key(&leaf.signature_key)?;
        let key = key.ok_or_else(|| Status::failed_precondition("remove_prior: the signature key of the prior leaf is not known"))?;
        Ok(Kit::of(&r.identity, OpenMlsRustCrypto::default(), key))
    }
}

impl Kit {
    /// Makes a KeyPackage, whose private keys the library stores.
    pub fn key_package(&self, suite: Ciphersuite) -> Answer<KeyPackageBundle> {
        KeyPackage::builder()
            .key_package_lifetime(lifetime())
            .build(suite, &*self.provider, &*self.signer, self.credential.clone())
            .map_err(refused)
    }
}
