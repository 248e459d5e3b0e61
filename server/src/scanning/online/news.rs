//! What is new in one ecosystem: nothing, some records, or all of it.

use std::collections::HashMap;

use db::advisories;
use futures::{StreamExt as _, TryStreamExt as _};
use time::{Duration, OffsetDateTime};

use super::{
    bucket::{Bucket, Whole},
    progress::Progress,
    sync::Known,
};
use crate::{
    scanning::{Error, update::Upload},
    state::AppState,
};

/// Of more records than this, all are fetched.
const MOST_RECORDS: usize = 500;
/// Of records that are larger than this together, all are fetched.
const MOST_BYTES: usize = 64 << 20;
/// Records that are asked for at once.
const AT_ONCE: usize = 8;
/// After so long all is looked at again, for what disappeared without a word.
const WHOLE_EVERY: Duration = Duration::days(7);
/// For one ecosystem.
const LIMIT: std::time::Duration = std::time::Duration::from_hours(2);

/// What is new.
pub(super) enum News {
    /// Nothing.
    None,
    /// These records.
    Records(Vec<Vec<u8>>),
    /// Everything may be.
    Whole(Upload),
}

/// Fetches what is new in `ecosystem`, and answers what is known of it from now on.
pub(super) async fn fetch(
    state: &AppState,
    bucket: &Bucket,
    ecosystem: &str,
    known: Option<&Known>,
    progress: &mut Progress<'_>,
) -> Result<(News, Known), Error> {
    match tokio::time::timeout(LIMIT, any(state, bucket, ecosystem, known, progress)).await {
        Ok(news) => news,
        Err(_) => Err(Error::Unreadable(format!(
            "{ecosystem} did not come within two hours"
        ))),
    }
}

async fn any(
    state: &AppState,
    bucket: &Bucket,
    ecosystem: &str,
    known: Option<&Known>,
    progress: &mut Progress<'_>,
) -> Result<(News, Known), Error> {
    let now = OffsetDateTime::now_utc();
    if let Some(known) = known
        && now - known.whole_at < WHOLE_EVERY
        && let Some(news) = changes(state, bucket, ecosystem, known, progress).await?
    {
        return Ok(news);
    }
    let (upload, file) = Upload::new(state, ecosystem).await?;
    match (bucket.whole(ecosystem, known, file, progress).await?, known) {
        (Whole::Same, Some(known)) => {
            let known = Known {
                whole_at: now,
                ..known.clone()
            };
            Ok((News::None, known))
        }
        (Whole::New(etag, last_modified), _) => {
            let known = Known {
                etag,
                last_modified,
                newest: None,
                whole_at: now,
            };
            Ok((News::Whole(upload), known))
        }
        (Whole::Same, None) => Err(Error::Unreadable(format!(
            "{ecosystem} is said to be as it was, and was not there before"
        ))),
    }
}

/// What changed since, one by one; `None` where that is not known, or too much.
async fn changes(
    state: &AppState,
    bucket: &Bucket,
    ecosystem: &str,
    known: &Known,
    progress: &mut Progress<'_>,
) -> Result<Option<(News, Known)>, Error> {
    let Some(since) = known.newest else {
        return Ok(None);
    };
    let Some(changes) = bucket.changes(ecosystem, since).await? else {
        return Ok(None);
    };
    let newest = changes.iter().map(|(_, at)| *at).max();
    let known = Known {
        newest: newest.or(known.newest),
        ..known.clone()
    };
    let names: Vec<String> = changes.iter().map(|(name, _)| name.clone()).collect();
    let ours: HashMap<String, OffsetDateTime> = advisories::modified(&state.db, &names).await?;
    let wanted: Vec<String> = changes
        .into_iter()
        .filter(|(name, at)| ours.get(name) != Some(at))
        .map(|(name, _)| name)
        .collect();
    if wanted.is_empty() {
        return Ok(Some((News::None, known)));
    }
    if wanted.len() > MOST_RECORDS {
        return Ok(None);
    }
    let records = records(bucket, ecosystem, &wanted, progress).await?;
    Ok(records.map(|records| (News::Records(records), known)))
}

/// These records; `None` where one is not there, or they are too large.
async fn records(
    bucket: &Bucket,
    ecosystem: &str,
    names: &[String],
    progress: &mut Progress<'_>,
) -> Result<Option<Vec<Vec<u8>>>, Error> {
    let asked: Vec<_> = names
        .iter()
        .map(|name| bucket.record(ecosystem, name))
        .collect();
    let mut answers = futures::stream::iter(asked).buffer_unordered(AT_ONCE);
    let mut records = Vec::with_capacity(names.len());
    let mut bytes = 0;
    while let Some(record) = answers.try_next().await? {
        let Some(record) = record else {
            return Ok(None);
        };
        bytes += record.len();
        if bytes > MOST_BYTES {
            return Ok(None);
        }
        progress.bytes(record.len()).await?;
        records.push(record);
    }
    Ok(Some(records))
}
