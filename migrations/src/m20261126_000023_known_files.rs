//! What the files are, by their content, that packages installed: a copy elsewhere is recognised by it.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_pk_auto, json, text},
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
                    .table("known_packages")
                    .col(big_pk_auto("id"))
                    .col(text("key"))
                    .col(json("component"))
                    .to_owned(),
            )
            .await?;
        table::index(manager, "known_packages", &["key"], true).await?;
        manager
            .create_table(table::by_key(
                manager,
                Table::create()
                    .table("known_files")
                    .col(text("sha256"))
                    .col(big_integer("package_id"))
                    .primary_key(Index::create().col("sha256").col("package_id"))
                    .foreign_key(&mut table::belongs_to(
                        "known_files",
                        "package_id",
                        "known_packages",
                    ))
                    .to_owned(),
            ))
            .await?;
        table::index(manager, "known_files", &["package_id"], false).await
    }
}
