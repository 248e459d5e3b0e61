//! What comes of an LDAP directory: which accounts are people of it, and which teams follow it.

use sea_orm_migration::{
    prelude::*,
    schema::{json, text, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid},
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
                    .table("directory_people")
                    .col(uuid("account_id").primary_key())
                    .col(text("directory_id"))
                    .col(timestamp_with_time_zone("created_at"))
                    .foreign_key(&mut table::belongs_to(
                        "directory_people",
                        "account_id",
                        "accounts",
                    ))
                    .to_owned(),
            )
            .await?;
        table::index(manager, "directory_people", &["directory_id"], true).await?;
        manager
            .create_table(
                Table::create()
                    .table("team_syncs")
                    .col(uuid("team_id").primary_key())
                    .col(json("config"))
                    .col(timestamp_with_time_zone_null("synced_at"))
                    .col(text("error"))
                    .foreign_key(&mut table::belongs_to("team_syncs", "team_id", "teams"))
                    .to_owned(),
            )
            .await
    }
}
