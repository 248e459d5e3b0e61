//! What other findings of components mean for the images that have them: summed up in the program, as a database would have to sort
//! all links between images and chains for it, and written by sets of rows.

use std::collections::HashMap;

use futures::{
    FutureExt as _, Stream, StreamExt as _, TryStreamExt as _, future::BoxFuture, stream,
};
use sea_orm::{
    ConnectionTrait, DatabaseBackend, DatabaseConnection, DatabaseTransaction, DbErr, QueryResult,
    Statement,
};

use super::Sums;
use crate::{Result, bulk, packed};

/// By how much the sums of components, or of images, are other than before.
pub(super) type Deltas = HashMap<i64, Sums>;

/// Chains, components or images that are asked for together.
const TOGETHER: usize = 2_000;
/// Who are asked at once.
const READERS: usize = 2;

/// Pairs of numbers as one text: a row of its own for each of a million costs more than finding it.
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
        let numbers = packed::numbers(backend, 1);
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
        let statements = asked.chunks(TOGETHER).map(|lot| {
            let lot = serde_json::Value::from(lot).to_string();
            self.select(connection.get_database_backend(), lot)
        });
        let mut answers = several(connection, statements.collect());
        while let Some(row) = answers.try_next().await? {
            let Some(row) = row else { continue };
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
    chains.retain(|_, sums| !sums.is_zero());
    let mut images = of_chains(connection, &chains).await?;
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

/// With more of all chains than one in so many, it is quicker to read all images in their order than to look up those that have them.
const FEW_OF: i64 = 4;
/// Images that are read together.
const IMAGES_TOGETHER: i64 = 5_000;

/// Each image, and its chains.
const ALL: &str = "SELECT string_agg(line, ';') AS lines FROM (SELECT image_id || ' ' || string_agg(CAST(chain_id AS text), ' ') AS line \
    FROM image_chain_links WHERE image_id > $1 AND image_id <= $2 GROUP BY image_id) AS images";

async fn of_chains(connection: &DatabaseConnection, chains: &Deltas) -> Result<Deltas> {
    let mut images = Deltas::new();
    let last = |table| last(connection, table);
    let (all, last) = tokio::try_join!(last("image_chains"), last("image_scans"))?;
    if i64::try_from(chains.len()).unwrap_or(i64::MAX) < all / FEW_OF {
        let asked: Vec<i64> = chains.keys().copied().collect();
        IMAGES
            .walk(connection, asked, |chain, image| {
                let sums = images.entry(image).or_default();
                *sums = sums.and(chains.get(&chain).copied().unwrap_or_default());
            })
            .await?;
        return Ok(images);
    }
    let backend = connection.get_database_backend();
    let mut statements = Vec::new();
    let mut after = 0;
    while after < last {
        let until = after + IMAGES_TOGETHER;
        statements.push(Statement::from_sql_and_values(
            backend,
            ALL,
            [after.into(), until.into()],
        ));
        after = until;
    }
    let mut answers = several(connection, statements);
    while let Some(row) = answers.try_next().await? {
        let lines: Option<String> = row
            .map(|row| row.try_get("", "lines"))
            .transpose()?
            .flatten();
        for line in lines.iter().flat_map(|lines| lines.split(';')) {
            let mut numbers = line.split(' ').filter_map(|number| number.parse().ok());
            let Some(image) = numbers.next() else {
                continue;
            };
            let sums = numbers
                .filter_map(|chain| chains.get(&chain))
                .fold(Sums::default(), |sums, delta| sums.and(*delta));
            images.insert(image, sums);
        }
    }
    drop(answers);
    Ok(images)
}

/// The last number in a table.
async fn last(connection: &DatabaseConnection, table: &str) -> Result<i64> {
    let sql = format!("SELECT MAX(id) AS last FROM {table}");
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let row = connection.query_one_raw(statement).await?;
    let last: Option<i64> = row
        .map(|row| row.try_get("", "last"))
        .transpose()?
        .flatten();
    Ok(last.unwrap_or_default())
}

type Answer = std::result::Result<Option<QueryResult>, DbErr>;

/// The answers to several statements, as they come.
fn several(
    connection: &DatabaseConnection,
    statements: Vec<Statement>,
) -> impl Stream<Item = Answer> + Send + Unpin + use<'_> {
    let ask = |statement| async move { connection.query_one_raw(statement).await }.boxed();
    let answers: Vec<BoxFuture<'_, Answer>> = statements.into_iter().map(ask).collect();
    stream::iter(answers).buffer_unordered(READERS)
}

const ADD: &str = "INSERT INTO image_sums (image_id, critical, major, minor, unspecified, fixable) \
    SELECT column1, column2, column3, column4, column5, column6 FROM ROWS WHERE true \
    ON CONFLICT (image_id) DO UPDATE SET critical = image_sums.critical + excluded.critical, major = image_sums.major + excluded.major, \
        minor = image_sums.minor + excluded.minor, unspecified = image_sums.unspecified + excluded.unspecified, \
        fixable = image_sums.fixable + excluded.fixable";

const RECORD: &str = "INSERT INTO image_changes (generation, image_id, critical, major, minor, unspecified) \
    SELECT CAST(MORE AS bigint), column1, column2, column3, column4, column5 FROM ROWS WHERE true \
    ON CONFLICT (generation, image_id) DO UPDATE SET critical = image_changes.critical + excluded.critical, \
        major = image_changes.major + excluded.major, minor = image_changes.minor + excluded.minor, \
        unspecified = image_changes.unspecified + excluded.unspecified";

const ADD_ALIKE: &str = "UPDATE components SET critical = components.critical + d.column2, major = components.major + d.column3, \
        minor = components.minor + d.column4, unspecified = components.unspecified + d.column5, fixable = components.fixable + d.column6 \
    FROM (SELECT CAST(value AS bigint) AS id, column2, column3, column4, column5, column6 FROM ROWS, EACH) AS d \
    WHERE components.id = d.id";

/// Adds the deltas to the sums of components. A component has few findings, so there are few different ones.
pub(super) async fn add_to_components(
    transaction: &DatabaseTransaction,
    deltas: &Deltas,
) -> Result<()> {
    let mut alike: HashMap<Sums, Vec<i64>> = HashMap::new();
    for (id, sums) in in_order(deltas) {
        alike.entry(sums).or_default().push(id);
    }
    let alike: Vec<(Sums, Vec<i64>)> = alike.into_iter().collect();
    bulk::execute(transaction, ADD_ALIKE, None, &alike, |(sums, ids)| {
        [
            bulk::numbers(ids).into(),
            sums.critical.into(),
            sums.major.into(),
            sums.minor.into(),
            sums.unspecified.into(),
            sums.fixable.into(),
        ]
    })
    .await
}

/// Adds the deltas to the sums of images, and notes that `generation` changed them.
pub(super) async fn add(
    transaction: &DatabaseTransaction,
    deltas: &Deltas,
    generation: i64,
) -> Result<()> {
    let deltas = in_order(deltas);
    bulk::execute(transaction, ADD, None, &deltas, |(id, sums)| {
        [
            (*id).into(),
            sums.critical.into(),
            sums.major.into(),
            sums.minor.into(),
            sums.unspecified.into(),
            sums.fixable.into(),
        ]
    })
    .await?;
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

/// In the order in which they are on the disk.
fn in_order(deltas: &Deltas) -> Vec<(i64, Sums)> {
    let mut deltas: Vec<_> = deltas.iter().map(|(id, sums)| (*id, *sums)).collect();
    deltas.sort_unstable_by_key(|(id, _)| *id);
    deltas
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Db, Options,
        scans::{components, findings},
    };

    /// What `SQLite` does for a statement, step by step.
    async fn plan(db: &Db, statement: Statement) -> Vec<String> {
        let explain = Statement {
            sql: format!("EXPLAIN QUERY PLAN {}", statement.sql),
            ..statement
        };
        let rows = db.read.query_all_raw(explain).await.expect("a plan");
        let steps = rows.iter().map(|row| row.try_get("", "detail"));
        steps.collect::<std::result::Result<_, _>>().expect("steps")
    }

    #[tokio::test]
    async fn what_is_asked_for_is_looked_up() {
        let folder = tempfile::tempdir().expect("a folder");
        let options = Options::Sqlite(folder.path().join("test.db"));
        let db = Db::open(&options).await.expect("a database");
        let backend = DatabaseBackend::Sqlite;
        let asked = || "[1, 2]".to_owned();
        let all = [0.into(), 5.into()];
        let packages = ["npm".into(), asked().into(), 0.into(), 5.into()];
        let packages = packed::statement(
            backend,
            components::SUBJECT,
            &components::of_packages_from(backend),
            packages,
        );
        let of_flaws = packed::statement(
            backend,
            "component_id",
            &findings::of_flaws_from(backend),
            [asked().into()],
        );
        for (statement, search) in [
            (CHAINS.select(backend, asked()), "chain_components USING"),
            (IMAGES.select(backend, asked()), "image_chain_links USING"),
            (
                EXCEPTIONS.select(backend, asked()),
                "image_exceptions USING",
            ),
            (
                Statement::from_sql_and_values(backend, ALL, all),
                "image_chain_links USING PRIMARY KEY (image_id>? AND image_id<?)",
            ),
            (packages, "components USING INDEX components_base_package"),
            (
                of_flaws,
                "findings USING COVERING INDEX findings_identity_idx",
            ),
        ] {
            let steps = plan(&db, statement).await;
            let search = format!("SEARCH {search}");
            assert!(
                steps.iter().any(|step| step.starts_with(&search)),
                "{search}: {steps:?}"
            );
            let is_grouped = steps.iter().any(|step| step.contains("FOR GROUP BY"));
            assert!(!is_grouped, "sorted: {steps:?}");
        }
    }

    #[tokio::test]
    async fn sums_change_by_their_deltas_whether_few_chains_differ_or_many() {
        let folder = tempfile::tempdir().expect("a folder");
        let options = Options::Sqlite(folder.path().join("test.db"));
        let db = Db::open(&options).await.expect("a database");
        let critical = |critical| Sums {
            critical,
            ..Sums::default()
        };
        db.write
            .execute_unprepared(
                "PRAGMA foreign_keys = OFF; \
                 INSERT INTO image_scans (id, digest, state, priority, requested_at, attempts, layers_done, layers_total, \
                    detector_version, foreign_layers, components) \
                 SELECT value, 'sha256:' || value, 6, 0, '2026-11-01T00:00:00+00:00', 1, 1, 1, 1, 0, 1 FROM json_each('[1, 2, 6000]'); \
                 INSERT INTO image_chains (id, key, layer) SELECT value, value, value FROM json_each('[1,2,3,4,5,6,7,8,9,10,11,12]'); \
                 INSERT INTO image_chain_links (image_id, position, chain_id) VALUES (1, 0, 1), (1, 1, 2), (2, 0, 1), (6000, 0, 2), \
                    (6000, 1, 3)",
            )
            .await
            .expect("images");
        let mut chains = Deltas::from([(1, critical(2)), (2, critical(-5))]);
        let expected = Deltas::from([(1, critical(-3)), (2, critical(2)), (6000, critical(-5))]);
        assert_eq!(of_chains(&db.read, &chains).await.expect("few"), expected);
        // more than one of four
        chains.insert(7, critical(1));
        assert_eq!(of_chains(&db.read, &chains).await.expect("many"), expected);
    }
}
