//! What cosign signed with a certificate can count since, and what counts by a trust is a user's where the key, or the certificate, is theirs:
//! manifests with either are looked at once more.

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
                 WHERE m.repository_id = signature_manifests.repository_id AND m.digest = signature_manifests.digest) \
                 WHERE EXISTS (SELECT 1 FROM signatures s WHERE s.repository_id = signature_manifests.repository_id \
                 AND s.subject_digest = signature_manifests.subject_digest AND s.manifest_digest = signature_manifests.digest \
                 AND (s.trust_id IS NOT NULL OR s.refusal LIKE 'it was made with a certificate;%'))",
            )
            .await?;
        Ok(())
    }
}
