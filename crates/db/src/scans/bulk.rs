//! Rows that go to the database as one JSON text: binding their columns one by one costs more than what the database does with them.

use sea_orm::{ConnectionTrait, DatabaseBackend, DatabaseTransaction, Statement, Value};
use serde::Serialize;

use crate::Result;

/// Rows of one statement.
const TOGETHER: usize = 2_000;

/// Executes `statement` for all `rows`, some thousands at a time. It selects from `ROWS`, which has an array in `value` for each of
/// them: `value->>0` is its first element as text, `value->1` the second as JSON. `more` are the parameters from `$2` on.
pub(super) async fn execute<T: Serialize>(
    transaction: &DatabaseTransaction,
    statement: &str,
    rows: &[T],
    more: &[Value],
) -> Result<()> {
    let backend = transaction.get_database_backend();
    let source = match backend {
        DatabaseBackend::Postgres => "json_array_elements(CAST($1 AS json)) AS rows(value)",
        _ => "json_each($1)",
    };
    let sql = statement.replace("ROWS", source);
    for lot in rows.chunks(TOGETHER) {
        let lot = serde_json::to_string(lot)
            .map_err(|error| sea_orm::DbErr::Custom(error.to_string()))?;
        let values = [lot.into()].into_iter().chain(more.iter().cloned());
        let statement = Statement::from_sql_and_values(backend, &sql, values);
        transaction.execute_raw(statement).await?;
    }
    Ok(())
}
