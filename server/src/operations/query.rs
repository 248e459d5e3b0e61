//! Unknown parameters of a query are refused where something is changed: misspelt, one that narrows what is deleted would widen it.
//! Reading takes them, as clients of DTR send some that nothing depends on.

use std::{
    collections::BTreeSet,
    sync::{Arc, OnceLock},
};

use axum::{
    extract::{Request, State},
    http::Method,
    middleware::Next,
    response::Response,
};
use serde_json::json;
use url::form_urlencoded;
use utoipa::openapi::{
    RefOr,
    path::{Operation, ParameterIn, PathItem},
};

use super::Description;
use crate::error::{ApiError, ApiResult};

/// The parameters that the operations at one path take; read from their description when the first query arrives.
pub(super) struct Known {
    describe: fn() -> Description,
    names: OnceLock<Vec<(Method, BTreeSet<String>)>>,
}

impl Known {
    pub(super) fn new(describe: fn() -> Description) -> Self {
        Self {
            describe,
            names: OnceLock::new(),
        }
    }

    /// What an operation that changes something takes; `None` for one that only reads.
    fn of(&self, method: &Method) -> Option<&BTreeSet<String>> {
        let names = self.names.get_or_init(|| {
            let (_, paths) = (self.describe)();
            paths.paths.into_values().flat_map(changing).collect()
        });
        let found = names.iter().find(|(known, _)| known == method)?;
        Some(&found.1)
    }
}

fn changing(item: PathItem) -> impl Iterator<Item = (Method, BTreeSet<String>)> {
    [
        (Method::PUT, item.put),
        (Method::POST, item.post),
        (Method::DELETE, item.delete),
        (Method::PATCH, item.patch),
    ]
    .into_iter()
    .filter_map(|(method, operation)| Some((method, in_query(operation?))))
}

fn in_query(operation: Operation) -> BTreeSet<String> {
    let parameters = operation.parameters.into_iter().flatten();
    parameters
        .filter_map(|parameter| match parameter {
            RefOr::T(parameter) if parameter.parameter_in == ParameterIn::Query => {
                Some(parameter.name)
            }
            _ => None,
        })
        .collect()
}

/// 400 for a parameter that the operation does not take.
pub(super) async fn refuse_unknown(
    State(known): State<Arc<Known>>,
    request: Request,
    next: Next,
) -> ApiResult<Response> {
    if let Some(query) = request.uri().query()
        && let Some(names) = known.of(request.method())
    {
        for (name, _) in form_urlencoded::parse(query.as_bytes()) {
            if !names.contains(&*name) {
                return Err(unknown(&name, names));
            }
        }
    }
    Ok(next.run(request).await)
}

fn unknown(name: &str, names: &BTreeSet<String>) -> ApiError {
    let known: Vec<&str> = names.iter().map(String::as_str).collect();
    let message = if known.is_empty() {
        format!("There is no parameter {name:?} here; this takes none in the query.")
    } else {
        format!(
            "There is no parameter {name:?} here; there are: {}.",
            known.join(", ")
        )
    };
    ApiError::invalid("INVALID_PARAMETERS", message).with_detail(json!({ "field": name }))
}
