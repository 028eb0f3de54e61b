//! Groups that follow from others: the library has neither re-initialization nor branches.

use crate::state::Peer;
use peer_common::api::*;
use peer_common::Answer;
use tonic::Status;

pub fn no_reinit() -> Status {
    Status::unimplemented("the library makes no ReInit proposals, and drops those of others from its Commits")
}

fn no_branch() -> Status {
    Status::unimplemented("the library has no subgroups, and takes no PSK of another group from a Welcome")
}

impl Peer {
    pub fn re_init_proposal(&self, _: ReInitProposalRequest) -> Answer<ProposalResponse> {
        Err(no_reinit())
    }

    pub fn re_init_commit(&self, _: CommitRequest) -> Answer<CommitResponse> {
        Err(no_reinit())
    }

    pub fn handle_pending_re_init_commit(&self, _: HandlePendingCommitRequest) -> Answer<HandleReInitCommitResponse> {
        Err(no_reinit())
    }

    pub fn handle_re_init_commit(&self, _: HandleCommitRequest) -> Answer<HandleReInitCommitResponse> {
        Err(no_reinit())
    }

    pub fn re_init_welcome(&self, _: ReInitWelcomeRequest) -> Answer<CreateSubgroupResponse> {
        Err(no_reinit())
    }

    pub fn handle_re_init_welcome(&self, _: HandleReInitWelcomeRequest) -> Answer<JoinGroupResponse> {
        Err(no_reinit())
    }

    pub fn create_branch(&self, _: CreateBranchRequest) -> Answer<CreateSubgroupResponse> {
        Err(no_branch())
    }

    pub fn handle_branch(&self, _: HandleBranchRequest) -> Answer<HandleBranchResponse> {
        Err(no_branch())
    }
}
