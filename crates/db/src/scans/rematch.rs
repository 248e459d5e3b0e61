//! Judging components again, and bringing the sums of all images that have them up to date: in one transaction, by sets of rows.

use std::{
    collections::{HashMap, HashSet},
    hash::BuildHasher,
};

use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, FromQueryResult,
    QueryFilter, Statement,
};
use time::OffsetDateTime;

use super::{
    LOT, Sums, bulk,
    components::NewFinding,
    findings::{self, Stored},
    lock_judging,
};
use crate::{Db, News, Result, advisories, changes, entities::finding};

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
    let transaction = db.begin().await?;
    lock_judging(&transaction, true).await?;
    if advisories::current(&transaction).await? != generation {
        return Ok(None);
    }
    let mut before = stored(&transaction, judged, scope).await?;
    let mut difference = Difference::default();
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
    difference.write(&transaction, now).await?;
    applied.images = roll_up(&transaction, generation).await?;
    db.commit(transaction).await?;
    Ok(Some(applied))
}

/// The findings of the components that were judged, by component: of the flaws that `scope` names, or of all.
async fn stored<S: BuildHasher>(
    transaction: &DatabaseTransaction,
    judged: &HashMap<i64, Vec<NewFinding>, S>,
    scope: Option<&HashSet<String, S>>,
) -> Result<HashMap<i64, Vec<Stored>>> {
    let rows = match scope {
        // a few flaws of many components
        Some(scope) if scope.len() < judged.len() => {
            let names: Vec<&str> = scope.iter().map(String::as_str).collect();
            findings::of_flaws(transaction, &names).await?
        }
        _ => {
            let ids: Vec<i64> = judged.keys().copied().collect();
            findings::of_components(transaction, &ids).await?
        }
    };
    let mut stored: HashMap<i64, Vec<Stored>> = HashMap::new();
    for row in rows {
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
    deltas: Vec<(i64, Sums)>,
    components: u64,
}

impl<'a> Difference<'a> {
    fn of_component(&mut self, id: i64, before: Vec<Stored>, after: &'a [NewFinding]) {
        let mut before: HashMap<String, Stored> = before
            .into_iter()
            .map(|finding| (finding.identity.clone(), finding))
            .collect();
        let (mut lost, mut gained) = (Sums::default(), Sums::default());
        let mut changed = false;
        for finding in after {
            if let Some(old) = before.remove(&finding.identity) {
                if old.says(finding) {
                    continue;
                }
                lost = old.add_to(lost);
            }
            gained = finding.add_to(gained);
            self.new.push((id, finding));
            changed = true;
        }
        for (identity, old) in before {
            lost = old.add_to(lost);
            self.gone.push((id, identity));
            changed = true;
        }
        self.components += u64::from(changed);
        let delta = gained.since(lost);
        if !delta.is_zero() {
            self.deltas.push((id, delta));
        }
    }

    async fn write(self, transaction: &DatabaseTransaction, now: OffsetDateTime) -> Result<()> {
        let mut gone: HashMap<String, Vec<i64>> = HashMap::new();
        for (component, identity) in self.gone {
            gone.entry(identity).or_default().push(component);
        }
        for (identity, components) in gone {
            for lot in components.chunks(LOT) {
                finding::Entity::delete_many()
                    .filter(
                        Condition::all()
                            .add(finding::Column::ComponentId.is_in(lot.iter().copied()))
                            .add(finding::Column::Identity.eq(&identity)),
                    )
                    .exec(transaction)
                    .await?;
            }
        }
        findings::put(transaction, &self.new, now).await?;
        let deltas: Vec<_> = self
            .deltas
            .iter()
            .map(|(component, sums)| {
                let Sums {
                    critical,
                    major,
                    minor,
                    unspecified,
                    fixable,
                } = *sums;
                (component, critical, major, minor, unspecified, fixable)
            })
            .collect();
        bulk::execute(transaction, DELTAS, &deltas, &[]).await
    }
}

const DELTAS: &str = "INSERT INTO component_deltas (component_id, critical, major, minor, unspecified, fixable) \
    SELECT CAST(value->>0 AS bigint), CAST(value->>1 AS integer), CAST(value->>2 AS integer), CAST(value->>3 AS integer), \
    CAST(value->>4 AS integer), CAST(value->>5 AS integer) FROM ROWS";

/// The second condition has `SQLite` look up the rows that change, instead of reading all; so below.
pub(crate) const COMPONENTS: &str = "UPDATE components SET critical = components.critical + d.critical, \
    major = components.major + d.major, minor = components.minor + d.minor, \
    unspecified = components.unspecified + d.unspecified, fixable = components.fixable + d.fixable \
    FROM component_deltas d WHERE d.component_id = components.id \
    AND components.id IN (SELECT component_id FROM component_deltas)";

/// Chains first, so that a chain that many images share is summed up once; then what their chains say wrongly of images.
/// `CROSS JOIN` is how `SQLite` is told to begin with the few rows on the left (sqlite.org/optoverview.html, section 8.2): it knows
/// nothing of how many there are, and would read all of `chain_components`. `PostgreSQL` decides for itself.
pub(crate) const IMAGES: &str = "INSERT INTO image_deltas (image_id, critical, major, minor, unspecified, fixable) \
    SELECT image_id, SUM(critical), SUM(major), SUM(minor), SUM(unspecified), SUM(fixable) FROM ( \
        SELECT l.image_id AS image_id, c.critical AS critical, c.major AS major, c.minor AS minor, \
               c.unspecified AS unspecified, c.fixable AS fixable \
        FROM (SELECT cc.chain_id AS chain_id, SUM(d.critical) AS critical, SUM(d.major) AS major, \
                     SUM(d.minor) AS minor, SUM(d.unspecified) AS unspecified, SUM(d.fixable) AS fixable \
              FROM component_deltas d CROSS JOIN chain_components cc WHERE cc.component_id = d.component_id \
              GROUP BY cc.chain_id) c \
        CROSS JOIN image_chain_links l WHERE l.chain_id = c.chain_id \
        UNION ALL \
        SELECT e.image_id, CASE WHEN e.present THEN d.critical ELSE -d.critical END, \
               CASE WHEN e.present THEN d.major ELSE -d.major END, \
               CASE WHEN e.present THEN d.minor ELSE -d.minor END, \
               CASE WHEN e.present THEN d.unspecified ELSE -d.unspecified END, \
               CASE WHEN e.present THEN d.fixable ELSE -d.fixable END \
        FROM component_deltas d CROSS JOIN image_exceptions e WHERE e.component_id = d.component_id \
    ) AS parts GROUP BY image_id \
    HAVING SUM(critical) <> 0 OR SUM(major) <> 0 OR SUM(minor) <> 0 OR SUM(unspecified) <> 0 OR SUM(fixable) <> 0";

pub(crate) const SCANS: &str = "UPDATE image_scans SET critical = image_scans.critical + d.critical, \
    major = image_scans.major + d.major, minor = image_scans.minor + d.minor, \
    unspecified = image_scans.unspecified + d.unspecified, fixable = image_scans.fixable + d.fixable \
    FROM image_deltas d WHERE d.image_id = image_scans.id AND image_scans.id IN (SELECT image_id FROM image_deltas)";

const RECORD: &str = "INSERT INTO image_changes (generation, image_id, critical, major, minor, unspecified) \
    SELECT $1, image_id, critical, major, minor, unspecified FROM image_deltas WHERE true \
    ON CONFLICT (generation, image_id) DO UPDATE SET critical = image_changes.critical + excluded.critical, \
    major = image_changes.major + excluded.major, minor = image_changes.minor + excluded.minor, \
    unspecified = image_changes.unspecified + excluded.unspecified";

/// Adds the deltas of components to them, and to the images that have them. Answers how many images that was.
async fn roll_up(transaction: &DatabaseTransaction, generation: i64) -> Result<u64> {
    transaction.execute_unprepared(COMPONENTS).await?;
    let images = transaction
        .execute_unprepared(IMAGES)
        .await?
        .rows_affected();
    if images > 0 {
        transaction.execute_unprepared(SCANS).await?;
        let record = Statement::from_sql_and_values(
            transaction.get_database_backend(),
            RECORD,
            [generation.into()],
        );
        transaction.execute_raw(record).await?;
    }
    for scratch in ["component_deltas", "image_deltas"] {
        transaction
            .execute_unprepared(&format!("DELETE FROM {scratch}"))
            .await?;
    }
    Ok(images)
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
