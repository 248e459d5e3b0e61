//! The place that publishes vulnerability data, in the layout of OSV's bucket.

use axum::http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode,
    header::{CONTENT_LENGTH, ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED},
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tokio::io::AsyncWriteExt as _;
use url::Url;

use super::{progress::Progress, sync::Known};
use crate::{
    outgoing::{Answer, Client, DownloadError, Proxy},
    scanning::Error,
};

/// The largest `all.zip`.
const MOST_ZIP: u64 = 4 << 30;
/// The largest record.
const MOST_RECORD: u64 = 16 << 20;
/// Of so many changes, the whole is fetched instead.
const MOST_LINES: usize = 2_000;
/// Bytes of a line that says what changed.
const LONGEST_LINE: usize = 512;
/// Characters of an identifier.
const LONGEST_ID: usize = 128;

/// Something could not be fetched.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {reason}")]
pub(crate) struct Failed {
    /// Host and path.
    place: String,
    reason: Reason,
}

#[derive(Debug, thiserror::Error)]
enum Reason {
    #[error(transparent)]
    Download(#[from] DownloadError),
    #[error("there is no such file (status 404)")]
    Missing,
    #[error("it leads to another address (status {0}), and redirects are not followed")]
    Redirect(u16),
    #[error("the answer has status {0}")]
    Status(u16),
    #[error("it is larger than {0} bytes")]
    TooLarge(u64),
}

/// What came when an `all.zip` was asked for.
pub(super) enum Whole {
    /// It is as it was.
    Same,
    /// It was written down; what marks it.
    New(Option<String>, Option<String>),
}

/// The place.
#[derive(Debug)]
pub(super) struct Bucket {
    client: Client,
    proxy: Option<Proxy>,
    base: Url,
}

impl Bucket {
    pub(super) fn new(client: Client, proxy: Option<Proxy>, base: Url) -> Self {
        Self {
            client,
            proxy,
            base,
        }
    }

    /// Writes the `all.zip` of an ecosystem into `file`, unless it is as it was.
    pub(super) async fn whole(
        &self,
        ecosystem: &str,
        known: Option<&Known>,
        file: tokio::fs::File,
        progress: &mut Progress<'_>,
    ) -> Result<Whole, Error> {
        let url = self.url(ecosystem, "all.zip");
        let mut headers = HeaderMap::new();
        let mut conditions = |name: HeaderName, mark: Option<&String>| {
            if let Some(value) = mark.and_then(|mark| HeaderValue::from_str(mark).ok()) {
                headers.insert(name, value);
            }
        };
        conditions(IF_NONE_MATCH, known.and_then(|known| known.etag.as_ref()));
        let last_modified = known.and_then(|known| known.last_modified.as_ref());
        conditions(IF_MODIFIED_SINCE, last_modified);
        let mut answer = self.get(&url, headers).await?;
        if answer.status == StatusCode::NOT_MODIFIED && known.is_some() {
            return Ok(Whole::Same);
        }
        check(&url, &answer, MOST_ZIP)?;
        let mark = |name| {
            let value = answer.headers.get(name);
            value.and_then(|value: &HeaderValue| value.to_str().ok().map(str::to_owned))
        };
        let (etag, last_modified) = (mark(ETAG), mark(LAST_MODIFIED));
        let mut file = tokio::io::BufWriter::with_capacity(1 << 20, file);
        let mut length = 0;
        while let Some(chunk) = next(&url, &mut answer, &mut length, MOST_ZIP).await? {
            file.write_all(&chunk).await?;
            progress.bytes(chunk.len()).await?;
        }
        file.flush().await?;
        Ok(Whole::New(etag, last_modified))
    }

    /// The records that changed at `since` or later, with when. `None` where that is not said, or too much to say.
    pub(super) async fn changes(
        &self,
        ecosystem: &str,
        since: OffsetDateTime,
    ) -> Result<Option<Vec<(String, OffsetDateTime)>>, Error> {
        let url = self.url(ecosystem, "modified_id.csv");
        let mut answer = self.get(&url, HeaderMap::new()).await?;
        if answer.status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        check(&url, &answer, MOST_ZIP)?;
        let mut found = Vec::new();
        let mut rest = Vec::new();
        let mut length = 0;
        loop {
            let chunk = next(&url, &mut answer, &mut length, MOST_ZIP).await?;
            let is_end = chunk.is_none();
            rest.extend_from_slice(&chunk.unwrap_or_default());
            if is_end && !rest.is_empty() {
                rest.push(b'\n');
            }
            let mut lines = rest.split_inclusive(|byte| *byte == b'\n').peekable();
            let mut begun = Vec::new();
            while let Some(bytes) = lines.next() {
                if lines.peek().is_none() && !bytes.ends_with(b"\n") {
                    begun = bytes.to_vec();
                    break;
                }
                match line(bytes) {
                    Some((_, at)) if at < since => return Ok(Some(found)),
                    Some(change) if found.len() < MOST_LINES => found.push(change),
                    _ => return Ok(None),
                }
            }
            if is_end {
                return Ok(Some(found));
            }
            if begun.len() > LONGEST_LINE {
                return Ok(None);
            }
            rest = begun;
        }
    }

    /// One record; `None` where it is not there.
    pub(super) async fn record(&self, ecosystem: &str, id: &str) -> Result<Option<Vec<u8>>, Error> {
        let url = self.url(ecosystem, &format!("{id}.json"));
        let mut answer = self.get(&url, HeaderMap::new()).await?;
        if answer.status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        check(&url, &answer, MOST_RECORD)?;
        let mut json = Vec::new();
        let mut length = 0;
        while let Some(chunk) = next(&url, &mut answer, &mut length, MOST_RECORD).await? {
            json.extend_from_slice(&chunk);
        }
        Ok(Some(json))
    }

    async fn get(&self, url: &Url, headers: HeaderMap) -> Result<Answer, Failed> {
        let answer = self.client.open(url, headers, self.proxy.as_ref()).await;
        answer.map_err(|error| failed(url, error))
    }

    fn url(&self, ecosystem: &str, file: &str) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend([ecosystem, file]);
        }
        url
    }
}

fn failed(url: &Url, reason: impl Into<Reason>) -> Failed {
    let host = url.host_str().unwrap_or_default();
    Failed {
        place: format!("{host}{}", url.path()),
        reason: reason.into(),
    }
}

/// Whether it is worth reading.
fn check(url: &Url, answer: &Answer, most: u64) -> Result<(), Failed> {
    let status = answer.status;
    let reason = if status == StatusCode::NOT_FOUND {
        Reason::Missing
    } else if status.is_redirection() {
        Reason::Redirect(status.as_u16())
    } else if status != StatusCode::OK {
        Reason::Status(status.as_u16())
    } else {
        let length = answer.headers.get(CONTENT_LENGTH);
        let length = length.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        if length.is_none_or(|length| length <= most) {
            return Ok(());
        }
        Reason::TooLarge(most)
    };
    Err(failed(url, reason))
}

/// The next part of an answer, of which `length` bytes came already.
async fn next(
    url: &Url,
    answer: &mut Answer,
    length: &mut u64,
    most: u64,
) -> Result<Option<bytes::Bytes>, Failed> {
    let chunk = answer.chunk().await.map_err(|error| failed(url, error))?;
    if let Some(chunk) = &chunk {
        *length = length.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
        if *length > most {
            return Err(failed(url, Reason::TooLarge(most)));
        }
    }
    Ok(chunk)
}

/// One line of `modified_id.csv`: when, and what.
fn line(bytes: &[u8]) -> Option<(String, OffsetDateTime)> {
    let text = std::str::from_utf8(bytes).ok()?.trim_end();
    let (at, id) = text.split_once(',')?;
    let is_id = (1..=LONGEST_ID).contains(&id.len())
        && id.starts_with(|c: char| c.is_ascii_alphanumeric())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte));
    let at = OffsetDateTime::parse(at, &Rfc3339).ok()?;
    is_id.then(|| (id.to_owned(), at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_when_and_what() {
        let found = line(b"2026-11-02T03:04:05.123456Z,GHSA-1234\n").expect("a line");
        assert_eq!(found.0, "GHSA-1234");
        for bad in [
            "",
            "<html>",
            "2026-11-02,GHSA-1",
            "2026-11-02T03:04:05Z,",
            "2026-11-02T03:04:05Z,../../all",
            "2026-11-02T03:04:05Z,a/b",
            "2026-11-02T03:04:05Z,a b",
        ] {
            assert!(line(bad.as_bytes()).is_none(), "{bad}");
        }
    }
}
