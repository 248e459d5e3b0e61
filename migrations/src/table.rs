//! What the migrations share: indexes and keys by their names, and text that is compared byte by byte on both databases.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, DatabaseBackend, Statement},
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

/// Makes of a table that is there what [`by_key`] makes of a new one, with its rows and its indexes; for `SQLite`.
pub(crate) async fn keep_by_key(
    manager: &SchemaManager<'_>,
    name: &'static str,
) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    let made_by = async |kind: &str| -> Result<Vec<String>, DbErr> {
        let sql = format!(
            "SELECT sql FROM sqlite_schema WHERE type = '{kind}' AND tbl_name = '{name}' AND sql IS NOT NULL"
        );
        let rows = connection
            .query_all_raw(Statement::from_string(DatabaseBackend::Sqlite, sql))
            .await?;
        rows.iter().map(|row| row.try_get("", "sql")).collect()
    };
    let missing = || DbErr::RecordNotFound(format!("how the table {name} was made"));
    let table = made_by("table").await?.pop().ok_or_else(missing)?;
    let indexes = made_by("index").await?;
    let columns = table.split_once('(').ok_or_else(missing)?.1;
    for statement in [
        format!("CREATE TABLE {name}_by_key ({columns} WITHOUT ROWID"),
        format!("INSERT INTO {name}_by_key SELECT * FROM {name}"),
        format!("DROP TABLE {name}"),
        format!("ALTER TABLE {name}_by_key RENAME TO {name}"),
    ]
    .into_iter()
    .chain(indexes)
    {
        connection.execute_unprepared(&statement).await?;
    }
    Ok(())
}
