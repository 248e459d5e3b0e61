//! Where things are, what an update of the vulnerability data changed, and the registry in numbers: `/api/v0/imagescan/where`,
//! `/api/v0/imagescan/updates/{generation}/images` and `/api/v0/imagescan/dashboard`. Ours.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::scan::{Severity, VulnCount};

/// An image that has what was looked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FoundIn {
    /// Owner of the repository.
    pub namespace: String,
    /// The repository.
    pub repository: String,
    /// The manifest.
    pub digest: String,
    /// Tags that point to it, at most five.
    pub tags: Vec<String>,
    /// As `linux`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub os: Option<String>,
    /// As `amd64`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub architecture: Option<String>,
    /// Which of its components are meant, the worst first; none where a file or a layer was looked for.
    pub components: Vec<FoundComponent>,
    /// Components that are meant, and not all of them are listed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// A component of [`FoundIn`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct FoundComponent {
    /// Its name.
    pub name: String,
    /// Its version; empty where it could not be told, or not be compared.
    pub version: String,
    /// Whether the version is known to be one of those looked for.
    pub exact: bool,
    /// The layer that brings it; empty where it is not known which one.
    pub layer: String,
    /// How bad the flaw is that was looked for, or else the worst that it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// Versions that have the fix of the flaw that was looked for.
    pub fixed_in: Vec<String>,
}

/// An image that has other findings since an update of the vulnerability data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangedImage {
    /// Owner of the repository.
    pub namespace: String,
    /// The repository.
    pub repository: String,
    /// The manifest.
    pub digest: String,
    /// Tags that point to it, at most five.
    pub tags: Vec<String>,
    /// As `linux`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub os: Option<String>,
    /// As `amd64`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub architecture: Option<String>,
    /// How many findings it has more than before, or fewer. All zero where only their fixes are others.
    pub change: CountChange,
    /// How many it has now.
    pub now: VulnCount,
}

/// How many findings there are more, or fewer, of each severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CountChange {
    /// Of this severity.
    pub critical: i32,
    /// Of this severity.
    pub major: i32,
    /// Of this severity.
    pub minor: i32,
    /// Of which nobody said how bad they are.
    pub unspecified: i32,
}

/// Which of the images that an update changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum ChangedWay {
    /// All of them.
    #[default]
    Any,
    /// Those with more critical findings than before.
    Critical,
    /// Those with more findings of some severity than before.
    Worse,
    /// Those with more of no severity.
    Better,
}

/// The sums of the registry on a day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Day {
    /// As `2026-11-26`.
    pub day: String,
    /// Images that are scanned.
    pub images: u64,
    /// Those that were read to their end and have no finding.
    pub clean: u64,
    /// Findings of this severity, counted in each image.
    pub critical: u64,
    /// Findings of this severity, counted in each image.
    pub major: u64,
    /// Findings of this severity, counted in each image.
    pub minor: u64,
    /// Findings of which nobody said how bad they are, counted in each image.
    pub unspecified: u64,
    /// Findings with a version that has the fix.
    pub fixable: u64,
}

impl Day {
    /// All findings.
    pub fn findings(&self) -> u64 {
        self.critical + self.major + self.minor + self.unspecified
    }
}

/// The sums of a repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WorstRepository {
    /// Its owner.
    pub namespace: String,
    /// Its name.
    pub repository: String,
    /// Images with findings.
    pub images: u64,
    /// Findings of this severity, counted in each image.
    pub critical: u64,
    /// Findings of this severity, counted in each image.
    pub major: u64,
    /// Findings of this severity, counted in each image.
    pub minor: u64,
    /// Findings of which nobody said how bad they are, counted in each image.
    pub unspecified: u64,
    /// Findings with a version that has the fix.
    pub fixable: u64,
}

/// Answer of `GET /api/v0/imagescan/dashboard`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Dashboard {
    /// Now.
    pub today: Day,
    /// The days before, the oldest first, as far as they were noted; at most 90.
    pub days: Vec<Day>,
    /// Repositories with the most critical findings, the worst first.
    pub worst: Vec<WorstRepository>,
    /// When the vulnerability data came by which images are judged.
    #[serde(
        default,
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub data_updated_at: Option<OffsetDateTime>,
}
