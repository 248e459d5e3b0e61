//! Identity providers, who people are there, and which teams their groups put them in; and which CI jobs organizations trust.

use sea_orm_migration::{
    prelude::*,
    schema::{
        boolean, json, small_integer, small_integer_null, text, text_null,
        timestamp_with_time_zone, timestamp_with_time_zone_null, uuid,
    },
};

use crate::table;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        providers(manager).await?;
        identities(manager).await?;
        group_rules(manager).await?;
        group_memberships(manager).await?;
        workload_trusts(manager).await
    }
}

async fn providers(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("identity_providers")
                .col(uuid("id").primary_key())
                .col(text("name"))
                .col(text("label"))
                .col(text("issuer"))
                .col(text("client_id"))
                .col(text_null("client_secret"))
                .col(json("scopes"))
                .col(text("username_claim"))
                .col(text("groups_claim"))
                .col(text_null("ca_certificates"))
                .col(boolean("creates_users"))
                .col(boolean("is_active"))
                .col(timestamp_with_time_zone("created_at"))
                .to_owned(),
        )
        .await?;
    table::sort_by_bytes(manager, "identity_providers", &["name"]).await?;
    table::index(manager, "identity_providers", &["name"], true).await
}

async fn identities(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("identities")
                .col(uuid("id").primary_key())
                .col(uuid("provider_id"))
                .col(text("issuer"))
                .col(text("subject"))
                .col(uuid("account_id"))
                .col(text("username"))
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone_null("used_at"))
                .foreign_key(&mut table::belongs_to(
                    "identities",
                    "provider_id",
                    "identity_providers",
                ))
                .foreign_key(&mut table::belongs_to(
                    "identities",
                    "account_id",
                    "accounts",
                ))
                .to_owned(),
        )
        .await?;
    table::index(
        manager,
        "identities",
        &["provider_id", "issuer", "subject"],
        true,
    )
    .await?;
    table::index(manager, "identities", &["account_id", "id"], false).await
}

async fn group_rules(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("group_rules")
                .col(uuid("provider_id"))
                .col(text("group_name"))
                .col(uuid("team_id"))
                .primary_key(
                    Index::create()
                        .col("provider_id")
                        .col("group_name")
                        .col("team_id"),
                )
                .foreign_key(&mut table::belongs_to(
                    "group_rules",
                    "provider_id",
                    "identity_providers",
                ))
                .foreign_key(&mut table::belongs_to("group_rules", "team_id", "teams"))
                .to_owned(),
        )
        .await?;
    table::index(manager, "group_rules", &["team_id"], false).await
}

/// Which memberships rules made, for as long as they are there: no others are taken away by a rule.
async fn group_memberships(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("group_memberships")
                .col(uuid("account_id"))
                .col(uuid("provider_id"))
                .col(uuid("team_id"))
                .primary_key(
                    Index::create()
                        .col("account_id")
                        .col("provider_id")
                        .col("team_id"),
                )
                .foreign_key(&mut table::belongs_to(
                    "group_memberships",
                    "provider_id",
                    "identity_providers",
                ))
                .foreign_key(
                    ForeignKey::create()
                        .name("group_memberships_member_fk")
                        .from("group_memberships", ("team_id", "account_id"))
                        .to("team_members", ("team_id", "account_id"))
                        .on_delete(ForeignKeyAction::Cascade),
                )
                .to_owned(),
        )
        .await?;
    table::index(
        manager,
        "group_memberships",
        &["team_id", "account_id"],
        false,
    )
    .await?;
    table::index(manager, "group_memberships", &["provider_id"], false).await
}

async fn workload_trusts(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("workload_trusts")
                .col(uuid("id").primary_key())
                .col(uuid("org_id"))
                .col(text("name"))
                .col(text("kind"))
                .col(text("issuer"))
                .col(text("audience"))
                .col(json("conditions"))
                .col(small_integer_null("namespace_level"))
                .col(boolean("is_active"))
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone_null("used_at"))
                .col(text_null("used_by"))
                .col(timestamp_with_time_zone_null("refused_at"))
                .col(text_null("refusal"))
                .foreign_key(&mut table::belongs_to(
                    "workload_trusts",
                    "org_id",
                    "accounts",
                ))
                .to_owned(),
        )
        .await?;
    table::sort_by_bytes(manager, "workload_trusts", &["name"]).await?;
    table::index(manager, "workload_trusts", &["org_id", "name"], true).await?;
    manager
        .create_table(
            Table::create()
                .table("workload_grants")
                .col(uuid("trust_id"))
                .col(uuid("repository_id"))
                .col(small_integer("level"))
                .primary_key(Index::create().col("trust_id").col("repository_id"))
                .foreign_key(&mut table::belongs_to(
                    "workload_grants",
                    "trust_id",
                    "workload_trusts",
                ))
                .foreign_key(&mut table::belongs_to(
                    "workload_grants",
                    "repository_id",
                    "repositories",
                ))
                .to_owned(),
        )
        .await?;
    table::index(manager, "workload_grants", &["repository_id"], false).await
}
