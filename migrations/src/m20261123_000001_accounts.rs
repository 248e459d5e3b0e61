//! Accounts (users and organizations share one space of names), settings, and the program's own secrets.

use sea_orm_migration::{
    prelude::*,
    schema::{binary, boolean, json, text, text_null, timestamp_with_time_zone, uuid},
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
                    .table("accounts")
                    .col(uuid("id").primary_key())
                    .col(text("name"))
                    .col(text("full_name"))
                    .col(boolean("is_org"))
                    .col(boolean("is_admin"))
                    .col(boolean("is_active"))
                    .col(text_null("password_hash"))
                    .col(timestamp_with_time_zone("created_at"))
                    .to_owned(),
            )
            .await?;
        table::sort_by_bytes(manager, "accounts", &["name"]).await?;
        table::index(manager, "accounts", &["name"], true).await?;

        manager
            .create_table(
                Table::create()
                    .table("settings")
                    .col(text("key").primary_key())
                    .col(json("value"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("secrets")
                    .col(text("name").primary_key())
                    .col(binary("value"))
                    .to_owned(),
            )
            .await
    }
}
