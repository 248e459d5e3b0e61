//! The record of what happened: written in the transaction of what it tells of, read by time.

use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select, Statement,
    sea_query::Expr,
};
use serde_json::Value;
use time::OffsetDateTime;
use uuid::{NoContext, Timestamp, Uuid};

use crate::{Db, Result, entities::event, search::containing, trust::policies::FACTS, webhooks};

/// What a repository is called as a thing.
pub const REPOSITORY: &str = "repository";

/// Events in one statement.
const LOT: usize = 500;

/// A thing that an event is about.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Thing {
    /// What kind of thing.
    pub kind: &'static str,
    /// Its id; a thing that is only being made gets it from the query that makes it.
    pub id: Option<String>,
    /// Its name.
    pub name: String,
}

/// An event that is to be recorded.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct New {
    /// The account that does it.
    pub actor_id: Option<Uuid>,
    /// Its name, or the name that somebody tried.
    pub actor: String,
    /// What they proved it with.
    pub credential: String,
    /// The kind of event in DTR's words.
    pub kind: &'static str,
    /// What it is done to.
    pub object: Thing,
    /// What else takes part.
    pub target: Option<Thing>,
    /// The address it comes from.
    pub address: Option<String>,
    /// Why it is allowed, or refused.
    pub reason: String,
    /// What changes.
    pub detail: Option<serde_json::Value>,
    /// The request that it is done by.
    pub request_id: Option<String>,
}

/// Which events a list shows.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only the event of this id.
    pub id: Option<Uuid>,
    /// Only what this account did.
    pub actor: Option<Uuid>,
    /// Only this kind.
    pub kind: Option<String>,
    /// Only what was done to things of this kind.
    pub object_type: Option<String>,
    /// Only what was done to this thing.
    pub object: Option<String>,
    /// Only what is about this repository.
    pub repository: Option<Uuid>,
    /// Only what was done to things of these kinds.
    pub among: Option<&'static [&'static str]>,
    /// Only where the name of who did it, or of what it was done to, contains this, whatever the case.
    pub contains: Option<String>,
    /// Things of this kind have names that `contains` does not look at: not everybody who asks may know them.
    pub unnamed: Option<&'static str>,
    /// Not what was pulled.
    pub without_pulls: bool,
    /// Only what happened before.
    pub before: Option<OffsetDateTime>,
    /// Only what happened after.
    pub after: Option<OffsetDateTime>,
}

/// Moves on what verdicts were made of, when it is dropped.
struct MoveOn<'d>(&'d Db);

impl Drop for MoveOn<'_> {
    fn drop(&mut self) {
        self.0.move_on(&FACTS);
    }
}

impl Db {
    /// The same database; what is changed through it is recorded as `event`, in the same transaction: both, or neither.
    #[must_use]
    pub fn recording(&self, event: New) -> Self {
        Self {
            events: [event].into(),
            ..self.clone()
        }
    }

    /// The same; what is changed is recorded as these events too, because it is about other repositories.
    #[must_use]
    pub fn also_recording(&self, events: impl IntoIterator<Item = New>) -> Self {
        Self {
            events: self.events.iter().cloned().chain(events).collect(),
            ..self.clone()
        }
    }

    /// The same; what changes is said of what is recorded, because it was not known before.
    #[must_use]
    pub fn detailing(&self, detail: serde_json::Value) -> Self {
        let mut events = self.events.to_vec();
        if let Some(first) = events.first_mut() {
            first.detail = Some(detail);
        }
        Self {
            events: events.into(),
            ..self.clone()
        }
    }

    /// Ends a transaction that changed something, with the event that tells of it.
    pub(crate) async fn commit(&self, transaction: DatabaseTransaction) -> Result<()> {
        self.commit_about(transaction, None).await
    }

    /// As [`Self::commit`], for what was only now made and has the id `made`.
    pub(crate) async fn commit_about(
        &self,
        transaction: DatabaseTransaction,
        made: Option<Uuid>,
    ) -> Result<()> {
        self.write_down(&transaction, made).await?;
        // Moved on whatever becomes of the commit: whoever waits for it may go away while it goes on.
        let _moved = MoveOn(self);
        Ok(transaction.commit().await?)
    }

    /// Writes down what is recorded of a change, and what webhooks are told of it, in its transaction.
    pub(crate) async fn write_down(
        &self,
        transaction: &DatabaseTransaction,
        made: Option<Uuid>,
    ) -> Result<()> {
        for (number, event) in self.events.iter().enumerate() {
            let mut event = event.clone();
            if number == 0 && event.object.id.is_none() {
                event.object.id = made.map(|id| id.to_string());
            }
            write(transaction, event).await?;
        }
        webhooks::write(transaction, &self.told).await
    }
}

/// Records something that changes no row of its own: a sign-in, a refusal, a use.
pub async fn append(db: &Db, event: New) -> Result<()> {
    write(&db.write, event).await
}

/// Records several of these, some hundred in a statement: all, or none.
pub async fn append_all(db: &Db, events: &[New]) -> Result<()> {
    if events.is_empty() {
        return Ok(());
    }
    let transaction = db.begin().await?;
    for lot in events.chunks(LOT) {
        event::Entity::insert_many(lot.iter().cloned().map(row))
            .exec_without_returning(&transaction)
            .await?;
    }
    Ok(transaction.commit().await?)
}

async fn write<C: ConnectionTrait>(connection: &C, new: New) -> Result<()> {
    event::Entity::insert(row(new))
        .exec_without_returning(connection)
        .await?;
    Ok(())
}

/// What records the change that is made through `db`, to be run in its transaction with others.
pub(crate) fn statement(db: &Db) -> Option<Statement> {
    let event = db.events.first()?.clone();
    let insert = event::Entity::insert(row(event));
    Some(insert.build(db.backend()))
}

/// The repository that an event is about.
fn repository_of(new: &New) -> Option<String> {
    let things = [Some(&new.object), new.target.as_ref()];
    let repository = things
        .into_iter()
        .flatten()
        .find(|it| it.kind == REPOSITORY);
    repository.and_then(|it| it.id.clone())
}

/// The manifest that an event is about: as its detail says, or as the thing is called that it is done to.
fn digest_of(new: &New) -> Option<String> {
    let detail = new.detail.as_ref();
    let said = detail.and_then(|detail| detail.get("digest")?.as_str());
    let is_named = matches!(new.object.kind, "manifest" | "scan") && new.object.name.contains(':');
    said.or(is_named.then_some(new.object.name.as_str()))
        .map(str::to_owned)
}

/// Takes out what no database keeps: `PostgreSQL` has no text with a NUL, and refuses all that is written with it.
fn storable(new: New) -> New {
    let thing = |thing: Thing| Thing {
        name: text(thing.name),
        ..thing
    };
    New {
        actor: text(new.actor),
        object: thing(new.object),
        target: new.target.map(thing),
        reason: text(new.reason),
        detail: new.detail.map(json),
        ..new
    }
}

fn text(text: String) -> String {
    if text.contains('\0') {
        text.replace('\0', "\u{fffd}")
    } else {
        text
    }
}

fn json(value: Value) -> Value {
    match value {
        Value::String(said) => Value::String(text(said)),
        Value::Array(all) => all.into_iter().map(json).collect(),
        Value::Object(all) => all
            .into_iter()
            .map(|(name, value)| (text(name), json(value)))
            .collect(),
        other => other,
    }
}

fn row(new: New) -> event::ActiveModel {
    let new = storable(new);
    let (repository_id, digest) = (repository_of(&new), digest_of(&new));
    let (target_type, target_id, target) = match new.target {
        Some(target) => (Some(target.kind.to_owned()), target.id, Some(target.name)),
        None => (None, None, None),
    };
    event::ActiveModel {
        id: Set(Uuid::now_v7()),
        actor_id: Set(new.actor_id),
        actor: Set(new.actor),
        credential: Set(new.credential),
        kind: Set(new.kind.to_owned()),
        object_type: Set(new.object.kind.to_owned()),
        object_id: Set(new.object.id),
        object: Set(new.object.name),
        target_type: Set(target_type),
        target_id: Set(target_id),
        target: Set(target),
        address: Set(new.address),
        reason: Set(new.reason),
        detail: Set(new.detail),
        repository_id: Set(repository_id),
        request_id: Set(new.request_id),
        digest: Set(digest),
    }
}

/// A page of events, the newest first, behind the one of id `last`.
pub async fn list(
    db: &Db,
    filter: &Filter,
    last: Option<Uuid>,
    limit: u64,
) -> Result<Vec<event::Model>> {
    Ok(page(filter, last, limit).all(&db.read).await?)
}

/// How many events a list without end would show.
pub async fn count(db: &Db, filter: &Filter) -> Result<u64> {
    Ok(filtered(filter).count(&db.read).await?)
}

pub(crate) fn page(filter: &Filter, last: Option<Uuid>, limit: u64) -> Select<event::Entity> {
    let mut query = filtered(filter);
    if let Some(last) = last {
        query = query.filter(event::Column::Id.lt(last));
    }
    query.order_by_desc(event::Column::Id).limit(limit)
}

fn filtered(filter: &Filter) -> Select<event::Entity> {
    use event::Column::{
        Actor, ActorId, Id, Kind, Object, ObjectId, ObjectType, RepositoryId, Target,
    };
    let contains = filter.contains.as_deref().filter(|text| !text.is_empty());
    let mut query = event::Entity::find();
    query = query.filter(match filter.unnamed.filter(|_| contains.is_some()) {
        None => containing(contains, &[Actor, Object, Target]),
        Some(unnamed) => containing(contains, &[Actor, Target]).add(
            Condition::all()
                .add(containing(contains, &[Object]))
                .add(ObjectType.ne(unnamed)),
        ),
    });
    if let Some(id) = filter.id {
        query = query.filter(Id.eq(id));
    }
    if let Some(actor) = filter.actor {
        query = query.filter(ActorId.eq(actor));
    }
    for (column, value) in [
        (Kind, &filter.kind),
        (ObjectType, &filter.object_type),
        (ObjectId, &filter.object),
    ] {
        if let Some(value) = value {
            query = query.filter(column.eq(value.as_str()));
        }
    }
    // The indexes leave out what pushes are, of which there are so many that they are found by their time; the database uses an
    // index only where the query says that it wants nothing of what the index leaves out.
    if filter.kind.as_deref().is_some_and(|kind| kind != "CREATE") {
        query = query.filter(Expr::cust("kind <> 'CREATE'"));
    }
    if filter.object_type.as_deref().is_some_and(|of| of != "tag") {
        query = query.filter(Expr::cust("object_type <> 'tag'"));
    }
    if let Some(among) = filter.among {
        query = query.filter(ObjectType.is_in(among.iter().copied()));
    }
    if filter.without_pulls {
        let is_pull = Condition::all()
            .add(Kind.is_in(["GET", "FAIL"]))
            .add(ObjectType.is_in(["tag", "manifest"]));
        query = query.filter(is_pull.not());
    }
    if let Some(repository) = filter.repository {
        query = query.filter(RepositoryId.eq(repository.to_string()));
    }
    if let Some(before) = filter.before {
        query = query.filter(Id.lt(first_id(before)));
    }
    if let Some(after) = filter.after {
        query = query.filter(Id.gte(first_id(after)));
    }
    query
}

/// The lowest id that an event of that time has (RFC 9562, section 5.7: the first 48 bits are milliseconds).
pub(crate) fn first_id(at: OffsetDateTime) -> Uuid {
    let millis = u64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or_default();
    let mut bytes = [0u8; 16];
    for (to, from) in bytes
        .iter_mut()
        .zip(millis.to_be_bytes().into_iter().skip(2))
    {
        *to = from;
    }
    Uuid::from_bytes(bytes)
}

/// When the event of that id happened, to the millisecond.
pub fn time(id: Uuid) -> OffsetDateTime {
    let (seconds, nanos) = id
        .get_timestamp()
        .unwrap_or(Timestamp::from_unix(NoContext, 0, 0))
        .to_unix();
    let at = i64::try_from(seconds)
        .ok()
        .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
        .unwrap_or(OffsetDateTime::UNIX_EPOCH);
    at + std::time::Duration::from_nanos(nanos.into())
}
