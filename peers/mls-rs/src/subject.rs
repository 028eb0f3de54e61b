//! The vectors' questions, answered with what the library does itself. No check is added.

use crate::state::new_identity;
use mls_rs::crypto::HpkeCiphertext;
use mls_rs::error::MlsError;
use mls_rs::extension::built_in::RequiredCapabilitiesExt;
use mls_rs::extension::ExtensionType;
use mls_rs::group::proposal::ProposalType;
use mls_rs::group::GroupContext;
use mls_rs::identity::basic::BasicIdentityProvider;
use mls_rs::mls_rs_codec::MlsDecode;
use mls_rs::time::MlsTime;
use mls_rs::{CipherSuite, CipherSuiteProvider, Client, CryptoProvider, ExtensionList, MlsMessage};
use mls_rs_crypto_openssl::OpensslCryptoProvider;
use peer_common::subject::Verdict;
use serde_json::Value;
use std::fmt::Debug;

pub fn judge(question: &Value) -> Verdict {
    let verdict = match question["family"].as_str() {
        Some("key-package") => suite(question).and_then(|suite| key_package(question, suite)),
        Some("ciphersuite") => suite(question).and_then(|suite| function(question, suite)),
        Some("decoding") => decoding(question),
        _ => Err(unsupported("the family")),
    };
    verdict.unwrap_or_else(|other| other)
}

fn suite(question: &Value) -> Result<CipherSuite, Verdict> {
    let number = question["suite"].as_u64().and_then(|n| u16::try_from(n).ok());
    let suite = CipherSuite::from(number.ok_or_else(|| unsupported("no cipher suite"))?);
    match OpensslCryptoProvider::new().cipher_suite_provider(suite) {
        Some(_) => Ok(suite),
        None => Err(unsupported("the cipher suite")),
    }
}

/// The library refuses bytes that are left over by itself.
fn decoding(q: &Value) -> Result<Verdict, Verdict> {
    let message = MlsMessage::from_bytes(&field(q, "bytes")?).map_err(reject("decode"))?;
    let encoding = message.to_bytes().map_err(reject("encode"))?;
    Ok(Verdict::AcceptEncoded(hex::encode(encoding)))
}

fn unsupported(what: &str) -> Verdict {
    Verdict::Unsupported(what.into())
}

fn reject(step: &'static str) -> impl Fn(MlsError) -> Verdict {
    move |err| Verdict::Reject(format!("{step}: {err:?}"))
}

/// What the subject cannot ask the library is not the KeyPackage's fault.
fn cannot_ask(err: impl Debug) -> Verdict {
    Verdict::Unsupported(format!("the question cannot be put to the library: {err:?}"))
}

fn field(object: &Value, name: &str) -> Result<Vec<u8>, Verdict> {
    hex::decode(object[name].as_str().unwrap_or_default()).map_err(cannot_ask)
}

/// A member of a group adds the KeyPackage, and makes the Commit and the Welcome.
fn key_package(q: &Value, suite: CipherSuite) -> Result<Verdict, Verdict> {
    if !q["ratchet_tree"].is_null() {
        return Err(unsupported("a group with a given ratchet tree"));
    }
    if !q["max_lifetime"].is_null() {
        return Err(unsupported("a longest lifetime"));
    }
    let mut bytes = field(q, "bytes")?;
    if q["form"] == "struct" {
        bytes.splice(0..0, [0, 1, 0, 5]); // MLSMessage: mls10, mls_key_package
    }
    let now = MlsTime::from(q["time"].as_u64().unwrap_or_default());
    let message = MlsMessage::from_bytes(&bytes).map_err(reject("decode"))?;
    if message.as_key_package().is_none() {
        return Err(Verdict::Reject("decode: no KeyPackage".into()));
    }
    let x509 = message.as_key_package().is_some_and(|kp| kp.signing_identity().credential.as_x509().is_some());
    if x509 {
        return Err(unsupported("X.509: the library leaves it to the application's IdentityProvider"));
    }
    let provider = OpensslCryptoProvider::new().cipher_suite_provider(suite).ok_or_else(|| unsupported("the cipher suite"))?;
    let reference = message.key_package_reference(&provider).map_err(reject("reference"))?;
    let extensions = match q["group_context"].as_str() {
        Some(text) => GroupContext::mls_decode(&mut &*hex::decode(text).map_err(cannot_ask)?).map_err(cannot_ask)?.extensions,
        None => ExtensionList::new(),
    };
    let (extension_types, proposal_types) = needed(&extensions)?;
    let (key, identity) = new_identity(b"subject", suite).map_err(cannot_ask)?;
    let mut group = Client::builder()
        .crypto_provider(OpensslCryptoProvider::new())
        .identity_provider(BasicIdentityProvider::new())
        .extension_types(extension_types)
        .custom_proposal_types(proposal_types)
        .signing_identity(identity, key, suite)
        .build()
        .create_group(extensions, ExtensionList::new(), Some(now))
        .map_err(cannot_ask)?;
    let builder = group.commit_builder().commit_time(now).add_member(message).map_err(reject("add_member"))?;
    builder.build().map_err(reject("commit"))?;
    Ok(Verdict::AcceptAs(reference.map(|r| hex::encode(&*r)).unwrap_or_default()))
}

/// The extensions and proposals that whoever is in the group has to know, but for the defaults.
fn needed(extensions: &ExtensionList) -> Result<(Vec<ExtensionType>, Vec<ProposalType>), Verdict> {
    let mut known: Vec<_> = extensions.iter().map(|e| e.extension_type).collect();
    let mut proposals = vec![];
    if let Some(required) = extensions.get_as::<RequiredCapabilitiesExt>().map_err(cannot_ask)? {
        known.extend(required.extensions);
        proposals = required.proposals;
    }
    known.retain(|t| t.raw_value() > 5);
    proposals.retain(|t| t.raw_value() > 7);
    Ok((known, proposals))
}

fn function(q: &Value, suite: CipherSuite) -> Result<Verdict, Verdict> {
    let crypto = OpensslCryptoProvider::new().cipher_suite_provider(suite).ok_or_else(|| unsupported("the cipher suite"))?;
    let get = |name: &str| field(&q["arguments"], name);
    let label = q["arguments"]["label"].as_str().unwrap_or_default();
    let labelled = |name: &str| Ok::<_, Verdict>(with_label(label, &get(name)?));
    let right = match q["function"].as_str().unwrap_or_default() {
        "hash" => crypto.hash(&get("data")?).map(|out| Ok(out == get("out")?)),
        "mac" => crypto.mac(&get("key")?, &get("data")?).map(|tag| Ok(tag == get("tag")?)),
        "aead_open" => crypto
            .aead_open(&get("key")?, &get("ciphertext")?, Some(&get("aad")?), &get("nonce")?)
            .map(|text| Ok(*text == get("plaintext")?)),
        "verify_with_label" => crypto.verify(&get("pub")?.into(), &get("signature")?, &labelled("content")?).map(|()| Ok(true)),
        "derive_key_pair" => crypto.kem_derive(&get("ikm")?).map(|(_, public)| Ok(public.to_vec() == get("pub")?)),
        "encrypt_with_label" => crypto
            .hpke_seal(&get("pub")?.into(), &labelled("context")?, None, &get("plaintext")?)
            .map(|_| Ok(true)),
        "decrypt_with_label" => {
            let sealed = HpkeCiphertext { kem_output: get("kem_output")?, ciphertext: get("ciphertext")? };
            crypto
                .hpke_open(&sealed, &get("priv")?.into(), &get("pub")?.into(), &labelled("context")?, None)
                .map(|text| Ok(*text == get("plaintext")?))
        }
        other => return Err(unsupported(&format!("the library does not offer {other}"))),
    };
    match right {
        Ok(right) => Ok(if right? { Verdict::Accept } else { Verdict::Reject("another result".into()) }),
        Err(err) => Ok(Verdict::Reject(format!("{err:?}"))),
    }
}

/// What a labelled function signs or binds (RFC 9420, Sections 5.1.2 and 5.1.3).
fn with_label(label: &str, content: &[u8]) -> Vec<u8> {
    let mut out = vector(format!("MLS 1.0 {label}").as_bytes());
    out.extend(vector(content));
    out
}

/// A vector with its length (RFC 9420, Section 2.1.2).
fn vector(bytes: &[u8]) -> Vec<u8> {
    let n = bytes.len();
    let mut out = match n {
        0..64 => vec![n as u8],
        64..16384 => (n as u16 | 0x4000).to_be_bytes().to_vec(),
        _ => (n as u32 | 0x8000_0000).to_be_bytes().to_vec(),
    };
    out.extend_from_slice(bytes);
    out
}
