//! What policies are tried on: the tags that there are, or what was pushed lately, read lot by lot.

use std::{
    collections::{HashSet, VecDeque},
    sync::Arc,
};

use db::{
    entities::{event, repository, tag},
    events::{self, Filter},
    tags::Tagged,
};
use time::OffsetDateTime;
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use super::{facts::Known, policy::Asked};
use crate::{
    error::{ApiError, ApiResult},
    events::{Kind, ObjectType},
    immutability,
    state::AppState,
};

/// What is read together.
const LOT: u64 = 1_000;
/// Lots that are looked at at the same time.
const AT_ONCE: usize = 2;
/// Pushes that are looked at: the newest.
const MOST_PUSHES: usize = 20_000;

/// The lots.
pub(super) struct Lots<'l> {
    state: &'l AppState,
    source: &'l repository::Model,
    /// Only what was set since.
    since: Option<OffsetDateTime>,
    next: Next,
    /// Pushes that were read.
    read: usize,
    /// Tags and images that were read as pushes.
    seen: HashSet<(String, String)>,
    /// Pushes whose image is not there any more.
    pub(super) gone: u64,
}

/// What is read next.
enum Next {
    /// Pushes before the one of that id.
    Pushes(Option<Uuid>),
    /// Tags after the one of that name.
    Tags(Option<String>),
    Nothing,
}

impl<'l> Lots<'l> {
    /// The tags of `source`; with `since` everything that tags were set to since then.
    pub(super) fn of(
        state: &'l AppState,
        source: &'l repository::Model,
        since: Option<OffsetDateTime>,
    ) -> Self {
        Self {
            state,
            source,
            since,
            next: if since.is_some() {
                Next::Pushes(None)
            } else {
                Next::Tags(None)
            },
            read: 0,
            seen: HashSet::new(),
            gone: 0,
        }
    }

    /// Gives each lot to `ask`, with what is known of it as far as `asked` says, while the next is read. Answers what it said, in order.
    pub(super) async fn each<T: Send + 'static>(
        &mut self,
        asked: Asked,
        now: OffsetDateTime,
        ask: impl Fn(&Known, Vec<Tagged>) -> T + Send + Sync + 'static,
    ) -> ApiResult<Vec<T>> {
        let ask = Arc::new(ask);
        let (mut asking, mut said) = (VecDeque::new(), Vec::new());
        while let Some(tags) = self.next().await? {
            let (state, source, ask) = (self.state.clone(), self.source.clone(), Arc::clone(&ask));
            let lot = tokio::spawn(async move {
                let known = Known::of(&state, &source, &tags, asked, now).await?;
                Ok(ask(&known, tags))
            });
            asking.push_back(AbortOnDropHandle::new(lot));
            if asking.len() >= AT_ONCE
                && let Some(lot) = asking.pop_front()
            {
                said.push(answer(lot).await?);
            }
        }
        for lot in asking {
            said.push(answer(lot).await?);
        }
        Ok(said)
    }

    /// The next lot; `None` after the last.
    async fn next(&mut self) -> ApiResult<Option<Vec<Tagged>>> {
        match std::mem::replace(&mut self.next, Next::Nothing) {
            Next::Pushes(last) => self.pushes(last).await.map(Some),
            Next::Tags(after) => self.tags(after).await.map(Some),
            Next::Nothing => Ok(None),
        }
    }

    async fn pushes(&mut self, last: Option<Uuid>) -> ApiResult<Vec<Tagged>> {
        let filter = Filter {
            kind: Some(Kind::Create.as_str().to_owned()),
            object_type: Some(ObjectType::Tag.as_str().to_owned()),
            repository: Some(self.source.id),
            after: self.since,
            ..Filter::default()
        };
        let rows = events::list(&self.state.db, &filter, last, LOT).await?;
        self.read += rows.len();
        let is_last = (rows.len() as u64) < LOT || self.read >= MOST_PUSHES;
        self.next = match rows.last() {
            Some(row) if !is_last => Next::Pushes(Some(row.id)),
            // tags whose pushes were not recorded
            _ => Next::Tags(None),
        };
        let mut tags: Vec<tag::Model> = rows
            .iter()
            .flat_map(|row| set(row, self.source.id))
            .collect();
        tags.retain(|row| {
            !immutability::is_attachment(&row.name)
                && self.seen.insert((row.name.clone(), row.digest.clone()))
        });
        let names = tags.iter().map(|row| row.name.as_str());
        let now = db::tags::named(&self.state.db, self.source.id, names).await?;
        for row in &mut tags {
            // where the tag is still what was pushed, its row knows more
            if let Some(now) = now.get(&row.name).filter(|now| now.digest == row.digest) {
                row.clone_from(now);
            }
        }
        let pushed = tags.len() as u64;
        let found = db::tags::with_manifests(&self.state.db, self.source.id, tags).await?;
        self.gone += pushed - found.len() as u64;
        Ok(found)
    }

    async fn tags(&mut self, after: Option<String>) -> ApiResult<Vec<Tagged>> {
        let (db, id) = (&self.state.db, self.source.id);
        let mut lot = db::tags::list(db, id, None, after.as_deref(), LOT).await?;
        if let Some(row) = lot.last().filter(|_| lot.len() as u64 >= LOT) {
            self.next = Next::Tags(Some(row.tag.name.clone()));
        }
        lot.retain(|row| {
            let tag = &row.tag;
            !immutability::is_attachment(&tag.name)
                && self.since.is_none_or(|since| {
                    tag.updated_at >= since
                        && !self.seen.contains(&(tag.name.clone(), tag.digest.clone()))
                })
        });
        Ok(lot)
    }
}

async fn answer<T>(lot: AbortOnDropHandle<ApiResult<T>>) -> ApiResult<T> {
    lot.await.map_err(|error| ApiError::internal(&error))?
}

/// The tags that a push set, as they were then.
fn set(row: &event::Model, repository: Uuid) -> Vec<tag::Model> {
    let digest = row.detail.as_ref().and_then(|detail| detail.get("digest"));
    let Some(digest) = digest.and_then(serde_json::Value::as_str) else {
        return Vec::new();
    };
    let at = events::time(row.id);
    let names = row.object.split(", ");
    names
        .map(|name| tag::Model {
            repository_id: repository,
            name: name.to_owned(),
            digest: digest.to_owned(),
            pushed_by: row.actor_id,
            job: None,
            job_url: None,
            created_at: at,
            updated_at: at,
            promotion_id: None,
            due_at: None,
        })
        .collect()
}
