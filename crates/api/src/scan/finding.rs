//! What is wrong with a component.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use super::Severity;

/// A flaw that a component has, or may have. Ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// The name of the flaw.
    pub cve: String,
    /// How bad it is.
    pub severity: Severity,
    /// CVSS base score in tenths.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<u8>,
    /// The CVSS vector.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vector: Option<String>,
    /// Versions that have the fix.
    pub fixed_in: Vec<String>,
    /// The distributor said that no fix will come.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub will_not_fix: bool,
    /// Whether the version was compared; if not, the flaws of all versions are here.
    pub exact: bool,
    /// The records that say so.
    pub records: Vec<String>,
    /// When it was found first in this component.
    #[serde(with = "time::serde::rfc3339")]
    pub found_at: OffsetDateTime,
    /// The override that sets it aside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set_aside: Option<Uuid>,
}

/// A flaw. DTR's `schema.ScannerCVE`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Cve {
    /// Its name.
    #[serde(rename = "cvePK")]
    pub pk: String,
    /// CVSS score, 0 to 10; 0 where nobody gave one.
    pub cvss: f32,
    /// One line.
    pub summary: String,
    /// Not used.
    pub notes: String,
    /// Ours: its other names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// Ours: how likely it is to be used within 30 days, 0 to 1 (EPSS).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epss: Option<f64>,
    /// Ours: since when it is known to be used, as a date (CISA KEV).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exploited_since: Option<String>,
}
