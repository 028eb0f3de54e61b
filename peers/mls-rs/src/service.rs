//! The RPCs. What each of them does is in the file of its concern.

use crate::state::Peer;
use mls_rs::CryptoProvider;
use mls_rs_crypto_openssl::OpensslCryptoProvider;
use peer_common::api::{mls_client_server::MlsClient, *};
use peer_common::{answer, Answer};
use tonic::{Request, Response, Status};

#[derive(Default)]
pub struct Service(Peer);

macro_rules! rpcs {
    ($($rpc:ident: $request:ty => $response:ty;)*) => {
        #[tonic::async_trait]
        impl MlsClient for Service {
            $(async fn $rpc(&self, r: Request<$request>) -> Result<Response<$response>, Status> {
                answer(|| self.0.$rpc(r.into_inner()))
            })*
        }
    };
}

rpcs! {
    name: NameRequest => NameResponse;
    supported_ciphersuites: SupportedCiphersuitesRequest => SupportedCiphersuitesResponse;
    create_group: CreateGroupRequest => CreateGroupResponse;
    create_key_package: CreateKeyPackageRequest => CreateKeyPackageResponse;
    join_group: JoinGroupRequest => JoinGroupResponse;
    external_join: ExternalJoinRequest => ExternalJoinResponse;
    group_info: GroupInfoRequest => GroupInfoResponse;
    state_auth: StateAuthRequest => StateAuthResponse;
    export: ExportRequest => ExportResponse;
    protect: ProtectRequest => ProtectResponse;
    unprotect: UnprotectRequest => UnprotectResponse;
    store_psk: StorePskRequest => StorePskResponse;
    add_proposal: AddProposalRequest => ProposalResponse;
    update_proposal: UpdateProposalRequest => ProposalResponse;
    remove_proposal: RemoveProposalRequest => ProposalResponse;
    external_psk_proposal: ExternalPskProposalRequest => ProposalResponse;
    resumption_psk_proposal: ResumptionPskProposalRequest => ProposalResponse;
    group_context_extensions_proposal: GroupContextExtensionsProposalRequest => ProposalResponse;
    commit: CommitRequest => CommitResponse;
    handle_commit: HandleCommitRequest => HandleCommitResponse;
    handle_pending_commit: HandlePendingCommitRequest => HandleCommitResponse;
    re_init_proposal: ReInitProposalRequest => ProposalResponse;
    re_init_commit: CommitRequest => CommitResponse;
    handle_pending_re_init_commit: HandlePendingCommitRequest => HandleReInitCommitResponse;
    handle_re_init_commit: HandleCommitRequest => HandleReInitCommitResponse;
    re_init_welcome: ReInitWelcomeRequest => CreateSubgroupResponse;
    handle_re_init_welcome: HandleReInitWelcomeRequest => JoinGroupResponse;
    create_branch: CreateBranchRequest => CreateSubgroupResponse;
    handle_branch: HandleBranchRequest => HandleBranchResponse;
    new_member_add_proposal: NewMemberAddProposalRequest => NewMemberAddProposalResponse;
    create_external_signer: CreateExternalSignerRequest => CreateExternalSignerResponse;
    add_external_signer: AddExternalSignerRequest => ProposalResponse;
    external_signer_proposal: ExternalSignerProposalRequest => ProposalResponse;
    free: FreeRequest => FreeResponse;
}

impl Peer {
    fn name(&self, _: NameRequest) -> Answer<NameResponse> {
        Ok(NameResponse { name: "mls-rs".into() })
    }

    fn supported_ciphersuites(&self, _: SupportedCiphersuitesRequest) -> Answer<SupportedCiphersuitesResponse> {
        let suites = OpensslCryptoProvider::new().supported_cipher_suites();
        let ciphersuites = suites.into_iter().map(|s| u16::from(s).into()).collect();
        Ok(SupportedCiphersuitesResponse { ciphersuites })
    }

    fn free(&self, r: FreeRequest) -> Answer<FreeResponse> {
        self.drop(r.state_id)?;
        Ok(FreeResponse {})
    }
}
