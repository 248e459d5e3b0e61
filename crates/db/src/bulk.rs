//! Rows that go to the database many at a time, by statements that stay prepared.

use std::fmt::Write as _;

use sea_orm::{ConnectionTrait, DatabaseBackend, DatabaseTransaction, Statement, Value};

use crate::Result;

/// Values of one statement, under both databases' limits.
const MOST: usize = 6_000;

/// Executes `statement` for the values `of` all `rows`, up to some hundreds of rows at a time. It selects from `ROWS`, which has the values as
/// `column1`, `column2` and so on; before that it may say `MORE` once, for `more`. Where `column1` is [`numbers`], `ROWS, EACH` has a row
/// for each of them, which is its `value`.
pub(crate) async fn execute<T, const N: usize>(
    transaction: &DatabaseTransaction,
    statement: &str,
    more: Option<Value>,
    rows: &[T],
    of: fn(&T) -> [Value; N],
) -> Result<()> {
    let backend = transaction.get_database_backend();
    let mut left = rows;
    // A statement of each length would be kept prepared, in the place of those that pushes need: so there are only these.
    for size in [MOST / N, 100, 10, 1] {
        if left.len() < size {
            continue;
        }
        let mut lots = left.chunks_exact(size);
        let sql = written(backend, statement, more.is_some(), (size, N));
        for lot in lots.by_ref() {
            let values = more.iter().cloned().chain(lot.iter().flat_map(of));
            let statement = Statement::from_sql_and_values(backend, &sql, values);
            transaction.execute_raw(statement).await?;
        }
        left = lots.remainder();
    }
    Ok(())
}

/// The statement with a parameter for each value, in their order. `SQLite` looks for parameters that have a name, or a number, one by one.
fn written(
    backend: DatabaseBackend,
    statement: &str,
    has_more: bool,
    (rows, columns): (usize, usize),
) -> String {
    let mut number = 0;
    let mut parameter = |sql: &mut String| {
        number += 1;
        // writing to a String does not fail
        let _ = match backend {
            DatabaseBackend::Postgres => write!(sql, "${number}"),
            _ => write!(sql, "?"),
        };
    };
    let mut more = String::new();
    if has_more {
        parameter(&mut more);
    }
    let mut source = "(VALUES ".to_owned();
    for row in 0..rows {
        source.push_str(if row == 0 { "(" } else { ", (" });
        for column in 0..columns {
            if column > 0 {
                source.push_str(", ");
            }
            parameter(&mut source);
        }
        source.push(')');
    }
    source.push_str(") AS rows");
    let each = match backend {
        DatabaseBackend::Postgres => {
            "json_array_elements_text(CAST(column1 AS json)) AS each(value)"
        }
        _ => "json_each(column1)",
    };
    statement
        .replace("MORE", &more)
        .replace("ROWS", &source)
        .replace("EACH", each)
}

/// Numbers as one value.
pub(crate) fn numbers(numbers: &[i64]) -> String {
    serde_json::Value::from(numbers).to_string()
}
