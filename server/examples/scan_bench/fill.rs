//! Fills the database with a large registry.

use std::path::Path;

use anyhow::Result;
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection};

use crate::{
    advisories::{OF_EACH, VERSIONS},
    app,
};

/// How large it is.
#[derive(Clone, Copy)]
pub(crate) struct Size {
    pub(crate) images: u64,
    pub(crate) chains: u64,
    pub(crate) packages: u64,
}

impl Size {
    /// For 100 000 images, what the notes measure with: 150 000 chains, 2 million components, 400 000 records.
    pub(crate) fn of(thousands: u64) -> Self {
        Self {
            images: thousands * 1_000,
            chains: thousands * 1_500,
            packages: thousands * 1_000,
        }
    }
}

/// Another connection than the program's.
pub(crate) async fn connect(folder: &Path) -> Result<DatabaseConnection> {
    let mut options = ConnectOptions::new(format!("sqlite://{}", app::database(folder).display()));
    options.max_connections(1).sqlx_logging(false);
    Ok(Database::connect(options).await?)
}

/// Writes the rows of a registry of this size, without advisories.
pub(crate) async fn fill(folder: &Path, size: Size) -> Result<()> {
    let numbers = [
        ("{images}", size.images),
        ("{chains}", size.chains),
        ("{packages}", size.packages),
        ("{components}", size.packages * VERSIONS),
        ("{versions}", VERSIONS),
        ("{of_each}", OF_EACH),
    ];
    let script = numbers.iter().fold(
        include_str!("fill.sql").to_owned(),
        |script, (name, number)| script.replace(name, &number.to_string()),
    );
    let connection = connect(folder).await?;
    connection.execute_unprepared(&script).await?;
    Ok(connection.close().await?)
}

/// Of a thousand images, how many have other sums than their components say.
pub(crate) async fn wrong_sums(folder: &Path, size: Size) -> Result<i64> {
    let connection = connect(folder).await?;
    let statement = format!(
        "SELECT COUNT(*) AS wrong FROM image_sums s WHERE image_id % {} = 0 AND critical * 1000000 + major * 1000 + minor <> \
         (SELECT SUM(c.critical * 1000000 + c.major * 1000 + c.minor) FROM image_chain_links l \
            JOIN chain_components cc ON cc.chain_id = l.chain_id JOIN components c ON c.id = cc.component_id WHERE l.image_id = s.image_id) \
         - COALESCE((SELECT SUM(c.critical * 1000000 + c.major * 1000 + c.minor) FROM image_exceptions e \
            JOIN components c ON c.id = e.component_id WHERE e.image_id = s.image_id), 0)",
        size.images / 1_000
    );
    let statement = sea_orm::Statement::from_string(sea_orm::DatabaseBackend::Sqlite, statement);
    let row = connection.query_one_raw(statement).await?;
    let wrong = row.map_or(Ok(-1), |row| row.try_get("", "wrong"))?;
    connection.close().await?;
    Ok(wrong)
}
