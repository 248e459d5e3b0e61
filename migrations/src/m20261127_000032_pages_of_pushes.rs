//! A push touches fewer pages: each one is written to the log, and synced. Its relations and its event are kept by their primary keys and
//! not a second time beside them, and the index of what refers to something has only what refers.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, DatabaseBackend},
};

use crate::table;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        for statement in [
            "DROP INDEX manifests_repository_id_subject_digest_digest_idx",
            "CREATE INDEX manifests_repository_id_subject_digest_digest_idx \
             ON manifests (repository_id, subject_digest, digest) WHERE subject_digest IS NOT NULL",
        ] {
            connection.execute_unprepared(statement).await?;
        }
        if manager.get_database_backend() == DatabaseBackend::Sqlite {
            for name in ["manifest_blobs", "events"] {
                table::keep_by_key(manager, name).await?;
            }
        }
        Ok(())
    }
}
