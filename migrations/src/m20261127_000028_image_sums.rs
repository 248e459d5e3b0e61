//! The sums of images have a table of their own: new vulnerability data changes those of nearly all images, and what else is known of an
//! image need not be written again for it. What it changed is kept for some updates, whatever becomes of the image.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, integer},
    sea_orm::{ConnectionTrait, DatabaseBackend},
};

use crate::table;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const SUMS: [&str; 5] = ["critical", "major", "minor", "unspecified", "fixable"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        image_sums(manager).await?;
        match manager.get_database_backend() {
            DatabaseBackend::Postgres => release(manager).await,
            _ => image_changes(manager).await,
        }
    }
}

async fn image_sums(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut sums = Table::create();
    sums.table("image_sums")
        .col(big_integer("image_id").primary_key());
    for sum in SUMS {
        sums.col(integer(sum));
    }
    sums.foreign_key(&mut table::belongs_to(
        "image_sums",
        "image_id",
        "image_scans",
    ));
    manager.create_table(sums).await?;
    let columns = SUMS.join(", ");
    manager
        .get_connection()
        .execute_unprepared(&format!(
            "INSERT INTO image_sums (image_id, {columns}) SELECT id, {columns} FROM image_scans"
        ))
        .await?;
    for sum in SUMS {
        let table = Table::alter()
            .table("image_scans")
            .drop_column(sum)
            .to_owned();
        manager.alter_table(table).await?;
    }
    Ok(())
}

async fn release(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    for statement in [
        "ALTER TABLE image_changes DROP CONSTRAINT image_changes_image_id_fk",
        "DROP INDEX image_changes_image_id_idx",
    ] {
        connection.execute_unprepared(statement).await?;
    }
    Ok(())
}

/// `SQLite` cannot take a foreign key from a table.
async fn image_changes(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut changes = Table::create();
    changes
        .table("image_changes_kept")
        .col(big_integer("generation"))
        .col(big_integer("image_id"));
    for sum in ["critical", "major", "minor", "unspecified"] {
        changes.col(integer(sum));
    }
    changes.primary_key(Index::create().col("generation").col("image_id"));
    manager
        .create_table(table::by_key(manager, changes.clone()))
        .await?;
    let connection = manager.get_connection();
    for statement in [
        "INSERT INTO image_changes_kept (generation, image_id, critical, major, minor, unspecified) \
         SELECT generation, image_id, critical, major, minor, unspecified FROM image_changes",
        "DROP TABLE image_changes",
        "ALTER TABLE image_changes_kept RENAME TO image_changes",
    ] {
        connection.execute_unprepared(statement).await?;
    }
    Ok(())
}
