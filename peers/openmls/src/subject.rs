//! The vectors' questions, answered with what the library does itself. No check is added.

use crate::state::Kit;
use openmls::prelude::tls_codec::{Deserialize, Serialize};
use openmls::prelude::{
    Capabilities, Ciphersuite, CredentialType, ExtensionType, Extensions, GroupContext, KeyPackageIn, KeyPackageVerifyError, Lifetime,
    MlsGroup, MlsMessageBodyIn, MlsMessageIn, OpenMlsProvider, ProposalType, ProtocolVersion,
};
use openmls::treesync::errors::LifetimeError;
use peer_common::subject::Verdict;
use serde_json::Value;
use std::fmt::Debug;
use std::time::{Duration, SystemTime};

mod function;

pub fn judge(question: &Value) -> Verdict {
    let verdict = match question["family"].as_str() {
        Some("decoding") => decoding(question),
        Some("key-package") => suite(question).and_then(|suite| key_package(question, suite)),
        Some("ciphersuite") => suite(question).and_then(|suite| function::judge(question, suite)),
        _ => Err(unsupported("the family")),
    };
    verdict.unwrap_or_else(|other| other)
}

fn suite(question: &Value) -> Result<Ciphersuite, Verdict> {
    let number = question["suite"].as_u64().unwrap_or_default();
    crate::state::suite(number as u32).map_err(|_| unsupported("the cipher suite"))
}

fn unsupported(what: &str) -> Verdict {
    Verdict::Unsupported(what.into())
}

fn reject<E: Debug>(step: &'static str) -> impl Fn(E) -> Verdict {
    move |err| Verdict::Reject(format!("{step}: {err:?}"))
}

/// What the subject cannot ask the library is not the fault of what is asked about.
fn cannot_ask(err: impl Debug) -> Verdict {
    Verdict::Unsupported(format!("the question cannot be put to the library: {err:?}"))
}

fn field(object: &Value, name: &str) -> Result<Vec<u8>, Verdict> {
    hex::decode(object[name].as_str().unwrap_or_default()).map_err(cannot_ask)
}

fn decoding(q: &Value) -> Result<Verdict, Verdict> {
    let message = MlsMessageIn::tls_deserialize_exact(field(q, "bytes")?).map_err(reject("decode"))?;
    match message.tls_serialize_detached() {
        Ok(encoding) => Ok(Verdict::AcceptEncoded(hex::encode(encoding))),
        Err(_) => Ok(Verdict::Accept),
    }
}

/// A member of a group adds the KeyPackage, and makes the Commit and the Welcome.
fn key_package(q: &Value, suite: Ciphersuite) -> Result<Verdict, Verdict> {
    if !q["ratchet_tree"].is_null() {
        return Err(unsupported("a group with a given ratchet tree"));
    }
    if !q["max_lifetime"].is_null() {
        return Err(unsupported("a longest lifetime"));
    }
    let decoded = decode(q)?;
    if decoded.unverified_credential().credential.credential_type() == CredentialType::X509 {
        return Err(unsupported("X.509: the library leaves it to the application"));
    }
    let (kit, _) = Kit::new(b"subject", suite).map_err(cannot_ask)?;
    let (provider, signer) = (&*kit.provider, &*kit.signer);
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(q["time"].as_u64().unwrap_or_default());
    let key_package = decoded.validate(provider.crypto(), ProtocolVersion::Mls10).map_err(|err| match err {
        KeyPackageVerifyError::LifetimeError(err) => out_of_time(err, time),
        err => reject("validate")(err),
    })?;
    key_package.life_time().validate_with_time(time).map_err(|_| clock())?;
    let reference = key_package.hash_ref(provider.crypto()).map_err(reject("reference"))?;
    let extensions = match q["group_context"].as_str() {
        Some(text) => GroupContext::tls_deserialize_exact(hex::decode(text).map_err(cannot_ask)?).map_err(cannot_ask)?.extensions().clone(),
        None => Extensions::empty(),
    };
    let mut group = MlsGroup::builder()
        .ciphersuite(suite)
        .with_capabilities(needed(&extensions))
        .with_group_context_extensions(extensions)
        .build(provider, signer, kit.credential.clone())
        .map_err(cannot_ask)?;
    group.add_members(provider, signer, &[key_package]).map_err(reject("add_members"))?;
    Ok(Verdict::AcceptAs(hex::encode(reference.as_slice())))
}

fn decode(q: &Value) -> Result<KeyPackageIn, Verdict> {
    let bytes = field(q, "bytes")?;
    if q["form"] == "struct" {
        return KeyPackageIn::tls_deserialize_exact(bytes).map_err(reject("decode"));
    }
    match MlsMessageIn::tls_deserialize_exact(bytes).map_err(reject("decode"))?.extract() {
        MlsMessageBodyIn::KeyPackage(key_package) => Ok(key_package),
        _ => Err(Verdict::Reject("decode: no KeyPackage".into())),
    }
}

/// The library goes by the clock, not by the time of the question. Where that makes a difference,
/// it has not been asked.
fn out_of_time(err: LifetimeError, time: SystemTime) -> Verdict {
    let known = match err {
        LifetimeError::Expired { not_after, .. } => Lifetime::init(0, not_after),
        LifetimeError::NotValidYet { not_before, .. } => Lifetime::init(not_before, u64::MAX),
        LifetimeError::SystemTimeBeforeUnixEpoch => return clock(),
    };
    match known.validate_with_time(time) {
        Ok(()) => clock(),
        Err(_) => reject("validate")(err),
    }
}

fn clock() -> Verdict {
    unsupported("a time that is not the present: the library reads the clock")
}

/// What whoever is in the group has to be capable of, but for the defaults.
fn needed(extensions: &Extensions<GroupContext>) -> Capabilities {
    let mut types: Vec<_> = extensions.iter().map(|e| e.extension_type()).collect();
    let mut proposals = vec![];
    let mut credentials = vec![CredentialType::Basic];
    if let Some(required) = extensions.required_capabilities() {
        types.extend(required.extension_types());
        proposals.extend(required.proposal_types());
        credentials.extend(required.credential_types());
    }
    types.retain(|t: &ExtensionType| u16::from(*t) > 5);
    proposals.retain(|t: &ProposalType| u16::from(*t) > 7);
    Capabilities::builder().extensions(types).proposals(proposals).credentials(credentials).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An error of the library counts only if it holds at the time of the question as well.
    #[test]
    fn time_of_the_question() {
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let expired = |time| out_of_time(LifetimeError::Expired { not_after: 100, now: 500 }, at(time));
        let early = |time| out_of_time(LifetimeError::NotValidYet { not_before: 900, now: 500 }, at(time));
        assert!(matches!(expired(50), Verdict::Unsupported(_)));
        assert!(matches!(expired(101), Verdict::Reject(_)));
        assert!(matches!(early(950), Verdict::Unsupported(_)));
        assert!(matches!(early(899), Verdict::Reject(_)));
    }
}
