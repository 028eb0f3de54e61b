//! Groups that follow from others: re-initialization and branches.

use crate::messages::extensions;
use crate::state::{bytes, message, share, tree, Config, Member, Peer};
use mls_rs::group::ReinitClient;
use mls_rs::{Group, MlsMessage};
use parking_lot::Mutex;
use peer_common::api::*;
use peer_common::{refused, Answer};
use std::sync::Arc;
use tonic::Status;

impl Peer {
    pub fn re_init_commit(&self, r: CommitRequest) -> Answer<CommitResponse> {
        self.commit(r)
    }

    pub fn handle_pending_re_init_commit(&self, r: HandlePendingCommitRequest) -> Answer<HandleReInitCommitResponse> {
        let handled = self.handle_pending_commit(r)?;
        self.end(self.member(handled.state_id)?, handled.epoch_authenticator)
    }

    pub fn handle_re_init_commit(&self, r: HandleCommitRequest) -> Answer<HandleReInitCommitResponse> {
        let handled = self.handle_commit(r)?;
        self.end(self.member(handled.state_id)?, handled.epoch_authenticator)
    }

    /// Makes the member's KeyPackage for the group that follows.
    fn end(&self, member: Arc<Mutex<Member>>, epoch_authenticator: Vec<u8>) -> Answer<HandleReInitCommitResponse> {
        let key_package = self.heir(&member.lock())?.generate_key_package(None).map_err(refused)?;
        Ok(HandleReInitCommitResponse {
            reinit_id: self.add_reinit(member),
            key_package: bytes(&key_package)?,
            epoch_authenticator,
        })
    }

    /// The library's client for the group that follows. It takes the old group, and gets a copy:
    /// messages of the old group can still be read.
    fn heir(&self, member: &Member) -> Answer<ReinitClient<Config>> {
        let (suite, _) = member.successor.as_ref().ok_or_else(|| Status::failed_precondition("the group has not ended by ReInit"))?;
        let (key, identity) = self.identity(&member.identity, *suite)?;
        member.group.clone().get_reinit_client(Some(key), Some(identity)).map_err(refused)
    }

    pub fn re_init_welcome(&self, r: ReInitWelcomeRequest) -> Answer<CreateSubgroupResponse> {
        let old = self.reinit(r.reinit_id)?;
        let old = old.lock();
        old.kit.rules.commit(r.force_path, r.external_tree, vec![]);
        let others = messages(&r.key_package)?;
        old.make_room();
        let (group, welcome) = self.heir(&old)?.commit(others, Default::default(), None).map_err(refused)?;
        let response = self.found(&old, group, &welcome, r.external_tree)?;
        self.drop(r.reinit_id)?;
        Ok(response)
    }

    pub fn handle_re_init_welcome(&self, r: HandleReInitWelcomeRequest) -> Answer<JoinGroupResponse> {
        let old = self.reinit(r.reinit_id)?;
        let old = old.lock();
        let welcome = message("welcome", &r.welcome)?;
        old.make_room();
        let (group, _) = self.heir(&old)?.join(&welcome, tree(&r.ratchet_tree)?, None).map_err(refused)?;
        let member = Member::new(group, old.kit.clone(), old.identity.clone())?;
        self.drop(r.reinit_id)?;
        Ok(JoinGroupResponse {
            epoch_authenticator: member.epoch_authenticator()?,
            state_id: self.add_member(share(member)),
        })
    }

    pub fn create_branch(&self, r: CreateBranchRequest) -> Answer<CreateSubgroupResponse> {
        let from = self.member(r.state_id)?;
        let from = from.lock();
        if extensions(&r.extensions)? != from.group.context().extensions {
            return Err(Status::unimplemented("the library gives a branch the extensions of its group, and no others"));
        }
        from.kit.rules.commit(r.force_path, r.external_tree, vec![]);
        let (group, welcome) = from.group.branch(r.group_id, messages(&r.key_packages)?, None).map_err(refused)?;
        self.found(&from, group, &welcome, r.external_tree)
    }

    pub fn handle_branch(&self, r: HandleBranchRequest) -> Answer<HandleBranchResponse> {
        let from = self.member(r.state_id)?;
        let from = from.lock();
        let candidate = self.candidate(r.transaction_id)?;
        // The library looks for the KeyPackage among those of the member.
        for (id, keys) in candidate.lock().kit.key_packages.key_packages() {
            from.kit.key_packages.insert(id, keys);
        }
        let welcome = message("welcome", &r.welcome)?;
        let (group, _) = from.group.join_subgroup(&welcome, tree(&r.ratchet_tree)?, None).map_err(refused)?;
        let member = Member::new(group, from.kit.clone(), from.identity.clone())?;
        self.drop(r.transaction_id)?;
        Ok(HandleBranchResponse {
            epoch_authenticator: member.epoch_authenticator()?,
            state_id: self.add_member(share(member)),
        })
    }

    fn found(&self, from: &Member, group: Group<Config>, welcome: &[MlsMessage], external_tree: bool) -> Answer<CreateSubgroupResponse> {
        let member = Member::new(group, from.kit.clone(), from.identity.clone())?;
        let mut ratchet_tree = Vec::new();
        if external_tree {
            ratchet_tree = member.group.export_tree().to_bytes().map_err(refused)?;
        }
        Ok(CreateSubgroupResponse {
            welcome: welcome.first().map(bytes).transpose()?.unwrap_or_default(),
            ratchet_tree,
            epoch_authenticator: member.epoch_authenticator()?,
            state_id: self.add_member(share(member)),
        })
    }
}

fn messages(key_packages: &[Vec<u8>]) -> Answer<Vec<MlsMessage>> {
    key_packages.iter().map(|kp| message("key_package", kp)).collect()
}
