//! The bytes of small blobs. They are here and not in files, so that they are durable in the transaction that makes them
//! visible. There is one row for a digest, whatever number of repositories links to it.

use sea_orm_migration::{
    prelude::*,
    schema::{binary, text},
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
                    .table("blob_contents")
                    .col(text("digest").primary_key())
                    .col(binary("content"))
                    .to_owned(),
            )
            .await?;
        table::sort_by_bytes(manager, "blob_contents", &["digest"]).await
    }
}
