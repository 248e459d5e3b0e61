//! What is wrong with components, what was set aside, and how the sums moved.

use sea_orm_migration::{
    prelude::*,
    schema::{
        big_integer, boolean, integer, json, small_integer, small_integer_null, text, text_null,
        timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null,
    },
};

use crate::table;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        findings(manager).await?;
        finding_overrides(manager).await?;
        image_changes(manager).await?;
        component_deltas(manager).await?;
        image_deltas(manager).await?;
        security_days(manager).await
    }
}

async fn findings(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(table::by_key(
            manager,
            Table::create()
                .table("findings")
                .col(big_integer("component_id"))
                .col(text("identity"))
                .col(small_integer_null("score"))
                .col(text_null("vector"))
                .col(small_integer("severity"))
                .col(boolean("exact"))
                .col(text("fix"))
                .col(json("fixed_in"))
                .col(json("aliases"))
                .col(json("records"))
                .col(timestamp_with_time_zone("found_at"))
                .primary_key(Index::create().col("component_id").col("identity"))
                .foreign_key(&mut table::belongs_to(
                    "findings",
                    "component_id",
                    "components",
                ))
                .to_owned(),
        ))
        .await?;
    table::index(manager, "findings", &["identity"], false).await?;
    Ok(())
}

async fn finding_overrides(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("finding_overrides")
                .col(uuid("id").primary_key())
                .col(text_null("layer"))
                .col(uuid_null("repository_id"))
                .col(uuid_null("account_id"))
                .col(text("component"))
                .col(text_null("component_version"))
                .col(text("cve"))
                .col(text("justification"))
                .col(text("note"))
                .col(text("author"))
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone_null("expires_at"))
                .foreign_key(&mut table::belongs_to(
                    "finding_overrides",
                    "repository_id",
                    "repositories",
                ))
                .foreign_key(&mut table::belongs_to(
                    "finding_overrides",
                    "account_id",
                    "accounts",
                ))
                .to_owned(),
        )
        .await?;
    table::index(manager, "finding_overrides", &["cve"], false).await?;
    table::index(manager, "finding_overrides", &["repository_id"], false).await?;
    table::index(manager, "finding_overrides", &["account_id"], false).await?;
    Ok(())
}

async fn image_changes(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("image_changes")
                .col(big_integer("generation"))
                .col(big_integer("image_id"))
                .col(integer("critical"))
                .col(integer("major"))
                .col(integer("minor"))
                .col(integer("unspecified"))
                .primary_key(Index::create().col("generation").col("image_id"))
                .foreign_key(&mut table::belongs_to(
                    "image_changes",
                    "image_id",
                    "image_scans",
                ))
                .to_owned(),
        )
        .await?;
    table::index(manager, "image_changes", &["image_id"], false).await?;
    Ok(())
}

async fn component_deltas(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("component_deltas")
                .col(big_integer("component_id").primary_key())
                .col(integer("critical"))
                .col(integer("major"))
                .col(integer("minor"))
                .col(integer("unspecified"))
                .col(integer("fixable"))
                .to_owned(),
        )
        .await?;
    Ok(())
}

async fn image_deltas(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("image_deltas")
                .col(big_integer("image_id").primary_key())
                .col(integer("critical"))
                .col(integer("major"))
                .col(integer("minor"))
                .col(integer("unspecified"))
                .col(integer("fixable"))
                .to_owned(),
        )
        .await?;
    Ok(())
}

async fn security_days(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("security_days")
                .col(text("day").primary_key())
                .col(big_integer("images"))
                .col(big_integer("clean"))
                .col(big_integer("critical"))
                .col(big_integer("major"))
                .col(big_integer("minor"))
                .col(big_integer("unspecified"))
                .col(big_integer("fixable"))
                .to_owned(),
        )
        .await?;
    Ok(())
}
