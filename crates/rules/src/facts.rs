//! What is known of an image when a rule is asked, and what is not.
//!
//! Everything is borrowed, so that the same rows serve many rules. Where something is optional, `None` says that it is not known or
//! was not looked up: criteria on it are unknown then. [`Criteria::evidence`](crate::Criteria::evidence) says what has to be looked up.
//!
//! Of an index, the facts are those of its images together: the union of platforms, components, labels and signers; the scan is
//! complete if each image's is, and the numbers are those of the worst.

use std::fmt;

use oci::{Digest, Tag};
use scan::vulnerability::{
    ecosystem::Ecosystem,
    severity::{Score, Severity},
};
use time::OffsetDateTime;

/// What is known of a tag and of the image that it points at.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The time at which it is asked; ages are counted to it.
    pub now: OffsetDateTime,
    /// The tag.
    pub tag: &'a Tag,
    /// What it points at.
    pub digest: Digest,
    /// Operating system, architecture and variant, as in `linux/arm64/v8`.
    pub platforms: Option<&'a [&'a str]>,
    /// Labels of the configuration; a key may be there more than once, from several platforms.
    pub labels: Option<&'a [(&'a str, &'a str)]>,
    /// Annotations of the manifest.
    pub annotations: Option<&'a [(&'a str, &'a str)]>,
    /// Compressed bytes of a pull.
    pub size: Option<u64>,
    /// Name of the account that pushed the tag last.
    pub author: Option<&'a str>,
    /// When the image came into the repository.
    pub pushed_at: Option<OffsetDateTime>,
    /// When the tag was pushed last. DTR's `updatedAt`.
    pub updated_at: Option<OffsetDateTime>,
    /// The scan whose results count now.
    pub scan: Scan<'a>,
    /// Signatures of the digest that were verified, by people who are known; no others.
    pub signatures: Option<&'a [Signature<'a>]>,
}

/// A scan: how far it is and, when everything was read and judged, what it found.
#[derive(Debug, Clone, Copy)]
pub enum Scan<'a> {
    /// Nobody has asked for one.
    Unscanned,
    /// It waits for a worker.
    Pending,
    /// Layers are being read.
    Scanning,
    /// Layers are read, and not judged yet.
    Scanned,
    /// It is being judged.
    Checking,
    /// It failed, and why.
    Failed(&'a str),
    /// Something was not read, and why: a layer that is not kept here, or a limit. Nothing is proved absent, so that nothing is
    /// known.
    Incomplete(&'a str),
    /// Everything was read and judged.
    Completed(Results<'a>),
}

/// How far a scan is. DTR's names of `scanStatus`, in lower case, and `incomplete`, which is ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "as in Scan")]
pub enum ScanStatus {
    Unscanned,
    Pending,
    Scanning,
    Scanned,
    Checking,
    Failed,
    Incomplete,
    Completed,
}

/// What a complete scan found.
#[derive(Debug, Clone, Copy)]
pub struct Results<'a> {
    /// When it was judged last.
    pub completed_at: OffsetDateTime,
    /// What is wrong.
    pub findings: Findings<'a>,
    /// What is in the image.
    pub components: Option<&'a [Component<'a>]>,
}

/// Vulnerabilities, without those that an override set aside: it counts from the moment it is made.
#[derive(Debug, Clone, Copy, Default)]
pub struct Findings<'a> {
    /// Of this severity.
    pub critical: u32,
    /// Of this severity.
    pub major: u32,
    /// Of this severity.
    pub minor: u32,
    /// Of which nobody said how bad they are. They have no score.
    pub unspecified: u32,
    /// For which a version with the fix is known.
    pub fixable: u32,
    /// Known to be exploited (CISA's KEV).
    pub exploited: u32,
    /// The highest CVSS base score of those that have one.
    pub highest: Option<Score>,
    /// Some of them, the worst first, to be named in reasons. They are not counted.
    pub named: &'a [Finding<'a>],
}

/// A vulnerability of a component, as a reason names it.
#[derive(Debug, Clone, Copy)]
pub struct Finding<'a> {
    /// Its name: a CVE, if it has one.
    pub id: &'a str,
    /// What it counts as.
    pub severity: Severity,
    /// Its CVSS base score.
    pub score: Option<Score>,
    /// A version with the fix is known.
    pub fixable: bool,
    /// It is known to be exploited.
    pub exploited: bool,
    /// Name of the component that has it.
    pub component: &'a str,
    /// Version of that component, if it is known.
    pub version: Option<&'a str>,
    /// Where the component is: a path, a layer.
    pub place: &'a str,
}

/// A piece of software in the image.
#[derive(Debug, Clone, Copy)]
pub struct Component<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its version, if it could be found out.
    pub version: Option<&'a str>,
    /// Where it comes from, which says how its versions are compared.
    pub ecosystem: Option<&'a Ecosystem>,
    /// Its licences: SPDX expressions or, where there is none, what the package says. Empty if nothing is known.
    pub licences: &'a [&'a str],
    /// Where it is: a path, a layer.
    pub place: &'a str,
}

/// A signature of the digest that was verified.
#[derive(Debug, Clone, Copy)]
pub struct Signature<'a> {
    /// The account whose key it was made with, or the identity in the certificate.
    pub signer: &'a str,
    /// The teams the signer is in, as `organization/team`.
    pub teams: &'a [&'a str],
    /// What kind it is: Notary, cosign, notation.
    pub format: &'a str,
}

impl Scan<'_> {
    /// How far it is.
    pub fn status(&self) -> ScanStatus {
        match self {
            Self::Unscanned => ScanStatus::Unscanned,
            Self::Pending => ScanStatus::Pending,
            Self::Scanning => ScanStatus::Scanning,
            Self::Scanned => ScanStatus::Scanned,
            Self::Checking => ScanStatus::Checking,
            Self::Failed(_) => ScanStatus::Failed,
            Self::Incomplete(_) => ScanStatus::Incomplete,
            Self::Completed(_) => ScanStatus::Completed,
        }
    }
}

impl ScanStatus {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Unscanned,
        Self::Pending,
        Self::Scanning,
        Self::Scanned,
        Self::Checking,
        Self::Failed,
        Self::Incomplete,
        Self::Completed,
    ];

    /// Its name in a rule.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unscanned => "unscanned",
            Self::Pending => "pending",
            Self::Scanning => "scanning",
            Self::Scanned => "scanned",
            Self::Checking => "checking",
            Self::Failed => "failed",
            Self::Incomplete => "incomplete",
            Self::Completed => "completed",
        }
    }
}

impl fmt::Display for ScanStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Findings<'_> {
    /// All of them; those of unspecified severity too.
    pub fn all(&self) -> u64 {
        [self.critical, self.major, self.minor, self.unspecified]
            .into_iter()
            .map(u64::from)
            .sum()
    }
}
