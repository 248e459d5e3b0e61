//! Vulnerability data: records by generation, what they are about, and how likely flaws are to be used.

use sea_orm_migration::{
    prelude::*,
    schema::{
        big_integer, big_integer_null, big_pk_auto, binary, boolean, double, json, small_integer,
        text, text_null, timestamp_with_time_zone, timestamp_with_time_zone_null,
    },
};

use crate::table;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        advisory_generations(manager).await?;
        advisories(manager).await?;
        advisory_packages(manager).await?;
        advisory_names(manager).await?;
        exploitations(manager).await?;
        exploited(manager).await
    }
}

async fn advisory_generations(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("advisory_generations")
                .col(big_integer("id").primary_key())
                .col(text("state"))
                .col(text("origin"))
                .col(text("file"))
                .col(text("started_by"))
                .col(big_integer_null("db_version"))
                .col(timestamp_with_time_zone_null("built_at"))
                .col(timestamp_with_time_zone("started_at"))
                .col(timestamp_with_time_zone("alive_at"))
                .col(timestamp_with_time_zone_null("finished_at"))
                .col(timestamp_with_time_zone_null("checked_at"))
                .col(json("sources"))
                .col(big_integer("records"))
                .col(big_integer("changed"))
                .col(big_integer("refused"))
                .col(big_integer("images"))
                .col(text_null("error"))
                .col(big_integer_null("exploitation"))
                .col(big_integer_null("exploited"))
                .to_owned(),
        )
        .await?;
    Ok(())
}

async fn advisories(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("advisories")
                .col(big_pk_auto("id"))
                .col(text("name"))
                .col(small_integer("format"))
                .col(text("source"))
                .col(text("hash"))
                .col(timestamp_with_time_zone_null("modified"))
                .col(big_integer("since"))
                .col(big_integer_null("until"))
                .col(text("summary"))
                .col(binary("body"))
                .to_owned(),
        )
        .await?;
    table::index(manager, "advisories", &["name"], false).await?;
    table::index(manager, "advisories", &["since"], false).await?;
    table::index(manager, "advisories", &["until", "since"], false).await?;
    table::index(manager, "advisories", &["source"], false).await?;
    Ok(())
}

async fn advisory_packages(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(table::by_key(
            manager,
            Table::create()
                .table("advisory_packages")
                .col(text("base"))
                .col(text("package"))
                .col(big_integer("advisory_id"))
                .primary_key(
                    Index::create()
                        .col("base")
                        .col("package")
                        .col("advisory_id"),
                )
                .foreign_key(&mut table::belongs_to(
                    "advisory_packages",
                    "advisory_id",
                    "advisories",
                ))
                .to_owned(),
        ))
        .await?;
    table::index(manager, "advisory_packages", &["advisory_id"], false).await?;
    Ok(())
}

async fn advisory_names(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(table::by_key(
            manager,
            Table::create()
                .table("advisory_names")
                .col(text("name"))
                .col(big_integer("advisory_id"))
                .primary_key(Index::create().col("name").col("advisory_id"))
                .foreign_key(&mut table::belongs_to(
                    "advisory_names",
                    "advisory_id",
                    "advisories",
                ))
                .to_owned(),
        ))
        .await?;
    table::index(manager, "advisory_names", &["advisory_id"], false).await?;
    Ok(())
}

async fn exploitations(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("exploitations")
                .col(text("cve"))
                .col(big_integer("generation"))
                .col(double("probability"))
                .col(double("percentile"))
                .primary_key(Index::create().col("cve").col("generation"))
                .to_owned(),
        )
        .await?;
    Ok(())
}

async fn exploited(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("exploited")
                .col(text("cve"))
                .col(big_integer("generation"))
                .col(text("added"))
                .col(boolean("ransomware"))
                .primary_key(Index::create().col("cve").col("generation"))
                .to_owned(),
        )
        .await?;
    Ok(())
}
