//! The functions of a cipher suite, as far as the library or its provider offers them.

use super::{field, unsupported};
use openmls::ciphersuite::hash_ref::HashReference;
use openmls::ciphersuite::signable::{SignatureError, Verifiable, VerifiedStruct};
use openmls::ciphersuite::signature::{OpenMlsSignaturePublicKey, SignContent, Signature};
use openmls::prelude::tls_codec::{self, Serialize};
use openmls::prelude::{Ciphersuite, HpkeCiphertext, OpenMlsCrypto};
use openmls_rust_crypto::RustCrypto;
use peer_common::subject::Verdict;
use serde_json::Value;
use std::fmt::Debug;

pub fn judge(q: &Value, suite: Ciphersuite) -> Result<Verdict, Verdict> {
    let crypto = RustCrypto::default();
    let get = |name: &str| field(&q["arguments"], name);
    let label = q["arguments"]["label"].as_str().unwrap_or_default();
    let (hash, hpke) = (suite.hash_algorithm(), suite.hpke_config());
    Ok(match q["function"].as_str().unwrap_or_default() {
        "hash" => compare(crypto.hash(hash, &get("data")?), &get("out")?),
        "mac" => compare(crypto.hmac(hash, &get("key")?, &get("data")?).map(|tag| tag.as_slice().to_vec()), &get("tag")?),
        "ref_hash" => {
            let made = HashReference::new(&get("value")?, suite, &crypto, label.as_bytes());
            compare(made.map(|r| r.as_slice().to_vec()), &get("out")?)
        }
        "aead_open" => {
            let opened = crypto.aead_decrypt(suite.aead_algorithm(), &get("key")?, &get("ciphertext")?, &get("nonce")?, &get("aad")?);
            compare(opened, &get("plaintext")?)
        }
        "derive_key_pair" => compare(crypto.derive_hpke_keypair(hpke, &get("ikm")?).map(|pair| pair.public), &get("pub")?),
        "verify_with_label" => {
            let signed = Signed { label: label.into(), content: get("content")?, signature: get("signature")?.into() };
            let key = OpenMlsSignaturePublicKey::new(get("pub")?.into(), suite.signature_algorithm());
            taken(key.map_err(|err| format!("{err:?}")).and_then(|key| signed.verify(&crypto, &key).map_err(|err| format!("{err:?}"))))
        }
        "encrypt_with_label" => taken(crypto.hpke_seal(hpke, &get("pub")?, &with_label(label, get("context")?)?, &[], &get("plaintext")?)),
        "decrypt_with_label" => {
            let sealed = HpkeCiphertext { kem_output: get("kem_output")?.into(), ciphertext: get("ciphertext")?.into() };
            let opened = crypto.hpke_open(hpke, &sealed, &get("priv")?, &with_label(label, get("context")?)?, &[]);
            compare(opened, &get("plaintext")?)
        }
        other => return Err(unsupported(&format!("the library does not offer {other}"))),
    })
}

fn compare(made: Result<Vec<u8>, impl Debug>, wanted: &[u8]) -> Verdict {
    match made {
        Ok(made) if made == wanted => Verdict::Accept,
        Ok(_) => Verdict::Reject("another result".into()),
        Err(err) => Verdict::Reject(format!("{err:?}")),
    }
}

fn taken<T>(made: Result<T, impl Debug>) -> Verdict {
    made.map_or_else(|err| Verdict::Reject(format!("{err:?}")), |_| Verdict::Accept)
}

/// An EncryptContext (RFC 9420, Section 5.1.3), which has the form of a SignContent.
fn with_label(label: &str, context: Vec<u8>) -> Result<Vec<u8>, Verdict> {
    SignContent::new(label, context.into()).tls_serialize_detached().map_err(super::cannot_ask)
}

/// Something signed, which the library verifies as it does its own objects.
struct Signed {
    label: String,
    content: Vec<u8>,
    signature: Signature,
}

impl VerifiedStruct for Signed {}

impl Verifiable for Signed {
    type VerifiedStruct = Signed;

    fn unsigned_payload(&self) -> Result<Vec<u8>, tls_codec::Error> {
        Ok(self.content.clone())
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn label(&self) -> &str {
        &self.label
    }

    fn verify(self, crypto: &impl OpenMlsCrypto, key: &OpenMlsSignaturePublicKey) -> Result<Signed, SignatureError> {
        self.verify_no_out(crypto, key)?;
        Ok(self)
    }
}
