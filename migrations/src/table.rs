//! What the migrations share: indexes and keys by their names, and text that is compared byte by byte on both databases.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, DatabaseBackend},
};

/// A text column that sorts by bytes, as OCI and keyset paging need it. `SQLite` does so by itself; `PostgreSQL` sorts by
/// the locale of the database unless the column says otherwise.
pub(crate) async fn sort_by_bytes(
    manager: &SchemaManager<'_>,
    table: &str,
    columns: &[&str],
) -> Result<(), DbErr> {
    if manager.get_database_backend() != DatabaseBackend::Postgres {
        return Ok(());
    }
    for column in columns {
        let statement =
            format!(r#"ALTER TABLE "{table}" ALTER COLUMN "{column}" TYPE text COLLATE "C""#);
        manager
            .get_connection()
            .execute_unprepared(&statement)
            .await?;
    }
    Ok(())
}

/// Creates the index `table_columns_idx`.
pub(crate) async fn index(
    manager: &SchemaManager<'_>,
    table: &'static str,
    columns: &[&'static str],
    unique: bool,
) -> Result<(), DbErr> {
    let mut statement = Index::create();
    statement
        .name(format!("{table}_{}_idx", columns.join("_")))
        .table(table);
    for column in columns {
        statement.col(*column);
    }
    if unique {
        statement.unique();
    }
    manager.create_index(statement).await
}

/// `column` of `table` refers to `parent`'s `id`; rows go when the parent goes.
pub(crate) fn belongs_to(
    table: &'static str,
    column: &'static str,
    parent: &'static str,
) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(format!("{table}_{column}_fk"))
        .from(table, column)
        .to(parent, "id")
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned()
}

/// The same table; on `SQLite` its rows are kept by their primary key and not a second time beside it, which suits narrow rows
/// of which there are very many.
pub(crate) fn by_key(
    manager: &SchemaManager<'_>,
    table: TableCreateStatement,
) -> TableCreateStatement {
    let mut table = table;
    if manager.get_database_backend() == DatabaseBackend::Sqlite {
        table.extra("WITHOUT ROWID");
    }
    table
}
