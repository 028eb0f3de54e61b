//! What the peer keeps, by handle. Each entry has a lock of its own, which a panic of the library
//! poisons: what it has left half done is not used again.

use openmls::ciphersuite::hash_ref::ProposalRef;
use openmls::prelude::{
    BasicCredential, Ciphersuite, CredentialWithKey, Lifetime, MlsGroup, MlsGroupJoinConfig, OpenMlsCrypto, OpenMlsProvider,
    SenderRatchetConfiguration, WireFormatPolicy, MIXED_CIPHERTEXT_WIRE_FORMAT_POLICY, MIXED_PLAINTEXT_WIRE_FORMAT_POLICY,
};
use openmls_basic_credential::SignatureKeyPair;
use openmls_rust_crypto::{OpenMlsRustCrypto, RustCrypto};
use peer_common::api::*;
use peer_common::handles::{unknown, Handles};
use peer_common::{refused, Answer};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use tonic::Status;

/// How many past epochs a member remembers, for late messages and resumption PSKs.
const PAST_EPOCHS: usize = 64;

/// How many messages of a sender may come late, and how many may be missing.
const RATCHETS: (u32, u32) = (64, 1000);

/// Four weeks, in seconds.
const LIFETIME: u64 = 28 * 86400;

pub fn lifetime() -> Lifetime {
    Lifetime::new(LIFETIME)
}

/// How a member that joins or creates a group is configured.
pub fn config(encrypt_handshake: bool) -> MlsGroupJoinConfig {
    let (tolerance, distance) = RATCHETS;
    MlsGroupJoinConfig::builder()
        .wire_format_policy(framing(encrypt_handshake))
        .max_past_epochs(PAST_EPOCHS)
        .number_of_resumption_psks(PAST_EPOCHS)
        .sender_ratchet_configuration(SenderRatchetConfiguration::new(tolerance, distance))
        .build()
}

fn framing(encrypt_handshake: bool) -> WireFormatPolicy {
    if encrypt_handshake {
        MIXED_CIPHERTEXT_WIRE_FORMAT_POLICY
    } else {
        MIXED_PLAINTEXT_WIRE_FORMAT_POLICY
    }
}

/// What belongs to one client: the library's crypto and store, and the key and credential.
#[derive(Clone)]
pub struct Kit {
    pub provider: Arc<OpenMlsRustCrypto>,
    pub signer: Arc<SignatureKeyPair>,
    pub credential: CredentialWithKey,
}

impl Kit {
    /// Makes a kit with a fresh signature key, and tells the private one.
    pub fn new(identity: &[u8], suite: Ciphersuite) -> Answer<(Kit, Vec<u8>)> {
        let provider = OpenMlsRustCrypto::default();
        let scheme = suite.signature_algorithm();
        let (private, public) = provider.crypto().signature_key_gen(scheme).map_err(refused)?;
        let signer = SignatureKeyPair::from_raw(scheme, private.clone(), public);
        Ok((Kit::of(identity, provider, Arc::new(signer)), private))
    }

    /// The kit of somebody who has a signature key already.
    pub fn of(identity: &[u8], provider: OpenMlsRustCrypto, signer: Arc<SignatureKeyPair>) -> Kit {
        let credential = CredentialWithKey {
            credential: BasicCredential::new(identity.to_vec()).into(),
            signature_key: signer.to_public_vec().into(),
        };
        Kit { provider: Arc::new(provider), signer, credential }
    }
}

/// A member of a group.
pub struct Member {
    pub group: MlsGroup,
    pub kit: Kit,
    /// The proposals that the epoch has brought. One that came encrypted can be read only once.
    pub received: HashMap<Vec<u8>, ProposalRef>,
}

impl Member {
    pub fn new(group: MlsGroup, kit: Kit) -> Member {
        Member { group, kit, received: HashMap::new() }
    }

    pub fn epoch_authenticator(&self) -> Vec<u8> {
        self.group.epoch_authenticator().as_slice().to_vec()
    }
}

pub type Shared<T> = Arc<Mutex<T>>;

#[derive(Clone)]
enum Entry {
    Member(Shared<Member>),
    /// Somebody who has a KeyPackage and waits for a Welcome.
    Candidate(Shared<Kit>),
    /// Somebody outside of all groups who sends proposals.
    Signer(Shared<Kit>),
}

#[derive(Default)]
pub struct Peer {
    handles: Handles<Entry>,
    /// The signature keys of all who have become members, by the public one.
    keys: Mutex<HashMap<Vec<u8>, Arc<SignatureKeyPair>>>,
}

peer_common::service!(Peer);

impl Peer {
    pub fn name(&self, _: NameRequest) -> Answer<NameResponse> {
        Ok(NameResponse { name: "openmls".into() })
    }

    pub fn supported_ciphersuites(&self, _: SupportedCiphersuitesRequest) -> Answer<SupportedCiphersuitesResponse> {
        let suites = RustCrypto::default().supported_ciphersuites();
        let ciphersuites = suites.into_iter().map(|s| u16::from(s).into()).collect();
        Ok(SupportedCiphersuitesResponse { ciphersuites })
    }

    pub fn free(&self, r: FreeRequest) -> Answer<FreeResponse> {
        self.drop(r.state_id)?;
        Ok(FreeResponse {})
    }

    pub fn add_member(&self, member: Member) -> Answer<u32> {
        let signer = member.kit.signer.clone();
        lock(&self.keys)?.insert(signer.to_public_vec(), signer);
        Ok(self.handles.add(Entry::Member(share(member))))
    }

    pub fn add_candidate(&self, kit: Kit) -> u32 {
        self.handles.add(Entry::Candidate(share(kit)))
    }

    pub fn add_signer(&self, kit: Kit) -> u32 {
        self.handles.add(Entry::Signer(share(kit)))
    }

    pub fn member(&self, id: u32) -> Answer<Shared<Member>> {
        match self.handles.get(id) {
            Some(Entry::Member(member)) => Ok(member),
            _ => Err(unknown(id, "member")),
        }
    }

    pub fn candidate(&self, id: u32) -> Answer<Shared<Kit>> {
        match self.handles.get(id) {
            Some(Entry::Candidate(kit)) => Ok(kit),
            _ => Err(unknown(id, "candidate")),
        }
    }

    pub fn signer(&self, id: u32) -> Answer<Shared<Kit>> {
        match self.handles.get(id) {
            Some(Entry::Signer(kit)) => Ok(kit),
            _ => Err(unknown(id, "signer")),
        }
    }

    /// The kit of a member or a candidate.
    pub fn kit(&self, id: u32) -> Answer<Kit> {
        match self.handles.get(id) {
            Some(Entry::Member(member)) => Ok(lock(&member)?.kit.clone()),
            Some(Entry::Candidate(kit)) => Ok(lock(&kit)?.clone()),
            _ => Err(unknown(id, "member or candidate")),
        }
    }

    pub fn drop(&self, id: u32) -> Answer<()> {
        self.handles.drop(id)
    }

    /// The key pair of somebody who has been a member.
    pub fn key(&self, public: &[u8]) -> Answer<Option<Arc<SignatureKeyPair>>> {
        Ok(lock(&self.keys)?.get(public).cloned())
    }
}

fn share<T>(entry: T) -> Shared<T> {
    Arc::new(Mutex::new(entry))
}

pub fn lock<T>(shared: &Mutex<T>) -> Answer<MutexGuard<'_, T>> {
    shared.lock().map_err(|_| Status::failed_precondition("the library has panicked in an earlier call with this handle"))
}

pub fn suite(number: u32) -> Answer<Ciphersuite> {
    let unknown = || Status::unimplemented(format!("cipher suite {number} is not known"));
    let suite = u16::try_from(number).ok().and_then(|n| Ciphersuite::try_from(n).ok()).ok_or_else(unknown)?;
    RustCrypto::default().supports(suite).map_err(|_| unknown())?;
    Ok(suite)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tonic::Code;

    /// A panic is the answer to one call, and what it leaves is not used by another.
    #[test]
    fn after_a_panic() {
        let entry = share(());
        let call = || peer_common::answer(|| -> Answer<()> { lock(&entry).map(|_held| panic!("half done")) });
        assert_eq!(call().unwrap_err().code(), Code::Internal);
        assert_eq!(call().unwrap_err().code(), Code::FailedPrecondition);
    }
}
