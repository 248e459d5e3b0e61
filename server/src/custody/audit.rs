//! Sealing what happened: every 20 seconds the events that are not sealed yet become the records of a checkpoint, signed with the registry's
//! audit key. The key is made once, and kept as signing keys of trust data are.

use auth::seal::SealKey;
use data_encoding::HEXLOWER;
use db::{
    Db,
    entities::{event, event_checkpoint},
};
use evidence::{AuditKey, Checkpoint, Hash, PublicKey, Sealed, back, sealed_hash};
use rand::Rng as _;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;

use crate::{state::AppState, trust::Sealing};

/// The secret's name in the database.
const NAME: &str = "audit-key";
/// What it is sealed for.
const PLACE: &str = "checkpoints";
/// Events of one checkpoint.
const LOT: usize = 1024;
/// Ids of events that are looked at in one go; there may be more after an upgrade, or when the log could not be sealed for days.
const MOST_IDS: usize = 100_000;
/// What happened a moment ago waits for the next one: it may not be written yet.
const MARGIN: Duration = Duration::seconds(5);
/// So long after its time an event may come to light, because its transaction was long or its replica's clock is late.
const LATE: Duration = Duration::minutes(2);
/// So long it is looked for such an event, sealed ones around it or not: longer than it may be late, by more than the time between two
/// looks.
const LOOK_BACK: Duration = Duration::minutes(3);
/// Checkpoints whose records are in memory at once.
const AT_ONCE: u64 = 20;
/// Bytes of an id, and of a hash.
const LEAF: usize = 16 + 32;

/// The registry's audit key.
pub(crate) struct Audit {
    key: Option<(AuditKey, PublicKey)>,
}

impl Audit {
    /// Opens it; it is made where there is none. Where it is sealed with a key that the configuration does not name any more, nothing is
    /// sealed, and the log says so.
    pub(crate) async fn open(db: &Db, own: &SealKey, sealing: &Sealing) -> anyhow::Result<Self> {
        let mut seed = [0_u8; 32];
        rand::rng().fill_bytes(&mut seed);
        let fresh = kept(own, sealing, &HEXLOWER.encode(&seed))?;
        let value = db::secrets::get_or_insert(db, NAME, fresh).await?;
        let value = String::from_utf8(value)?;
        let (with, sealed) = value.split_once('\n').unwrap_or_default();
        let Some(seed) = sealing.open_kept(own, PLACE, (sealed, with)) else {
            return Ok(Self { key: None });
        };
        if with != sealing.name() {
            db::secrets::replace(db, NAME, kept(own, sealing, &seed)?).await?;
        }
        let key = AuditKey::from_seed(&HEXLOWER.decode(seed.as_bytes())?)?;
        let public = key.public()?;
        Ok(Self {
            key: Some((key, public)),
        })
    }

    /// Its public part.
    pub(super) fn public(&self) -> Option<&PublicKey> {
        self.key.as_ref().map(|(_, public)| public)
    }
}

fn kept(own: &SealKey, sealing: &Sealing, seed: &str) -> anyhow::Result<Vec<u8>> {
    let sealed = sealing.seal(own, PLACE, seed);
    let sealed = sealed.map_err(|error| anyhow::anyhow!(error.message().to_owned()))?;
    Ok(format!("{}\n{sealed}", sealing.name()).into_bytes())
}

/// Seals what happened until shortly before `now`. What goes wrong is tried again with the next call.
pub async fn seal(state: &AppState, now: OffsetDateTime) {
    if let Err(error) = seal_all(state, now).await {
        tracing::warn!(%error, "what happened could not be sealed; tried again in 20 seconds");
    }
}

async fn seal_all(state: &AppState, now: OffsetDateTime) -> anyhow::Result<()> {
    let Some((key, public)) = &state.audit.key else {
        return Ok(());
    };
    loop {
        let latest = db::checkpoints::latest(&state.db).await?;
        let mut tip = latest.as_ref().map(Tip::of).transpose()?;
        let ids = unsealed(state, tip.as_ref().map(|tip| tip.last_id), now).await?;
        if ids.is_empty() {
            return Ok(());
        }
        for lot in ids.chunks(LOT) {
            let mut records: Vec<(Uuid, Hash)> = Vec::new();
            db::checkpoints::each_event(&state.db, lot, |row| {
                records.push((row.id, sealed_hash(&record(&row))));
            })
            .await?;
            let Some((last, _)) = records.last().copied() else {
                continue;
            };
            let next = tip.as_ref().map_or(1, |tip| tip.checkpoint.number + 1);
            let skip = farther(state, back(next)).await?;
            let hashes: Vec<Hash> = records.iter().map(|(_, hash)| *hash).collect();
            let checkpoint = Checkpoint::after(
                tip.as_ref().map(|tip| &tip.checkpoint),
                skip.as_ref().map(|sealed| &sealed.checkpoint),
                &hashes,
                now.replace_nanosecond(0)?.format(&Rfc3339)?,
            );
            let last_id = tip.map_or(last, |tip| tip.last_id.max(last));
            let sealed = Sealed::new(checkpoint, key, public.id());
            let row = row(&sealed, last_id, records)?;
            // of two replicas that seal at once one does, and the other begins anew with the next
            if !db::checkpoints::add(&state.db, row).await? {
                return Ok(());
            }
            tip = Some(Tip {
                checkpoint: sealed.checkpoint,
                last_id,
            });
        }
    }
}

/// The latest checkpoint, and how far what is sealed goes.
struct Tip {
    checkpoint: Checkpoint,
    last_id: Uuid,
}

impl Tip {
    fn of(row: &event_checkpoint::Model) -> anyhow::Result<Self> {
        Ok(Self {
            checkpoint: read(row)?.checkpoint,
            last_id: row.last_id,
        })
    }
}

async fn farther(state: &AppState, number: u64) -> anyhow::Result<Option<Sealed>> {
    let rows = db::checkpoints::by_numbers(&state.db, [i64::try_from(number)?]).await?;
    rows.first().map(read).transpose()
}

/// The oldest events that no checkpoint seals, those that came to light late among them. Where nothing happened for a while, what is
/// sealed is not looked at again.
async fn unsealed(
    state: &AppState,
    last: Option<Uuid>,
    now: OffsetDateTime,
) -> anyhow::Result<Vec<Uuid>> {
    let from = last.map_or(Uuid::nil(), |last| {
        let late = db::checkpoints::before(last, LATE);
        late.max(db::checkpoints::first_id(now - LOOK_BACK))
            .min(last)
    });
    let mut sealed: Vec<Uuid> = Vec::new();
    let mut after = 0;
    while last.is_some() {
        let rows = db::checkpoints::since(&state.db, from, after, AT_ONCE).await?;
        let Some(row) = rows.last() else {
            break;
        };
        after = row.number;
        let ids = rows.iter().flat_map(leaves).map(|(id, _)| id);
        sealed.extend(ids.filter(|id| *id >= from));
    }
    sealed.sort_unstable();
    let limit = MOST_IDS + sealed.len();
    let mut ids = db::checkpoints::ids(&state.db, from, now - MARGIN, limit).await?;
    ids.retain(|id| sealed.binary_search(id).is_err());
    Ok(ids)
}

/// An event as it is sealed: all of it.
pub(super) fn record(row: &event::Model) -> Value {
    json!({
        "id": row.id, "actorId": row.actor_id, "actor": row.actor, "credential": row.credential, "type": row.kind,
        "objectType": row.object_type, "objectId": row.object_id, "object": row.object,
        "targetType": row.target_type, "targetId": row.target_id, "target": row.target,
        "address": row.address, "reason": row.reason, "detail": row.detail,
        "repositoryId": row.repository_id, "requestId": row.request_id, "digest": row.digest,
    })
}

fn row(
    sealed: &Sealed,
    last_id: Uuid,
    records: Vec<(Uuid, Hash)>,
) -> anyhow::Result<event_checkpoint::Model> {
    let leaves = records
        .into_iter()
        .flat_map(|(id, hash)| id.into_bytes().into_iter().chain(hash.0));
    Ok(event_checkpoint::Model {
        number: i64::try_from(sealed.checkpoint.number)?,
        header: serde_json::to_string(&sealed.checkpoint)?,
        key: sealed.key.to_string(),
        signature: sealed.signature.clone(),
        leaves: leaves.collect(),
        last_id,
    })
}

/// A checkpoint as it was signed. One that was changed so that it is none is an error that names it.
pub(super) fn read(row: &event_checkpoint::Model) -> anyhow::Result<Sealed> {
    let damaged = || format!("checkpoint {} is not one any more", row.number);
    let read = || -> anyhow::Result<Sealed> {
        Ok(Sealed {
            checkpoint: serde_json::from_str(&row.header)?,
            key: row.key.parse()?,
            signature: row.signature.clone(),
        })
    };
    anyhow::Context::with_context(read(), damaged)
}

/// The events that a checkpoint seals, in their order.
pub(super) fn leaves(row: &event_checkpoint::Model) -> impl Iterator<Item = (Uuid, Hash)> {
    row.leaves.chunks_exact(LEAF).filter_map(|leaf| {
        let (id, hash) = leaf.split_at_checked(16)?;
        Some((Uuid::from_slice(id).ok()?, Hash(hash.try_into().ok()?)))
    })
}
