//! Judging components again, and bringing the sums of all images that have them up to date: in one transaction, by sets of rows.

use std::{
    collections::{HashMap, HashSet},
    hash::BuildHasher,
};

use sea_orm::{DatabaseConnection, DatabaseTransaction, FromQueryResult, Statement};
use time::OffsetDateTime;

use super::{
    Sums,
    components::NewFinding,
    findings::{self, Stored},
    images::{self, Deltas},
    lock_judging,
};
use crate::{Db, News, Result, advisories, changes};

/// How many components and images have other findings or sums than before.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Applied {
    /// Components with another finding, or a finding that says something else.
    pub components: u64,
    /// Images with other sums.
    pub images: u64,
}

/// Replaces the findings of the components, of those flaws that `scope` names (of all, if `None`), by what was judged by the data of
/// `generation`. Answers `None` where meanwhile there is newer data.
pub async fn apply<S: BuildHasher>(
    db: &Db,
    generation: i64,
    judged: &HashMap<i64, Vec<NewFinding>, S>,
    scope: Option<&HashSet<String, S>>,
    now: OffsetDateTime,
) -> Result<Option<Applied>> {
    let transaction = db.begin_much().await?;
    lock_judging(&transaction, true).await?;
    if advisories::current(&transaction).await? != generation {
        return Ok(None);
    }
    // Nobody else writes findings while this transaction lasts, so that others may read them.
    let mut before = stored(&db.read, judged, scope).await?;
    let mut difference = Difference::default();
    // in the order in which they are on the disk
    let mut judged: Vec<_> = judged.iter().collect();
    judged.sort_unstable_by_key(|(id, _)| **id);
    for (id, findings) in judged {
        let before = before.remove(id).unwrap_or_default();
        difference.of_component(*id, before, findings);
    }
    let mut applied = Applied {
        components: difference.components,
        images: 0,
    };
    if applied.components == 0 {
        return Ok(Some(applied));
    }
    let (images, ()) = tokio::try_join!(
        images::of_components(&db.read, &difference.deltas),
        difference.write(&transaction, now)
    )?;
    images::add(&transaction, &images, generation).await?;
    applied.images = images.len() as u64;
    db.commit_much(transaction).await?;
    Ok(Some(applied))
}

/// The findings of the components that were judged, by component: of the flaws that `scope` names, or of all.
async fn stored<S: BuildHasher>(
    connection: &DatabaseConnection,
    judged: &HashMap<i64, Vec<NewFinding>, S>,
    scope: Option<&HashSet<String, S>>,
) -> Result<HashMap<i64, Vec<Stored>>> {
    let rows = match scope {
        // a few flaws of many components
        Some(scope) if scope.len() < judged.len() => {
            let mut names: Vec<&str> = scope.iter().map(String::as_str).collect();
            names.sort_unstable();
            let (left, right) = names.split_at(names.len() / 2);
            tokio::try_join!(
                findings::of_flaws(connection, left),
                findings::of_flaws(connection, right)
            )?
        }
        _ => {
            let mut ids: Vec<i64> = judged.keys().copied().collect();
            ids.sort_unstable();
            let (left, right) = ids.split_at(ids.len() / 2);
            tokio::try_join!(
                findings::of_components(connection, left),
                findings::of_components(connection, right)
            )?
        }
    };
    let mut stored: HashMap<i64, Vec<Stored>> = HashMap::new();
    for row in rows.0.into_iter().chain(rows.1) {
        let is_in_scope = scope.is_none_or(|scope| scope.contains(&row.identity));
        if is_in_scope && judged.contains_key(&row.component_id) {
            stored.entry(row.component_id).or_default().push(row);
        }
    }
    Ok(stored)
}

/// What has to be written.
#[derive(Default)]
struct Difference<'a> {
    gone: Vec<(i64, String)>,
    new: Vec<(i64, &'a NewFinding)>,
    deltas: Deltas,
    components: u64,
}

impl<'a> Difference<'a> {
    fn of_component(&mut self, id: i64, mut before: Vec<Stored>, after: &'a [NewFinding]) {
        let (mut lost, mut gained) = (Sums::default(), Sums::default());
        let mut changed = false;
        for finding in after {
            let same = |old: &Stored| old.identity == finding.identity;
            if let Some(position) = before.iter().position(same) {
                let old = before.swap_remove(position);
                if old.says(finding) {
                    continue;
                }
                lost = old.add_to(lost);
            }
            gained = finding.add_to(gained);
            self.new.push((id, finding));
            changed = true;
        }
        for old in before {
            lost = old.add_to(lost);
            self.gone.push((id, old.identity));
            changed = true;
        }
        self.components += u64::from(changed);
        let delta = gained.since(lost);
        if !delta.is_zero() {
            self.deltas.insert(id, delta);
        }
    }

    async fn write(&self, transaction: &DatabaseTransaction, now: OffsetDateTime) -> Result<()> {
        findings::remove(transaction, &self.gone).await?;
        findings::put(transaction, &self.new, now).await?;
        images::add_to_components(transaction, &self.deltas).await
    }
}

/// Tells pages that what is known of images may be different.
pub async fn announce(db: &Db) -> Result<()> {
    changes::notify(&db.write, News::Judged).await?;
    db.publish(News::Judged);
    Ok(())
}

/// How a generation of data changed what is known of images.
#[derive(Clone, Copy, Debug, Default, Eq, FromQueryResult, PartialEq)]
pub struct Change {
    /// Images with other sums.
    pub images: i64,
    /// Images with more critical findings than before.
    pub worse: i64,
    /// Critical findings that images have more than before.
    pub critical: i64,
}

/// What generation `generation` changed.
pub async fn change(db: &Db, generation: i64) -> Result<Change> {
    let statement = Statement::from_sql_and_values(
        db.backend(),
        "SELECT COUNT(*) AS images, COUNT(CASE WHEN critical > 0 THEN 1 END) AS worse, \
         CAST(COALESCE(SUM(CASE WHEN critical > 0 THEN critical ELSE 0 END), 0) AS BIGINT) AS critical \
         FROM image_changes WHERE generation = $1",
        [generation.into()],
    );
    let change = Change::find_by_statement(statement).one(&db.read).await?;
    Ok(change.unwrap_or_default())
}
