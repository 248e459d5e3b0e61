//! In which collections nothing is delegated, so that the key of `targets` says who signed. It is found out when a collection is
//! verified anew: until then, nobody signed there.

use sea_orm_migration::{prelude::*, schema::boolean};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let targets_only = Table::alter()
            .table("trust_standings")
            .add_column(boolean("targets_only").default(false))
            .to_owned();
        manager.alter_table(targets_only).await
    }
}
