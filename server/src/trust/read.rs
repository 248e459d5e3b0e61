//! `GET …/_trust/tuf/….json`: files of a collection, byte for byte as they were stored, with the headers by which caches keep them
//! (note, section 1.2).

use ::trust::{Gun, Role};
use axum::{
    body::Body,
    http::{HeaderValue, header},
    response::Response,
};
use db::{
    entities::{repository, trust_file},
    trust,
};
use time::{OffsetDateTime, UtcOffset, macros::format_description};

use super::{
    failure::Outcome,
    missing,
    path::{Wanted, Which},
    renew,
};
use crate::state::AppState;

/// Digits of SHA-256, the only hash that files are found by.
const SHA256: usize = 64;

/// The file that is wanted.
pub(super) async fn file(
    state: &AppState,
    gun: &Gun,
    repository: &repository::Model,
    wanted: Option<&Wanted>,
    now: OffsetDateTime,
) -> Outcome {
    let wanted = wanted.ok_or_else(missing)?;
    let collection = trust::find(&state.db, repository.id, &gun.to_string()).await?;
    let collection = collection.ok_or_else(missing)?;
    let (id, role) = (collection.id, wanted.role.as_str());
    let found = match &wanted.which {
        Which::Current => {
            let is_ours = matches!(wanted.role, Role::Timestamp | Role::Snapshot);
            if is_ours && collection.renew_at.is_some_and(|at| at <= now) {
                renew::or_leave(state, &collection, now).await;
            }
            trust::current(&state.db, id, role).await?
        }
        Which::Version(version) => trust::by_version(&state.db, id, role, *version).await?,
        Which::Hash(hash) if hash.len() == SHA256 => {
            trust::by_hash(&state.db, id, role, hash).await?
        }
        Which::Hash(_) => None,
    };
    let found = found.ok_or_else(missing)?;
    let is_fixed = !matches!(wanted.which, Which::Current);
    Ok(answer(found, is_fixed, repository.is_public))
}

/// A version never changes; what is current may, within minutes. What only some may read is kept by their own caches alone.
fn answer(file: trust_file::Model, is_fixed: bool, is_public: bool) -> Response {
    let cache = match (is_fixed, is_public) {
        (true, true) => "public, max-age=2592000, s-maxage=2592000",
        (true, false) => "private, max-age=2592000",
        (false, true) => "public, max-age=300, s-maxage=300, must-revalidate",
        (false, false) => "private, max-age=300, must-revalidate",
    };
    let mut response = Response::new(Body::from(file.content));
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    if let Some(modified) = http_date(file.created_at) {
        headers.insert(header::LAST_MODIFIED, modified);
    }
    response
}

/// RFC 9110, section 5.6.7.
fn http_date(time: OffsetDateTime) -> Option<HeaderValue> {
    let format = format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    );
    let text = time.to_offset(UtcOffset::UTC).format(&format).ok()?;
    HeaderValue::try_from(text).ok()
}
