//! Distinguished names, compared as notation does: some attributes of a subject (notation's "Trust Store and Trust Policy
//! Specification", "Trusted Identities Constraints").

use std::{collections::BTreeMap, fmt};

use x509_parser::x509::X509Name;

/// The longest name that is read, in bytes.
const MAX_NAME: usize = 1024;
/// Attributes by their object identifiers (RFC 4519).
const ATTRIBUTES: [(&str, &str); 9] = [
    ("2.5.4.3", "CN"),
    ("2.5.4.5", "SERIALNUMBER"),
    ("2.5.4.6", "C"),
    ("2.5.4.7", "L"),
    ("2.5.4.8", "ST"),
    ("2.5.4.9", "STREET"),
    ("2.5.4.10", "O"),
    ("2.5.4.11", "OU"),
    ("2.5.4.17", "POSTALCODE"),
];
/// What a name that is trusted has to have.
const MANDATORY: [&str; 3] = ["C", "ST", "O"];

/// Why a text is no name that can be trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the message of each says it")]
pub enum NameError {
    #[error(
        "an identity is * or x509.subject: with a name, such as x509.subject: C=US, ST=WA, O=Example"
    )]
    Malformed,
    #[error("a name has to have C, ST and O")]
    Incomplete,
    #[error("a name has each attribute once; {0} comes twice")]
    Twice(String),
    #[error("{0} is no attribute of names")]
    Unknown(String),
}

/// Attributes of a distinguished name, each once, with C, ST and O among them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(BTreeMap<&'static str, String>);

impl Name {
    /// Reads `C=US, ST=WA, O=Example` (RFC 4514; `S` is `ST`).
    pub fn parse(text: &str) -> Result<Self, NameError> {
        if text.len() > MAX_NAME {
            return Err(NameError::Malformed);
        }
        let mut attributes = BTreeMap::new();
        for part in split(text)? {
            let (key, value) = part.split_once('=').ok_or(NameError::Malformed)?;
            let key = key.trim().to_ascii_uppercase();
            let key = if key == "S" { "ST" } else { key.as_str() };
            let known = ATTRIBUTES.iter().find(|(_, name)| *name == key);
            let (_, known) = known.ok_or_else(|| NameError::Unknown(key.to_owned()))?;
            let value = unescape(value.trim())?;
            if value.is_empty() {
                return Err(NameError::Malformed);
            }
            if attributes.insert(*known, value).is_some() {
                return Err(NameError::Twice((*known).to_owned()));
            }
        }
        Self::complete(attributes).ok_or(NameError::Incomplete)
    }

    /// The name of a certificate; `None` where an attribute comes twice or one that names have to have is missing.
    pub(crate) fn of(name: &X509Name<'_>) -> Option<Self> {
        let mut attributes = BTreeMap::new();
        for attribute in name.iter_attributes() {
            let id = attribute.attr_type().to_id_string();
            let Some((_, known)) = ATTRIBUTES.iter().find(|(known, _)| *known == id) else {
                continue;
            };
            let value = attribute.as_str().ok()?.to_owned();
            if attributes.insert(*known, value).is_some() {
                return None;
            }
        }
        Self::complete(attributes)
    }

    fn complete(attributes: BTreeMap<&'static str, String>) -> Option<Self> {
        let has = |name: &&str| attributes.contains_key(*name);
        MANDATORY.iter().all(has).then_some(Self(attributes))
    }

    /// Whether `subject` has all of these attributes.
    pub(crate) fn covers(&self, subject: &Self) -> bool {
        let mut attributes = self.0.iter();
        attributes.all(|(key, value)| subject.0.get(key) == Some(value))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (key, value)) in self.0.iter().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            write!(f, "{comma}{key}=")?;
            for c in value.chars() {
                if matches!(c, ',' | '+' | '"' | '\\' | '<' | '>' | ';' | '=') {
                    f.write_str("\\")?;
                }
                write!(f, "{c}")?;
            }
        }
        Ok(())
    }
}

/// The parts between commas that are not escaped.
fn split(text: &str) -> Result<Vec<&str>, NameError> {
    let mut parts = Vec::new();
    let (mut start, mut escaped) = (0, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            // several values in one part, and quoted ones, are read differently by different readers
            '+' | '"' | ';' | '\n' | '\r' => return Err(NameError::Malformed),
            ',' => {
                parts.push(text.get(start..at).unwrap_or_default());
                start = at + 1;
            }
            _ => {}
        }
    }
    if escaped {
        return Err(NameError::Malformed);
    }
    parts.push(text.get(start..).unwrap_or_default());
    Ok(parts)
}

/// A backslash before a sign is taken away; hexadecimal pairs are not read.
fn unescape(text: &str) -> Result<String, NameError> {
    let mut value = String::new();
    let mut signs = text.chars();
    while let Some(c) = signs.next() {
        match c {
            '\\' => match signs.next() {
                Some(next) if !next.is_ascii_alphanumeric() => value.push(next),
                _ => return Err(NameError::Malformed),
            },
            '=' => return Err(NameError::Malformed),
            c => value.push(c),
        }
    }
    Ok(value)
}
