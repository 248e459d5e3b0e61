//! Whose keys may sign which roles of trust data: what waits for somebody's signature is asked of the database. Collections from before
//! are verified anew when the program starts, and have none until then.

use sea_orm_migration::{
    prelude::*,
    schema::{text, text_null, uuid},
};

use crate::table;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let name = "trust_role_keys";
        let table = Table::create()
            .table(name)
            .col(uuid("collection_id"))
            .col(text("role"))
            .col(text("key_id"))
            .col(text("canonical_id"))
            .col(text_null("paths"))
            .primary_key(
                Index::create()
                    .col("collection_id")
                    .col("role")
                    .col("key_id"),
            )
            .foreign_key(&mut table::belongs_to(
                name,
                "collection_id",
                "trust_collections",
            ))
            .to_owned();
        manager.create_table(table::by_key(manager, table)).await?;
        table::index(manager, name, &["canonical_id"], false).await
    }
}
