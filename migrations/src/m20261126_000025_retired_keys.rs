//! Keys whose accounts are gone: a key belongs to one account for ever, so nobody else registers one of them. Only the fingerprint is
//! kept.

use sea_orm_migration::{prelude::*, schema::text};

use crate::table;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let keys = Table::create()
            .table("retired_keys")
            .col(text("fingerprint").primary_key())
            .to_owned();
        manager.create_table(table::by_key(manager, keys)).await
    }
}
