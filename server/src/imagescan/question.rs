//! What somebody looks for in all images: read from the address, and turned into what the database can find.

use std::collections::HashSet;

use db::{
    entities::component,
    repositories::Viewer,
    scans::{
        places::{self, Key, Place},
        sought::{self, Sought},
    },
};
use scan::vulnerability::{
    ecosystem::Ecosystem,
    wanted::{Answer, Wanted},
};

use crate::{
    error::ApiResult,
    input::{bad_field, one_line},
    paging::Page,
    state::AppState,
};

/// What is looked for.
#[derive(Debug)]
pub(super) enum Question {
    /// A flaw, by any of its names.
    Flaw(String),
    /// Components of this name, and of these versions.
    Component(String, Option<Wanted>),
    /// Components under this licence.
    Licence(String),
    /// Layers that hold this file: SHA-256 in hex.
    File(String),
    /// A layer.
    Layer(String),
}

/// Characters of what is looked for, at most.
const LONGEST: usize = 512;

impl Question {
    /// A flaw. Its name may be written small.
    pub(super) fn flaw(text: String) -> ApiResult<Self> {
        let name = one_line("cve", text, LONGEST)?;
        let is_github = name
            .get(..5)
            .is_some_and(|five| five.eq_ignore_ascii_case("ghsa-"));
        Ok(Self::Flaw(if is_github {
            format!("GHSA-{}", name.get(5..).unwrap_or_default().to_lowercase())
        } else if name.to_ascii_lowercase().contains("cve-") {
            name.to_ascii_uppercase()
        } else {
            name
        }))
    }

    /// A component.
    pub(super) fn component(name: String, versions: Option<&str>) -> ApiResult<Self> {
        let name = one_line("component", name, LONGEST)?;
        let wanted = versions
            .filter(|text| !text.trim().is_empty())
            .map(Wanted::parse)
            .transpose();
        let wanted =
            wanted.map_err(|error| bad_field("version", format!("version is wrong: {error}.")))?;
        Ok(Self::Component(name, wanted))
    }

    /// A licence.
    pub(super) fn licence(text: String) -> ApiResult<Self> {
        Ok(Self::Licence(one_line("license", text, LONGEST)?))
    }

    /// A file.
    pub(super) fn file(text: &str) -> ApiResult<Self> {
        let is_hash = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_hash {
            return Err(bad_field(
                "file",
                "file is the SHA-256 of a file: 64 hexadecimal digits.",
            ));
        }
        Ok(Self::File(text.to_ascii_lowercase()))
    }

    /// A layer.
    pub(super) fn layer(text: &str) -> ApiResult<Self> {
        let digest: oci::Digest = text
            .parse()
            .map_err(|_| bad_field("layer", "layer is a digest, as sha256:… ."))?;
        Ok(Self::Layer(digest.to_string()))
    }

    /// What the database has to find.
    pub(super) async fn ask(self, state: &AppState) -> ApiResult<Asked> {
        let db = &state.db;
        let mut asked = Asked::default();
        asked.sought = match self {
            Self::Flaw(name) => {
                asked.flaws = sought::identities(db, &name).await?;
                (!asked.flaws.is_empty()).then(|| Sought::Flaws(asked.flaws.clone()))
            }
            Self::Component(name, wanted) => {
                let names = [name.to_lowercase(), name];
                let rows = sought::of_names(db, &names).await?;
                let ids = asked.among(&rows, wanted.as_ref());
                (!ids.is_empty()).then_some(Sought::Components(ids))
            }
            Self::Licence(licence) => Some(Sought::Licence(licence)),
            Self::File(hash) => {
                let layers = sought::with_file(db, &hash).await?;
                (!layers.is_empty()).then_some(Sought::Layers(layers))
            }
            Self::Layer(digest) => Some(Sought::Layers(vec![digest])),
        };
        Ok(asked)
    }
}

/// What is looked for, as the database knows it.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// `None` where there is no such thing in any image.
    sought: Option<Sought>,
    /// The names under which the flaw is shown.
    pub(super) flaws: Vec<String>,
    /// Components of which it is not known whether their version is one of those wanted.
    pub(super) unsure: HashSet<i64>,
}

impl Asked {
    fn among(&mut self, rows: &[component::Model], wanted: Option<&Wanted>) -> Vec<i64> {
        let mut ids = Vec::with_capacity(rows.len());
        for row in rows {
            let order = Ecosystem::parse(&row.ecosystem).ok();
            let order = order.and_then(|ecosystem| ecosystem.order());
            let answer = wanted.map_or(Answer::Yes, |wanted| {
                wanted.includes(order, row.version.as_deref())
            });
            match answer {
                Answer::No => continue,
                Answer::Yes => {}
                Answer::Unknown => {
                    self.unsure.insert(row.id);
                }
            }
            ids.push(row.id);
        }
        ids
    }

    /// A page of the places that `viewer` sees, and where the next one starts.
    pub(super) async fn places(
        &self,
        state: &AppState,
        viewer: &Viewer,
        page: &Page,
    ) -> ApiResult<(Vec<Place>, Option<String>)> {
        let after = page.after.as_deref().map(read_key).transpose()?;
        let Some(sought) = &self.sought else {
            return Ok((Vec::new(), None));
        };
        let limit = u64::try_from(page.size).unwrap_or(u64::MAX);
        let (places, next) = places::list(&state.db, viewer, sought, after.as_ref(), limit).await?;
        Ok((places, next.map(write_key)))
    }
}

/// How it is said where a page of places starts.
pub(super) fn write_key((image, namespace, name): Key) -> String {
    format!("{image}/{namespace}/{name}")
}

/// The same, read.
pub(super) fn read_key(text: &str) -> ApiResult<Key> {
    let mut parts = text.splitn(3, '/');
    let key = (|| {
        let image = parts.next()?.parse().ok()?;
        let namespace = parts.next()?.to_owned();
        Some((image, namespace, parts.next()?.to_owned()))
    })();
    key.ok_or_else(|| {
        bad_field(
            "pageStart",
            "pageStart is the X-Next-Page-Start of the page before.",
        )
    })
}
