//! What other findings of components mean for the images that have them: summed up in the program, as a database would have to sort
//! all links between images and chains for it, and written by sets of rows.

use std::collections::HashMap;

use sea_orm::{
    ConnectionTrait, DatabaseBackend, DatabaseConnection, DatabaseTransaction, Statement,
};

use super::{Sums, bulk};
use crate::Result;

/// By how much the sums of components, or of images, are other than before.
pub(super) type Deltas = HashMap<i64, Sums>;

/// Chains, components or images that are asked for together.
const TOGETHER: usize = 2_000;

/// Pairs of numbers as one text, in whichever order: a row of its own for each of a million costs more than finding it.
struct Pairs {
    /// An expression for the second number.
    of: &'static str,
    /// Where they are.
    from: &'static str,
    /// What is asked for, and the first number.
    by: &'static str,
}

const CHAINS: Pairs = Pairs {
    of: "chain_id",
    from: "chain_components",
    by: "component_id",
};
const IMAGES: Pairs = Pairs {
    of: "image_id",
    from: "image_chain_links",
    by: "chain_id",
};
/// Negative where the image does not have the component, in spite of its chains.
const EXCEPTIONS: Pairs = Pairs {
    of: "CASE WHEN present THEN image_id ELSE -image_id END",
    from: "image_exceptions",
    by: "component_id",
};

impl Pairs {
    fn select(&self, backend: DatabaseBackend, asked: String) -> Statement {
        let Self { of, from, by } = self;
        let numbers = match backend {
            DatabaseBackend::Postgres => {
                "SELECT CAST(value AS bigint) FROM json_array_elements_text(CAST($1 AS json)) AS numbers(value)"
            }
            _ => "SELECT value FROM json_each($1)",
        };
        let sql = format!(
            "SELECT string_agg({by} || ' ' || {of}, ' ') AS pairs FROM {from} WHERE {by} IN ({numbers})"
        );
        Statement::from_sql_and_values(backend, sql, [asked.into()])
    }

    /// Hands each pair of those that `asked` names to `each`.
    async fn walk(
        &self,
        connection: &DatabaseConnection,
        mut asked: Vec<i64>,
        mut each: impl FnMut(i64, i64) + Send,
    ) -> Result<()> {
        // neighbours are near each other on the disk too
        asked.sort_unstable();
        for lot in asked.chunks(TOGETHER) {
            let lot = serde_json::Value::from(lot).to_string();
            let statement = self.select(connection.get_database_backend(), lot);
            let Some(row) = connection.query_one_raw(statement).await? else {
                continue;
            };
            let pairs: Option<String> = row.try_get("", "pairs")?;
            let mut numbers = pairs
                .iter()
                .flat_map(|pairs| pairs.split(' '))
                .filter_map(|number| number.parse().ok());
            while let (Some(first), Some(second)) = (numbers.next(), numbers.next()) {
                each(first, second);
            }
        }
        Ok(())
    }
}

/// How the sums of images change with those of components: chains first, so that a chain that many images share is summed up once; then
/// what their chains say wrongly of images.
pub(super) async fn of_components(
    connection: &DatabaseConnection,
    components: &Deltas,
) -> Result<Deltas> {
    let asked: Vec<i64> = components.keys().copied().collect();
    let delta_of = |deltas: &Deltas, id| deltas.get(&id).copied().unwrap_or_default();
    let mut chains = Deltas::new();
    CHAINS
        .walk(connection, asked.clone(), |component, chain| {
            let sums = chains.entry(chain).or_default();
            *sums = sums.and(delta_of(components, component));
        })
        .await?;
    let mut images = Deltas::new();
    let chained: Vec<i64> = chains.keys().copied().collect();
    IMAGES
        .walk(connection, chained, |chain, image| {
            let sums = images.entry(image).or_default();
            *sums = sums.and(delta_of(&chains, chain));
        })
        .await?;
    EXCEPTIONS
        .walk(connection, asked, |component, image| {
            let delta = delta_of(components, component);
            let sums = images.entry(image.abs()).or_default();
            *sums = if image < 0 {
                sums.since(delta)
            } else {
                sums.and(delta)
            };
        })
        .await?;
    images.retain(|_, sums| !sums.is_zero());
    Ok(images)
}

/// The second condition has `SQLite` look up the rows that change, instead of reading all.
const ADD: &str = "WITH deltas AS (SELECT column1 AS id, column2 AS critical, column3 AS major, column4 AS minor, \
        column5 AS unspecified, column6 AS fixable FROM ROWS) \
    UPDATE TABLE SET critical = TABLE.critical + d.critical, major = TABLE.major + d.major, minor = TABLE.minor + d.minor, \
        unspecified = TABLE.unspecified + d.unspecified, fixable = TABLE.fixable + d.fixable \
    FROM deltas d WHERE d.id = TABLE.id AND TABLE.id IN (SELECT id FROM deltas)";

const RECORD: &str = "INSERT INTO image_changes (generation, image_id, critical, major, minor, unspecified) \
    SELECT CAST(MORE AS bigint), column1, column2, column3, column4, column5 FROM ROWS WHERE true \
    ON CONFLICT (generation, image_id) DO UPDATE SET critical = image_changes.critical + excluded.critical, \
        major = image_changes.major + excluded.major, minor = image_changes.minor + excluded.minor, \
        unspecified = image_changes.unspecified + excluded.unspecified";

/// Adds the deltas to the sums of components.
pub(super) async fn add_to_components(
    transaction: &DatabaseTransaction,
    deltas: &Deltas,
) -> Result<()> {
    add_to(transaction, "components", &in_order(deltas)).await
}

/// Adds the deltas to the sums of images, and notes that `generation` changed them.
pub(super) async fn add(
    transaction: &DatabaseTransaction,
    deltas: &Deltas,
    generation: i64,
) -> Result<()> {
    let deltas = in_order(deltas);
    add_to(transaction, "image_scans", &deltas).await?;
    let generation = Some(generation.into());
    bulk::execute(transaction, RECORD, generation, &deltas, |(id, sums)| {
        [
            (*id).into(),
            sums.critical.into(),
            sums.major.into(),
            sums.minor.into(),
            sums.unspecified.into(),
        ]
    })
    .await
}

async fn add_to(
    transaction: &DatabaseTransaction,
    table: &str,
    deltas: &[(i64, Sums)],
) -> Result<()> {
    let statement = ADD.replace("TABLE", table);
    bulk::execute(transaction, &statement, None, deltas, |(id, sums)| {
        [
            (*id).into(),
            sums.critical.into(),
            sums.major.into(),
            sums.minor.into(),
            sums.unspecified.into(),
            sums.fixable.into(),
        ]
    })
    .await
}

/// In the order in which they are on the disk.
fn in_order(deltas: &Deltas) -> Vec<(i64, Sums)> {
    let mut deltas: Vec<_> = deltas.iter().map(|(id, sums)| (*id, *sums)).collect();
    deltas.sort_unstable_by_key(|(id, _)| *id);
    deltas
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Db, Options};

    #[tokio::test]
    async fn what_has_a_component_is_looked_up() {
        let folder = tempfile::tempdir().expect("a folder");
        let options = Options::Sqlite(folder.path().join("test.db"));
        let db = Db::open(&options).await.expect("a database");
        for (pairs, table) in [
            (CHAINS, "chain_components"),
            (IMAGES, "image_chain_links"),
            (EXCEPTIONS, "image_exceptions"),
        ] {
            let statement = pairs.select(DatabaseBackend::Sqlite, "[1, 2]".to_owned());
            let explain = Statement {
                sql: format!("EXPLAIN QUERY PLAN {}", statement.sql),
                ..statement
            };
            let rows = db.read.query_all_raw(explain).await.expect("a plan");
            let steps = rows.iter().map(|row| row.try_get("", "detail"));
            let steps: Vec<String> = steps.collect::<std::result::Result<_, _>>().expect("steps");
            let search = format!("SEARCH {table} USING ");
            assert!(
                steps.iter().any(|step| step.starts_with(&search)),
                "{steps:?}"
            );
        }
    }
}
