//! Repositories and what they hold: manifests with their relations, tags, and links to blobs.
//!
//! A manifest belongs to one repository, and so do its bytes: the primary key is (repository, digest). The relations
//! manifest → blob and index → manifest are rows of their own, for listing and for garbage collection.

use sea_orm_migration::{
    prelude::*,
    schema::{
        big_integer, binary, boolean, json_null, text, text_null, timestamp_with_time_zone,
        timestamp_with_time_zone_null, uuid, uuid_null,
    },
};

use crate::table;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        repositories(manager).await?;
        manifests(manager).await?;
        relations(manager).await?;
        tags(manager).await?;
        blob_links(manager).await
    }
}

async fn repositories(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("repositories")
                .col(uuid("id").primary_key())
                .col(uuid("account_id"))
                .col(text("namespace"))
                .col(text("name"))
                .col(boolean("is_public"))
                .col(text("short_description"))
                .col(text("long_description"))
                .col(boolean("scan_on_push"))
                .col(boolean("immutable_tags"))
                .col(big_integer("tag_limit"))
                .col(big_integer("pulls"))
                .col(big_integer("pushes"))
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone_null("pushed_at"))
                .foreign_key(&mut table::belongs_to(
                    "repositories",
                    "account_id",
                    "accounts",
                ))
                .to_owned(),
        )
        .await?;
    table::sort_by_bytes(manager, "repositories", &["namespace", "name"]).await?;
    table::index(manager, "repositories", &["namespace", "name"], true).await?;
    table::index(manager, "repositories", &["account_id"], false).await
}

async fn manifests(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("manifests")
                .col(uuid("repository_id"))
                .col(text("digest"))
                .col(text("media_type"))
                .col(text_null("artifact_type"))
                .col(text_null("config_digest"))
                .col(text_null("subject_digest"))
                .col(json_null("annotations"))
                .col(text_null("os"))
                .col(text_null("architecture"))
                .col(text_null("variant"))
                .col(text_null("os_version"))
                .col(big_integer("size"))
                .col(big_integer("image_size"))
                .col(binary("content"))
                .col(uuid_null("pushed_by"))
                .col(timestamp_with_time_zone("pushed_at"))
                .primary_key(Index::create().col("repository_id").col("digest"))
                .foreign_key(&mut table::belongs_to(
                    "manifests",
                    "repository_id",
                    "repositories",
                ))
                .to_owned(),
        )
        .await?;
    table::sort_by_bytes(manager, "manifests", &["digest"]).await?;
    table::index(
        manager,
        "manifests",
        &["repository_id", "subject_digest", "digest"],
        false,
    )
    .await
}

async fn relations(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("manifest_blobs")
                .col(uuid("repository_id"))
                .col(text("manifest_digest"))
                .col(text("blob_digest"))
                .primary_key(
                    Index::create()
                        .col("repository_id")
                        .col("manifest_digest")
                        .col("blob_digest"),
                )
                .foreign_key(&mut to_manifest("manifest_blobs", "manifest_digest"))
                .to_owned(),
        )
        .await?;
    table::index(
        manager,
        "manifest_blobs",
        &["repository_id", "blob_digest"],
        false,
    )
    .await?;
    manager
        .create_table(
            Table::create()
                .table("manifest_children")
                .col(uuid("repository_id"))
                .col(text("parent_digest"))
                .col(text("child_digest"))
                .primary_key(
                    Index::create()
                        .col("repository_id")
                        .col("parent_digest")
                        .col("child_digest"),
                )
                .foreign_key(&mut to_manifest("manifest_children", "parent_digest"))
                .to_owned(),
        )
        .await?;
    table::index(
        manager,
        "manifest_children",
        &["repository_id", "child_digest"],
        false,
    )
    .await
}

async fn tags(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("tags")
                .col(uuid("repository_id"))
                .col(text("name"))
                .col(text("digest"))
                .col(uuid_null("pushed_by"))
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone("updated_at"))
                .primary_key(Index::create().col("repository_id").col("name"))
                .foreign_key(&mut to_manifest("tags", "digest"))
                .to_owned(),
        )
        .await?;
    table::sort_by_bytes(manager, "tags", &["name"]).await?;
    table::index(manager, "tags", &["repository_id", "digest"], false).await
}

async fn blob_links(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("blob_links")
                .col(uuid("repository_id"))
                .col(text("digest"))
                .col(big_integer("size"))
                .col(timestamp_with_time_zone("created_at"))
                .primary_key(Index::create().col("repository_id").col("digest"))
                .foreign_key(&mut table::belongs_to(
                    "blob_links",
                    "repository_id",
                    "repositories",
                ))
                .to_owned(),
        )
        .await?;
    table::index(manager, "blob_links", &["digest"], false).await
}

/// (`repository_id`, `column`) of `table` refers to a manifest; rows go when the manifest goes.
fn to_manifest(table: &'static str, column: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(format!("{table}_{column}_fk"))
        .from_tbl(table)
        .from_col("repository_id")
        .from_col(column)
        .to_tbl("manifests")
        .to_col("repository_id")
        .to_col("digest")
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned()
}
