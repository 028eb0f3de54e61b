//! What the peer keeps, by handle. Each entry has a lock of its own, which does not poison.

use crate::rules::Rules;
use mls_rs::client_builder::{BaseConfig, WithCryptoProvider, WithGroupStateStorage, WithIdentityProvider, WithKeyPackageRepo, WithMlsRules, WithPskStore};
use mls_rs::crypto::SignatureSecretKey;
use mls_rs::error::MlsError;
use mls_rs::group::ExportedTree;
use mls_rs::identity::basic::{BasicCredential, BasicIdentityProvider};
use mls_rs::identity::SigningIdentity;
use mls_rs::mls_rules::ProposalRef;
use mls_rs::storage_provider::in_memory::{InMemoryGroupStateStorage, InMemoryKeyPackageStorage, InMemoryPreSharedKeyStorage};
use mls_rs::{CipherSuite, CipherSuiteProvider, Client, CryptoProvider, Group, MlsMessage};
use mls_rs_crypto_openssl::OpensslCryptoProvider;
use parking_lot::Mutex;
use peer_common::handles::{unknown, Handles};
use peer_common::{refused, status, Answer};
use std::collections::HashMap;
use std::sync::Arc;
use tonic::{Code, Status};

pub type Config = WithIdentityProvider<
    BasicIdentityProvider,
    WithCryptoProvider<
        OpensslCryptoProvider,
        WithMlsRules<
            Rules,
            WithGroupStateStorage<InMemoryGroupStateStorage, WithPskStore<InMemoryPreSharedKeyStorage, WithKeyPackageRepo<InMemoryKeyPackageStorage, BaseConfig>>>,
        >,
    >,
>;

/// How many past epochs a member remembers, for late messages and resumption PSKs.
const PAST_EPOCHS: usize = 64;

/// What belongs to one member and is shared with the library.
#[derive(Clone)]
pub struct Kit {
    pub rules: Rules,
    pub key_packages: InMemoryKeyPackageStorage,
    pub psks: InMemoryPreSharedKeyStorage,
    pub epochs: InMemoryGroupStateStorage,
}

impl Kit {
    pub fn new() -> Answer<Kit> {
        Ok(Kit {
            rules: Rules::default(),
            key_packages: InMemoryKeyPackageStorage::new(),
            psks: InMemoryPreSharedKeyStorage::default(),
            epochs: InMemoryGroupStateStorage::new().with_max_epoch_retention(PAST_EPOCHS).map_err(refused)?,
        })
    }
}

/// A member of a group.
pub struct Member {
    pub group: Group<Config>,
    pub kit: Kit,
    pub identity: Vec<u8>,
    /// The proposals that the epoch has brought. One that came encrypted can be read only once.
    pub received: HashMap<Vec<u8>, ProposalRef>,
    /// Cipher suite and id of the group that follows, when this one has ended by ReInit.
    pub successor: Option<(CipherSuite, Vec<u8>)>,
}

impl Member {
    pub fn new(group: Group<Config>, kit: Kit, identity: Vec<u8>) -> Answer<Member> {
        let mut member = Member { group, kit, identity, received: HashMap::new(), successor: None };
        member.keep()?;
        Ok(member)
    }

    /// Hands what has happened to the library's storage, where it looks for past epochs.
    pub fn keep(&mut self) -> Answer<()> {
        self.group.write_to_storage().map_err(refused)
    }

    /// Forgets the past epochs of the old group where the new one has the same id: the library keeps
    /// them by id, and takes no second epoch 0.
    pub fn make_room(&self) {
        if let Some((_, id)) = &self.successor {
            self.kit.epochs.delete_group(id);
        }
    }

    pub fn epoch_authenticator(&self) -> Answer<Vec<u8>> {
        Ok(self.group.epoch_authenticator().map_err(refused)?.to_vec())
    }
}

/// Somebody who has a KeyPackage and waits for a Welcome.
pub struct Candidate {
    pub client: Client<Config>,
    pub kit: Kit,
    pub identity: Vec<u8>,
}

/// Somebody outside of all groups who sends proposals.
pub struct Signer {
    pub key: SignatureSecretKey,
    pub identity: SigningIdentity,
}

type Shared<T> = Arc<Mutex<T>>;

#[derive(Clone)]
enum Entry {
    Member(Shared<Member>),
    Candidate(Shared<Candidate>),
    /// A member whose group has ended by ReInit.
    ReInit(Shared<Member>),
    Signer(Shared<Signer>),
}

#[derive(Default)]
pub struct Peer {
    handles: Handles<Entry>,
    identities: Mutex<HashMap<(Vec<u8>, u16), (SignatureSecretKey, SigningIdentity)>>,
}

macro_rules! kind {
    ($add:ident, $get:ident, $kind:ident, $type:ty) => {
        pub fn $add(&self, entry: Shared<$type>) -> u32 {
            self.handles.add(Entry::$kind(entry))
        }

        pub fn $get(&self, id: u32) -> Answer<Shared<$type>> {
            match self.handles.get(id) {
                Some(Entry::$kind(entry)) => Ok(entry),
                _ => Err(unknown(id, stringify!($kind))),
            }
        }
    };
}

impl Peer {
    kind!(add_member, member, Member, Member);
    kind!(add_candidate, candidate, Candidate, Candidate);
    kind!(add_reinit, reinit, ReInit, Member);
    kind!(add_signer, signer, Signer, Signer);

    pub fn drop(&self, id: u32) -> Answer<()> {
        self.handles.drop(id)
    }

    /// The PSKs of a member or a candidate.
    pub fn psks(&self, id: u32) -> Answer<InMemoryPreSharedKeyStorage> {
        match self.handles.get(id) {
            Some(Entry::Member(m)) => Ok(m.lock().kit.psks.clone()),
            Some(Entry::Candidate(c)) => Ok(c.lock().kit.psks.clone()),
            _ => Err(unknown(id, "Member or Candidate")),
        }
    }

    /// The key and credential of a name. A name keeps its key, because the library takes a branch's
    /// to be that of the member it branches from.
    pub fn identity(&self, name: &[u8], suite: CipherSuite) -> Answer<(SignatureSecretKey, SigningIdentity)> {
        let mut identities = self.identities.lock();
        let place = (name.to_vec(), u16::from(suite));
        if let Some(known) = identities.get(&place) {
            return Ok(known.clone());
        }
        let fresh = new_identity(name, suite)?;
        identities.insert(place, fresh.clone());
        Ok(fresh)
    }

    /// A client of the library, as every member starts.
    pub fn client(&self, name: &[u8], suite: CipherSuite, kit: &Kit) -> Answer<Client<Config>> {
        let (key, identity) = self.identity(name, suite)?;
        Ok(Client::builder()
            .key_package_repo(kit.key_packages.clone())
            .psk_store(kit.psks.clone())
            .group_state_storage(kit.epochs.clone())
            .mls_rules(kit.rules.clone())
            .crypto_provider(OpensslCryptoProvider::new())
            .identity_provider(BasicIdentityProvider::new())
            .signing_identity(identity, key, suite)
            .build())
    }
}

pub fn new_identity(name: &[u8], suite: CipherSuite) -> Answer<(SignatureSecretKey, SigningIdentity)> {
    let provider = OpensslCryptoProvider::new()
        .cipher_suite_provider(suite)
        .ok_or_else(|| Status::unimplemented(format!("cipher suite {} is not known", u16::from(suite))))?;
    let (secret, public) = provider.signature_key_generate().map_err(refused)?;
    let credential = BasicCredential::new(name.to_vec()).into_credential();
    Ok((secret, SigningIdentity::new(credential, public)))
}

pub fn suite(number: u32) -> Answer<CipherSuite> {
    let number = u16::try_from(number).map_err(refused)?;
    Ok(CipherSuite::from(number))
}

/// Reads a message, and names the field it came in.
pub fn message(field: &str, bytes: &[u8]) -> Answer<MlsMessage> {
    MlsMessage::from_bytes(bytes).map_err(|err| in_field(field, err))
}

pub fn bytes(message: &MlsMessage) -> Answer<Vec<u8>> {
    message.to_bytes().map_err(refused)
}

/// Reads a ratchet tree; none is empty.
pub fn tree(bytes: &[u8]) -> Answer<Option<ExportedTree<'static>>> {
    if bytes.is_empty() {
        return Ok(None);
    }
    ExportedTree::from_bytes(bytes).map(Some).map_err(|err| in_field("ratchet_tree", err))
}

fn in_field(field: &str, err: MlsError) -> Status {
    status(Code::InvalidArgument, &format!("{field}: {err:?}"))
}

pub fn share<T>(entry: T) -> Arc<Mutex<T>> {
    Arc::new(Mutex::new(entry))
}
