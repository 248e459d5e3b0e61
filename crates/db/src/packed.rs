//! Many rows read as one text: what a row costs on its way to the program, column by column, is more than finding it does, where there
//! are tens of thousands.

use sea_orm::{ConnectionTrait, DatabaseBackend, DbErr, Statement, Value};
use serde::de::DeserializeOwned;

use crate::Result;

/// Rows of `columns`, in whichever order; `from` is what follows `FROM`. A row is read as a tuple: texts, whole numbers, and null.
pub(crate) async fn rows<T: DeserializeOwned>(
    connection: &impl ConnectionTrait,
    columns: &str,
    from: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Vec<T>> {
    let statement = statement(connection.get_database_backend(), columns, from, values);
    let Some(row) = connection.query_one_raw(statement).await? else {
        return Ok(Vec::new());
    };
    let text: Option<String> = row.try_get("", "packed")?;
    let rows = text.map(|text| serde_json::from_str(&text)).transpose();
    Ok(rows
        .map_err(|error| DbErr::Json(error.to_string()))?
        .unwrap_or_default())
}

pub(crate) fn statement(
    backend: DatabaseBackend,
    columns: &str,
    from: &str,
    values: impl IntoIterator<Item = Value>,
) -> Statement {
    let (all, one) = match backend {
        DatabaseBackend::Postgres => ("json_agg", "json_build_array"),
        _ => ("json_group_array", "json_array"),
    };
    let sql = format!("SELECT CAST({all}({one}({columns})) AS text) AS packed FROM {from}");
    Statement::from_sql_and_values(backend, sql, values)
}

/// A query for the texts of a JSON array, which is parameter `number`: as many as there are, by one statement that stays prepared.
pub(crate) fn texts(backend: DatabaseBackend, number: usize) -> String {
    match backend {
        DatabaseBackend::Postgres => {
            format!("SELECT json_array_elements_text(CAST(${number} AS json))")
        }
        _ => format!("SELECT value FROM json_each(${number})"),
    }
}

/// The same for numbers.
pub(crate) fn numbers(backend: DatabaseBackend, number: usize) -> String {
    match backend {
        DatabaseBackend::Postgres => format!(
            "SELECT CAST(value AS bigint) FROM json_array_elements_text(CAST(${number} AS json)) AS numbers(value)"
        ),
        _ => texts(backend, number),
    }
}
