//! Fields: what a criterion can be about.

use std::fmt;

use crate::Operator;

/// What a criterion is about. DTR's fields by the names of its API; the others are ours, in the same style.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// Texts: one, or several of which one has to fit.
    Text(TextField),
    /// Numbers.
    Number(NumberField),
    /// The highest CVSS base score, from 0.0 to 10.0.
    HighestScore,
    /// The version of the component that the key names, in the order of its ecosystem; if there are several, one has to fit.
    ComponentVersion,
    /// How far the scan is.
    ScanStatus,
    /// Whether there is a signature that was verified.
    Signed,
    /// A time, compared with another (RFC 3339).
    Time(TimeField),
    /// The same time, compared with how long ago it is: Go's `ParseDuration`, as in `168h` or `1h30m`.
    Age(TimeField),
}

/// Texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "Field::label says it")]
pub enum TextField {
    Tag,
    Digest,
    Platform,
    ComponentName,
    /// The licences of all components. A component that names none may have any.
    LicenseName,
    /// The licences that were found, as DTR: a component that names none is passed over.
    LicenseFound,
    Label,
    Annotation,
    Author,
    Signer,
    SignerTeam,
}

/// Numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "Field::label says it")]
pub enum NumberField {
    All,
    Critical,
    Major,
    Minor,
    Unspecified,
    Fixable,
    Exploited,
    /// Compressed bytes of a pull; values may have a unit, as in `500MB` or `1GiB`.
    Size,
}

/// Times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "Field::label says it")]
pub enum TimeField {
    Updated,
    Pushed,
    Scanned,
}

/// What has to be looked up before a field can be decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Evidence {
    /// The tag itself, and nothing else.
    Tag,
    /// What the manifest, its configuration and the push say.
    Image,
    /// The scan in short: its state, its time and its numbers.
    Scan,
    /// The components that the scan found.
    Components,
    /// Signatures.
    Signatures,
}

const TEXT: &[Operator] = &[
    Operator::Equals,
    Operator::StartsWith,
    Operator::EndsWith,
    Operator::Contains,
    Operator::OneOf,
    Operator::NotOneOf,
    Operator::Matches,
    Operator::Glob,
];
const NUMBER: &[Operator] = &[
    Operator::GreaterOrEqual,
    Operator::Greater,
    Operator::Equals,
    Operator::NotEquals,
    Operator::LessOrEqual,
    Operator::Less,
];
const WORD: &[Operator] = &[
    Operator::Equals,
    Operator::NotEquals,
    Operator::OneOf,
    Operator::NotOneOf,
];
const FLAG: &[Operator] = &[Operator::Equals, Operator::NotEquals];
const TIME: &[Operator] = &[Operator::Before, Operator::After];

impl Field {
    /// All of them: DTR's in its order, then ours.
    pub const ALL: [Self; 29] = [
        Self::Text(TextField::Tag),
        Self::Text(TextField::ComponentName),
        Self::Number(NumberField::All),
        Self::Number(NumberField::Critical),
        Self::Number(NumberField::Major),
        Self::Number(NumberField::Minor),
        Self::Text(TextField::LicenseName),
        Self::Time(TimeField::Updated),
        Self::Age(TimeField::Updated),
        Self::Text(TextField::Digest),
        Self::Text(TextField::Platform),
        Self::Text(TextField::Label),
        Self::Text(TextField::Annotation),
        Self::Text(TextField::Author),
        Self::Number(NumberField::Size),
        Self::Time(TimeField::Pushed),
        Self::Age(TimeField::Pushed),
        Self::ScanStatus,
        Self::Time(TimeField::Scanned),
        Self::Age(TimeField::Scanned),
        Self::Number(NumberField::Unspecified),
        Self::Number(NumberField::Fixable),
        Self::Number(NumberField::Exploited),
        Self::HighestScore,
        Self::ComponentVersion,
        Self::Text(TextField::LicenseFound),
        Self::Signed,
        Self::Text(TextField::Signer),
        Self::Text(TextField::SignerTeam),
    ];

    /// The field of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }

    /// Its name in a rule.
    pub const fn name(self) -> &'static str {
        self.described().0
    }

    /// What people call it; DTR's label where DTR has it.
    pub const fn label(self) -> &'static str {
        self.described().1
    }

    /// What has to be looked up for it.
    pub const fn evidence(self) -> Evidence {
        self.described().2
    }

    const fn described(self) -> (&'static str, &'static str, Evidence) {
        use Evidence::{Components, Image, Scan, Signatures, Tag};
        match self {
            Self::Text(TextField::Tag) => ("tag", "Tag name", Tag),
            Self::Text(TextField::ComponentName) => {
                ("component.name", "Component name", Components)
            }
            Self::Text(TextField::LicenseName) => ("license.name", "License name", Components),
            Self::Text(TextField::LicenseFound) => {
                ("license.found", "License name, where known", Components)
            }
            Self::Text(TextField::Digest) => ("digest", "Digest", Image),
            Self::Text(TextField::Platform) => ("platform", "Platform", Image),
            Self::Text(TextField::Label) => ("label", "Label", Image),
            Self::Text(TextField::Annotation) => ("annotation", "Annotation", Image),
            Self::Text(TextField::Author) => ("author", "Author", Image),
            Self::Text(TextField::Signer) => ("signature.signer", "Signed by", Signatures),
            Self::Text(TextField::SignerTeam) => ("signature.team", "Signed by team", Signatures),
            Self::Number(NumberField::All) => ("vulnerability_all", "All vulnerabilities", Scan),
            Self::Number(NumberField::Critical) => {
                ("vulnerability_critical", "Critical vulnerabilities", Scan)
            }
            Self::Number(NumberField::Major) => {
                ("vulnerability_major", "Major vulnerabilities", Scan)
            }
            Self::Number(NumberField::Minor) => {
                ("vulnerability_minor", "Minor vulnerabilities", Scan)
            }
            Self::Number(NumberField::Unspecified) => (
                "vulnerability_unspecified",
                "Vulnerabilities of unspecified severity",
                Scan,
            ),
            Self::Number(NumberField::Fixable) => {
                ("vulnerability_fixable", "Fixable vulnerabilities", Scan)
            }
            Self::Number(NumberField::Exploited) => {
                ("vulnerability_exploited", "Exploited vulnerabilities", Scan)
            }
            Self::Number(NumberField::Size) => ("size", "Compressed size", Image),
            Self::HighestScore => ("vulnerability_cvss", "Highest CVSS score", Scan),
            Self::ComponentVersion => ("component.version", "Component version", Components),
            Self::ScanStatus => ("scan_status", "Scan status", Scan),
            Self::Signed => ("signed", "Signed", Signatures),
            Self::Time(TimeField::Updated) => ("updated_at", "Last updated at", Image),
            Self::Age(TimeField::Updated) => {
                ("updated_at_duration", "Last updated at (age)", Image)
            }
            Self::Time(TimeField::Pushed) => ("pushed_at", "Pushed at", Image),
            Self::Age(TimeField::Pushed) => ("pushed_at_duration", "Pushed at (age)", Image),
            Self::Time(TimeField::Scanned) => ("scanned_at", "Scanned at", Scan),
            Self::Age(TimeField::Scanned) => ("scanned_at_duration", "Scanned at (age)", Scan),
        }
    }

    /// The operators that fit it, in DTR's order.
    pub const fn operators(self) -> &'static [Operator] {
        match self {
            Self::Text(_) => TEXT,
            Self::Number(_) | Self::HighestScore | Self::ComponentVersion => NUMBER,
            Self::ScanStatus => WORD,
            Self::Signed => FLAG,
            Self::Time(_) | Self::Age(_) => TIME,
        }
    }

    /// Whether a rule has to name a key, and what that is.
    pub const fn key(self) -> Option<&'static str> {
        match self {
            Self::Text(TextField::Label) => Some("the name of the label"),
            Self::Text(TextField::Annotation) => Some("the name of the annotation"),
            Self::ComponentVersion => Some("the name of the component"),
            _ => None,
        }
    }
}

impl TextField {
    /// Whether an image has many of them, of which one has to fit.
    pub(crate) const fn is_one_of_many(self) -> bool {
        matches!(
            self,
            Self::Platform
                | Self::ComponentName
                | Self::LicenseName
                | Self::LicenseFound
                | Self::Signer
                | Self::SignerTeam
        )
    }

    /// Whether upper and lower case are the same in it: SPDX says so of licences (annex D), and a component's name is written either
    /// way, depending on the ecosystem.
    pub(crate) const fn ignores_case(self) -> bool {
        matches!(
            self,
            Self::ComponentName | Self::LicenseName | Self::LicenseFound
        )
    }
}

/// Its name in a rule.
impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_dtrs_are_there() {
        for (at, field) in Field::ALL.into_iter().enumerate() {
            let first = Field::ALL
                .iter()
                .position(|other| other.name() == field.name());
            assert_eq!(first, Some(at), "{field}");
            assert_eq!(Field::named(field.name()), Some(field));
        }
        let dtr = [
            ("tag", "Tag name"),
            ("component.name", "Component name"),
            ("vulnerability_all", "All vulnerabilities"),
            ("vulnerability_critical", "Critical vulnerabilities"),
            ("vulnerability_major", "Major vulnerabilities"),
            ("vulnerability_minor", "Minor vulnerabilities"),
            ("license.name", "License name"),
            ("updated_at", "Last updated at"),
        ];
        for (name, label) in dtr {
            assert_eq!(Field::named(name).map(Field::label), Some(label));
        }
        assert!(Field::named("updated_at_duration").is_some());
        assert_eq!(Field::named("Tag"), None);
    }
}
