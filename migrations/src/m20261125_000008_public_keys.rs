//! Public keys of users: of their client certificates, and those that they uploaded. A key that was revoked keeps its row, so
//! that nobody registers it again.

use sea_orm_migration::{
    prelude::*,
    schema::{
        boolean, small_integer, text, text_null, timestamp_with_time_zone,
        timestamp_with_time_zone_null, uuid,
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
                    .table("public_keys")
                    .col(uuid("id").primary_key())
                    .col(uuid("account_id"))
                    .col(text("label"))
                    .col(small_integer("kind"))
                    .col(text("algorithm"))
                    .col(text("fingerprint"))
                    .col(text("notary_id"))
                    .col(text("public_key"))
                    .col(text_null("serial"))
                    .col(text_null("certificate"))
                    .col(text_null("certificate_fingerprint"))
                    .col(boolean("is_signing"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone_null("expires_at"))
                    .col(timestamp_with_time_zone_null("used_at"))
                    .col(text_null("used_from"))
                    .col(timestamp_with_time_zone_null("revoked_at"))
                    .foreign_key(&mut table::belongs_to(
                        "public_keys",
                        "account_id",
                        "accounts",
                    ))
                    .to_owned(),
            )
            .await?;
        table::index(manager, "public_keys", &["account_id", "id"], false).await?;
        table::index(manager, "public_keys", &["fingerprint"], true).await
    }
}
