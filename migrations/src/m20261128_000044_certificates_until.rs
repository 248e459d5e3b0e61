//! When the certificates of a signature end is known by itself since, so that an administrator can choose whether that matters; what cosign
//! signed with a certificate can count; and what counts by a trust is a user's where the key, or the certificate, is theirs. What any of that
//! is about is looked at once more.

use sea_orm_migration::{prelude::*, schema::timestamp_with_time_zone_null};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::alter()
            .table("signatures")
            .add_column(timestamp_with_time_zone_null("certificates_until"))
            .to_owned();
        manager.alter_table(table).await?;
        manager.get_connection().execute_unprepared(AGAIN).await?;
        Ok(())
    }
}

/// What counts by a certificate or by a trust, until it is looked at by what was known of it, and what does not count.
const AGAIN: &str = "UPDATE signature_manifests SET due_at = (SELECT m.pushed_at FROM manifests m \
    WHERE m.repository_id = signature_manifests.repository_id AND m.digest = signature_manifests.digest) \
    WHERE EXISTS (SELECT 1 FROM signatures s WHERE s.repository_id = signature_manifests.repository_id \
    AND s.subject_digest = signature_manifests.subject_digest AND s.manifest_digest = signature_manifests.digest \
    AND (s.kind = 3 OR s.trust_id IS NOT NULL OR NOT s.is_verified))";
