//! How a list is paged: names of the answer's headers and of the query's parameters.
//!
//! `/api/v0` takes `pageStart` (opaque, from the previous page), `pageSize` and `count`, and answers with the two headers below
//! (DTR's convention). `/enzi/v0` takes `start` and `limit` and also names the next page in its body.

/// Header with the `pageStart` (or `start`) of the next page; absent on the last page.
pub const NEXT_PAGE_START: &str = "x-next-page-start";

/// Header with the number of all results; present when the query said `count=true`.
pub const RESOURCE_COUNT: &str = "x-resource-count";

/// Results per page where the query does not say.
pub const DEFAULT_SIZE: u32 = 10;

/// The most results that one page holds; a larger `pageSize` is an error.
pub const MAX_SIZE: u32 = 1000;
