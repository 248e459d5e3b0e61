//! SPDX 2.3 JSON: the image as a package that contains the components.
//!
//! A package's `comment` says which layer brought it and where it lies, `sourceInfo` what it was built from (`built package from:
//! openssl 3.0.11-1`, as other scanners write it). A file is listed where its SHA-1, which SPDX demands, and SHA-256 are known; a package
//! and a file that shows it are related by `OTHER` with the comment `evident-by`, because `CONTAINS` would claim all files of the package.

use super::bill::{Bill, Entry, ImageFacts, evidence};
use super::cpe;
use super::identifier::short;
use super::licence::Expression;
use super::purl::Purl;
use super::stream::Object;
use crate::fingerprint::{ExecutableFile, Format, ImageReport, OsRelease, Place};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{self, Write};

const DOCUMENT: &str = "SPDXRef-DOCUMENT";
const IMAGE: &str = "SPDXRef-Image";
const SYSTEM: &str = "SPDXRef-OperatingSystem";
const UNKNOWN: &str = "NOASSERTION";
/// As other scanners write it, and read it.
pub(super) const BUILT_FROM: &str = "built package from: ";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CreationInfo {
    created: String,
    creators: [String; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Package {
    #[serde(rename = "SPDXID")]
    id: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_info: Option<String>,
    primary_package_purpose: &'static str,
    supplier: &'static str,
    download_location: &'static str,
    files_analyzed: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    checksums: Vec<Checksum>,
    license_declared: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_info: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    external_refs: Vec<ExternalRef>,
}

impl Package {
    fn new(id: String, name: &str, version: Option<&str>, purpose: &'static str) -> Self {
        Self {
            id,
            name: name.to_owned(),
            version_info: version.map(str::to_owned),
            primary_package_purpose: purpose,
            supplier: UNKNOWN,
            download_location: UNKNOWN,
            files_analyzed: false,
            checksums: Vec::new(),
            license_declared: UNKNOWN.to_owned(),
            source_info: None,
            comment: None,
            external_refs: Vec::new(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Checksum {
    algorithm: &'static str,
    checksum_value: String,
}

#[derive(Serialize)]
struct ExternalRef {
    #[serde(rename = "referenceCategory")]
    category: &'static str,
    #[serde(rename = "referenceType")]
    kind: &'static str,
    #[serde(rename = "referenceLocator")]
    locator: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct File<'f> {
    #[serde(rename = "SPDXID")]
    id: &'f str,
    #[serde(rename = "fileName")]
    name: String,
    #[serde(rename = "fileTypes")]
    types: [&'static str; 1],
    checksums: [Checksum; 2],
    comment: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Relationship<'r> {
    spdx_element_id: &'r str,
    #[serde(rename = "relationshipType")]
    kind: &'static str,
    related_spdx_element: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<&'static str>,
}

impl<'r> Relationship<'r> {
    fn new(from: &'r str, kind: &'static str, to: &'r str) -> Self {
        Self {
            spdx_element_id: from,
            kind,
            related_spdx_element: to,
            comment: None,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ExtractedLicence<'l> {
    license_id: &'l str,
    name: &'l str,
    extracted_text: &'l str,
}

/// Files by their identifier.
type Files<'b> = BTreeMap<String, (&'b Place, &'b ExecutableFile, FileSums<'b>)>;

/// SHA-1 and SHA-256.
type FileSums<'b> = (&'b str, &'b str);

/// Writes the bill of materials of an image as SPDX 2.3 JSON. The same report and facts give the same bytes.
pub fn write_spdx(report: &ImageReport, facts: &ImageFacts<'_>, out: impl Write) -> io::Result<()> {
    let bill = Bill::new(facts, report);
    let mut document = Object::open(out)?;
    document.member("spdxVersion", &"SPDX-2.3")?;
    document.member("dataLicense", &"CC0-1.0")?;
    document.member("SPDXID", &DOCUMENT)?;
    document.member("name", &facts.name())?;
    let namespace = format!(
        "https://spdx.org/spdxdocs/plimsoll-{}",
        facts.uuid("spdx-2.3")
    );
    document.member("documentNamespace", &namespace)?;
    let creation = CreationInfo {
        created: facts.created(),
        creators: [format!("Tool: plimsoll-{}", facts.tool_version)],
    };
    document.member("creationInfo", &creation)?;
    if let Some(incomplete) = bill.incomplete() {
        document.member("comment", &incomplete)?;
    }
    let files = files(&bill);
    write_packages(&bill, &mut document)?;
    write_files(&bill, &files, &mut document)?;
    write_relationships(&bill, &files, &mut document)?;
    write_licences(&bill, &mut document)?;
    document.close()
}

fn write_packages<W: Write>(bill: &Bill<'_>, document: &mut Object<W>) -> io::Result<()> {
    let mut list = document.list("packages")?;
    list.push(&image(bill.facts))?;
    if let Some(os) = &bill.report.os {
        list.push(&system(os))?;
    }
    for entry in &bill.entries {
        list.push(&package(bill, entry))?;
    }
    list.close()
}

fn image(facts: &ImageFacts<'_>) -> Package {
    let checksum = facts.digest_parts().and_then(|(algorithm, hex)| {
        let algorithm = match algorithm {
            "sha256" => "SHA256",
            "sha512" => "SHA512",
            _ => return None,
        };
        Some(Checksum {
            algorithm,
            checksum_value: hex.to_owned(),
        })
    });
    let layers: Vec<&str> = facts.layers.iter().map(|layer| layer.digest).collect();
    Package {
        checksums: checksum.into_iter().collect(),
        comment: Some(format!(
            "Image for {}, layers from the bottom: {}.",
            facts.platform.unwrap_or("an unknown platform"),
            layers.join(", ")
        )),
        external_refs: vec![purl_ref(&facts.purl())],
        ..Package::new(
            IMAGE.to_owned(),
            &facts.name(),
            Some(facts.manifest_digest),
            "CONTAINER",
        )
    }
}

fn system(os: &OsRelease) -> Package {
    Package::new(
        SYSTEM.to_owned(),
        &os.id,
        os.version_id.as_deref(),
        "OPERATING_SYSTEM",
    )
}

fn package(bill: &Bill<'_>, entry: &Entry<'_>) -> Package {
    let component = &entry.placed.component;
    let source = component.source.as_ref().map(|source| {
        let version = source.version.as_ref().or(component.version.as_ref());
        let words = [Some(&source.name), version];
        let words: Vec<&str> = words.into_iter().flatten().map(String::as_str).collect();
        format!("{BUILT_FROM}{}", words.join(" "))
    });
    let purl = Purl::of(component, bill.report.os.as_ref());
    let cpes = component
        .cpes
        .iter()
        .filter_map(|cpe| cpe::formatted(cpe, component.version.as_deref()));
    let cpes = cpes.map(|locator| ExternalRef {
        category: "SECURITY",
        kind: "cpe23Type",
        locator,
    });
    let licence = Expression::of(component).text;
    Package {
        license_declared: licence.unwrap_or_else(|| UNKNOWN.to_owned()),
        source_info: source,
        comment: Some(comment(bill, entry)),
        external_refs: purl
            .as_ref()
            .map(purl_ref)
            .into_iter()
            .chain(cpes)
            .collect(),
        ..Package::new(
            spdx_id(entry),
            &component.name,
            component.version.as_deref(),
            "LIBRARY",
        )
    }
}

fn purl_ref(purl: &Purl) -> ExternalRef {
    ExternalRef {
        category: "PACKAGE-MANAGER",
        kind: "purl",
        locator: purl.to_string(),
    }
}

fn comment(bill: &Bill<'_>, entry: &Entry<'_>) -> String {
    let component = &entry.placed.component;
    let paths: Vec<String> = component.paths.iter().map(ToString::to_string).collect();
    let mut comment = format!(
        "Introduced by {}. Known by {}",
        bill.facts.layer(entry.placed.introduced),
        evidence(component.evidence)
    );
    if !paths.is_empty() {
        let _infallible = write!(comment, " at {}", paths.join(", "));
    }
    if !component.nested.is_empty() {
        let _infallible = write!(comment, " within {}", component.nested.join(", "));
    }
    comment.push('.');
    match (&component.version, component.exact) {
        (None, _) => comment.push_str(" Its version is not known."),
        (Some(_), false) => comment.push_str(" Its version is not certain."),
        (Some(_), true) => {}
    }
    comment
}

fn files<'b>(bill: &Bill<'b>) -> Files<'b> {
    let mut files = BTreeMap::new();
    for entry in &bill.entries {
        for (place, known) in bill.places(entry) {
            if let Some((file, digests)) = known
                && let Some(sha1) = &digests.sha1
            {
                let sums = (sha1.as_str(), digests.sha256.as_str());
                files.insert(file_id(place), (place, file, sums));
            }
        }
    }
    files
}

fn write_files<W: Write>(
    bill: &Bill<'_>,
    files: &Files<'_>,
    document: &mut Object<W>,
) -> io::Result<()> {
    let mut list = document.list("files")?;
    for (id, (place, file, (sha1, sha256))) in files {
        let checksum = |algorithm, hex: &str| Checksum {
            algorithm,
            checksum_value: hex.to_owned(),
        };
        list.push(&File {
            id,
            name: format!("./{}", place.path.as_str()),
            types: [file_type(file.format)],
            checksums: [checksum("SHA1", sha1), checksum("SHA256", sha256)],
            comment: format!("In {}.", bill.facts.layer(place.layer)),
        })?;
    }
    list.close()
}

fn file_type(format: Format) -> &'static str {
    match format {
        Format::Elf | Format::Pe | Format::MachO | Format::Wasm => "BINARY",
        Format::Ar | Format::Zip => "ARCHIVE",
        Format::Text => "TEXT",
    }
}

fn write_relationships<W: Write>(
    bill: &Bill<'_>,
    files: &Files<'_>,
    document: &mut Object<W>,
) -> io::Result<()> {
    let mut list = document.list("relationships")?;
    list.push(&Relationship::new(DOCUMENT, "DESCRIBES", IMAGE))?;
    if bill.report.os.is_some() {
        list.push(&Relationship::new(IMAGE, "CONTAINS", SYSTEM))?;
    }
    for entry in &bill.entries {
        let id = spdx_id(entry);
        list.push(&Relationship::new(IMAGE, "CONTAINS", &id))?;
        let shown: BTreeSet<String> = bill
            .places(entry)
            .map(|(place, _)| file_id(place))
            .filter(|file| files.contains_key(file))
            .collect();
        for file in &shown {
            list.push(&Relationship {
                comment: Some("evident-by: the file shows that the package is there"),
                ..Relationship::new(&id, "OTHER", file)
            })?;
        }
    }
    list.close()
}

fn write_licences<W: Write>(bill: &Bill<'_>, document: &mut Object<W>) -> io::Result<()> {
    let mut extracted = BTreeMap::new();
    for entry in &bill.entries {
        extracted.extend(Expression::of(&entry.placed.component).references);
    }
    let mut list = document.list("hasExtractedLicensingInfos")?;
    for (id, text) in &extracted {
        list.push(&ExtractedLicence {
            license_id: id,
            name: text,
            extracted_text: text,
        })?;
    }
    list.close()
}

fn spdx_id(entry: &Entry<'_>) -> String {
    format!("SPDXRef-{}", entry.id)
}

fn file_id(place: &Place) -> String {
    let hash = short(&[&place.layer.to_string(), place.path.as_str()]);
    format!("SPDXRef-File-{hash}")
}
