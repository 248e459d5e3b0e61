//! Access tokens of people and machines. A token has one or, while it is being rotated, two secrets; of a secret only the hash
//! is kept.

use sea_orm_migration::{
    prelude::*,
    schema::{
        boolean, text, text_null, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid,
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
                    .table("api_tokens")
                    .col(uuid("id").primary_key())
                    .col(uuid("account_id"))
                    .col(text("label"))
                    .col(text("creator"))
                    .col(boolean("is_active"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone_null("expires_at"))
                    .col(timestamp_with_time_zone_null("used_at"))
                    .col(text_null("used_from"))
                    .foreign_key(&mut table::belongs_to(
                        "api_tokens",
                        "account_id",
                        "accounts",
                    ))
                    .to_owned(),
            )
            .await?;
        table::index(manager, "api_tokens", &["account_id", "id"], false).await?;
        manager
            .create_table(
                Table::create()
                    .table("api_token_secrets")
                    .col(text("hash").primary_key())
                    .col(uuid("token_id"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone_null("expires_at"))
                    .foreign_key(&mut table::belongs_to(
                        "api_token_secrets",
                        "token_id",
                        "api_tokens",
                    ))
                    .to_owned(),
            )
            .await?;
        table::index(manager, "api_token_secrets", &["token_id"], false).await
    }
}
