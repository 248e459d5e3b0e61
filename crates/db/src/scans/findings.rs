//! Findings in bulk: compared with what is stored, and written, tens of thousands at a time. A row that is read or bound column by
//! column costs more than what the database does with it; so they are compared as one text, and written as one.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, DatabaseBackend, DatabaseTransaction};
use serde::Serialize;
use time::OffsetDateTime;

use super::{
    LOT, Sums,
    components::{Fix, NewFinding},
};
use crate::{Result, bulk, packed};

/// All that a finding says besides its severity, as [`Said::of`] has it too.
const SAID: &str = "COALESCE(CAST(score AS TEXT), '') || ' ' || COALESCE(vector, '') || ' ' || \
    CASE WHEN exact THEN 'exact' ELSE '' END || ' ' || fix || ' ' || \
    CAST(fixed_in AS TEXT) || CAST(aliases AS TEXT) || CAST(records AS TEXT)";

/// A finding that is stored.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) component_id: i64,
    pub(super) identity: String,
    severity: i16,
    fix: String,
    said: String,
}

impl Stored {
    /// Whether `finding` says just this.
    pub(super) fn says(&self, finding: &NewFinding) -> bool {
        self.severity == finding.severity && self.said == said(finding)
    }

    pub(super) fn add_to(&self, sums: Sums) -> Sums {
        sums.with(self.severity, self.fix == "in")
    }
}

impl NewFinding {
    pub(super) fn add_to(&self, sums: Sums) -> Sums {
        sums.with(self.severity, matches!(self.fix, Fix::In(_)))
    }

    /// How its fix is stored: in a word, and the versions that have it.
    fn fix(&self) -> (&'static str, &[String]) {
        match &self.fix {
            Fix::In(versions) => ("in", versions),
            Fix::Refused => ("refused", &[]),
            Fix::Unknown => ("unknown", &[]),
        }
    }
}

/// As [`SAID`] has it.
fn said(finding: &NewFinding) -> String {
    let score = finding.score.map(|score| score.to_string());
    let (fix, fixed_in) = finding.fix();
    let json = |texts: &[String]| serde_json::Value::from(texts).to_string();
    format!(
        "{} {} {} {fix} {}{}{}",
        score.unwrap_or_default(),
        finding.vector.as_deref().unwrap_or_default(),
        if finding.exact { "exact" } else { "" },
        json(fixed_in),
        json(&finding.aliases),
        json(&finding.records),
    )
}

/// The findings of these components.
pub(super) async fn of_components(
    connection: &impl ConnectionTrait,
    components: &[i64],
) -> Result<Vec<Stored>> {
    let among = packed::numbers(connection.get_database_backend(), 1);
    let from = format!("findings WHERE component_id IN ({among})");
    stored(connection, &from, components).await
}

/// The findings that are of these flaws.
pub(super) async fn of_flaws(
    connection: &impl ConnectionTrait,
    names: &[&str],
) -> Result<Vec<Stored>> {
    let from = of_flaws_from(connection.get_database_backend());
    stored(connection, &from, names).await
}

pub(super) fn of_flaws_from(backend: DatabaseBackend) -> String {
    let among = packed::texts(backend, 1);
    format!("findings WHERE identity IN ({among})")
}

/// Those that `from` says of `asked`.
async fn stored<T: Serialize>(
    connection: &impl ConnectionTrait,
    from: &str,
    asked: &[T],
) -> Result<Vec<Stored>> {
    let columns = format!("component_id, identity, severity, fix, {SAID}");
    let mut found = Vec::new();
    for lot in asked.chunks(LOT) {
        let lot = serde_json::json!(lot).to_string();
        let rows = packed::rows(connection, &columns, from, [lot.into()]).await?;
        found.extend(
            rows.into_iter()
                .map(|(component_id, identity, severity, fix, said)| Stored {
                    component_id,
                    identity,
                    severity,
                    fix,
                    said,
                }),
        );
    }
    Ok(found)
}

const GONE: &str =
    "DELETE FROM findings WHERE (component_id, identity) IN (SELECT column1, column2 FROM ROWS)";

/// Takes findings of components away.
pub(super) async fn remove(
    transaction: &DatabaseTransaction,
    findings: &[(i64, String)],
) -> Result<()> {
    bulk::execute(
        transaction,
        GONE,
        None,
        findings,
        |(component, identity)| [(*component).into(), identity.clone().into()],
    )
    .await
}

const PUT: &str = "INSERT INTO findings (component_id, found_at, identity, score, vector, severity, exact, fix, fixed_in, aliases, records) \
    SELECT CAST(value AS bigint), MORE, column2, column3, column4, column5, column6, column7, column8, column9, column10 \
    FROM ROWS, EACH WHERE true ON CONFLICT (component_id, identity) DO UPDATE SET score = excluded.score, vector = excluded.vector, \
    severity = excluded.severity, exact = excluded.exact, fix = excluded.fix, fixed_in = excluded.fixed_in, \
    aliases = excluded.aliases, records = excluded.records";

/// Writes findings of components; one that is there already says this from now on, and was found when it was.
pub(super) async fn put(
    transaction: &DatabaseTransaction,
    findings: &[(i64, &NewFinding)],
    now: OffsetDateTime,
) -> Result<()> {
    // what is said of a flaw is mostly the same for all components that have it
    let mut same: HashMap<&NewFinding, Vec<i64>> = HashMap::new();
    for (component, finding) in findings {
        same.entry(finding).or_default().push(*component);
    }
    let mut same: Vec<(&NewFinding, Vec<i64>)> = same.into_iter().collect();
    same.sort_unstable_by_key(|(_, components)| components.first().copied());
    bulk::execute(
        transaction,
        PUT,
        Some(now.into()),
        &same,
        |(finding, components)| {
            let (fix, fixed_in) = finding.fix();
            let json = |texts: &[String]| serde_json::Value::from(texts).into();
            [
                bulk::numbers(components).into(),
                finding.identity.clone().into(),
                finding.score.into(),
                finding.vector.clone().into(),
                finding.severity.into(),
                finding.exact.into(),
                fix.into(),
                json(fixed_in),
                json(&finding.aliases),
                json(&finding.records),
            ]
        },
    )
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Db, Options, scans::components};

    fn finding(identity: &str, fix: Fix) -> NewFinding {
        NewFinding {
            identity: identity.to_owned(),
            score: Some(75),
            vector: Some("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H".to_owned()),
            severity: 2,
            exact: true,
            fix,
            aliases: vec!["GHSA-1".to_owned(), "a \"quoted\" näme\\".to_owned()],
            records: vec![],
        }
    }

    #[tokio::test]
    async fn what_was_written_says_what_was_to_be_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let options = Options::Sqlite(folder.path().join("test.db"));
        let db = Db::open(&options).await.expect("a database");
        let new = components::New {
            key: "key".to_owned(),
            kind: "npm".to_owned(),
            name: "left-pad".to_owned(),
            version: None,
            exact: true,
            ecosystem: "npm".to_owned(),
            base: "npm".to_owned(),
            package: "left-pad".to_owned(),
            package_version: None,
            products: vec![],
            licences: vec![],
        };
        let rows = components::keep(&db, &[new]).await.expect("kept");
        let component = rows["key"].id;
        let plain = NewFinding {
            score: None,
            vector: None,
            exact: false,
            ..finding("CVE-1", Fix::Unknown)
        };
        let fixed = Fix::In(vec!["1.0".to_owned(), "2.0".to_owned()]);
        let mut findings = [
            plain,
            finding("CVE-2", fixed),
            finding("CVE-3", Fix::Refused),
        ];
        let transaction = db.begin().await.expect("begun");
        let now = OffsetDateTime::UNIX_EPOCH;
        for round in 0..2 {
            let rows: Vec<_> = findings
                .iter()
                .map(|finding| (component, finding))
                .collect();
            put(&transaction, &rows, now).await.expect("put");
            let mut stored = of_components(&transaction, &[component])
                .await
                .expect("read");
            stored.sort_by(|one, other| one.identity.cmp(&other.identity));
            assert_eq!(stored.len(), findings.len());
            for (stored, finding) in stored.iter().zip(&findings) {
                assert!(stored.says(finding), "{stored:?} {finding:?}");
                assert_eq!(
                    stored.add_to(Sums::default()),
                    finding.add_to(Sums::default())
                );
            }
            let mut other = findings[1].clone();
            other.records.push("GHSA-2".to_owned());
            assert!(!stored[1].says(&other));
            findings[0].score = Some(10 + round);
            findings[1].severity = 3 + round;
            findings[2].fix = Fix::In(vec![round.to_string()]);
            assert!(
                stored
                    .iter()
                    .zip(&findings)
                    .all(|(stored, now)| !stored.says(now))
            );
        }
        // lots of every size, and what was there
        let many: Vec<NewFinding> = (1..=711)
            .map(|n| finding(&format!("CVE-{n}"), Fix::Unknown))
            .collect();
        let rows: Vec<_> = many.iter().map(|finding| (component, finding)).collect();
        put(&transaction, &rows, now).await.expect("put");
        let stored = of_components(&transaction, &[component]).await;
        assert_eq!(stored.expect("read").len(), 711);
        let rows: Vec<_> = findings
            .iter()
            .map(|finding| (component, finding))
            .collect();
        put(&transaction, &rows, now).await.expect("put");
        transaction.commit().await.expect("committed");
        let read = components::findings(&db, &[component]).await.expect("read");
        let of = |name| read.iter().find(|row| row.identity == name);
        let (first, second) = (of("CVE-1").expect("a row"), of("CVE-2").expect("a row"));
        assert_eq!(second.fixed_in, serde_json::json!(["1.0", "2.0"]));
        assert_eq!(second.aliases, serde_json::json!(findings[1].aliases));
        assert_eq!(second.found_at, now);
        assert!(!first.exact && second.exact);
    }
}
