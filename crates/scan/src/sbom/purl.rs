//! Package URLs: the name of a package that all tools understand.
//!
//! Rules: purl-spec (ECMA-427), "How to build", "How to parse" and the definitions of the types. Where our component has no vendor,
//! because the image states no operating system, the URL has no namespace: none is guessed.

use crate::fingerprint::{Component, Kind, OsRelease};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// Longer ones are refused.
const LONGEST: usize = 4_096;

const KINDS: [Kind; 12] = [
    Kind::Deb,
    Kind::Apk,
    Kind::Rpm,
    Kind::Pypi,
    Kind::Npm,
    Kind::Gem,
    Kind::Composer,
    Kind::Maven,
    Kind::Nuget,
    Kind::Golang,
    Kind::Cargo,
    Kind::Generic,
];

/// A package URL, in its canonical form.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Purl {
    /// `deb`, `npm`, `oci` …
    pub package_type: String,
    /// Decoded segments, joined with slashes; may be empty.
    pub namespace: String,
    /// Decoded.
    pub name: String,
    /// Decoded.
    pub version: Option<String>,
    /// `arch`, `distro`, `epoch` …
    pub qualifiers: BTreeMap<String, String>,
    /// Decoded segments, joined with slashes; may be empty.
    pub subpath: String,
}

/// Why a text is no package URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PurlError {
    /// More than 4096 bytes.
    #[error("the package URL is too long")]
    TooLong,
    /// Another scheme, or none.
    #[error("a package URL begins with `pkg:`")]
    Scheme,
    /// No type, or one with characters that a type cannot have.
    #[error("the type of the package URL is missing or malformed")]
    Type,
    /// No name.
    #[error("the package URL has no name")]
    Name,
    /// A key without a value's sign, twice, or with characters that a key cannot have.
    #[error("a qualifier of the package URL is malformed")]
    Qualifier,
    /// `%` without two hexadecimal digits, bytes that are not UTF-8, or a control character.
    #[error("the package URL is not encoded as it must be")]
    Encoding,
}

impl Purl {
    /// The URL of a component; `None` if nothing of its name remains.
    pub fn of(component: &Component, os: Option<&OsRelease>) -> Option<Self> {
        let (namespace, name) = native(component.kind, &component.name);
        let mut purl = Self {
            package_type: component.kind.purl_type().to_owned(),
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            version: component.version.clone(),
            qualifiers: BTreeMap::new(),
            subpath: String::new(),
        };
        if component.kind.is_of_the_system() {
            purl.distribution(component, component.release.as_ref().or(os));
        }
        purl.normalise();
        (!purl.name.is_empty()).then_some(purl)
    }

    /// Vendor, architecture, release and rpm's epoch.
    fn distribution(&mut self, component: &Component, os: Option<&OsRelease>) {
        if let Some(architecture) = &component.architecture {
            self.qualify("arch", architecture);
        }
        if let Some(os) = os {
            vendor(&os.id).clone_into(&mut self.namespace);
            let release = os.version_id.as_deref().or(os.codename.as_deref());
            let distro = release.map_or(os.id.clone(), |release| format!("{}-{release}", os.id));
            self.qualify("distro", &distro);
        }
        if component.kind == Kind::Rpm
            && let Some((epoch, version)) = self.version.as_deref().and_then(epoch)
        {
            let (epoch, version) = (epoch.to_owned(), version.to_owned());
            self.qualify("epoch", &epoch);
            self.version = Some(version);
        }
    }

    /// Sets a qualifier, if it has a value.
    pub(super) fn qualify(&mut self, key: &str, value: &str) {
        if !value.is_empty() {
            self.qualifiers.insert(key.to_owned(), value.to_owned());
        }
    }

    /// The package world; `None` for `oci`, `github` and others that are none of ours.
    pub fn kind(&self) -> Option<Kind> {
        KINDS
            .into_iter()
            .find(|kind| kind.purl_type() == self.package_type)
    }

    /// The name as the package world spells it, as in [`Component::name`].
    pub fn native_name(&self) -> String {
        match self.kind() {
            Some(Kind::Deb | Kind::Apk | Kind::Rpm) => self.name.clone(),
            _ if self.namespace.is_empty() => self.name.clone(),
            Some(Kind::Maven) => format!("{}:{}", self.namespace, self.name),
            _ => format!("{}/{}", self.namespace, self.name),
        }
    }

    /// The version as the package world spells it: rpm's with its epoch.
    pub fn native_version(&self) -> Option<String> {
        let version = self.version.as_ref()?;
        match self
            .qualifiers
            .get("epoch")
            .filter(|epoch| *epoch != "0" && self.package_type == "rpm")
        {
            Some(epoch) => Some(format!("{epoch}:{version}")),
            None => Some(version.clone()),
        }
    }

    /// Whether a statement about this URL is about the component of an image with that operating system. What the URL leaves open, any
    /// component has. Compared are type, namespace, name, version with epoch, and architecture; the release is not, because tools
    /// spell it in many ways, and a distribution's version tells it.
    pub fn covers(&self, component: &Component, os: Option<&OsRelease>) -> bool {
        if self.kind() != Some(component.kind) {
            return false;
        }
        let of_system = component.kind.is_of_the_system();
        let same_vendor = self.namespace.is_empty()
            || os.is_some_and(|os| [vendor(&os.id), &os.id].contains(&self.namespace.as_str()));
        if of_system && !same_vendor {
            return false;
        }
        let source = self.qualifiers.get("arch").is_some_and(|a| a == "source");
        let (name, version) = match &component.source {
            Some(package) if source => {
                let version = package.version.as_ref().or(component.version.as_ref());
                (&package.name, version)
            }
            _ => (&component.name, component.version.as_ref()),
        };
        let (namespace, name) = native(component.kind, name);
        let mut theirs = Self {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            ..self.clone()
        };
        theirs.normalise();
        let architecture = self.qualifiers.get("arch").filter(|_| !source);
        let same_name =
            theirs.name == self.name && (of_system || theirs.namespace == self.namespace);
        let same_version = self
            .native_version()
            .is_none_or(|stated| version == Some(&stated));
        let same_architecture = architecture.is_none_or(|stated| {
            component
                .architecture
                .as_ref()
                .is_none_or(|theirs| theirs == stated)
        });
        same_name && same_version && same_architecture
    }

    /// The rules of the types.
    fn normalise(&mut self) {
        let lower = |text: &mut String| *text = text.to_lowercase();
        match self.package_type.as_str() {
            "deb" | "apk" | "composer" | "golang" | "npm" | "github" | "bitbucket" => {
                lower(&mut self.namespace);
                lower(&mut self.name);
            }
            "rpm" => lower(&mut self.namespace),
            "oci" => lower(&mut self.name),
            "pypi" => self.name = python_name(&self.name),
            _ => {}
        }
        self.namespace = segments(&self.namespace).join("/");
        self.name = self.name.trim_matches('/').to_owned();
        self.version = self.version.take().filter(|version| !version.is_empty());
    }
}

fn segments(path: &str) -> Vec<&str> {
    path.split('/')
        .filter(|segment| !segment.is_empty())
        .collect()
}

/// Namespace and name, as the package world writes them in one.
fn native(kind: Kind, name: &str) -> (&str, &str) {
    let name = name.trim_matches('/');
    let split = match kind {
        Kind::Npm if name.starts_with('@') => name.split_once('/'),
        Kind::Composer => name.split_once('/'),
        Kind::Maven => name.split_once(':'),
        Kind::Golang => name.rsplit_once('/'),
        _ => None,
    };
    split.unwrap_or(("", name))
}

/// The vendor of a distribution, where it is not its name.
fn vendor(id: &str) -> &str {
    match id {
        "rhel" => "redhat",
        "sles" | "sled" | "sles_sap" => "suse",
        id if id.starts_with("opensuse") => "opensuse",
        id => id,
    }
}

/// `1:2.3-4` as `1` and `2.3-4`.
fn epoch(version: &str) -> Option<(&str, &str)> {
    version
        .split_once(':')
        .filter(|(epoch, _)| !epoch.is_empty() && epoch.bytes().all(|byte| byte.is_ascii_digit()))
}

/// PEP 503, "Normalized Names".
fn python_name(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    for character in name.chars() {
        match character {
            '-' | '_' | '.' if normal.ends_with('-') => {}
            '-' | '_' | '.' => normal.push('-'),
            other => normal.extend(other.to_lowercase()),
        }
    }
    normal
}

fn encode(text: &str, into: &mut fmt::Formatter<'_>) -> fmt::Result {
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' | b'~' | b':' => {
                write!(into, "{}", char::from(byte))?;
            }
            other => write!(into, "%{other:02X}")?,
        }
    }
    Ok(())
}

fn decode(text: &str) -> Result<String, PurlError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || {
            let digit = char::from(rest.next()?).to_digit(16)?;
            u8::try_from(digit).ok()
        };
        let (Some(high), Some(low)) = (digit(), digit()) else {
            return Err(PurlError::Encoding);
        };
        bytes.push(high << 4 | low);
    }
    let text = String::from_utf8(bytes).map_err(|_| PurlError::Encoding)?;
    if text.chars().any(char::is_control) {
        return Err(PurlError::Encoding);
    }
    Ok(text)
}

/// Decoded segments of a path, without those that say nothing.
fn decode_path(path: &str) -> Result<String, PurlError> {
    let decoded: Result<Vec<String>, PurlError> = path
        .split('/')
        .filter(|segment| !matches!(*segment, "" | "." | ".."))
        .map(decode)
        .collect();
    Ok(decoded?.join("/"))
}

fn qualifiers(text: &str) -> Result<BTreeMap<String, String>, PurlError> {
    let mut qualifiers = BTreeMap::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').ok_or(PurlError::Qualifier)?;
        let key = key.to_ascii_lowercase();
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
        if !key.starts_with(|first: char| first.is_ascii_alphabetic()) || !key.bytes().all(allowed)
        {
            return Err(PurlError::Qualifier);
        }
        let value = decode(value)?;
        if !value.is_empty() && qualifiers.insert(key, value).is_some() {
            return Err(PurlError::Qualifier);
        }
    }
    Ok(qualifiers)
}

impl FromStr for Purl {
    type Err = PurlError;

    fn from_str(text: &str) -> Result<Self, PurlError> {
        if text.len() > LONGEST {
            return Err(PurlError::TooLong);
        }
        let (rest, subpath) = text.rsplit_once('#').unwrap_or((text, ""));
        let (rest, query) = rest.rsplit_once('?').unwrap_or((rest, ""));
        let (scheme, rest) = rest.split_once(':').ok_or(PurlError::Scheme)?;
        if !scheme.eq_ignore_ascii_case("pkg") {
            return Err(PurlError::Scheme);
        }
        let (package_type, rest) = rest
            .trim_start_matches('/')
            .split_once('/')
            .ok_or(PurlError::Type)?;
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".-+".contains(&byte);
        if !package_type.starts_with(|first: char| first.is_ascii_alphabetic())
            || !package_type.bytes().all(allowed)
        {
            return Err(PurlError::Type);
        }
        // npm's scopes are often written with a plain @: a version has no slash
        let (path, version) = match rest.rsplit_once('@') {
            Some((path, version)) if !version.contains('/') => (path, Some(decode(version)?)),
            _ => (rest, None),
        };
        let path = path.trim_matches('/');
        let (namespace, name) = path.rsplit_once('/').unwrap_or(("", path));
        let mut purl = Self {
            package_type: package_type.to_ascii_lowercase(),
            namespace: decode_path(namespace)?,
            name: decode(name)?,
            version,
            qualifiers: qualifiers(query)?,
            subpath: decode_path(subpath)?,
        };
        purl.normalise();
        if purl.name.is_empty() {
            return Err(PurlError::Name);
        }
        Ok(purl)
    }
}

impl fmt::Display for Purl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pkg:{}/", self.package_type)?;
        for segment in segments(&self.namespace) {
            encode(segment, f)?;
            f.write_str("/")?;
        }
        encode(&self.name, f)?;
        if let Some(version) = &self.version {
            f.write_str("@")?;
            encode(version, f)?;
        }
        for (at, (key, value)) in self.qualifiers.iter().enumerate() {
            write!(f, "{}{key}=", if at == 0 { '?' } else { '&' })?;
            encode(value, f)?;
        }
        for (at, segment) in segments(&self.subpath).into_iter().enumerate() {
            f.write_str(if at == 0 { "#" } else { "/" })?;
            encode(segment, f)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
