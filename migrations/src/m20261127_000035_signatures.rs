//! Signatures of cosign and notation: the manifests that hold them, what was found of each, and who is trusted besides users' keys.

use sea_orm_migration::{
    prelude::*,
    schema::{
        boolean, integer, json_null, small_integer, text, text_null, timestamp_with_time_zone,
        timestamp_with_time_zone_null, uuid, uuid_null,
    },
    sea_orm::ConnectionTrait,
};

use crate::table;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        trusts(manager).await?;
        manifests(manager).await?;
        signatures(manager).await?;
        for statement in [REFERRERS, TAGS] {
            let connection = manager.get_connection();
            connection.execute_unprepared(statement).await?;
        }
        Ok(())
    }
}

async fn trusts(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let name = "signature_trusts";
    let table = Table::create()
        .table(name)
        .col(uuid("id").primary_key())
        .col(uuid_null("account_id"))
        .col(small_integer("kind"))
        .col(text("name"))
        .col(text("pem"))
        .col(text("fingerprint"))
        .col(json_null("identities"))
        .col(timestamp_with_time_zone("created_at"))
        .foreign_key(&mut table::belongs_to(name, "account_id", "accounts"))
        .to_owned();
    manager.create_table(table).await?;
    table::index(manager, name, &["account_id", "id"], false).await
}

async fn manifests(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let name = "signature_manifests";
    let table = Table::create()
        .table(name)
        .col(uuid("repository_id"))
        .col(text("subject_digest"))
        .col(text("digest"))
        .col(text_null("tag"))
        .col(timestamp_with_time_zone_null("due_at"))
        .primary_key(
            Index::create()
                .col("repository_id")
                .col("subject_digest")
                .col("digest"),
        )
        .foreign_key(
            ForeignKey::create()
                .name(format!("{name}_digest_fk"))
                .from_tbl(name)
                .from_col("repository_id")
                .from_col("digest")
                .to_tbl("manifests")
                .to_col("repository_id")
                .to_col("digest")
                .on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned();
    manager.create_table(table).await?;
    table::sort_by_bytes(manager, name, &["subject_digest", "digest"]).await?;
    table::index(manager, name, &["repository_id", "digest"], false).await?;
    // only of those that are due, which are few
    manager
        .get_connection()
        .execute_unprepared(
            "CREATE INDEX signature_manifests_due_at_idx ON signature_manifests (due_at) WHERE due_at IS NOT NULL",
        )
        .await?;
    Ok(())
}

async fn signatures(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let name = "signatures";
    let table = Table::create()
        .table(name)
        .col(uuid("repository_id"))
        .col(text("subject_digest"))
        .col(text("manifest_digest"))
        .col(integer("position"))
        .col(small_integer("kind"))
        .col(boolean("is_verified"))
        .col(text_null("refusal"))
        .col(uuid_null("public_key_id"))
        .col(uuid_null("trust_id"))
        .col(text("signer"))
        .col(text_null("predicate_type"))
        .col(timestamp_with_time_zone("checked_at"))
        .col(timestamp_with_time_zone_null("valid_until"))
        .primary_key(
            Index::create()
                .col("repository_id")
                .col("subject_digest")
                .col("manifest_digest")
                .col("position"),
        )
        .foreign_key(
            ForeignKey::create()
                .name(format!("{name}_manifest_digest_fk"))
                .from_tbl(name)
                .from_col("repository_id")
                .from_col("subject_digest")
                .from_col("manifest_digest")
                .to_tbl("signature_manifests")
                .to_col("repository_id")
                .to_col("subject_digest")
                .to_col("digest")
                .on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned();
    manager.create_table(table).await?;
    table::sort_by_bytes(manager, name, &["subject_digest", "manifest_digest"]).await?;
    table::index(manager, name, &["public_key_id"], false).await?;
    table::index(manager, name, &["trust_id"], false).await
}

/// What refers to images already, and may be a signature, is looked at when the program starts.
const REFERRERS: &str = "INSERT INTO signature_manifests (repository_id, subject_digest, digest, tag, due_at) \
    SELECT repository_id, subject_digest, digest, NULL, pushed_at FROM manifests WHERE subject_digest IS NOT NULL AND \
    (artifact_type = 'application/vnd.cncf.notary.signature' OR artifact_type LIKE 'application/vnd.dev.sigstore.bundle%' \
    OR artifact_type LIKE 'application/vnd.dev.cosign.artifact.%')";
/// So is what hangs on images by cosign's tags: `sha256-`, 64 digits, and four characters.
const TAGS: &str = "INSERT INTO signature_manifests (repository_id, subject_digest, digest, tag, due_at) \
    SELECT t.repository_id, 'sha256:' || substr(t.name, 8, 64), t.digest, t.name, m.pushed_at FROM tags t \
    JOIN manifests m ON m.repository_id = t.repository_id AND m.digest = t.digest \
    WHERE length(t.name) = 75 AND t.name LIKE 'sha256-%' AND (t.name LIKE '%.sig' OR t.name LIKE '%.att') \
    ON CONFLICT DO NOTHING";
