//! Second factors and their recovery codes; and what sessions tell their owner: since when, from where, with what, last seen.
//!
//! The sessions of before end here: they do not know when they began, so nobody could say when they have to end.

use sea_orm_migration::{
    prelude::*,
    schema::{
        big_integer_null, binary, json, text, timestamp_with_time_zone,
        timestamp_with_time_zone_null, uuid, uuid_null,
    },
};

use crate::table;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        sessions(manager).await?;
        second_factors(manager).await
    }
}

async fn sessions(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .drop_table(Table::drop().table("sessions").to_owned())
        .await?;
    manager
        .create_table(
            Table::create()
                .table("sessions")
                .col(text("id").primary_key())
                .col(uuid("public_id"))
                .col(uuid_null("account_id"))
                .col(json("data"))
                .col(text("address"))
                .col(text("device"))
                .col(timestamp_with_time_zone_null("signed_in_at"))
                .col(timestamp_with_time_zone("last_seen_at"))
                .col(timestamp_with_time_zone("expires_at"))
                .foreign_key(&mut table::belongs_to("sessions", "account_id", "accounts"))
                .to_owned(),
        )
        .await?;
    table::index(manager, "sessions", &["account_id", "public_id"], true).await?;
    table::index(manager, "sessions", &["expires_at"], false).await
}

async fn second_factors(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("second_factors")
                .col(uuid("account_id").primary_key())
                .col(binary("secret"))
                .col(big_integer_null("last_step"))
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone_null("confirmed_at"))
                .foreign_key(&mut table::belongs_to(
                    "second_factors",
                    "account_id",
                    "accounts",
                ))
                .to_owned(),
        )
        .await?;
    manager
        .create_table(
            Table::create()
                .table("recovery_codes")
                .col(uuid("account_id"))
                .col(text("hash"))
                .primary_key(Index::create().col("account_id").col("hash"))
                .foreign_key(&mut table::belongs_to(
                    "recovery_codes",
                    "account_id",
                    "accounts",
                ))
                .to_owned(),
        )
        .await
}
