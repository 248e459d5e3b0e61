//! What others say does not matter, set aside here: OpenVEX and CycloneDX VEX documents become overrides of a repository.

use std::collections::HashSet;

use api::{
    error::Envelope,
    scan::{ImportedVex, Justification, OverrideScope},
};
use axum::{Json, body::Bytes, extract::State};
use db::{entities::finding_override, scans::overrides};
use scan::vex::{self, VexSoftware, VexStatement, VexStatus};
use time::OffsetDateTime;

use super::overrides::{Wanted, narrowed, shown};
use crate::{
    access::Level,
    caller::Caller,
    error::{ApiError, ApiResult},
    events::{Event, Kind, ObjectType},
    input::Segments,
    operations::{Operations, routes},
    repositories::{Found, Named},
    state::AppState,
};

/// Overrides that one document makes, at most.
const MOST: usize = 1_000;

pub(super) fn router() -> Operations {
    Operations::default().routes(routes!(import_vex))
}

/// Ours: sets aside in a repository what an `OpenVEX` or `CycloneDX` document states as *not affected*: all of it or nothing. Needs admin access.
#[utoipa::path(
    post,
    path = "/api/v0/repositories/{namespace}/{reponame}/overrides/import",
    tag = "scanning",
    params(Named),
    request_body(content = String, content_type = "application/json"),
    responses(
        (status = 200, description = "What was set aside; what was so already is not done twice.", body = ImportedVex),
        (status = 400, description = "`INVALID_VEX`, `INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_REPOSITORY`", body = Envelope),
        (status = 413, description = "`TOO_LARGE`", body = Envelope),
    )
)]
async fn import_vex(
    State(state): State<AppState>,
    caller: Caller,
    Segments(named): Segments<Named>,
    document: Bytes,
) -> ApiResult<Json<ImportedVex>> {
    let found = Found::with(&state, &caller, &named, Level::Admin).await?;
    let author = caller.signed_in()?.name.clone();
    let document = vex::read(&*document)
        .map_err(|error| ApiError::invalid("INVALID_VEX", format!("The document is {error}.")))?;
    let now = OffsetDateTime::now_utc();
    let there = overrides::of_repository(&state.db, &found.row, now).await?;
    let mut known: HashSet<_> = there.iter().map(subject).collect();
    let mut passed_over = document.passed_over as u64;
    let mut rows = Vec::new();
    for statement in &document.statements {
        let wanted = wanted(statement);
        passed_over += u64::from(wanted.is_empty());
        for wanted in wanted {
            let row = narrowed(
                wanted.row(&state, &author).await?,
                &found,
                OverrideScope::Repository,
            );
            if known.insert(subject(&row)) {
                rows.push(row);
            }
        }
        if rows.len() > MOST {
            return Err(ApiError::invalid(
                "INVALID_VEX",
                format!("The document sets more than {MOST} findings aside; divide it."),
            ));
        }
    }
    let event = Event::new(Kind::Create, ObjectType::Override, None, "a VEX document")
        .with(ObjectType::Repository, found.row.id, found.full_name())
        .because(found.reason(&caller))
        .detail(serde_json::json!({ "document": document.id, "overrides": rows.len() }));
    overrides::create_all(&state.recording(&caller, event), rows.clone()).await?;
    state.promotion.wake();
    Ok(Json(ImportedVex {
        overrides: shown(&state, rows).await?,
        passed_over,
    }))
}

/// What makes two overrides of a repository the same.
fn subject(row: &finding_override::Model) -> (String, Option<String>, String) {
    (
        row.component.clone(),
        row.component_version.clone(),
        row.cve.clone(),
    )
}

/// What a statement sets aside: each component that it names. One about an image as a whole names none.
fn wanted(statement: &VexStatement) -> Vec<Wanted> {
    if statement.status != VexStatus::NotAffected {
        return Vec::new();
    }
    let justification = serde_json::to_value(statement.justification).ok();
    let justification =
        justification.and_then(|word| serde_json::from_value::<Justification>(word).ok());
    let notes = [&statement.impact, &statement.notes]
        .into_iter()
        .flatten()
        .cloned()
        .collect::<Vec<_>>();
    let of = |software: &VexSoftware| {
        let (component, version) = named(software)?;
        Some(Wanted {
            component,
            component_version: version.unwrap_or_default(),
            cve: statement.vulnerability.clone(),
            notes: notes.join("\n"),
            justification: justification.map_or("", |justification| justification.as_str()),
            expires_at: None,
        })
    };
    let software = statement
        .products
        .iter()
        .flat_map(|product| match product.parts.as_slice() {
            [] => std::slice::from_ref(&product.software),
            parts => parts,
        });
    software.filter_map(of).collect()
}

/// The component's name and version.
fn named(software: &VexSoftware) -> Option<(String, Option<String>)> {
    match (&software.purl, &software.name) {
        (Some(purl), _) if purl.kind().is_some() => {
            Some((purl.native_name(), purl.native_version()))
        }
        (_, Some(name)) => Some((name.clone(), software.version.clone())),
        _ => None,
    }
}
