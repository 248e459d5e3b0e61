//! The record of what happened. It refers to accounts and things by id and by the name they had then, without foreign keys: it
//! outlives them.

use sea_orm_migration::{
    prelude::*,
    schema::{json_null, text, text_null, uuid, uuid_null},
};

use crate::table;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("events")
                    .col(uuid("id").primary_key())
                    .col(uuid_null("actor_id"))
                    .col(text("actor"))
                    .col(text("credential"))
                    .col(text("kind"))
                    .col(text("object_type"))
                    .col(text_null("object_id"))
                    .col(text("object"))
                    .col(text_null("target_type"))
                    .col(text_null("target_id"))
                    .col(text_null("target"))
                    .col(text_null("address"))
                    .col(text("reason"))
                    .col(json_null("detail"))
                    .to_owned(),
            )
            .await?;
        for columns in [
            ["actor_id", "id"],
            ["kind", "id"],
            ["object_type", "id"],
            ["object_id", "id"],
        ] {
            table::index(manager, "events", &columns, false).await?;
        }
        Ok(())
    }
}
