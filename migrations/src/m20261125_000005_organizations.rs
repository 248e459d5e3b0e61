//! Organizations: who is in them, their teams, and what the teams may do in their repositories.
//!
//! Everything refers to accounts, teams and repositories by id, so that renaming breaks nothing, and goes with them.

use sea_orm_migration::{
    prelude::*,
    schema::{boolean, small_integer, text, timestamp_with_time_zone, uuid},
};

use crate::table;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        members(manager).await?;
        teams(manager).await?;
        grants(manager).await
    }
}

async fn members(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("org_members")
                .col(uuid("org_id"))
                .col(uuid("account_id"))
                .col(boolean("is_owner"))
                .col(timestamp_with_time_zone("created_at"))
                .primary_key(Index::create().col("org_id").col("account_id"))
                .foreign_key(&mut table::belongs_to("org_members", "org_id", "accounts"))
                .foreign_key(&mut table::belongs_to(
                    "org_members",
                    "account_id",
                    "accounts",
                ))
                .to_owned(),
        )
        .await?;
    table::index(manager, "org_members", &["account_id", "org_id"], false).await
}

async fn teams(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("teams")
                .col(uuid("id").primary_key())
                .col(uuid("org_id"))
                .col(text("name"))
                .col(text("description"))
                .col(timestamp_with_time_zone("created_at"))
                .foreign_key(&mut table::belongs_to("teams", "org_id", "accounts"))
                .to_owned(),
        )
        .await?;
    table::sort_by_bytes(manager, "teams", &["name"]).await?;
    table::index(manager, "teams", &["org_id", "name"], true).await?;
    manager
        .create_table(
            Table::create()
                .table("team_members")
                .col(uuid("team_id"))
                .col(uuid("account_id"))
                .col(timestamp_with_time_zone("created_at"))
                .primary_key(Index::create().col("team_id").col("account_id"))
                .foreign_key(&mut table::belongs_to("team_members", "team_id", "teams"))
                .foreign_key(&mut table::belongs_to(
                    "team_members",
                    "account_id",
                    "accounts",
                ))
                .to_owned(),
        )
        .await?;
    table::index(manager, "team_members", &["account_id", "team_id"], false).await
}

async fn grants(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("repository_grants")
                .col(uuid("team_id"))
                .col(uuid("repository_id"))
                .col(small_integer("level"))
                .primary_key(Index::create().col("team_id").col("repository_id"))
                .foreign_key(&mut table::belongs_to(
                    "repository_grants",
                    "team_id",
                    "teams",
                ))
                .foreign_key(&mut table::belongs_to(
                    "repository_grants",
                    "repository_id",
                    "repositories",
                ))
                .to_owned(),
        )
        .await?;
    table::index(
        manager,
        "repository_grants",
        &["repository_id", "team_id"],
        false,
    )
    .await?;
    // One namespace for a team, its organization's: so the team alone is the key.
    manager
        .create_table(
            Table::create()
                .table("namespace_grants")
                .col(uuid("team_id").primary_key())
                .col(uuid("org_id"))
                .col(small_integer("level"))
                .foreign_key(&mut table::belongs_to(
                    "namespace_grants",
                    "team_id",
                    "teams",
                ))
                .foreign_key(&mut table::belongs_to(
                    "namespace_grants",
                    "org_id",
                    "accounts",
                ))
                .to_owned(),
        )
        .await?;
    table::index(manager, "namespace_grants", &["org_id"], false).await
}
