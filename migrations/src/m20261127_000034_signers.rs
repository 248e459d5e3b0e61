//! Who signed what is signed: which roles say what a tag is, whose keys signed those roles, and how it stands with each role.
//!
//! Collections from before are verified by nothing (`verified` is 0): the program verifies them anew when it starts, and until then
//! nobody signed their tags.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, integer, text, text_null, timestamp_with_time_zone, uuid},
};

use crate::table;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let verified = Table::alter()
            .table("trust_collections")
            .add_column(integer("verified").default(0))
            .to_owned();
        manager.alter_table(verified).await?;
        let signed_in = Table::alter()
            .table("trust_targets")
            .add_column(text("signed_in").default(""))
            .to_owned();
        manager.alter_table(signed_in).await?;
        table::index(
            manager,
            "trust_targets",
            &["collection_id", "digest"],
            false,
        )
        .await?;
        signers(manager).await?;
        standings(manager).await?;
        table::index(manager, "public_keys", &["notary_id"], false).await
    }
}

async fn signers(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let name = "trust_signers";
    let table = Table::create()
        .table(name)
        .col(uuid("collection_id"))
        .col(text("role"))
        .col(text("key_id"))
        .col(text_null("canonical_id"))
        .col(big_integer("version"))
        .col(timestamp_with_time_zone("signed_at"))
        .col(timestamp_with_time_zone("expires_at"))
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

async fn standings(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let name = "trust_standings";
    let table = Table::create()
        .table(name)
        .col(uuid("collection_id").primary_key())
        .col(text("content"))
        .foreign_key(&mut table::belongs_to(
            name,
            "collection_id",
            "trust_collections",
        ))
        .to_owned();
    manager.create_table(table).await
}
