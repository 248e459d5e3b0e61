//! Promotion: policies with their revisions, what was promoted or refused, and which tags are due to be looked at.
//!
//! The queue is the table of tags, as that of scans is the table of images: a tag that is due says since when. What was promoted stays
//! when the policy or the source goes; it goes with the target.

use sea_orm_migration::{
    prelude::*,
    schema::{
        boolean, integer, json, json_null, text, text_null, timestamp_with_time_zone,
        timestamp_with_time_zone_null, uuid, uuid_null,
    },
    sea_orm::ConnectionTrait,
};

use crate::table;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        policies(manager).await?;
        revisions(manager).await?;
        promotions(manager).await?;
        tags(manager).await
    }
}

async fn policies(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let name = "promotion_policies";
    let table = Table::create()
        .table(name)
        .col(uuid("id").primary_key())
        .col(uuid("source_id"))
        .col(uuid("target_id"))
        .col(boolean("enabled"))
        .col(integer("revision"))
        .col(json("rules"))
        .col(text("tag_template"))
        .col(boolean("referrers"))
        .col(timestamp_with_time_zone_null("applies_from"))
        .col(uuid("author_id"))
        .col(text("author"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .col(timestamp_with_time_zone_null("last_promoted_at"))
        .col(text_null("stopped"))
        .foreign_key(&mut table::belongs_to(name, "source_id", "repositories"))
        .foreign_key(&mut table::belongs_to(name, "target_id", "repositories"))
        .to_owned();
    manager.create_table(table).await?;
    table::index(manager, name, &["source_id"], false).await?;
    table::index(manager, name, &["target_id"], false).await
}

async fn revisions(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let name = "promotion_revisions";
    let table = Table::create()
        .table(name)
        .col(uuid("policy_id"))
        .col(integer("revision"))
        .col(boolean("enabled"))
        .col(json("rules"))
        .col(text("tag_template"))
        .col(boolean("referrers"))
        .col(uuid("target_id"))
        .col(text("target"))
        .col(text("author"))
        .col(timestamp_with_time_zone("made_at"))
        .primary_key(Index::create().col("policy_id").col("revision"))
        .foreign_key(&mut table::belongs_to(
            name,
            "policy_id",
            "promotion_policies",
        ))
        .to_owned();
    manager.create_table(table).await
}

async fn promotions(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let name = "promotions";
    let table = Table::create()
        .table(name)
        .col(uuid("id").primary_key())
        .col(uuid_null("policy_id"))
        .col(integer("revision"))
        .col(uuid("source_id"))
        .col(text("source"))
        .col(text("source_tag"))
        .col(timestamp_with_time_zone("source_set_at"))
        .col(uuid("target_id"))
        .col(text("target"))
        .col(text("target_tag"))
        .col(text("digest"))
        .col(text("actor"))
        .col(boolean("is_done"))
        .col(text("reason"))
        .col(json_null("verdict"))
        .col(timestamp_with_time_zone("made_at"))
        .foreign_key(&mut table::belongs_to(name, "target_id", "repositories"))
        .to_owned();
    manager.create_table(table).await?;
    let once = ["policy_id", "revision", "digest", "target_id", "target_tag"];
    table::index(manager, name, &once, true).await?;
    for column in ["source_id", "target_id", "policy_id"] {
        table::index(manager, name, &[column, "id"], false).await?;
    }
    Ok(())
}

async fn tags(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut columns = [
        uuid_null("promotion_id"),
        timestamp_with_time_zone_null("due_at"),
    ];
    for column in &mut columns {
        let table = Table::alter().table("tags").add_column(column).to_owned();
        manager.alter_table(table).await?;
    }
    // only of tags that are due, which are few
    manager
        .get_connection()
        .execute_unprepared(
            "CREATE INDEX tags_due_at_idx ON tags (due_at) WHERE due_at IS NOT NULL",
        )
        .await?;
    Ok(())
}
