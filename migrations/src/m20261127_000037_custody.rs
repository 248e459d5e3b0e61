//! Chain of custody: which digest an event is about, so that all that happened to an image is found, and what was promoted of a digest;
//! and the checkpoints that seal events.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, binary, text, text_null, uuid},
    sea_orm::{ConnectionTrait, DatabaseBackend},
};

use crate::table;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::alter()
            .table("events")
            .add_column(text_null("digest"))
            .to_owned();
        manager.alter_table(table).await?;
        let said = match manager.get_database_backend() {
            DatabaseBackend::Postgres => "detail->>'digest'",
            _ => "json_extract(detail, '$.digest')",
        };
        let connection = manager.get_connection();
        for statement in [
            format!(
                "UPDATE events SET digest = COALESCE({said}, CASE WHEN object_type <> 'tag' AND object LIKE 'sha%:%' THEN object END) \
                 WHERE object_type IN ('tag', 'manifest', 'promotion', 'scan')"
            ),
            "CREATE INDEX events_repository_id_digest_kind_id_idx ON events (repository_id, digest, kind, id) WHERE digest IS NOT NULL"
                .to_owned(),
            "CREATE INDEX promotions_digest_id_idx ON promotions (digest, id)".to_owned(),
        ] {
            connection.execute_unprepared(&statement).await?;
        }
        checkpoints(manager).await
    }
}

/// The number is the key, so that of two replicas that seal at once one does.
async fn checkpoints(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let name = "event_checkpoints";
    let table = Table::create()
        .table(name)
        .col(big_integer("number").primary_key())
        .col(text("header"))
        .col(text("key"))
        .col(text("signature"))
        .col(binary("leaves"))
        .col(uuid("last_id"))
        .to_owned();
    manager.create_table(table).await?;
    table::index(manager, name, &["last_id", "number"], false).await
}
