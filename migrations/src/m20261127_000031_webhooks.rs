//! Webhooks, and what they have to tell: a delivery is written in the transaction of what it tells of. Events say which repository they
//! are about, and which request made them.

use sea_orm_migration::{
    prelude::*,
    schema::{
        boolean, integer, integer_null, json, small_integer, text, text_null,
        timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null,
    },
    sea_orm::ConnectionTrait,
};

use crate::table;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        webhooks(manager).await?;
        deliveries(manager).await?;
        events(manager).await
    }
}

async fn webhooks(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let name = "webhooks";
    let table = Table::create()
        .table(name)
        .col(uuid("id").primary_key())
        .col(uuid_null("repository_id"))
        .col(uuid_null("account_id"))
        .col(text("key"))
        .col(json("kinds"))
        .col(json("tag_patterns"))
        .col(text("format"))
        .col(text("endpoint"))
        .col(text("shown_endpoint"))
        .col(text("tls_certificate"))
        .col(boolean("skip_verify"))
        .col(json("header_names"))
        .col(text_null("headers"))
        .col(text_null("secret"))
        .col(text_null("previous_secret"))
        .col(boolean("enabled"))
        .col(uuid_null("author_id"))
        .col(text("author"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("healthy_at"))
        .col(integer("failures"))
        .col(timestamp_with_time_zone_null("last_success_at"))
        .col(timestamp_with_time_zone_null("paused_at"))
        .col(text_null("pause_reason"))
        .col(uuid_null("leased_by"))
        .col(timestamp_with_time_zone_null("lease_until"))
        .foreign_key(&mut table::belongs_to(
            name,
            "repository_id",
            "repositories",
        ))
        .foreign_key(&mut table::belongs_to(name, "account_id", "accounts"))
        .to_owned();
    manager.create_table(table).await?;
    for column in ["repository_id", "account_id", "author_id"] {
        table::index(manager, name, &[column, "id"], false).await?;
    }
    Ok(())
}

async fn deliveries(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let name = "webhook_deliveries";
    let table = Table::create()
        .table(name)
        .col(uuid("webhook_id"))
        .col(uuid("id"))
        .col(uuid("event_id"))
        .col(text("kind"))
        .col(text("subject"))
        .col(text("contents"))
        .col(text("format"))
        .col(timestamp_with_time_zone("made_at"))
        .col(boolean("by_hand"))
        .col(small_integer("state"))
        .col(integer("attempts"))
        .col(timestamp_with_time_zone_null("next_at"))
        .col(timestamp_with_time_zone_null("attempted_at"))
        .col(integer_null("status"))
        .col(integer_null("took_ms"))
        .col(text_null("error"))
        .col(text_null("answer"))
        .col(boolean("answer_is_internal"))
        .primary_key(Index::create().col("webhook_id").col("id"))
        .foreign_key(&mut table::belongs_to(name, "webhook_id", "webhooks"))
        .to_owned();
    manager.create_table(table).await?;
    // only of what waits, which is little
    manager
        .get_connection()
        .execute_unprepared(
            "CREATE INDEX webhook_deliveries_next_at_idx ON webhook_deliveries (webhook_id, id) WHERE next_at IS NOT NULL",
        )
        .await?;
    table::index(manager, name, &["made_at"], false).await
}

async fn events(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let name = "events";
    for mut column in [text_null("repository_id"), text_null("request_id")] {
        let table = Table::alter()
            .table(name)
            .add_column(&mut column)
            .to_owned();
        manager.alter_table(table).await?;
    }
    manager
        .get_connection()
        .execute_unprepared(
            "UPDATE events SET repository_id = CASE WHEN object_type = 'repository' THEN object_id \
             WHEN target_type = 'repository' THEN target_id END",
        )
        .await?;
    // Pushes are most of what happens, and each page that they touch makes them slower: what they all have in common is in no index.
    for statement in [
        "DROP INDEX events_kind_id_idx",
        "DROP INDEX events_object_type_id_idx",
        "DROP INDEX events_object_id_id_idx",
        "CREATE INDEX events_kind_id_idx ON events (kind, id) WHERE kind <> 'CREATE'",
        "CREATE INDEX events_object_type_id_idx ON events (object_type, id) WHERE object_type <> 'tag'",
        "CREATE INDEX events_object_id_id_idx ON events (object_id, id) WHERE object_id IS NOT NULL",
        "CREATE INDEX events_repository_id_id_idx ON events (repository_id, id) WHERE repository_id IS NOT NULL",
    ] {
        manager
            .get_connection()
            .execute_unprepared(statement)
            .await?;
    }
    Ok(())
}
