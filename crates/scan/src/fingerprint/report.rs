//! What a layer's report holds. It is stored as JSON, once per layer.

use super::licence::Licence;
use super::limits::Reason;
use super::path::LayerPath;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Everything that phase one has to say of a layer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerReport {
    /// [`super::DETECTOR_VERSION`] of the program that wrote it.
    pub detector_version: u32,
    /// Empty when the layer was read to its end and understood.
    pub incomplete: BTreeSet<Reason>,
    /// Bytes after decompression.
    pub uncompressed: u64,
    /// Entries of the archive.
    pub entries: u64,
    /// The operating system that the layer states.
    pub os: Option<OsRelease>,
    /// Software that was found.
    pub components: Vec<Component>,
    /// Executables, libraries and archives of code, by content.
    pub executables: Vec<ExecutableFile>,
    /// Files of this layer that a package owns, of those that are named in `components` or `executables`.
    pub owned: Vec<OwnedFile>,
    /// Package databases, whether or not anything is in them: the topmost copy speaks for the image.
    pub databases: Vec<LayerPath>,
    /// What the layer deletes from those below.
    pub whiteouts: Vec<LayerPath>,
    /// Directories whose lower content the layer hides.
    pub opaque: Vec<LayerPath>,
    /// It hides everything below it.
    pub hides_all: bool,
    /// Symbolic and hard links.
    pub links: Vec<Link>,
    /// Files that lie where a component could have been and hold none: they take the place of what lay there below.
    pub plain: Vec<LayerPath>,
    /// Files that a detector could not read.
    pub faults: Vec<FileFault>,
}

/// `os-release`, as far as it names a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OsRelease {
    /// `debian`, `alpine`, `rhel` …
    pub id: String,
    /// Families that it belongs to.
    pub id_like: Vec<String>,
    /// `12`, `3.20.3`; rolling releases have none.
    pub version_id: Option<String>,
    /// `bookworm`.
    pub codename: Option<String>,
    /// For people.
    pub pretty_name: Option<String>,
    /// Where it was read.
    pub path: LayerPath,
}

/// The package world that a component belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names are those of the package worlds")]
pub enum Kind {
    Deb,
    Apk,
    Rpm,
    Pypi,
    Npm,
    Gem,
    Composer,
    Maven,
    Nuget,
    Golang,
    Cargo,
    Generic,
}

impl Kind {
    /// The type of its package URL.
    pub fn purl_type(self) -> &'static str {
        match self {
            Self::Deb => "deb",
            Self::Apk => "apk",
            Self::Rpm => "rpm",
            Self::Pypi => "pypi",
            Self::Npm => "npm",
            Self::Gem => "gem",
            Self::Composer => "composer",
            Self::Maven => "maven",
            Self::Nuget => "nuget",
            Self::Golang => "golang",
            Self::Cargo => "cargo",
            Self::Generic => "generic",
        }
    }

    /// Whether a package manager of the operating system installs it.
    pub fn is_of_the_system(self) -> bool {
        matches!(self, Self::Deb | Self::Apk | Self::Rpm)
    }
}

/// What made us believe that a component is there, strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Evidence {
    /// A package manager's database.
    Database,
    /// The component's own record of itself: `METADATA`, `package.json`, `pom.properties`.
    Metadata,
    /// Written into a binary by its compiler or linker.
    BuildInfo,
    /// The file is, byte for byte, one that a package installed elsewhere.
    KnownFile,
    /// A string that only this implementation carries.
    Signature,
    /// The shared library's own name.
    Soname,
    /// Only the name of the file.
    FileName,
    /// Somebody attached a bill of materials that says so; nothing in the layers shows it.
    AttachedSbom,
}

/// A piece of software in a layer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Component {
    /// Its package world.
    pub kind: Kind,
    /// As that world spells it; `group:artifact` for Maven.
    pub name: String,
    /// `None` when it could not be told: then it may be any.
    pub version: Option<String>,
    /// Whether `version` is the version, and not just near it.
    pub exact: bool,
    /// What the package was built from, where advisories speak of that.
    pub source: Option<SourcePackage>,
    /// As the package world spells it.
    pub architecture: Option<String>,
    /// The release of a distribution that it is of, where that need not be the image's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<OsRelease>,
    /// What it may be used under.
    pub licences: Vec<Licence>,
    /// Names that CPE-keyed advisories know it by.
    pub cpes: Vec<Cpe>,
    /// The files that show it.
    pub paths: Vec<LayerPath>,
    /// Where in the archive at `paths`, outermost first: `lib/a.jar`, `b.jar`.
    pub nested: Vec<String>,
    /// What made us believe it.
    pub evidence: Evidence,
    /// Which detector found it.
    pub detector: String,
}

impl Component {
    /// A component of which no more is known than this.
    pub fn new(
        kind: Kind,
        name: &str,
        version: Option<&str>,
        evidence: Evidence,
        detector: &str,
    ) -> Self {
        let version = version.map(str::trim).filter(|version| !version.is_empty());
        Self {
            kind,
            name: name.trim().to_owned(),
            version: version.map(str::to_owned),
            exact: version.is_some(),
            source: None,
            architecture: None,
            release: None,
            licences: Vec::new(),
            cpes: Vec::new(),
            paths: Vec::new(),
            nested: Vec::new(),
            evidence,
            detector: detector.to_owned(),
        }
    }

    /// About what it takes in a report.
    pub(super) fn weight(&self) -> usize {
        let licences: usize = self
            .licences
            .iter()
            .map(|licence| licence.found.len() + 32)
            .sum();
        let paths: usize = self.paths.iter().map(|path| path.as_str().len() + 24).sum();
        200 + self.name.len() + self.version.as_ref().map_or(0, String::len) + licences + paths
    }
}

/// The package that a binary package was built from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourcePackage {
    /// Its name.
    pub name: String,
    /// Where it differs from the binary package's.
    pub version: Option<String>,
}

/// A vendor and product of the CPE dictionary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cpe {
    /// `openssl`.
    pub vendor: String,
    /// `openssl`.
    pub product: String,
}

/// What runs a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names are those of the formats")]
pub enum Format {
    Elf,
    Pe,
    MachO,
    Wasm,
    /// A static library.
    Ar,
    /// A jar or another archive of code.
    Zip,
    /// Text that holds a component's record of itself.
    Text,
}

/// A file that is code, by content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecutableFile {
    /// Where it lies.
    pub path: LayerPath,
    /// What it is.
    pub format: Format,
    /// Its length.
    pub size: u64,
    /// Its digests; `None` where holes were left out of the archive.
    pub digests: Option<Digests>,
    /// `NT_GNU_BUILD_ID`, in hex.
    pub build_id: Option<String>,
    /// What a shared library calls itself.
    pub soname: Option<String>,
}

/// Digests of a file, in hex. The weak ones are there only to compare with what a package manager wrote down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are those of the algorithms")]
pub struct Digests {
    pub sha256: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha1: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub md5: Option<String>,
}

/// A file and the package that installed it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnedFile {
    /// Where it lies, as the package spells it.
    pub path: LayerPath,
    /// The package world.
    pub kind: Kind,
    /// The package.
    pub package: String,
    /// What the content must be, where the package manager records it.
    pub recorded: Option<Recorded>,
}

/// A digest that a package manager recorded, in hex.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names are those of the algorithms")]
pub enum Recorded {
    Md5(String),
    Sha1(String),
    Sha256(String),
}

impl Recorded {
    /// Whether a file has the content that was recorded.
    pub fn matches(&self, digests: &Digests) -> bool {
        match self {
            Self::Md5(md5) => digests.md5.as_ref() == Some(md5),
            Self::Sha1(sha1) => digests.sha1.as_ref() == Some(sha1),
            Self::Sha256(sha256) => digests.sha256 == *sha256,
        }
    }
}

/// How a link links.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum LinkKind {
    Hard,
    Symbolic,
}

/// A link and where it leads by its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Where it lies.
    pub path: LayerPath,
    /// `None` when it leads to the root or out of it.
    pub target: Option<LayerPath>,
    /// How it links.
    pub kind: LinkKind,
}

/// A file that a detector lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileFault {
    /// Which, as far as it can be named.
    pub path: String,
    /// Which detector.
    pub detector: String,
    /// What went wrong.
    pub error: String,
}
