//! The images behind what a tag points at, however deep they lie in indexes. What is passed over has to be known as what is no image:
//! otherwise an index would hide it from every rule.

use std::collections::{BTreeSet, HashMap};

use api::manifest::Kind;
use db::{manifests::Summary, promotions::is_evidence};
use uuid::Uuid;

use crate::{error::ApiResult, image::describe, state::AppState};

/// How deep indexes may lie in one another; what is deeper is not known.
const DEEPEST: usize = 8;

/// What indexes list, and what of it there is.
#[derive(Debug, Default)]
pub(super) struct Trees {
    listed: HashMap<String, Vec<String>>,
    rows: HashMap<String, Summary>,
    /// Manifests that only say something of an image.
    evidence: BTreeSet<String>,
}

/// The images of a tag, one for each platform.
#[derive(Debug, Default)]
pub(super) struct Platforms<'t> {
    pub(super) images: Vec<&'t Summary>,
    /// There is something besides of which nothing is known: it is gone, no image that can be scanned, or too deep.
    pub(super) has_unknown: bool,
}

impl Trees {
    /// Reads what lies below these manifests.
    pub(super) async fn of<'r>(
        state: &AppState,
        repository: Uuid,
        roots: impl Iterator<Item = &'r Summary>,
    ) -> ApiResult<Self> {
        let mut trees = Self::default();
        let is_index = |row: &Summary| describe::kind(row) == Kind::Index;
        let roots = roots.filter(|row| is_index(row));
        let mut parents: Vec<String> = roots.map(|row| row.digest.clone()).collect();
        for _ in 0..DEEPEST {
            parents.retain(|digest| !trees.listed.contains_key(digest));
            if parents.is_empty() {
                break;
            }
            let asked: Vec<&str> = parents.iter().map(String::as_str).collect();
            let listed = db::manifests::listed(&state.db, repository, &asked).await?;
            let children: BTreeSet<&String> = listed.values().flatten().collect();
            let children: Vec<&str> = children.into_iter().map(String::as_str).collect();
            let mut rows = HashMap::new();
            for lot in children.chunks(1_000) {
                let lot = lot.iter().copied();
                rows.extend(db::manifests::summaries(&state.db, repository, lot).await?);
            }
            for parent in parents {
                let children = listed.get(&parent).cloned().unwrap_or_default();
                trees.listed.insert(parent, children);
            }
            let deeper = rows.values().filter(|row| is_index(row));
            parents = deeper.map(|row| row.digest.clone()).collect();
            trees.rows.extend(rows);
        }
        trees.read_evidence(state, repository).await?;
        Ok(trees)
    }

    /// Looks into what is neither an image nor an index: a file system may be in it, whatever it is called.
    async fn read_evidence(&mut self, state: &AppState, repository: Uuid) -> ApiResult<()> {
        let is_doubtful =
            |row: &&Summary| !matches!(describe::kind(row), Kind::Image | Kind::Index);
        let doubtful = self.rows.values().filter(is_doubtful);
        let doubtful: Vec<&str> = doubtful.map(|row| row.digest.as_str()).collect();
        let contents = db::manifests::contents(&state.db, repository, &doubtful).await?;
        let evidence = contents
            .into_iter()
            .filter(|(_, content)| is_evidence(content));
        self.evidence = evidence.map(|(digest, _)| digest).collect();
        Ok(())
    }

    /// The images behind a manifest. None of an artifact.
    pub(super) fn platforms<'t>(&'t self, row: &'t Summary) -> Platforms<'t> {
        let mut platforms = Platforms::default();
        match describe::kind(row) {
            Kind::Image => platforms.images.push(row),
            Kind::Index => self.add(&mut platforms, &row.digest, 0),
            _ => {}
        }
        platforms
    }

    fn add<'t>(&'t self, platforms: &mut Platforms<'t>, index: &str, depth: usize) {
        let Some(listed) = self.listed.get(index).filter(|_| depth < DEEPEST) else {
            platforms.has_unknown = true;
            return;
        };
        for digest in listed {
            match self.rows.get(digest) {
                Some(row) if describe::kind(row) == Kind::Image => {
                    if !platforms.images.iter().any(|known| known.digest == *digest) {
                        platforms.images.push(row);
                    }
                }
                Some(row) if describe::kind(row) == Kind::Index => {
                    self.add(platforms, digest, depth + 1);
                }
                Some(_) if self.evidence.contains(digest) => {}
                _ => platforms.has_unknown = true,
            }
        }
    }
}
