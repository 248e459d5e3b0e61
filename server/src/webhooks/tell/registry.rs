//! What happens to repositories, and to the whole registry.

use std::collections::BTreeMap;

use ::webhooks::{
    Contents, Kind,
    contents::{Replica, RepositoryChange, RepositoryChanged, RepositoryData, ScannerUpdated},
};
use api::repository::{NamespaceType, Visibility};
use db::entities::repository;
use time::OffsetDateTime;
use uuid::Uuid;

use super::Told;
use crate::{state::AppState, webhooks::hear::Listeners};

/// Who listens to repositories of a namespace that come, change and go, and what is said of one.
pub(crate) struct Telling<'t> {
    listeners: Listeners,
    namespace_type: NamespaceType,
    change: RepositoryChange,
    author: &'t str,
}

impl<'t> Telling<'t> {
    /// Of a change in the namespace of `account`, by the account of that name. Of a repository that is there, `repository` is the id.
    pub(crate) async fn of(
        state: &AppState,
        account: Uuid,
        repository: Option<Uuid>,
        change: RepositoryChange,
        author: &'t str,
    ) -> db::Result<Self> {
        let listeners = state.listeners_at(account, repository).await?;
        let mut namespace_type = NamespaceType::User;
        if listeners.take(Kind::RepoEvent) {
            let organizations = db::accounts::organizations(&state.db, [account]).await?;
            if organizations.contains(&account) {
                namespace_type = NamespaceType::Organization;
            }
        }
        Ok(Self {
            listeners,
            namespace_type,
            change,
            author,
        })
    }

    /// Of a change of a repository that is there.
    pub(crate) async fn of_change(
        state: &AppState,
        row: &repository::Model,
        change: RepositoryChange,
        author: &'t str,
    ) -> db::Result<Self> {
        Self::of(state, row.account_id, Some(row.id), change, author).await
    }

    /// What is told of the repository, as it is after the change, or was before it was deleted.
    pub(crate) fn of_repository(&self, row: &repository::Model) -> Vec<Told> {
        if !self.listeners.take(Kind::RepoEvent) {
            return Vec::new();
        }
        let contents = Contents::RepoEvent(RepositoryChanged {
            namespace: row.namespace.clone(),
            repository: row.name.clone(),
            event: self.change,
            author: self.author.to_owned(),
            data: data(row, self.namespace_type),
        });
        self.listeners
            .told(&contents, None, OffsetDateTime::now_utc())
    }
}

/// Without the README, for its size.
fn data(row: &repository::Model, namespace_type: NamespaceType) -> RepositoryData {
    RepositoryData {
        id: row.id,
        namespace: row.namespace.clone(),
        namespace_type,
        name: row.name.clone(),
        short_description: row.short_description.clone(),
        long_description: None,
        visibility: if row.is_public {
            Visibility::Public
        } else {
            Visibility::Private
        },
        scan_on_push: row.scan_on_push,
        immutable_tags: row.immutable_tags,
        enable_manifest_lists: false,
        tag_limit: u32::try_from(row.tag_limit).unwrap_or_default(),
        pulls: u64::try_from(row.pulls).unwrap_or_default(),
        pushes: u64::try_from(row.pushes).unwrap_or_default(),
    }
}

/// Of vulnerability data that counts from now on.
pub(crate) async fn data_updated(
    state: &AppState,
    generation: i64,
    now: OffsetDateTime,
) -> db::Result<Vec<Told>> {
    let listeners = state.listeners(None).await?;
    if !listeners.take(Kind::ScannerUpdateCompleted) {
        return Ok(Vec::new());
    }
    // All replicas judge by the one database, and so are one.
    let id = "plimsoll".to_owned();
    let replica = Replica {
        db_updated_at: now,
        version: generation.to_string(),
        replica_id: id.clone(),
    };
    let contents = Contents::ScannerUpdateCompleted(ScannerUpdated {
        scanner_version: crate::scanning::detector_version().to_string(),
        scanner_updated_at: state.started_at,
        db_version: generation,
        db_updated_at: now,
        success: true,
        replicas: BTreeMap::from([(id, replica)]),
    });
    Ok(listeners.told(&contents, None, now))
}
