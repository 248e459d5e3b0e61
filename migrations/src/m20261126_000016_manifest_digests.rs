//! A manifest is found by its digest, or by its configuration's, in whichever repository it is.

use sea_orm_migration::prelude::*;

use crate::table;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        table::index(manager, "manifests", &["digest"], false).await?;
        table::index(manager, "manifests", &["config_digest"], false).await
    }
}
