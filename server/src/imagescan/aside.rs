//! Which findings of an image are set aside, and by what.

use std::collections::HashMap;

use db::entities::{finding_override, repository};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{error::ApiResult, state::AppState};

/// The overrides that hold in a repository, by flaw.
#[derive(Debug, Default)]
pub(super) struct Aside {
    by_flaw: HashMap<String, Vec<finding_override::Model>>,
}

impl Aside {
    /// Reads them.
    pub(super) async fn of(state: &AppState, repository: &repository::Model) -> ApiResult<Self> {
        let now = OffsetDateTime::now_utc();
        let rows = db::scans::overrides::of_repository(&state.db, repository, now).await?;
        let mut by_flaw: HashMap<String, Vec<finding_override::Model>> = HashMap::new();
        for row in rows {
            by_flaw.entry(row.cve.clone()).or_default().push(row);
        }
        Ok(Self { by_flaw })
    }

    /// The override that sets the flaw aside in a component that this layer brings.
    pub(super) fn by(
        &self,
        flaw: &str,
        (component, version): (&str, &str),
        layer: Option<&String>,
    ) -> Option<Uuid> {
        let rows = self.by_flaw.get(flaw)?;
        let holds = |row: &&finding_override::Model| {
            row.component == component
                && row
                    .component_version
                    .as_ref()
                    .is_none_or(|only| only == version)
                && row.layer.as_ref().is_none_or(|only| Some(only) == layer)
        };
        rows.iter().find(holds).map(|row| row.id)
    }

    /// All of them.
    pub(super) fn rows(self) -> impl Iterator<Item = finding_override::Model> {
        self.by_flaw.into_values().flatten()
    }
}
