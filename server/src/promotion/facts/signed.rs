//! Who signed an image: people whose keys are known. A signature that is nobody's proves nothing, since whoever may push may also
//! publish trust data with keys of their own.

use std::collections::BTreeMap;

use rules::facts::Signature;

use crate::trust::Release;

/// Somebody who signed.
#[derive(Debug)]
pub(super) struct Signer {
    name: String,
    teams: Vec<String>,
}

impl Signer {
    /// Those who signed what is released, each once.
    pub(super) fn of(releases: &[Release]) -> Vec<Self> {
        let users = releases.iter().flat_map(Release::users);
        let users: BTreeMap<_, _> = users.map(|user| (user.id, user)).collect();
        let signer = |user: &crate::trust::User| Self {
            name: user.name.clone(),
            teams: user.teams.iter().map(|team| team.name.clone()).collect(),
        };
        users.into_values().map(signer).collect()
    }

    pub(super) fn teams(&self) -> Vec<&str> {
        self.teams.iter().map(String::as_str).collect()
    }

    pub(super) fn signature<'s>(&'s self, teams: &'s [&'s str]) -> Signature<'s> {
        Signature {
            signer: &self.name,
            teams,
            format: "Notary",
        }
    }
}
