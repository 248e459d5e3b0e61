//! What was fetched becomes one generation: whole ecosystems, and single records of others.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use db::advisories::Finished;
use time::OffsetDateTime;

use super::{Upload, loading::Loading, reading::Fetched};
use crate::{
    scanning::{Error, online::Progress},
    state::AppState,
};

/// What was fetched of an ecosystem.
pub(crate) struct Portion {
    /// Which.
    pub(crate) ecosystem: String,
    /// What.
    pub(crate) content: Content,
}

/// What was fetched.
pub(crate) enum Content {
    /// All of it: what is not in it any more, ends.
    Whole(Upload),
    /// Records that are new or different.
    Records(Vec<Vec<u8>>),
}

/// What was loaded.
pub(crate) struct Loaded {
    /// What is known of the generation.
    pub(crate) finished: Finished,
    /// Of each ecosystem that was loaded as a whole: when its record changed that changed last.
    pub(crate) newest: BTreeMap<String, Option<OffsetDateTime>>,
}

/// Loads the portions into `generation`; `all` are all ecosystems that are fetched.
pub(crate) async fn load(
    state: &AppState,
    generation: i64,
    portions: Vec<Portion>,
    all: Arc<BTreeSet<String>>,
    progress: &mut Progress<'_>,
) -> Result<Loaded, Error> {
    progress.loads(portions.len());
    let mut loading = Loading::new(generation);
    let mut newest = BTreeMap::new();
    for Portion { ecosystem, content } in portions {
        progress.next(&ecosystem).await?;
        let fetched = Fetched {
            ecosystem: ecosystem.clone(),
            all: Arc::clone(&all),
        };
        match content {
            Content::Whole(upload) => {
                let path = upload.path().to_owned();
                let records = loading.bundle(state, Some(fetched), path).await;
                let records = records.map_err(|error| of(&ecosystem, &error))?;
                if records == 0 {
                    return Err(of(&ecosystem, &"there is no record in it"));
                }
                newest.insert(ecosystem, loading.take_newest());
            }
            Content::Records(records) => {
                let loaded = loading.documents(state, &fetched, records).await;
                loaded.map_err(|error| of(&ecosystem, &error))?;
                loading.take_newest();
            }
        }
    }
    let whole: Vec<String> = newest.keys().cloned().collect();
    loading.retire(state, &whole).await?;
    let finished = loading.finished(state).await?;
    Ok(Loaded { finished, newest })
}

fn of(ecosystem: &str, error: &impl ToString) -> Error {
    Error::Unreadable(format!("{ecosystem}: {}", error.to_string()))
}
