//! What any operation may answer besides what it declares itself: said once, and referred to by each.

use utoipa::openapi::{
    ContentBuilder, OpenApi, Ref, RefOr, Response, ResponseBuilder,
    path::{Operation, PathItem},
};

/// Name, status and description.
type Common = (&'static str, &'static str, &'static str);

/// Of every operation.
const ALWAYS: [Common; 5] = [
    (
        "InvalidParameters",
        "400",
        "`INVALID_PARAMETERS`: something in the address cannot be read, or is no parameter of an operation that changes something.",
    ),
    (
        "NotAuthenticated",
        "401",
        "`NOT_AUTHENTICATED`: the credentials that were sent are wrong, or have ended.",
    ),
    (
        "TooManyRequests",
        "429",
        "`TOO_MANY_REQUESTS`: too many failed attempts; see `Retry-After`.",
    ),
    (
        "Unavailable",
        "503",
        "`DATABASE_UNAVAILABLE`, `DIRECTORY_UNAVAILABLE`: try again in a moment.",
    ),
    ("Full", "507", "`STORAGE_FULL`: nothing can be written."),
];

/// Of those that take a body.
const WITH_BODY: [Common; 2] = [
    ("TooLarge", "413", "`TOO_LARGE`: the body is too large."),
    (
        "NotJson",
        "415",
        "`UNSUPPORTED_MEDIA_TYPE`: send JSON with `Content-Type: application/json`.",
    ),
];

/// Adds them to a document, where an operation does not say them better itself.
pub(super) fn add(document: &mut OpenApi) {
    let components = document.components.get_or_insert_default();
    for (name, _, description) in ALWAYS.into_iter().chain(WITH_BODY) {
        components
            .responses
            .insert(name.to_owned(), RefOr::T(response(description)));
    }
    for item in document.paths.paths.values_mut() {
        for operation in operations(item) {
            let with_body = operation.request_body.is_some();
            let common = ALWAYS.iter().chain(WITH_BODY.iter().filter(|_| with_body));
            for (name, status, _) in common {
                operation
                    .responses
                    .responses
                    .entry((*status).to_owned())
                    .or_insert_with(|| RefOr::Ref(Ref::from_response_name(*name)));
            }
        }
    }
}

fn response(description: &str) -> Response {
    let body = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("Envelope")))
        .build();
    ResponseBuilder::new()
        .description(description)
        .content("application/json", body)
        .build()
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [
        &mut item.get,
        &mut item.put,
        &mut item.post,
        &mut item.delete,
        &mut item.patch,
    ]
    .into_iter()
    .flatten()
}
