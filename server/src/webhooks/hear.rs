//! Who listens to what happens in a repository, and what they are told of it.

use std::sync::Arc;

use ::webhooks::{Contents, Filter, Kind, Scope};
use db::{
    entities::{repository, webhook},
    webhooks::{Place, REVISION, Told},
};
use oci::Tag;
use rules::TagPatterns;
use serde::Deserialize as _;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    registry::cache::{fresh, keep},
    state::AppState,
};

/// A webhook, as far as it matters for what it is told.
#[derive(Debug)]
pub(crate) struct Hook {
    id: Uuid,
    format: String,
    filter: Filter,
}

impl Hook {
    /// `None` for one that cannot be understood: it was made by a later version.
    fn of(row: webhook::Model) -> Option<Self> {
        let scope = match Place::of(&row) {
            Place::Repository(_) => Scope::Repository,
            Place::Namespace(_) => Scope::Namespace,
            Place::Registry => Scope::Global,
        };
        let kinds = Vec::<Kind>::deserialize(&row.kinds).ok()?;
        let patterns = Vec::<String>::deserialize(&row.tag_patterns).ok()?;
        let patterns = TagPatterns::new(&patterns).ok()?;
        Some(Self {
            id: row.id,
            format: row.format,
            filter: Filter::new(scope, kinds, patterns).ok()?,
        })
    }
}

/// Those who listen.
#[derive(Clone, Debug)]
pub(crate) struct Listeners(Arc<[Hook]>);

impl Listeners {
    /// Whether somebody takes events of this kind, whatever the tag.
    pub(super) fn take(&self, kind: Kind) -> bool {
        self.0
            .iter()
            .any(|hook| hook.filter.kinds().any(|it| it == kind))
    }

    /// Whether nobody listens.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What each of them is to be told of something that happened at `now`. `tag` is the one in the repository where they listen.
    pub(super) fn told(
        &self,
        contents: &Contents,
        tag: Option<&str>,
        now: OffsetDateTime,
    ) -> Vec<Told> {
        self.told_of_any(contents, tag, now)
    }

    /// The same of something that has several tags, or none: who takes one of them is told.
    pub(super) fn told_of_any<'t>(
        &self,
        contents: &Contents,
        tags: impl IntoIterator<Item = &'t str>,
        now: OffsetDateTime,
    ) -> Vec<Told> {
        let kind = contents.kind();
        let tags = tags.into_iter().map(|tag| tag.parse().ok());
        let mut tags: Vec<Option<Tag>> = tags.collect();
        if tags.is_empty() {
            tags.push(None);
        }
        let takes = |hook: &&Hook| {
            let mut tags = tags.iter();
            tags.any(|tag| hook.filter.takes(kind, tag.as_ref()))
        };
        let taking = self.0.iter().filter(takes);
        let mut taking = taking.peekable();
        if taking.peek().is_none() {
            return Vec::new();
        }
        let Ok(written) = serde_json::to_string(contents) else {
            return Vec::new();
        };
        let written: Arc<str> = written.into();
        let event = Uuid::now_v7();
        taking
            .map(|hook| Told {
                webhook: hook.id,
                event,
                kind: kind.as_str(),
                subject: contents.subject().unwrap_or_default(),
                contents: Arc::clone(&written),
                format: hook.format.clone(),
                made_at: now,
            })
            .collect()
    }
}

impl AppState {
    /// Who listens to what happens in a repository; without one, to what is about the whole registry. Asked by every push, so it is
    /// remembered where it can be.
    pub(crate) async fn listeners(
        &self,
        about: Option<&repository::Model>,
    ) -> db::Result<Listeners> {
        let key = about.map_or(Uuid::nil(), |row| row.id);
        let revision = self.db.revision(&REVISION);
        if let Some(hooks) = fresh(&self.cache.hooks, &key, revision) {
            return Ok(Listeners(hooks));
        }
        let places = about.map(|row| [Place::Repository(row.id), Place::Namespace(row.account_id)]);
        let rows = db::webhooks::hearing(&self.db, places.into_iter().flatten()).await?;
        let hooks: Arc<[Hook]> = rows.into_iter().filter_map(Hook::of).collect();
        keep(&self.cache.hooks, key, revision, Arc::clone(&hooks));
        Ok(Listeners(hooks))
    }

    /// Who listens to what happens in the namespace of an account, also at one of its repositories.
    pub(super) async fn listeners_at(
        &self,
        account: Uuid,
        repository: Option<Uuid>,
    ) -> db::Result<Listeners> {
        let places = repository.map(Place::Repository);
        let places = places.into_iter().chain([Place::Namespace(account)]);
        let rows = db::webhooks::hearing(&self.db, places).await?;
        Ok(Listeners(rows.into_iter().filter_map(Hook::of).collect()))
    }
}
