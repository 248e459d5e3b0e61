//! What signing in leaves behind: browser sessions, refresh tokens of clients, and the keys that sign registry tokens.

use sea_orm_migration::{
    prelude::*,
    schema::{
        binary, json, text, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid,
        uuid_null,
    },
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
                    .table("sessions")
                    .col(text("id").primary_key())
                    .col(uuid_null("account_id"))
                    .col(json("data"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("expires_at"))
                    .foreign_key(&mut table::belongs_to("sessions", "account_id", "accounts"))
                    .to_owned(),
            )
            .await?;
        table::index(manager, "sessions", &["account_id"], false).await?;
        table::index(manager, "sessions", &["expires_at"], false).await?;

        manager
            .create_table(
                Table::create()
                    .table("refresh_tokens")
                    .col(uuid("id").primary_key())
                    .col(uuid("account_id"))
                    .col(text("hash"))
                    .col(text("client"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("used_at"))
                    .col(timestamp_with_time_zone("expires_at"))
                    .foreign_key(&mut table::belongs_to(
                        "refresh_tokens",
                        "account_id",
                        "accounts",
                    ))
                    .to_owned(),
            )
            .await?;
        table::index(manager, "refresh_tokens", &["hash"], true).await?;
        table::index(manager, "refresh_tokens", &["account_id"], false).await?;
        table::index(manager, "refresh_tokens", &["expires_at"], false).await?;

        manager
            .create_table(
                Table::create()
                    .table("token_keys")
                    .col(text("id").primary_key())
                    .col(binary("private_key"))
                    .col(binary("certificate"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone_null("retired_at"))
                    .to_owned(),
            )
            .await
    }
}
