//! What the library asks its application when it makes a Commit or sends a message.

use mls_rs::error::MlsError;
use mls_rs::group::{GroupContext, Roster};
use mls_rs::mls_rules::{CommitDirection, CommitOptions, CommitSource, EncryptionOptions, ProposalBundle, ProposalRef, ProposalSource};
use mls_rs::MlsRules;
use parking_lot::Mutex;
use std::sync::Arc;

/// The rules of one member, which each call may change.
#[derive(Clone, Default)]
pub struct Rules(Arc<Mutex<Wishes>>);

#[derive(Default)]
struct Wishes {
    encrypt: bool,
    force_path: bool,
    external_tree: bool,
    references: Vec<ProposalRef>,
}

impl Rules {
    pub fn encrypt(&self, encrypt: bool) {
        self.0.lock().encrypt = encrypt;
    }

    /// Says what the next Commit is to be. It has no other proposals by reference than these.
    pub fn commit(&self, force_path: bool, external_tree: bool, references: Vec<ProposalRef>) {
        let mut wishes = self.0.lock();
        wishes.force_path = force_path;
        wishes.external_tree = external_tree;
        wishes.references = references;
    }
}

impl MlsRules for Rules {
    type Error = MlsError;

    fn filter_proposals(
        &self,
        direction: CommitDirection,
        _: CommitSource,
        _: &Roster,
        _: &GroupContext,
        mut proposals: ProposalBundle,
    ) -> Result<ProposalBundle, MlsError> {
        if direction == CommitDirection::Send {
            let wishes = self.0.lock();
            proposals.retain(|p| {
                Ok::<bool, MlsError>(match &p.source {
                    ProposalSource::ByReference(r) => wishes.references.contains(r),
                    _ => true,
                })
            })?;
        }
        Ok(proposals)
    }

    fn commit_options(&self, _: &Roster, _: &GroupContext, _: &ProposalBundle) -> Result<CommitOptions, MlsError> {
        let wishes = self.0.lock();
        Ok(CommitOptions::new()
            .with_path_required(wishes.force_path)
            .with_ratchet_tree_extension(!wishes.external_tree))
    }

    fn encryption_options(&self, _: &Roster, _: &GroupContext) -> Result<EncryptionOptions, MlsError> {
        Ok(EncryptionOptions::new(self.0.lock().encrypt, Default::default()))
    }
}
