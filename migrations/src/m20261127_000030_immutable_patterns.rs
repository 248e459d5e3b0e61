//! Tags of a repository that cannot change, by patterns with exceptions; without any, all of them or none, as before.

use sea_orm_migration::{prelude::*, schema::json_null};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::alter()
            .table("repositories")
            .add_column(json_null("immutable_patterns"))
            .to_owned();
        manager.alter_table(table).await
    }
}
