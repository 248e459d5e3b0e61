//! The index of the layers that images end with leaves out images that are not scanned yet: a push has one page less to write.

use sea_orm_migration::{prelude::*, sea_orm::ConnectionTrait};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        connection
            .execute_unprepared("DROP INDEX image_scans_chain_id_idx")
            .await?;
        connection
            .execute_unprepared(
                "CREATE INDEX image_scans_chain_id_idx ON image_scans (chain_id) WHERE chain_id IS NOT NULL",
            )
            .await?;
        Ok(())
    }
}
