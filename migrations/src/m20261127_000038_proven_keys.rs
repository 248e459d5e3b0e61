//! Which public keys are proven: their users have shown that they hold the private half. Keys from before are taken for proven, so
//! that what is signed with them goes on counting.

use sea_orm_migration::{
    prelude::*, schema::timestamp_with_time_zone_null, sea_orm::ConnectionTrait,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let proven = Table::alter()
            .table("public_keys")
            .add_column(timestamp_with_time_zone_null("proven_at"))
            .to_owned();
        manager.alter_table(proven).await?;
        let connection = manager.get_connection();
        connection
            .execute_unprepared("UPDATE public_keys SET proven_at = created_at")
            .await?;
        Ok(())
    }
}
