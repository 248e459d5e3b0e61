//! Evidence to take away: the line of stations with the records behind it, and the proofs that they were sealed; and the key and the
//! latest checkpoint, to verify it with.

use std::collections::{BTreeSet, HashMap};

use api::{
    custody::{AuditCheckpoint, AuditKey, Custody},
    error::Envelope,
};
use axum::{
    Json,
    extract::State,
    http::{
        StatusCode,
        header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    },
    response::{IntoResponse as _, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use db::entities::{event, event_checkpoint, manifest};
use evidence::{Bundle, FORMAT, Gone, Hash, Manifest, Proof, Proved, Sealed, Withheld, tree, walk};
use serde::Deserialize;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use utoipa::IntoParams;
use uuid::Uuid;

use super::{
    audit,
    line::{self, Line},
};
use crate::{
    access::Level,
    caller::Caller,
    error::{ApiError, ApiResult},
    events::{self, Event, Kind, ObjectType},
    input::{Parameters, Segments},
    operations::{Operations, routes},
    repositories::{Found, Named, Tagged},
    state::AppState,
    trust::policy,
};

/// Checkpoints that are looked at for one event that came to light late.
const LATER: u64 = 16;

pub(super) fn router() -> Operations {
    Operations::default()
        .routes(routes!(get_custody_bundle))
        .routes(routes!(get_audit_key))
        .routes(routes!(get_audit_checkpoint))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct BundleQuery {
    /// The number of a checkpoint that was noted elsewhere; it is part of the answer.
    checkpoint: Option<u64>,
}

/// Ours: the chain of custody of an image as evidence: the manifest, the line of stations, the events behind it, and the proofs that they
/// are as they were sealed, to be verified by `plimsoll verify-evidence` on any machine. Needs admin access.
///
/// An event of another repository, or about one, of which the caller is not told everything is named and left out.
#[utoipa::path(
    get,
    path = "/api/v0/repositories/{namespace}/{reponame}/manifests/{reference}/custody/bundle",
    tag = "manifests",
    params(Named, ("reference" = String, Path, description = "Tag, or digest of the manifest."), BundleQuery),
    responses(
        (status = 200, description = "The evidence.", body = String, content_type = "application/json"),
        (status = 400, description = "`INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_REPOSITORY`, `NO_SUCH_REF`", body = Envelope),
    )
)]
async fn get_custody_bundle(
    State(state): State<AppState>,
    caller: Caller,
    Segments(path): Segments<Tagged>,
    Parameters(query): Parameters<BundleQuery>,
) -> ApiResult<Response> {
    let (named, reference) = path.split();
    let found = Found::with(&state, &caller, &named, Level::Admin).await?;
    let line = line::of(&state, &caller, &found, &reference).await?;
    let name = format!("evidence of {}", line.custody.digest);
    let event = Event::new(Kind::Get, ObjectType::Events, None, name)
        .with(ObjectType::Repository, found.row.id, found.full_name())
        .because(found.reason(&caller));
    state.record(caller.known(), caller.client, event).await?;
    let bundle = bundle(&state, &caller, &found, line, query.checkpoint).await?;
    let file = format!("evidence-{}.json", bundle.digest.replace(':', "-"));
    let body = serde_json::to_vec(&bundle).map_err(|error| ApiError::internal(&error))?;
    let headers = [
        (CONTENT_TYPE, "application/json".to_owned()),
        (
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{file}\""),
        ),
    ];
    Ok((headers, body).into_response())
}

/// Ours: the public key that verifies evidence. It is the same for ever; note it before you need it.
#[utoipa::path(
    get,
    path = "/api/v0/events/key",
    tag = "events",
    responses(
        (status = 200, description = "The key.", body = AuditKey),
        (status = 404, description = "`NO_AUDIT_KEY`: it is sealed with a key that the configuration does not name", body = Envelope),
    )
)]
async fn get_audit_key(State(state): State<AppState>) -> ApiResult<Json<AuditKey>> {
    let public = state.audit.public().ok_or_else(|| {
        ApiError::not_found(
            "NO_AUDIT_KEY",
            "The audit key cannot be opened: trust.key of the configuration is not the file that it was sealed with.",
        )
    })?;
    Ok(Json(AuditKey {
        id: public.id().to_string(),
        public_key: public.to_pem(),
    }))
}

/// Ours: the latest checkpoint, to be noted elsewhere: who has noted one sees later whether the record was made anew or cut off. For
/// everybody with an account.
#[utoipa::path(
    get,
    path = "/api/v0/events/checkpoint",
    tag = "events",
    responses(
        (status = 200, description = "The checkpoint.", body = AuditCheckpoint),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 404, description = "`NO_CHECKPOINT`: nothing was sealed yet", body = Envelope),
    )
)]
async fn get_audit_checkpoint(
    State(state): State<AppState>,
    caller: Caller,
) -> ApiResult<Json<AuditCheckpoint>> {
    caller.account()?;
    let latest = db::checkpoints::latest(&state.db).await?;
    let latest = latest.ok_or_else(|| {
        ApiError::not_found(
            "NO_CHECKPOINT",
            "Nothing was sealed yet; what happened is sealed every 20 seconds.",
        )
    })?;
    let sealed = read(&latest)?;
    let hash = sealed.checkpoint.hash();
    Ok(Json(AuditCheckpoint {
        number: sealed.checkpoint.number,
        note: format!("{}:{hash}", sealed.checkpoint.number),
        events: sealed.checkpoint.total,
        sealed_at: sealed.checkpoint.sealed_at,
        key: sealed.key.to_string(),
        signature: sealed.signature,
    }))
}

fn read(row: &event_checkpoint::Model) -> ApiResult<Sealed> {
    audit::read(row).map_err(|error| ApiError::internal(&error))
}

async fn bundle(
    state: &AppState,
    caller: &Caller,
    found: &Found,
    line: Line,
    noted: Option<u64>,
) -> ApiResult<Bundle> {
    let stations = line.custody.stations.iter();
    let named: BTreeSet<Uuid> = stations.filter_map(|station| station.event).collect();
    let ids: BTreeSet<Uuid> = named.iter().chain(&line.events).copied().collect();
    let rows = db::custody::events_by_ids(&state.db, ids).await?;
    let told = events::told(state, caller, |row| line.sees(row), rows.clone()).await?;
    let told: HashMap<Uuid, _> = told.into_iter().map(|event| (event.id, event)).collect();
    let is_whole = |row: &event::Model| {
        let told = told.get(&row.id);
        told.is_some_and(|told| events::is_whole(told, row))
    };
    let (whole, others): (Vec<_>, Vec<_>) = rows.into_iter().partition(is_whole);
    let withheld = others.iter().filter(|row| named.contains(&row.id));
    let withheld = withheld.map(|row| Withheld {
        id: row.id.to_string(),
    });
    let mut proofs = Proofs::of(state, &whole).await?;
    let records = whole.iter().map(|row| Proved {
        record: audit::record(row),
        proof: proofs.found.remove(&row.id),
    });
    let (records, withheld) = (records.collect(), withheld.collect());
    Ok(Bundle {
        format: FORMAT.to_owned(),
        made_at: OffsetDateTime::now_utc()
            .format(&Rfc3339)
            .map_err(|error| ApiError::internal(&error))?,
        repository: line.custody.repository.clone(),
        digest: line.custody.digest.clone(),
        manifest: content(state, caller, found, line.manifest.as_ref()).await?,
        custody: said(&line.custody)?,
        records,
        withheld,
        gone: proofs.gone,
        checkpoints: chain(state, proofs.needed.into_iter().chain(noted)).await?,
    })
}

fn said(custody: &Custody) -> ApiResult<serde_json::Value> {
    serde_json::to_value(custody).map_err(|error| ApiError::internal(&error))
}

/// The manifest's bytes, where the caller may have them: not where a policy refuses them.
async fn content(
    state: &AppState,
    caller: &Caller,
    found: &Found,
    row: Option<&manifest::Model>,
) -> ApiResult<Option<Manifest>> {
    let Some(row) = row else {
        return Ok(None);
    };
    match policy::shows(state, caller, &found.row, &row.digest).await {
        Ok(()) => Ok(Some(Manifest {
            media_type: row.media_type.clone(),
            content: STANDARD.encode(&row.content),
        })),
        Err(error) if error.status() == StatusCode::FORBIDDEN => Ok(None),
        Err(error) => Err(error),
    }
}

/// The proofs of some events.
#[derive(Default)]
struct Proofs {
    found: HashMap<Uuid, Proof>,
    /// The checkpoints that they are of.
    needed: BTreeSet<u64>,
    gone: Vec<Gone>,
}

impl Proofs {
    /// Finds them, `rows` being in order: the first of them leads to a checkpoint, which has those after it as well.
    async fn of(state: &AppState, rows: &[event::Model]) -> ApiResult<Self> {
        let mut proofs = Self::default();
        for row in rows {
            if proofs.found.contains_key(&row.id) {
                continue;
            }
            for limit in [1, LATER] {
                let candidates = db::checkpoints::since(&state.db, row.id, 0, limit).await?;
                for checkpoint in &candidates {
                    proofs.take(state, checkpoint, rows, row.id).await?;
                }
                if proofs.found.contains_key(&row.id) {
                    break;
                }
            }
        }
        Ok(proofs)
    }

    async fn take(
        &mut self,
        state: &AppState,
        row: &event_checkpoint::Model,
        rows: &[event::Model],
        wanted: Uuid,
    ) -> ApiResult<()> {
        let leaves: Vec<(Uuid, Hash)> = audit::leaves(row).collect();
        let number = u64::try_from(row.number).unwrap_or_default();
        let has_it = leaves.iter().any(|(id, _)| *id == wanted);
        if !has_it || !self.needed.insert(number) {
            return Ok(());
        }
        let hashes: Vec<Hash> = leaves.iter().map(|(_, hash)| *hash).collect();
        for (index, (id, _)) in leaves.iter().enumerate() {
            let is_asked = rows.binary_search_by_key(id, |row| row.id).is_ok();
            let path = is_asked.then(|| tree::path(&hashes, index)).flatten();
            if let Some(path) = path {
                let proof = Proof {
                    checkpoint: number,
                    index: index as u64,
                    path,
                };
                self.found.insert(*id, proof);
            }
        }
        let ids = leaves.iter().map(|(id, _)| *id);
        let (Some(first), Some(last)) = (ids.clone().min(), ids.max()) else {
            return Ok(());
        };
        let there = db::checkpoints::ids_between(&state.db, first, last).await?;
        let gone = leaves.iter().enumerate();
        let gone = gone.filter(|(_, (id, _))| !there.contains(id));
        self.gone.extend(gone.map(|(index, (id, _))| Gone {
            checkpoint: number,
            index: index as u64,
            id: id.to_string(),
        }));
        Ok(())
    }
}

/// The checkpoints that lead from the latest over all these.
async fn chain(state: &AppState, numbers: impl Iterator<Item = u64>) -> ApiResult<Vec<Sealed>> {
    let Some(latest) = db::checkpoints::latest(&state.db).await? else {
        return Ok(Vec::new());
    };
    let latest = u64::try_from(latest.number).unwrap_or_default();
    let wanted: BTreeSet<u64> = numbers.filter(|number| *number <= latest).collect();
    let numbers = walk(latest, &wanted).into_iter();
    let numbers = numbers.filter_map(|number| i64::try_from(number).ok());
    let rows = db::checkpoints::by_numbers(&state.db, numbers).await?;
    rows.iter().map(read).collect()
}
