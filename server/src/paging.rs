//! Pages of lists, as DTR has them: `pageStart`, `pageSize` and `count` in the query, and in the answer's headers where the next
//! page starts and how many results there are.
//!
//! A page starts behind the last key of the page before it. So a list stays right while it changes, and costs the same
//! however far into it one is.

use api::page::{DEFAULT_SIZE, MAX_SIZE, NEXT_PAGE_START, RESOURCE_COUNT};
use axum::{
    Json,
    http::{HeaderName, HeaderValue},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;
use uuid::Uuid;

use crate::{error::ApiResult, input::bad_field};

/// The part of the query that says which page.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PageQuery {
    /// Value of the previous page's header `X-Next-Page-Start`.
    page_start: Option<String>,
    /// Results per page, from 1 to 1000.
    #[param(minimum = 1, maximum = 1000, default = 10)]
    page_size: Option<u32>,
    /// Also answer the number of all results, in the header `X-Resource-Count`.
    #[serde(default)]
    count: Option<bool>,
}

/// Which page is wanted.
#[derive(Debug)]
pub(crate) struct Page {
    /// The last key of the page before; `None` is the first page.
    pub(crate) after: Option<String>,
    /// Results on it.
    pub(crate) size: usize,
    /// The number of all results is wanted too.
    pub(crate) count: bool,
}

/// The part of the query that says which page of an eNZi list whose results have no name.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct IdStartQuery {
    /// Id of the first result on the page: `nextPageStart` of the page before.
    start: Option<String>,
    /// Results per page, from 1 to 1000.
    #[param(minimum = 1, maximum = 1000, default = 10)]
    limit: Option<u32>,
}

impl IdStartQuery {
    /// Where the page starts, and how many results it has.
    pub(crate) fn read(self) -> ApiResult<(Option<Uuid>, usize)> {
        let start = match self.start.as_deref() {
            None | Some("") => None,
            Some(start) => Some(start.parse().map_err(|_| {
                bad_field("start", "start is the nextPageStart of the page before.")
            })?),
        };
        Ok((start, size("limit", self.limit)?))
    }
}

impl PageQuery {
    /// Checks the query.
    pub(crate) fn page(self) -> ApiResult<Page> {
        Ok(Page {
            after: self.page_start.filter(|start| !start.is_empty()),
            size: size("pageSize", self.page_size)?,
            count: self.count.unwrap_or(false),
        })
    }
}

/// A number of results per page, if it is one that is served.
pub(crate) fn size(field: &'static str, wanted: Option<u32>) -> ApiResult<usize> {
    let wanted = wanted.unwrap_or(DEFAULT_SIZE);
    if !(1..=MAX_SIZE).contains(&wanted) {
        return Err(bad_field(
            field,
            format!("{field} is a number from 1 to {MAX_SIZE}."),
        ));
    }
    Ok(usize::try_from(wanted).unwrap_or(usize::MAX))
}

impl Page {
    /// How many rows to ask the database for: one more than wanted, to know whether there is another page.
    pub(crate) fn limit(&self) -> u64 {
        u64::try_from(self.size)
            .unwrap_or(u64::MAX)
            .saturating_add(1)
    }

    /// Cuts `rows`, of which there may be one too many, to the page; and says where the next one starts.
    pub(crate) fn cut<T>(&self, rows: &mut Vec<T>, key: impl Fn(&T) -> String) -> Option<String> {
        if rows.len() <= self.size {
            return None;
        }
        rows.truncate(self.size);
        rows.last().map(key)
    }
}

/// A page as it is answered.
#[derive(Debug)]
pub(crate) struct Paged<T> {
    /// The body.
    pub(crate) body: T,
    /// Where the next page starts.
    pub(crate) next: Option<String>,
    /// The number of all results, where it was asked for.
    pub(crate) count: Option<u64>,
}

impl<T: Serialize> IntoResponse for Paged<T> {
    fn into_response(self) -> Response {
        let mut response = Json(self.body).into_response();
        let headers = response.headers_mut();
        // Keys of lists are names, tags and digests: ASCII, as headers have to be.
        if let Some(next) = self.next.and_then(|next| HeaderValue::try_from(next).ok()) {
            headers.insert(HeaderName::from_static(NEXT_PAGE_START), next);
        }
        if let Some(count) = self.count {
            headers.insert(
                HeaderName::from_static(RESOURCE_COUNT),
                HeaderValue::from(count),
            );
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(page_start: Option<&str>, page_size: Option<u32>) -> PageQuery {
        PageQuery {
            page_start: page_start.map(str::to_owned),
            page_size,
            count: None,
        }
    }

    #[test]
    fn a_page_has_a_bounded_size() {
        assert_eq!(query(None, None).page().unwrap().size, 10);
        assert_eq!(query(Some(""), Some(1000)).page().unwrap().after, None);
        for size in [0, 1001, u32::MAX] {
            assert_eq!(
                query(None, Some(size)).page().unwrap_err().code(),
                "INVALID_PARAMETERS",
                "{size}"
            );
        }
    }

    #[test]
    fn the_next_page_starts_behind_this_one() {
        let page = query(None, Some(2)).page().unwrap();
        let mut rows = vec!["a", "b", "c"];
        assert_eq!(
            page.cut(&mut rows, |row| (*row).to_owned()).as_deref(),
            Some("b")
        );
        assert_eq!(rows, ["a", "b"]);
        assert_eq!(page.cut(&mut rows, |row| (*row).to_owned()), None);
    }
}
