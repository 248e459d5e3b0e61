//! Content trust: collections of signed files, the keys that the registry signs with, which tags are signed, and the record of changes.

use sea_orm_migration::{
    prelude::*,
    schema::{
        big_integer, big_pk_auto, binary, boolean, text, timestamp_with_time_zone,
        timestamp_with_time_zone_null, uuid,
    },
    sea_orm::ConnectionTrait,
};

use crate::table;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        collections(manager).await?;
        files(manager).await?;
        roles(manager).await?;
        keys(manager).await?;
        targets(manager).await?;
        changes(manager).await
    }
}

async fn collections(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let name = "trust_collections";
    let table = Table::create()
        .table(name)
        .col(uuid("id").primary_key())
        .col(uuid("repository_id"))
        .col(text("gun"))
        .col(big_integer("bytes"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone_null("published_at"))
        .col(timestamp_with_time_zone_null("renew_at"))
        .foreign_key(&mut table::belongs_to(
            name,
            "repository_id",
            "repositories",
        ))
        .to_owned();
    manager.create_table(table).await?;
    table::index(manager, name, &["gun"], true).await?;
    table::index(manager, name, &["repository_id"], false).await?;
    manager
        .get_connection()
        .execute_unprepared(
            "CREATE INDEX trust_collections_renew_at_idx ON trust_collections (renew_at, id) WHERE renew_at IS NOT NULL",
        )
        .await?;
    Ok(())
}

async fn files(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let name = "trust_files";
    let table = Table::create()
        .table(name)
        .col(uuid("collection_id"))
        .col(text("role"))
        .col(big_integer("version"))
        .col(text("sha256"))
        .col(timestamp_with_time_zone("created_at"))
        .col(binary("content"))
        .primary_key(
            Index::create()
                .col("collection_id")
                .col("role")
                .col("version"),
        )
        .foreign_key(&mut table::belongs_to(
            name,
            "collection_id",
            "trust_collections",
        ))
        .to_owned();
    manager.create_table(table).await?;
    table::index(manager, name, &["collection_id", "role", "sha256"], false).await
}

async fn roles(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let name = "trust_roles";
    let table = Table::create()
        .table(name)
        .col(uuid("collection_id"))
        .col(text("role"))
        .col(big_integer("version"))
        .col(text("sha256"))
        .col(boolean("is_listed"))
        .primary_key(Index::create().col("collection_id").col("role"))
        .foreign_key(&mut table::belongs_to(
            name,
            "collection_id",
            "trust_collections",
        ))
        .to_owned();
    manager.create_table(table::by_key(manager, table)).await
}

async fn keys(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let name = "trust_keys";
    let table = Table::create()
        .table(name)
        .col(uuid("collection_id"))
        .col(text("id"))
        .col(text("role"))
        .col(binary("public"))
        .col(text("sealed"))
        .col(text("sealed_with"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone_null("used_at"))
        .primary_key(Index::create().col("collection_id").col("id"))
        .foreign_key(&mut table::belongs_to(
            name,
            "collection_id",
            "trust_collections",
        ))
        .to_owned();
    manager.create_table(table).await?;
    table::index(manager, name, &["sealed_with"], false).await
}

async fn targets(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let name = "trust_targets";
    let table = Table::create()
        .table(name)
        .col(uuid("collection_id"))
        .col(text("name"))
        .col(text("role"))
        .col(text("digest"))
        .col(timestamp_with_time_zone("expires_at"))
        .primary_key(Index::create().col("collection_id").col("name"))
        .foreign_key(&mut table::belongs_to(
            name,
            "collection_id",
            "trust_collections",
        ))
        .to_owned();
    manager.create_table(table::by_key(manager, table)).await
}

/// They outlive their collections and repositories: nothing refers to those.
async fn changes(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let name = "trust_changes";
    let table = Table::create()
        .table(name)
        .col(big_pk_auto("id"))
        .col(uuid("repository_id"))
        .col(text("gun"))
        .col(big_integer("version"))
        .col(text("sha256"))
        .col(text("category"))
        .col(timestamp_with_time_zone("created_at"))
        .to_owned();
    manager.create_table(table).await?;
    table::index(manager, name, &["repository_id", "gun", "id"], false).await
}
