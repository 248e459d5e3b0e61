//! What layers hold, and what they make of images: reports, components, chains of layers, scans.

use sea_orm_migration::{
    prelude::*,
    schema::{
        big_integer, big_pk_auto, binary, boolean, integer, json, json_null, small_integer, text,
        text_null, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid_null,
    },
};

use crate::table;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        layer_reports(manager).await?;
        layer_files(manager).await?;
        components(manager).await?;
        component_licences(manager).await?;
        image_chains(manager).await?;
        chain_components(manager).await?;
        image_scans(manager).await?;
        image_chain_links(manager).await?;
        image_exceptions(manager).await
    }
}

async fn layer_reports(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("layer_reports")
                .col(text("digest").primary_key())
                .col(integer("detector_version"))
                .col(json_null("incomplete"))
                .col(big_integer("uncompressed"))
                .col(binary("report"))
                .col(timestamp_with_time_zone("scanned_at"))
                .to_owned(),
        )
        .await?;
    Ok(())
}

async fn layer_files(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(table::by_key(
            manager,
            Table::create()
                .table("layer_files")
                .col(text("sha256"))
                .col(text("layer"))
                .primary_key(Index::create().col("sha256").col("layer"))
                .to_owned(),
        ))
        .await?;
    table::index(manager, "layer_files", &["layer"], false).await?;
    Ok(())
}

async fn components(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("components")
                .col(big_pk_auto("id"))
                .col(text("key"))
                .col(text("kind"))
                .col(text("name"))
                .col(text_null("version"))
                .col(boolean("exact"))
                .col(text("ecosystem"))
                .col(text("base"))
                .col(text("package"))
                .col(text_null("package_version"))
                .col(json("products"))
                .col(big_integer("generation"))
                .col(integer("critical"))
                .col(integer("major"))
                .col(integer("minor"))
                .col(integer("unspecified"))
                .col(integer("fixable"))
                .to_owned(),
        )
        .await?;
    table::index(manager, "components", &["key"], true).await?;
    table::index(manager, "components", &["base", "package"], false).await?;
    table::index(manager, "components", &["name", "version"], false).await?;
    Ok(())
}

async fn component_licences(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(table::by_key(
            manager,
            Table::create()
                .table("component_licences")
                .col(big_integer("component_id"))
                .col(text("licence"))
                .primary_key(Index::create().col("component_id").col("licence"))
                .foreign_key(&mut table::belongs_to(
                    "component_licences",
                    "component_id",
                    "components",
                ))
                .to_owned(),
        ))
        .await?;
    table::index(manager, "component_licences", &["licence"], false).await?;
    Ok(())
}

async fn image_chains(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("image_chains")
                .col(big_pk_auto("id"))
                .col(text("key"))
                .col(text("layer"))
                .to_owned(),
        )
        .await?;
    table::index(manager, "image_chains", &["key"], true).await?;
    table::index(manager, "image_chains", &["layer"], false).await?;
    Ok(())
}

async fn chain_components(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(table::by_key(
            manager,
            Table::create()
                .table("chain_components")
                .col(big_integer("chain_id"))
                .col(big_integer("component_id"))
                .primary_key(Index::create().col("chain_id").col("component_id"))
                .foreign_key(&mut table::belongs_to(
                    "chain_components",
                    "chain_id",
                    "image_chains",
                ))
                .to_owned(),
        ))
        .await?;
    table::index(manager, "chain_components", &["component_id"], false).await?;
    Ok(())
}

async fn image_scans(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("image_scans")
                .col(big_pk_auto("id"))
                .col(text("digest"))
                .col(small_integer("state"))
                .col(small_integer("priority"))
                .col(timestamp_with_time_zone("requested_at"))
                .col(timestamp_with_time_zone_null("lease_until"))
                .col(uuid_null("leased_by"))
                .col(small_integer("attempts"))
                .col(integer("layers_done"))
                .col(integer("layers_total"))
                .col(text_null("error"))
                .col(integer("detector_version"))
                .col(timestamp_with_time_zone_null("scanned_at"))
                .col(timestamp_with_time_zone_null("checked_at"))
                .col(text_null("os"))
                .col(boolean("foreign_layers"))
                .col(json_null("incomplete"))
                .col(integer("components"))
                .col(integer("critical"))
                .col(integer("major"))
                .col(integer("minor"))
                .col(integer("unspecified"))
                .col(integer("fixable"))
                .to_owned(),
        )
        .await?;
    table::index(manager, "image_scans", &["digest"], true).await?;
    table::index(
        manager,
        "image_scans",
        &["state", "priority", "requested_at"],
        false,
    )
    .await?;
    Ok(())
}

async fn image_chain_links(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(table::by_key(
            manager,
            Table::create()
                .table("image_chain_links")
                .col(big_integer("image_id"))
                .col(integer("position"))
                .col(big_integer("chain_id"))
                .primary_key(Index::create().col("image_id").col("position"))
                .foreign_key(&mut table::belongs_to(
                    "image_chain_links",
                    "image_id",
                    "image_scans",
                ))
                .to_owned(),
        ))
        .await?;
    table::index(
        manager,
        "image_chain_links",
        &["chain_id", "image_id"],
        false,
    )
    .await?;
    Ok(())
}

async fn image_exceptions(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(table::by_key(
            manager,
            Table::create()
                .table("image_exceptions")
                .col(big_integer("image_id"))
                .col(big_integer("component_id"))
                .col(boolean("present"))
                .primary_key(Index::create().col("image_id").col("component_id"))
                .foreign_key(&mut table::belongs_to(
                    "image_exceptions",
                    "image_id",
                    "image_scans",
                ))
                .to_owned(),
        ))
        .await?;
    table::index(manager, "image_exceptions", &["component_id"], false).await?;
    Ok(())
}
