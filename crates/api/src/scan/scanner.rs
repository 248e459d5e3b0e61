//! How scanning and its vulnerability data stand (DTR's `responses.NautilusStatus`), and the updates of the data.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// The state of scanning. DTR's `responses.NautilusStatus`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScannerStatus {
    /// 0 no vulnerability data, 1 ready, 2 an update is being loaded, 3 images are being judged by new data.
    pub state: u8,
    /// Version of the scanner.
    pub scanner_version: u32,
    /// Number of the vulnerability data: the generation, which rises by one with each update.
    pub db_version: u64,
    /// When the data came that counts.
    #[serde(
        default,
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub db_updated_at: Option<OffsetDateTime>,
    /// The last update failed.
    #[serde(rename = "lastDBUpdateFailed")]
    pub last_db_update_failed: bool,
    /// There is no such data here.
    #[serde(rename = "lastVulnOverridesDBUpdateFailed")]
    pub last_vuln_overrides_db_update_failed: bool,
    /// Ours: the data that counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current: Option<Update>,
    /// Ours: scans that wait.
    #[serde(default)]
    pub pending: u64,
    /// Ours: scans that go on.
    #[serde(default)]
    pub running: u64,
    /// Ours: how data is fetched; absent where it is uploaded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub online: Option<OnlineStatus>,
}

/// How vulnerability data is fetched. Ours.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct OnlineStatus {
    /// When it is fetched next; absent where that is about to begin.
    #[serde(
        default,
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub next_at: Option<OffsetDateTime>,
    /// When the last fetch ended.
    #[serde(
        default,
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub last_at: Option<OffsetDateTime>,
    /// What became of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<FetchOutcome>,
    /// How far the fetch is that goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fetching: Option<Fetching>,
}

/// What became of a fetch of vulnerability data. Ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum FetchOutcome {
    /// There was new data.
    Updated,
    /// Nothing was new.
    Unchanged,
    /// It did not succeed, and changed nothing; the list of updates says why.
    Failed,
}

/// How far a fetch of vulnerability data is. Ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Fetching {
    /// What is done.
    pub stage: FetchStage,
    /// With which ecosystem.
    pub ecosystem: String,
    /// Which one of them all that is, from 1.
    pub number: u32,
    /// How many there are.
    pub of: u32,
    /// Bytes that were fetched.
    pub bytes: u64,
}

/// What a fetch of vulnerability data does. Ours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum FetchStage {
    /// It asks for what is new, and writes it to the disk.
    #[default]
    Fetching,
    /// It loads what it fetched.
    Loading,
}

/// An update of the vulnerability data. Ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Update {
    /// Its number.
    pub generation: u64,
    /// `loading`, `current`, `old` or `failed`.
    pub state: String,
    /// `upload` or `online`.
    pub origin: String,
    /// Name of the file, or the address.
    pub file: String,
    /// Who brought it.
    pub started_by: String,
    /// When it began.
    #[serde(with = "time::serde::rfc3339")]
    pub started_at: OffsetDateTime,
    /// When it was loaded, or had failed.
    #[serde(
        default,
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub finished_at: Option<OffsetDateTime>,
    /// When all images were judged by it.
    #[serde(
        default,
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub checked_at: Option<OffsetDateTime>,
    /// When the bundle was made, if it says so.
    #[serde(
        default,
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub built_at: Option<OffsetDateTime>,
    /// Records in all.
    pub records: u64,
    /// Records that are new, gone or different.
    pub changed: u64,
    /// Records that could not be used.
    pub refused: u64,
    /// Images whose numbers changed.
    pub images: u64,
    /// Records of each source in the bundle.
    pub sources: std::collections::BTreeMap<String, u64>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}
