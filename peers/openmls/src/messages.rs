//! The library's objects, read from the fields of requests and written into those of responses.

use openmls::prelude::tls_codec::{Deserialize, Serialize, VLBytes};
use openmls::prelude::{
    Extension, Extensions, GroupContext, KeyPackage, KeyPackageIn, MlsMessageBodyIn, MlsMessageIn, MlsMessageOut, OpenMlsCrypto, ProtocolMessage,
    ProtocolVersion, RatchetTreeIn, Welcome,
};
use openmls::messages::group_info::VerifiableGroupInfo;
use peer_common::{api, refused, status, Answer};
use std::fmt::Debug;
use tonic::{Code, Status};

fn body(field: &str, bytes: &[u8]) -> Answer<MlsMessageBodyIn> {
    let message = MlsMessageIn::tls_deserialize_exact(bytes).map_err(|err| in_field(field, err))?;
    Ok(message.extract())
}

/// Reads a proposal, a Commit or application data.
pub fn protocol_message(field: &str, bytes: &[u8]) -> Answer<ProtocolMessage> {
    match body(field, bytes)? {
        MlsMessageBodyIn::PublicMessage(m) => Ok(m.into()),
        MlsMessageBodyIn::PrivateMessage(m) => Ok(m.into()),
        _ => Err(in_field(field, "not a message to the group")),
    }
}

pub fn welcome(field: &str, bytes: &[u8]) -> Answer<Welcome> {
    match body(field, bytes)? {
        MlsMessageBodyIn::Welcome(welcome) => Ok(welcome),
        _ => Err(in_field(field, "not a Welcome")),
    }
}

pub fn group_info(field: &str, bytes: &[u8]) -> Answer<VerifiableGroupInfo> {
    match body(field, bytes)? {
        MlsMessageBodyIn::GroupInfo(info) => Ok(info),
        _ => Err(in_field(field, "not a GroupInfo")),
    }
}

pub fn key_package(field: &str, bytes: &[u8], crypto: &impl OpenMlsCrypto) -> Answer<KeyPackage> {
    match body(field, bytes)? {
        MlsMessageBodyIn::KeyPackage(key_package) => validate(field, key_package, crypto),
        _ => Err(in_field(field, "not a KeyPackage")),
    }
}

fn validate(field: &str, key_package: KeyPackageIn, crypto: &impl OpenMlsCrypto) -> Answer<KeyPackage> {
    key_package.validate(crypto, ProtocolVersion::Mls10).map_err(|err| in_field(field, err))
}

/// Reads a ratchet tree; none is empty.
pub fn tree(bytes: &[u8]) -> Answer<Option<RatchetTreeIn>> {
    if bytes.is_empty() {
        return Ok(None);
    }
    RatchetTreeIn::tls_deserialize_exact(bytes).map(Some).map_err(|err| in_field("ratchet_tree", err))
}

pub fn extensions(list: &[api::Extension]) -> Answer<Extensions<GroupContext>> {
    let read = list.iter().map(|e| {
        let mut bytes = u16::try_from(e.extension_type).map_err(refused)?.to_be_bytes().to_vec();
        VLBytes::new(e.extension_data.clone()).tls_serialize(&mut bytes).map_err(refused)?;
        Extension::tls_deserialize_exact(bytes).map_err(|err| in_field("extensions", err))
    });
    Extensions::from_vec(read.collect::<Answer<Vec<_>>>()?).map_err(|err| in_field("extensions", err))
}

pub fn bytes(message: impl Into<MlsMessageOut>) -> Answer<Vec<u8>> {
    message.into().to_bytes().map_err(refused)
}

pub fn encoded(object: &impl Serialize) -> Answer<Vec<u8>> {
    object.tls_serialize_detached().map_err(refused)
}

fn in_field(field: &str, err: impl Debug) -> Status {
    status(Code::InvalidArgument, &format!("{field}: {err:?}"))
}
