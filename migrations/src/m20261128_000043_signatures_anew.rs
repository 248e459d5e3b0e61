//! What lies beside signatures in one manifest is a row of its own since: each of these manifests is looked at once more.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .get_connection()
            .execute_unprepared(
                "UPDATE signature_manifests SET due_at = (SELECT m.pushed_at FROM manifests m \
                 WHERE m.repository_id = signature_manifests.repository_id AND m.digest = signature_manifests.digest)",
            )
            .await?;
        Ok(())
    }
}
