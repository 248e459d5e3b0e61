//! Workload identity: a CI job shows the ID token that its CI system signed for it, and needs no stored secret.
//!
//! A trust has an issuer, and conditions on claims. The issuer alone proves little: `https://gitlab.com` and
//! `https://token.actions.githubusercontent.com` sign for everybody, so [`Conditions::check_for`] asks for one that names whose
//! project it is. [`claimed_issuer`] says which trust to look at, [`Issuer::verify`] accepts the token, [`Conditions::met_by`]
//! decides, [`Job::of`] says who it was.
//!
//! Claims: GitLab, "OIDC authentication using ID tokens"; GitHub, "OIDC reference".

mod conditions;
mod job;
mod pattern;

use std::fmt;

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

pub use conditions::{Conditions, ConditionsError, MAX_CONDITIONS, Unmet};
pub use job::Job;
pub use pattern::{MAX_PATTERN, Pattern, PatternError};

use crate::issuer::{Claims, Expected, Fetch, FetchError, IdTokenError, Keys, Metadata, verify};

/// How long ago a token may have been made, unless a trust says otherwise. GitLab makes it when the job begins, and its jobs
/// run for an hour at most unless configured; GitHub makes it when it is asked for.
pub const MAX_AGE: Duration = Duration::HOUR;

/// Whose tokens they are, and with it which claims they have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// GitLab CI, on gitlab.com or anywhere else.
    GitLab,
    /// GitHub Actions, on github.com or an enterprise server.
    GitHub,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::GitLab => "GitLab CI",
            Self::GitHub => "GitHub Actions",
        })
    }
}

/// A trusted issuer with its keys. Keep one for each and share it: it refreshes its keys by itself.
#[derive(Debug)]
pub struct Issuer {
    issuer: String,
    keys: Keys,
}

impl Issuer {
    /// Fetches the issuer's discovery document and keys.
    pub async fn fetch(
        issuer: &str,
        fetch: &dyn Fetch,
        now: OffsetDateTime,
    ) -> Result<Self, FetchError> {
        let metadata = Metadata::discover(issuer, fetch).await?;
        Ok(Self {
            keys: Keys::fetch(metadata.jwks_uri, fetch, now).await?,
            issuer: metadata.issuer,
        })
    }

    /// Its URL.
    pub fn url(&self) -> &str {
        &self.issuer
    }

    /// What a token says, if this issuer signed it for `audience` alone, it is valid at `now` and not older than `max_age`.
    pub async fn verify(
        &self,
        token: &str,
        audience: &str,
        max_age: Duration,
        fetch: &dyn Fetch,
        now: OffsetDateTime,
    ) -> Result<Claims, IdTokenError> {
        let expected = Expected {
            issuer: &self.issuer,
            audience,
            other_audiences: false,
            nonce: None,
            max_age: Some(max_age),
            now,
        };
        verify(token, &self.keys, expected, fetch).await
    }
}

/// The issuer that a token says it is of. Nothing is verified: it is for finding the trust to verify it with.
pub fn claimed_issuer(token: &str) -> Option<String> {
    crate::issuer::claimed_issuer(token)
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
