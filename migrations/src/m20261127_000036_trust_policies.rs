//! Which images may be pulled, by who signed them: what the registry, an organization or a repository asks.

use sea_orm_migration::{
    prelude::*,
    schema::{text, uuid, uuid_null},
};

use crate::table;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let name = "trust_policies";
        let table = Table::create()
            .table(name)
            .col(uuid("id").primary_key())
            .col(uuid_null("account_id"))
            .col(uuid_null("repository_id"))
            .col(text("content"))
            .foreign_key(&mut table::belongs_to(name, "account_id", "accounts"))
            .foreign_key(&mut table::belongs_to(
                name,
                "repository_id",
                "repositories",
            ))
            .to_owned();
        manager.create_table(table).await?;
        table::index(manager, name, &["account_id"], false).await?;
        table::index(manager, name, &["repository_id"], false).await
    }
}
