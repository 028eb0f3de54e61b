//! The table of RPCs.

/// Makes a service of a type that has a method for each RPC.
#[macro_export]
macro_rules! service {
    ($peer:ty) => {
        $crate::rpcs! {
            $peer:
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
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! rpcs {
    ($peer:ty: $($rpc:ident: $request:ident => $response:ident;)*) => {
        #[$crate::tonic::async_trait]
        impl $crate::api::mls_client_server::MlsClient for $peer {
            $(async fn $rpc(
                &self,
                r: $crate::tonic::Request<$crate::api::$request>,
            ) -> Result<$crate::tonic::Response<$crate::api::$response>, $crate::tonic::Status> {
                $crate::answer(|| <$peer>::$rpc(self, r.into_inner()))
            })*
        }
    };
}
