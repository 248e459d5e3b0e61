//! Who signed an image: people whose keys are known. A signature that is nobody's proves nothing, since whoever may push may also
//! publish trust data with keys of their own.

use std::collections::{BTreeMap, HashMap};

use rules::facts::Signature;

use crate::trust::Release;

/// Somebody who signed.
#[derive(Debug)]
pub(super) struct Signer {
    name: String,
    teams: Vec<String>,
}

impl Signer {
    /// Those who signed what is released as each tag, each once. A signature says what one tag is, and nothing of another that points to
    /// the same manifest.
    pub(super) fn by_tag(releases: &[Release]) -> HashMap<String, Vec<Self>> {
        let mut tags: HashMap<&str, Vec<&Release>> = HashMap::new();
        for release in releases {
            tags.entry(&release.tag).or_default().push(release);
        }
        let tags = tags.into_iter();
        tags.map(|(tag, releases)| (tag.to_owned(), Self::of(&releases)))
            .collect()
    }

    fn of(releases: &[&Release]) -> Vec<Self> {
        let users = releases.iter().flat_map(|release| release.users());
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
