//! What is known of what is asked for: the ways to it, the tags of each, and who signed what is on it. A constant number of questions.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use db::{
    entities::repository,
    signatures::By,
    trust::{
        policies::{self, Found},
        signed::{self, Releases},
    },
};
use rules::signing::{Image, Signer};
use time::OffsetDateTime;
use uuid::Uuid;

use super::Asked;
use crate::{
    error::ApiResult,
    state::AppState,
    trust::signers::{self, Release, User},
};

/// What is known.
pub(super) struct Known {
    /// The ways to it that lead through something signed, or that may be excepted.
    pub(super) ways: Vec<Image>,
    /// There are more than were looked at.
    pub(super) has_more: bool,
}

/// Reads what is known, of as many signed ways as `most`; of names only where there are exceptions.
pub(super) async fn of(
    state: &AppState,
    repository: &repository::Model,
    asked: &Asked,
    (has_exceptions, most): (bool, usize),
    now: OffsetDateTime,
) -> ApiResult<Known> {
    let wanted = asked.wanted();
    let signed = policies::signed_above(&state.db, repository.id, wanted, most).await?;
    let tags = match asked {
        Asked::Tag(tag, digest) => Found::one(digest.clone(), tag.clone()),
        _ if has_exceptions => policies::tags_above(&state.db, repository.id, wanted).await?,
        _ => Found::default(),
    };
    let digests: BTreeSet<&str> = signed
        .on
        .iter()
        .map(|(_, digest)| digest.as_str())
        .collect();
    let signers = of_manifests(state, repository.id, asked, digests, now).await?;
    let mut ways: BTreeMap<&str, Image> = BTreeMap::new();
    for (way, digest) in &signed.on {
        let image = ways.entry(way).or_default();
        image.signed.extend(signers.get(digest).cloned());
    }
    for (way, tag) in &tags.on {
        let image = ways.entry(way).or_default();
        let (namespace, name) = (&repository.namespace, &repository.name);
        image.names.push(format!("{namespace}/{name}:{tag}"));
    }
    Ok(Known {
        ways: ways.into_values().collect(),
        has_more: signed.has_more || tags.has_more,
    })
}

/// Who signed each of these, by digest.
async fn of_manifests(
    state: &AppState,
    repository: Uuid,
    asked: &Asked,
    digests: BTreeSet<&str>,
    now: OffsetDateTime,
) -> ApiResult<HashMap<String, Vec<Signer>>> {
    let all = digests.iter().copied();
    let releases = match asked {
        Asked::Tag(tag, _) => signed::of_tags(&state.db, repository, [tag.as_str()]).await?,
        Asked::Digest(_) | Asked::Blob(_) => {
            signed::of_digests(&state.db, repository, all.clone(), Releases::EachSort).await?
        }
    };
    let releases = signers::resolve(state, releases.into_values().flatten(), now).await?;
    let at = crate::signatures::at(state, now).await?;
    let attached = db::signatures::signers_of_all(&state.db, repository, all, at).await?;
    let mut signers: HashMap<String, Vec<Signer>> = HashMap::new();
    for release in releases {
        if says(&release, asked) {
            let of = signers.entry(release.digest.clone()).or_default();
            of.extend(release.users().map(signer));
        }
    }
    let users = attached.values().flatten().filter_map(|by| match by {
        By::User { account, .. } => Some(*account),
        By::Trust { .. } => None,
    });
    let teams = db::teams::of_accounts(&state.db, users).await?;
    for (digest, by) in attached {
        let of = signers.entry(digest).or_default();
        of.extend(by.into_iter().map(|by| {
            match by {
                By::User { account, name, .. } => Signer {
                    teams: teams
                        .get(&account)
                        .into_iter()
                        .flatten()
                        .map(|of| of.team)
                        .collect(),
                    id: account,
                    name,
                },
                // What an organization or the registry trusts is a registered signer, and nobody's team.
                By::Trust { id, name, .. } => Signer {
                    id,
                    name,
                    teams: Vec::new(),
                },
            }
        }));
    }
    Ok(signers)
}

/// Whether a release is of what is asked for: of a tag, what is released as this tag.
fn says(release: &Release, asked: &Asked) -> bool {
    match asked {
        Asked::Tag(tag, digest) => release.tag == *tag && release.digest == *digest,
        Asked::Digest(_) | Asked::Blob(_) => true,
    }
}

fn signer(user: &User) -> Signer {
    Signer {
        id: user.id,
        name: user.name.clone(),
        teams: user.teams.iter().map(|team| team.team).collect(),
    }
}
