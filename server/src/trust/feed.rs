//! `…/_trust/changefeed`: what was done to one collection, or to all (note, section 1.7).

use ::trust::{Gun, Refusal};
use axum::{Json, http::request::Parts, response::IntoResponse as _};
use db::{
    entities::{repository, trust_change},
    trust::changes::{self, Part},
};
use serde::Serialize;
use time::{UtcOffset, format_description::well_known::Rfc3339};

use super::failure::Outcome;
use crate::state::AppState;

/// Records where none are asked for.
const DEFAULT: u64 = 100;
/// Records of one answer.
const MOST: u64 = 1000;

#[derive(Debug, Serialize)]
struct Feed {
    count: usize,
    /// `null` where there are none, as Notary says it.
    records: Option<Vec<Record>>,
}

#[derive(Debug, Serialize)]
struct Record {
    #[serde(rename = "ID")]
    id: String,
    #[serde(rename = "CreatedAt")]
    created_at: String,
    #[serde(rename = "GUN")]
    gun: String,
    #[serde(rename = "Version")]
    version: i64,
    #[serde(rename = "SHA256")]
    sha256: String,
    #[serde(rename = "Category")]
    category: String,
}

/// The changes of one collection.
pub(super) async fn of(
    state: &AppState,
    gun: &Gun,
    repository: &repository::Model,
    parts: &Parts,
) -> Outcome {
    let of = (repository.id, gun.to_string());
    answer(state, Some(of), parts).await
}

/// The changes of all collections.
pub(super) async fn all(state: &AppState, parts: &Parts) -> Outcome {
    answer(state, None, parts).await
}

async fn answer(state: &AppState, of: Option<(uuid::Uuid, String)>, parts: &Parts) -> Outcome {
    let query = parts.uri.query().unwrap_or_default();
    let part = Part { of, ..part(query)? };
    let rows = changes::list(&state.db, &part).await?;
    let records: Vec<Record> = rows.into_iter().map(record).collect();
    let feed = Feed {
        count: records.len(),
        records: (!records.is_empty()).then_some(records),
    };
    Ok(Json(feed).into_response())
}

fn record(row: trust_change::Model) -> Record {
    let created_at = row.created_at.to_offset(UtcOffset::UTC).format(&Rfc3339);
    Record {
        id: row.id.to_string(),
        created_at: created_at.unwrap_or_default(),
        gun: row.gun,
        version: row.version,
        sha256: row.sha256,
        category: row.category,
    }
}

/// `records` has to be there: 0 is the default, and a negative number means those before. `change_id` is a number; without one it begins
/// at the beginning, or backwards at the end; -1 is the end, from which it goes backwards.
fn part(query: &str) -> Result<Part, Refusal> {
    let value = |name: &str| {
        let mut pairs = url::form_urlencoded::parse(query.as_bytes());
        pairs
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    };
    let wrong = |name: &str| Refusal::InvalidParameters(Some(format!("{name} is not a number")));
    let records = value("records").unwrap_or_default();
    let records: i32 = records.parse().map_err(|_| wrong("records"))?;
    let from = match value("change_id").unwrap_or_default().as_str() {
        "" => 0,
        text => text.parse::<i64>().map_err(|_| wrong("change_id"))?,
    };
    let limit = match u64::from(records.unsigned_abs()) {
        0 => DEFAULT,
        records => records.min(MOST),
    };
    let backwards = records < 0 || from < 0;
    // before the first there is nothing: who goes backwards from there means the end, as upstream takes it
    let is_end = from < 0 || (backwards && from == 0);
    Ok(Part {
        of: None,
        from: (!is_end).then_some(from),
        backwards,
        limit,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters() {
        let read = |query: &str| {
            let part = part(query).expect(query);
            (part.from, part.backwards, part.limit)
        };
        assert_eq!(read("records=0"), (Some(0), false, 100));
        assert_eq!(read("records=7&change_id=5"), (Some(5), false, 7));
        assert_eq!(read("change_id=5&records=-7"), (Some(5), true, 7));
        assert_eq!(read("records=7&change_id=-1"), (None, true, 7));
        assert_eq!(read("records=-2147483648&change_id="), (None, true, 1000));
        for query in [
            "",
            "records=",
            "records=x",
            "records=2147483648",
            "records=1&change_id=x",
            "records=1&change_id=99999999999999999999",
        ] {
            assert!(
                matches!(part(query), Err(Refusal::InvalidParameters(_))),
                "{query}"
            );
        }
    }
}
