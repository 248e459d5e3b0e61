//! What one entry of a bill says, as a component of ours; and a list of entries that is never held as it is written.

use crate::fingerprint::{Component, Cpe, Evidence, Kind, Licence, SourcePackage};
use crate::sbom::{Purl, cpe};
use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};
use std::fmt;
use std::marker::PhantomData;

/// Of one bill.
const MOST: usize = 100_000;
const LONGEST_NAME: usize = 1_024;
const MOST_CPES: usize = 100;
/// Each is looked up among all that SPDX knows.
const MOST_LICENCES: usize = 10;
const DETECTOR: &str = "attached-sbom";

/// What an entry says, whatever the format.
#[derive(Default)]
pub(super) struct Said<'s> {
    /// Its own words, in which the case of letters survives that package URLs lose.
    pub(super) name: Option<&'s str>,
    pub(super) version: Option<&'s str>,
    pub(super) purl: Option<&'s str>,
    pub(super) cpes: Vec<&'s str>,
    pub(super) licences: Vec<&'s str>,
    pub(super) source: Option<SourcePackage>,
}

impl Said<'_> {
    /// `None` if nothing can be matched with it.
    pub(super) fn component(&self) -> Option<Component> {
        let cpes = self.cpes.iter().filter_map(|text| cpe::read(text));
        let cpes: Vec<(Cpe, Option<String>)> = cpes.take(MOST_CPES).collect();
        let purl = self.purl.and_then(|text| text.parse::<Purl>().ok());
        let mut component = match &purl {
            Some(purl) => self.packaged(purl)?,
            None => self.generic(&cpes)?,
        };
        for (cpe, _) in cpes {
            if !component.cpes.contains(&cpe) {
                component.cpes.push(cpe);
            }
        }
        let licences = self.licences.iter();
        component.licences = licences
            .take(MOST_LICENCES)
            .filter_map(|text| Licence::parse(text))
            .collect();
        component.source = self.source.clone().or(component.source);
        let version = component.version.as_deref().unwrap_or_default();
        let fits = component.name.len() <= LONGEST_NAME && version.len() <= LONGEST_NAME;
        let printable = |text: &str| !text.chars().any(char::is_control);
        (fits && printable(&component.name) && printable(version)).then_some(component)
    }

    fn packaged(&self, purl: &Purl) -> Option<Component> {
        let kind = purl.kind()?;
        let architecture = purl.qualifiers.get("arch");
        if architecture.is_some_and(|architecture| architecture == "source") {
            return None;
        }
        let plain = purl.native_name();
        let name = self.name.filter(|name| name.eq_ignore_ascii_case(&plain));
        let version = purl.native_version();
        let version = version.as_deref().or(self.version);
        let mut component = Component::new(
            kind,
            name.unwrap_or(&plain),
            version,
            Evidence::AttachedSbom,
            DETECTOR,
        );
        component.architecture = architecture.cloned();
        // Syft's qualifier: `upstream=openssl@3.0.11-1`, or only the name
        component.source = purl.qualifiers.get("upstream").map(|upstream| {
            let (name, version) = upstream
                .split_once('@')
                .map_or((upstream.as_str(), None), |(name, version)| {
                    (name, Some(version))
                });
            SourcePackage {
                name: name.to_owned(),
                version: version.map(str::to_owned),
            }
        });
        Some(component)
    }

    fn generic(&self, cpes: &[(Cpe, Option<String>)]) -> Option<Component> {
        let (cpe, version) = cpes.first()?;
        let version = self.version.or(version.as_deref());
        let name = self.name.unwrap_or(&cpe.product);
        let (kind, evidence) = (Kind::Generic, Evidence::AttachedSbom);
        let component = Component::new(kind, name, version, evidence, DETECTOR);
        (!component.name.is_empty()).then_some(component)
    }
}

/// An entry of a format.
pub(super) trait Entry {
    /// Adds what it and all within it say.
    fn give(self, gathered: &mut Gathered);
}

/// Components, and how many entries gave none.
#[derive(Default)]
pub(super) struct Gathered {
    components: Vec<Component>,
    passed_over: usize,
}

impl Gathered {
    pub(super) fn add(&mut self, component: Option<Component>) {
        match component {
            Some(component) => self.components.push(component),
            None => self.passed_over += 1,
        }
    }

    pub(super) fn append(&mut self, mut other: Self) {
        self.components.append(&mut other.components);
        self.passed_over += other.passed_over;
    }

    /// Sorted, each once.
    pub(super) fn finish(mut self) -> (Vec<Component>, usize) {
        fn key(component: &Component) -> (Kind, &str, Option<&str>, Option<&str>) {
            (
                component.kind,
                &component.name,
                component.version.as_deref(),
                component.architecture.as_deref(),
            )
        }
        self.components
            .sort_by(|one, other| key(one).cmp(&key(other)));
        self.components
            .dedup_by(|one, other| key(one) == key(other));
        (self.components, self.passed_over)
    }
}

/// A list of entries, read one at a time.
pub(super) struct Entries<E>(Gathered, PhantomData<E>);

impl<E> Default for Entries<E> {
    fn default() -> Self {
        Self(Gathered::default(), PhantomData)
    }
}

impl<E> From<Entries<E>> for Gathered {
    fn from(entries: Entries<E>) -> Self {
        entries.0
    }
}

impl<'de, E: Entry + Deserialize<'de>> Deserialize<'de> for Entries<E> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List<E>(PhantomData<E>);

        impl<'de, E: Entry + Deserialize<'de>> Visitor<'de> for List<E> {
            type Value = Entries<E>;

            fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
                write!(formatter, "a list of at most {MOST} components")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut gathered = Gathered::default();
                while let Some(entry) = list.next_element::<E>()? {
                    entry.give(&mut gathered);
                    if gathered.components.len() + gathered.passed_over > MOST {
                        return Err(A::Error::custom(format_args!(
                            "there are more than {MOST} components"
                        )));
                    }
                }
                Ok(Entries(gathered, PhantomData))
            }
        }

        deserializer.deserialize_seq(List(PhantomData))
    }
}
