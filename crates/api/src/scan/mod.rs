//! Scans: `/api/v0/imagescan/…` (DTR's `schema.ScannedImage`, `responses.ScanSummary`, `responses.OldScanSummary`). What is set aside is in
//! `aside`, how the scanner and its data stand in `scanner`.

mod aside;
mod attached;
mod finding;
mod scanner;

pub use aside::{
    ImportedVex, Justification, LayerOverride, OverrideForm, OverrideScope, ScopedOverrideForm,
};
pub use attached::{AttachedBill, ClaimedComponent};
pub use finding::{Cve, Finding};
pub use scanner::{FetchOutcome, FetchStage, Fetching, OnlineStatus, ScannerStatus, Update};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// DTR's code of how far a scan is.
pub mod status {
    /// It went wrong.
    pub const FAILED: u8 = 0;
    /// Nobody asked for one.
    pub const UNSCANNED: u8 = 1;
    /// Layers are being read.
    pub const SCANNING: u8 = 2;
    /// It waits.
    pub const PENDING: u8 = 3;
    /// Read; there is no vulnerability data to judge it by.
    pub const SCANNED: u8 = 4;
    /// Being judged.
    pub const CHECKING: u8 = 5;
    /// Done.
    pub const COMPLETED: u8 = 6;
}

/// How bad a finding is, as it is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nobody said.
    Unspecified,
    /// CVSS above 0.
    Minor,
    /// CVSS from 4.0.
    Major,
    /// CVSS from 7.0, or 9.0 where the registry counts as NVD does.
    Critical,
}

/// The scan of an image in short; of a multi-platform image the worst of its platforms. DTR's `responses.OldScanSummary`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShortSummary {
    /// Owner of the repository.
    pub namespace: String,
    /// The repository.
    pub reponame: String,
    /// The tag; empty where a digest was asked for.
    pub tag: String,
    /// Findings of this severity.
    pub critical: u32,
    /// Findings of this severity.
    pub major: u32,
    /// Findings of this severity.
    pub minor: u32,
    /// 0 failed, 1 unscanned, 2 scanning, 3 pending, 4 scanned, 5 checking, 6 completed.
    pub last_scan_status: u8,
    /// When it was judged last.
    #[serde(
        default,
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub check_completed_at: Option<OffsetDateTime>,
    /// It was read by an older scanner than this one.
    pub should_rescan: bool,
    /// It has layers that are not kept here, and could not be read.
    pub has_foreign_layers: bool,
    /// Ours: findings of which nobody said how bad they are.
    #[serde(default)]
    pub unspecified: u32,
    /// Ours: findings with a version that has the fix.
    #[serde(default)]
    pub fixable: u32,
    /// Ours: findings that somebody set aside; the other numbers do not count them.
    #[serde(default)]
    pub set_aside: u32,
    /// Ours: components that were found.
    #[serde(default)]
    pub components: u32,
    /// Ours: some layer was not read to its end. Nothing is proved absent.
    #[serde(default)]
    pub incomplete: bool,
    /// Ours: layers that are read, while it is scanned.
    #[serde(default)]
    pub layers_done: u32,
    /// Ours: layers that there are.
    #[serde(default)]
    pub layers_total: u32,
    /// Ours: why the last scan failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl ShortSummary {
    /// The worst severity of which there is a finding.
    pub fn worst(&self) -> Option<Severity> {
        [
            (self.critical, Severity::Critical),
            (self.major, Severity::Major),
            (self.minor, Severity::Minor),
            (self.unspecified, Severity::Unspecified),
        ]
        .into_iter()
        .find_map(|(count, severity)| (count > 0).then_some(severity))
    }

    /// Everything was read and judged, and nothing was found.
    pub fn is_clean(&self) -> bool {
        self.last_scan_status == status::COMPLETED
            && !self.incomplete
            && !self.has_foreign_layers
            && self.worst().is_none()
    }

    /// A scan waits or goes on.
    pub fn is_going_on(&self) -> bool {
        matches!(
            self.last_scan_status,
            status::SCANNING | status::PENDING | status::CHECKING
        )
    }
}

/// How many findings there are. DTR's `schema.ScannerVulnCount`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VulnCount {
    /// Of this severity.
    pub critical: u32,
    /// Of this severity.
    pub major: u32,
    /// Of this severity.
    pub minor: u32,
    /// Ours: of which nobody said how bad they are.
    #[serde(default)]
    pub unspecified: u32,
}

/// A scan with what it found. DTR's `responses.ScanSummary`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ScanSummary {
    /// See [`ShortSummary::last_scan_status`]; left out with `scanstatus=false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scan_status: Option<u8>,
    /// It was read by an older scanner than this one.
    pub should_rescan: bool,
    /// What was found.
    pub scanned_image: ScannedImage,
}

/// What was found in an image of one platform. DTR's `schema.ScannedImage`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ScannedImage {
    /// The manifest's digest.
    pub pk: String,
    /// Owner of the repository.
    pub namespace: String,
    /// The repository.
    pub repository: String,
    /// A tag; empty where none points to it.
    pub tag: String,
    /// The manifest.
    pub manifest_digest: String,
    /// Findings, but for those set aside.
    pub total_vuln_count: VulnCount,
    /// The highest CVSS score, 0 to 10.
    #[serde(rename = "maxCVSSValue")]
    pub max_cvss_value: f32,
    /// What its components may be used under.
    pub licenses: Vec<License>,
    /// Its layers, bottom first.
    pub layers: Vec<Layer>,
    /// What is in it.
    pub components: Vec<Component>,
    /// The flaws that its components have.
    pub cves: Vec<Cve>,
    /// What read it.
    pub scanner_fingerprint: ScannerFingerprint,
    /// Findings that were set aside.
    pub vuln_overrides: Vec<LayerOverride>,
    /// Ours: the operating system, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub os: Option<String>,
    /// Ours: the image that it is made from; the largest one that you may see, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<BaseImage>,
    /// Ours: the scan in short.
    #[serde(default)]
    pub summary: ShortSummary,
}

/// An image that has the layers that another one begins with, and no others. Ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct BaseImage {
    /// Owner of the repository.
    pub namespace: String,
    /// The repository.
    pub repository: String,
    /// Its tags there, the first ones by name.
    pub tags: Vec<String>,
    /// The manifest.
    pub digest: String,
    /// How many layers it has. Components of lower layers than this, from 0, come from it.
    pub layers: u32,
}

/// A licence. DTR's `schema.ScannerLicense`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct License {
    /// SPDX expression, or what was written.
    pub name: String,
    /// `spdx`, or `other`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its text at spdx.org; empty where it has none.
    pub url: String,
}

/// A layer. DTR's `schema.ScannerLayer`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Layer {
    /// Its digest.
    pub digest: String,
    /// Its media type.
    pub media_type: String,
    /// Who made it; not known.
    pub author: String,
    /// Compressed bytes.
    pub size: u64,
    /// Keys of the components that it brings.
    pub components: Vec<String>,
    /// Ours: why it was not read to its end; empty if it was.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub incomplete: Vec<String>,
}

/// A component. DTR's `schema.ScannerComponent`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Component {
    /// Its key.
    #[serde(rename = "componentPK")]
    pub pk: String,
    /// Its name.
    pub name: String,
    /// Its version; empty where it could not be told.
    pub version: String,
    /// Its package world: `deb`, `pypi`, `generic` …
    pub source: String,
    /// Where it lies.
    pub filepaths: Vec<String>,
    /// What it may be used under.
    pub licenses: Vec<String>,
    /// The flaws that it has, but for those set aside.
    pub cves: Vec<String>,
    /// How many they are.
    pub vuln_count: VulnCount,
    /// Ours: its findings, those set aside too.
    #[serde(default)]
    pub findings: Vec<Finding>,
    /// Ours: the layer that brings it, from the bottom.
    #[serde(default)]
    pub layer: u32,
    /// Ours: the layer that takes it away; such a component is not counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed_by: Option<u32>,
    /// Ours: what shows it: `database`, `metadata`, `build-info`, `signature`, `soname`, `file-name` …
    #[serde(default)]
    pub evidence: String,
    /// Ours: `version` is the version, and not just near it.
    #[serde(default)]
    pub exact: bool,
}

/// What read an image. DTR's `schema.ScannerFingerprint`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ScannerFingerprint {
    /// Always 1.
    pub scanner_type: u8,
    /// The scanner's version.
    pub version: Vec<String>,
}

/// Body of `POST /api/v0/imagescan/scan`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ScanOptions {
    /// Read all images again that an older scanner read, or nobody.
    #[serde(default)]
    pub scan: bool,
    /// Judge all images again.
    #[serde(default)]
    pub check: bool,
}

/// Body of `POST /api/v0/repositories/scan/toggle`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ToggleScanOnPush {
    /// Scan images on push, in every repository that the caller administers.
    pub scan_on_push: bool,
}

/// Body of `POST /api/v0/imagescan/scansummary/tags`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ImagesForm {
    /// The images.
    pub images: Vec<ImageName>,
}

/// An image in [`ImagesForm`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ImageName {
    /// `namespace/repository`, with or without a tag.
    pub name: String,
    /// Its digest.
    pub digest: String,
}

/// Answer of `POST /api/v0/imagescan/scansummary/tags`. DTR's `responses.ThinScanSummaries`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ThinSummaries {
    /// Findings by digest, of those images that are scanned and that the caller may see.
    pub images: std::collections::BTreeMap<String, VulnCount>,
}
