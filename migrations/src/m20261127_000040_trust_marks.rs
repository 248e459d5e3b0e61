//! Where each signed file was first published, so that it counts nowhere else; and in which collections nothing is delegated, so that
//! the key of `targets` says who signed. Both are found out when a collection is verified anew: until then, nobody signed.

use sea_orm_migration::{
    prelude::*,
    schema::{boolean, text},
};

use crate::table;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let marks = Table::create()
            .table("trust_marks")
            .col(text("mark").primary_key())
            .col(text("gun"))
            .col(text("roles"))
            .to_owned();
        manager.create_table(table::by_key(manager, marks)).await?;
        let targets_only = Table::alter()
            .table("trust_standings")
            .add_column(boolean("targets_only").default(false))
            .to_owned();
        manager.alter_table(targets_only).await
    }
}
