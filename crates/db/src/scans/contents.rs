//! What images hold: their components, and what is wrong with them, for rules that ask for more than numbers.

use std::collections::{HashMap, HashSet};

use sea_orm::{FromQueryResult, Statement, Value};
use time::OffsetDateTime;

use super::{LOT, overrides};
use crate::{Db, Result, entities::repository};

/// A vulnerability of a component of an image.
#[derive(Clone, Debug, FromQueryResult, PartialEq)]
pub struct Flaw {
    /// Number of the image's scan.
    pub image_id: i64,
    /// Number of the component.
    pub component_id: i64,
    /// Its name.
    pub name: String,
    /// Its version, if it is known.
    pub version: Option<String>,
    /// The name under which the flaw is shown.
    pub identity: String,
    /// As `findings.severity`.
    pub severity: i16,
    /// CVSS base score in tenths.
    pub score: Option<i16>,
    /// `in` where a version with the fix is known.
    pub fix: String,
    /// The layer that brings the component; empty where that is not known.
    pub layer: String,
}

/// A component of an image.
#[derive(Clone, Debug, FromQueryResult, PartialEq)]
pub struct Held {
    /// Number of the image's scan.
    pub image_id: i64,
    /// Number of the component.
    pub component_id: i64,
    /// Its name.
    pub name: String,
    /// Its version, if it is known.
    pub version: Option<String>,
    /// The ecosystem that orders its versions.
    pub ecosystem: String,
    /// The layer that brings it; empty where that is not known.
    pub layer: String,
}

/// Image and component: those that the layers bring, without what is not there after all, and what is there besides.
fn present(images: &str) -> String {
    format!(
        "(SELECT l.image_id AS image_id, cc.component_id AS component_id, MIN(ch.layer) AS layer FROM image_chain_links l \
         JOIN image_chains ch ON ch.id = l.chain_id JOIN chain_components cc ON cc.chain_id = l.chain_id \
         WHERE l.image_id IN ({images}) AND NOT EXISTS (SELECT 1 FROM image_exceptions e WHERE e.image_id = l.image_id \
         AND e.component_id = cc.component_id AND NOT e.present) GROUP BY l.image_id, cc.component_id \
         UNION ALL SELECT e.image_id, e.component_id, '' FROM image_exceptions e WHERE e.image_id IN ({images}) AND e.present)"
    )
}

/// Numbers of ours, so they may stand in the text.
fn list(images: &[i64]) -> String {
    let list: Vec<String> = images.iter().map(ToString::to_string).collect();
    list.join(",")
}

/// What is wrong with these images, the worst first, without what is set aside in the repository.
pub async fn flaws(
    db: &Db,
    repository: &repository::Model,
    images: &[i64],
    now: OffsetDateTime,
) -> Result<HashMap<i64, Vec<Flaw>>> {
    let mut found: HashMap<i64, Vec<Flaw>> = HashMap::new();
    for lot in images.chunks(LOT) {
        let aside: HashSet<(i64, i64, String)> =
            overrides::set_aside_each(db, repository, lot, now).await?;
        let sql = format!(
            "SELECT p.image_id AS image_id, c.id AS component_id, c.name AS name, c.version AS version, \
             f.identity AS identity, f.severity AS severity, f.score AS score, f.fix AS fix, p.layer AS layer \
             FROM {} p JOIN components c ON c.id = p.component_id JOIN findings f ON f.component_id = c.id \
             ORDER BY f.severity DESC, f.score DESC, f.identity, c.name",
            present(&list(lot))
        );
        let statement = Statement::from_sql_and_values(db.backend(), sql, Vec::<Value>::new());
        for row in Flaw::find_by_statement(statement).all(&db.read).await? {
            if !aside.contains(&(row.image_id, row.component_id, row.identity.clone())) {
                found.entry(row.image_id).or_default().push(row);
            }
        }
    }
    Ok(found)
}

/// The components of these images.
pub async fn components(db: &Db, images: &[i64]) -> Result<HashMap<i64, Vec<Held>>> {
    let mut found: HashMap<i64, Vec<Held>> = HashMap::new();
    for lot in images.chunks(LOT) {
        let sql = format!(
            "SELECT p.image_id AS image_id, c.id AS component_id, c.name AS name, c.version AS version, \
             c.ecosystem AS ecosystem, p.layer AS layer FROM {} p JOIN components c ON c.id = p.component_id ORDER BY c.name, c.id",
            present(&list(lot))
        );
        let statement = Statement::from_sql_and_values(db.backend(), sql, Vec::<Value>::new());
        for row in Held::find_by_statement(statement).all(&db.read).await? {
            found.entry(row.image_id).or_default().push(row);
        }
    }
    Ok(found)
}

#[derive(FromQueryResult)]
struct Licence {
    component_id: i64,
    licence: String,
}

/// The licences of these images' components, by the component's number.
pub async fn licences(db: &Db, images: &[i64]) -> Result<HashMap<i64, Vec<String>>> {
    let mut found: HashMap<i64, Vec<String>> = HashMap::new();
    for lot in images.chunks(LOT) {
        let sql = format!(
            "SELECT DISTINCT l.component_id AS component_id, l.licence AS licence FROM {} p \
             JOIN component_licences l ON l.component_id = p.component_id ORDER BY l.licence",
            present(&list(lot))
        );
        let statement = Statement::from_sql_and_values(db.backend(), sql, Vec::<Value>::new());
        for row in Licence::find_by_statement(statement).all(&db.read).await? {
            let licences = found.entry(row.component_id).or_default();
            if !licences.contains(&row.licence) {
                licences.push(row.licence);
            }
        }
    }
    Ok(found)
}
