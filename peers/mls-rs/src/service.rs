//! The RPCs. What each of them does is in the file of its concern.

use crate::state::Peer;
use mls_rs::CryptoProvider;
use mls_rs_crypto_openssl::OpensslCryptoProvider;
use peer_common::api::*;
use peer_common::Answer;

peer_common::service!(Peer);

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
