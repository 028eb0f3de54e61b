//! The API's terms in the library's.

use mls_rs::extension::ExtensionType;
use mls_rs::group::Roster;
use mls_rs::{Extension, ExtensionList};
use peer_common::{api, refused, Answer};
use tonic::Status;

/// The leaf of the first member with a name.
pub fn find(roster: Roster, name: &[u8]) -> Answer<u32> {
    let named = |m: &mls_rs::group::Member| m.signing_identity.credential.as_basic().is_some_and(|c| c.identifier == name);
    match roster.members_iter().find(named) {
        Some(member) => Ok(member.index),
        None => Err(Status::invalid_argument(format!("no member is called {:?}", String::from_utf8_lossy(name)))),
    }
}

pub fn extensions(list: &[api::Extension]) -> Answer<ExtensionList> {
    list.iter()
        .map(|e| {
            let number = u16::try_from(e.extension_type).map_err(refused)?;
            Ok(Extension::new(ExtensionType::new(number), e.extension_data.clone()))
        })
        .collect::<Answer<Vec<_>>>()
        .map(ExtensionList::from)
}

pub fn unknown_proposal(name: &[u8]) -> Status {
    Status::unimplemented(format!("proposal_type: {:?} is not known", String::from_utf8_lossy(name)))
}
