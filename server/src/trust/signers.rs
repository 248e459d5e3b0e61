//! Who signed: keys whose signatures were verified when trust data was published, and whose they are now (note, section 5.2).
//!
//! A key is known by the id of the key itself, whichever certificate it comes with; neither the name of a role nor what a certificate
//! says of its owner proves anything. It is a user's who registered it under *Keys* and designated it as a signing key. A revoked key
//! counts for nobody, from the moment on. A certificate has to be good when the signature is published; that it ends later is said
//! ([`Signer::certificate_ended`]), for whoever wants to know, unless the registry asks that it is good now
//! ([`Switch::NotaryCertificatesValidNow`]).

use std::collections::{BTreeSet, HashMap, HashSet};

use api::trust::{KeyHolder, TagSignature, TagSigner};
use db::{
    entities::{account, public_key, trust_signer},
    teams::Membership,
    trust::signed::{self, Rule, Signed},
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    caller::{self, Caller},
    error::ApiResult,
    origin,
    settings::Switch,
    state::AppState,
};

/// A user whose key signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct User {
    /// The account.
    pub(crate) id: Uuid,
    /// Its name.
    pub(crate) name: String,
    /// The teams that it is in.
    pub(crate) teams: Vec<Membership>,
}

/// A key's signature, verified, on a role that says what a tag is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Signer {
    /// The role.
    pub(crate) role: String,
    /// The id of the key itself; of a certificate that cannot be read, the certificate's.
    pub(crate) key: String,
    /// Whose signing key it is; `None` where nobody's: then the signature counts for nobody.
    pub(crate) user: Option<User>,
    /// The key's certificate was good when the signature was published, and has ended since.
    pub(crate) certificate_ended: bool,
    /// When the role was published with it.
    pub(crate) signed_at: OffsetDateTime,
}

/// A tag that is released as a manifest, under one of our hosts, and not expired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Release {
    /// The collection's name.
    pub(crate) gun: String,
    /// The tag.
    pub(crate) tag: String,
    /// The manifest.
    pub(crate) digest: String,
    /// The role that releases it.
    pub(crate) role: String,
    /// Until when.
    pub(crate) expires_at: OffsetDateTime,
    /// Each signature that says so.
    pub(crate) signers: Vec<Signer>,
}

impl Release {
    /// The users among the signers; who signed in several roles is there more than once.
    pub(crate) fn users(&self) -> impl Iterator<Item = &User> {
        self.signers
            .iter()
            .filter_map(|signer| signer.user.as_ref())
    }
}

/// As what a repository releases these manifests, by digest, and who signed that; what is not there is not released. A tag need not
/// point to the manifest any more: what is signed is the manifest, and it is released until the signer releases another.
pub(crate) async fn signers_of_all(
    state: &AppState,
    repository: Uuid,
    digests: impl IntoIterator<Item = &str>,
    now: OffsetDateTime,
) -> ApiResult<HashMap<String, Vec<Release>>> {
    let found = signed::of_digests(&state.db, repository, digests, signed::Releases::Each).await?;
    let found = found.into_values().flatten();
    let mut releases: HashMap<String, Vec<Release>> = HashMap::new();
    for release in resolve(state, found, now).await? {
        let of = releases.entry(release.digest.clone()).or_default();
        of.push(release);
    }
    Ok(releases)
}

/// Who signed what is signed; what has expired, or is of a host that is not ours, is left out.
pub(super) async fn resolve(
    state: &AppState,
    signed: impl IntoIterator<Item = Signed>,
    now: OffsetDateTime,
) -> ApiResult<Vec<Release>> {
    let is_ours = origin::ours(&state.config);
    let rule = Rule {
        now,
        is_ours: &is_ours,
    };
    let counts = |signed: &Signed| rule.counts(&signed.gun, signed.expires_at);
    let signed: Vec<Signed> = signed.into_iter().filter(counts).collect();
    let collections: BTreeSet<Uuid> = signed.iter().map(|signed| signed.collection).collect();
    let rows = db::trust::signers::of(&state.db, collections.iter().copied()).await?;
    let targets_only = db::trust::signers::targets_only(&state.db, collections).await?;
    let known = Known::of(
        state,
        rows.iter().filter_map(|row| row.canonical_id.as_deref()),
    )
    .await?;
    let mut by_role: HashMap<(Uuid, &str), Vec<Signer>> = HashMap::new();
    for row in rows.iter().filter(|row| row.expires_at >= now) {
        by_role
            .entry((row.collection_id, row.role.as_str()))
            .or_default()
            .push(known.signer(row, now));
    }
    let release = |signed: Signed| {
        let roles = signed.signed_in.iter();
        let signers = roles.filter_map(|role| by_role.get(&(signed.collection, role.as_str())));
        let signers = signers.flatten().cloned().collect();
        Release {
            signers: meant(signers, targets_only.contains(&signed.collection)),
            gun: signed.gun,
            tag: signed.tag,
            digest: signed.digest,
            role: signed.role,
            expires_at: signed.expires_at,
        }
    };
    Ok(signed.into_iter().map(release).collect())
}

/// Whether a role is one that everybody who signs anything signs as a whole.
fn is_shared(role: &str) -> bool {
    matches!(role, "targets" | "targets/releases")
}

/// Who meant this tag: in a role of their own. Who signs another tag signs `targets/releases` again with all that is in it, and says
/// nothing of the rest; so it never says by itself who signed, whatever became of the roles beside it. Only where nothing is
/// delegated at all, `targets` says who.
fn meant(mut signers: Vec<Signer>, targets_only: bool) -> Vec<Signer> {
    let says = |role: &str| !is_shared(role) || (targets_only && role == "targets");
    let own = signers.iter().filter(|signer| says(&signer.role));
    let own: HashSet<String> = own.map(|signer| signer.key.clone()).collect();
    signers.retain(|signer| own.contains(&signer.key));
    signers
}

/// Whose keys are, now.
#[derive(Debug, Default)]
pub(super) struct Known {
    keys: HashMap<String, (public_key::Model, account::Model)>,
    teams: HashMap<Uuid, Vec<Membership>>,
    /// Certificates have to be good now, not only when something is signed.
    pub(super) are_good_now: bool,
}

impl Known {
    /// Looks up keys by the ids of the keys themselves.
    pub(super) async fn of(
        state: &AppState,
        ids: impl IntoIterator<Item = &str>,
    ) -> ApiResult<Self> {
        let keys = db::public_keys::by_notary_ids(&state.db, ids).await?;
        let accounts = keys.values().map(|(_, account)| account.id);
        let teams = db::teams::of_accounts(&state.db, accounts).await?;
        let are_good_now = Switch::NotaryCertificatesValidNow.is_on(state).await?;
        Ok(Self {
            keys,
            teams,
            are_good_now,
        })
    }

    /// Whose a key is, with a certificate that has to be good at that time.
    pub(super) fn holder(&self, id: &str, at: OffsetDateTime) -> (KeyHolder, Option<User>) {
        let proven = |(key, _): &&(public_key::Model, account::Model)| key.proven_at.is_some();
        let Some((key, account)) = self.keys.get(id).filter(proven) else {
            return (KeyHolder::Unknown, None);
        };
        let user = || User {
            id: account.id,
            name: account.name.clone(),
            teams: self.teams.get(&account.id).cloned().unwrap_or_default(),
        };
        let holder = if key.revoked_at.is_some() {
            KeyHolder::Revoked
        } else if !account.is_active || account.is_org {
            KeyHolder::Inactive
        } else if !key.is_signing {
            KeyHolder::NotDesignated
        } else if key.expires_at.is_some_and(|end| end < at) {
            KeyHolder::CertificateEnded
        } else {
            KeyHolder::Signer
        };
        (holder, Some(user()))
    }

    fn signer(&self, row: &trust_signer::Model, now: OffsetDateTime) -> Signer {
        let id = row.canonical_id.as_ref();
        let (holder, user) = id.map_or((KeyHolder::Unknown, None), |id| {
            self.holder(
                id,
                if self.are_good_now {
                    now
                } else {
                    row.signed_at
                },
            )
        });
        let counts = holder == KeyHolder::Signer;
        let ends = id
            .and_then(|id| self.keys.get(id))
            .and_then(|(key, _)| key.expires_at);
        Signer {
            role: row.role.clone(),
            key: id.unwrap_or(&row.key_id).clone(),
            user: user.filter(|_| counts),
            certificate_ended: counts && ends.is_some_and(|end| end < now),
            signed_at: row.signed_at,
        }
    }
}

/// What a caller is told of people.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sight(rules::signing::Sight);

impl Sight {
    /// Looks up what the caller may know of these users' teams.
    pub(super) async fn of<'u>(
        state: &AppState,
        caller: &Caller,
        users: impl IntoIterator<Item = &'u User>,
    ) -> ApiResult<Self> {
        let teams = users.into_iter().flat_map(|user| &user.teams);
        let orgs: HashSet<Uuid> = teams.map(|team| team.org).collect();
        Self::of_teams(state, caller.known(), orgs).await
    }

    /// Looks up what somebody, with what they came with, may know of the teams of these organizations.
    pub(super) async fn of_teams(
        state: &AppState,
        known: Option<&caller::Known>,
        orgs: HashSet<Uuid>,
    ) -> ApiResult<Self> {
        let account = known.filter(|known| !known.subject().is_limited());
        let account = account.map(|known| &known.account);
        let orgs = match account {
            Some(_) if orgs.is_empty() => orgs,
            Some(account) if account.is_admin => orgs,
            Some(account) => db::organizations::with_member(&state.db, account.id, orgs).await?,
            None => HashSet::new(),
        };
        Ok(Self(rules::signing::Sight {
            people: known.is_some(),
            orgs,
        }))
    }

    /// Whose names these are.
    pub(super) fn names(&self) -> &rules::signing::Sight {
        &self.0
    }

    /// A user's name and teams.
    pub(super) fn user(&self, user: &User) -> (Option<String>, Vec<String>) {
        let seen = user.teams.iter();
        let seen = seen.filter(|team| self.0.orgs.contains(&team.org));
        (
            self.0.people.then(|| user.name.clone()),
            seen.map(|team| team.name.clone()).collect(),
        )
    }

    /// What a tag is signed as, as the API says it.
    pub(super) fn shown(&self, release: &Release) -> TagSignature {
        let signer = |signer: &Signer| {
            let user = signer.user.as_ref();
            let (name, teams) = user.map_or((None, Vec::new()), |user| self.user(user));
            TagSigner {
                role: signer.role.clone(),
                key_id: signer.key.clone(),
                user: name,
                teams,
                is_unknown: user.is_none(),
                certificate_ended: signer.certificate_ended,
            }
        };
        TagSignature {
            gun: release.gun.clone(),
            role: release.role.clone(),
            released_digest: release.digest.clone(),
            expires_at: release.expires_at,
            signers: release.signers.iter().map(signer).collect(),
        }
    }
}
