//! Bills of materials that somebody attached to an image: evidence beside what the scan found. Ours.

use serde::{Deserialize, Serialize};

use super::VulnCount;

/// A bill of materials that somebody attached to an image.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct AttachedBill {
    /// The manifest that holds it.
    pub manifest: String,
    /// The document itself.
    pub digest: String,
    /// `SPDX` or `CycloneDX`; absent where it could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// How many components it lists.
    pub listed: u32,
    /// How many more it lists that nothing can be matched with: without a package URL or a CPE.
    pub passed_over: u32,
    /// How many of those listed the scan did not find.
    pub unseen: u32,
    /// Of these, the worst first; at most as many as are judged together.
    pub components: Vec<ClaimedComponent>,
    /// Why it proves nothing about the image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// A component that only an attached bill of materials names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ClaimedComponent {
    /// Its name.
    pub name: String,
    /// Its version; empty where none is said.
    pub version: String,
    /// Its package world: `deb`, `pypi`, `generic` …
    pub source: String,
    /// The flaws that it has, but for those set aside.
    pub cves: Vec<String>,
    /// How many they are.
    pub vuln_count: VulnCount,
}
