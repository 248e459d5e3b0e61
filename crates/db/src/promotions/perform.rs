//! Moves an image to another repository: the same manifests, by their digests, with everything they need; no bytes move. All of it or
//! nothing, in one transaction with the row that says it was done, which there is once for each revision of a policy, digest and tag.

use std::collections::BTreeSet;

use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, ExprTrait,
    IntoActiveModel, QueryFilter, QuerySelect, Statement, Value, sea_query::Expr,
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    Change, Db, Result, changes,
    entities::{promotion, promotion_policy, repository, tag},
    promotions::closure::closure,
    tags::{self, NewTag},
};

/// Manifests that go with one image at most: platforms, and what refers to them.
pub const MOST: usize = 2_000;
/// Digests in one statement.
pub(super) const LOT: usize = 500;

/// What is to be promoted.
#[derive(Clone, Debug)]
pub struct Order {
    /// The policy and its revision; `None` where somebody does it by hand.
    pub policy: Option<(Uuid, i32)>,
    /// The tag in the source. It is promoted only while it points at its digest.
    pub tag: tag::Model,
    /// Name of the source.
    pub source: String,
    /// The target, and its name.
    pub target: (Uuid, String),
    /// The tag there.
    pub target_tag: String,
    /// Whether what refers to the image goes with it.
    pub referrers: bool,
    /// Name of whose rights it is done with.
    pub actor: String,
    /// What the policy said of the image.
    pub verdict: Option<serde_json::Value>,
}

/// What became of an [`Order`].
#[derive(Clone, Debug, PartialEq)]
pub enum Performed {
    /// It is promoted.
    Done(Box<promotion::Model>),
    /// It was promoted before, by this revision of the policy.
    Already,
    /// It may not be. Nothing changed but that it is written down.
    Refused {
        /// Why.
        reason: String,
        /// It was not known before.
        is_new: bool,
    },
    /// The tag is not what it was, or the target is gone: there is nothing to promote.
    Gone,
}

/// Promotes an image, or says why it cannot be. `immutable` says of a tag of the target why it cannot be set to something else.
pub async fn perform(
    db: &Db,
    order: Order,
    immutable: fn(&repository::Model, &str) -> Option<String>,
    now: OffsetDateTime,
) -> Result<Performed> {
    let transaction = db.begin().await?;
    let Some(target) = repository::Entity::find_by_id(order.target.0)
        .lock_shared()
        .one(&transaction)
        .await?
    else {
        return Ok(Performed::Gone);
    };
    if !is_still_there(&transaction, &order).await? || !is_in_force(&transaction, &order).await? {
        return Ok(Performed::Gone);
    }
    if is_done(&transaction, &order).await? {
        return Ok(Performed::Already);
    }
    let all = match closure(&transaction, &order).await? {
        Ok(all) => all,
        Err(reason) => return refused(transaction, order, reason, now).await,
    };
    if let Some(reason) = older(&transaction, &order).await? {
        refused(transaction, order, reason.clone(), now).await?;
        // as it should be, and nothing to be told of
        let is_new = false;
        return Ok(Performed::Refused { reason, is_new });
    }
    copy(&transaction, &order, &all, now).await?;
    let row = write_down(&transaction, &order, None, now).await?;
    let new = NewTag {
        repository: order.target.0,
        digest: &order.tag.digest,
        pushed_by: order.tag.pushed_by,
        job: order.tag.job.clone().zip(Some(order.tag.job_url.clone())),
        at: now,
        promotion: Some(row.id),
    };
    let kept = immutable(&target, &order.target_tag);
    let set = tags::set(&new, &order.target_tag, kept.is_some(), db.backend());
    if transaction.execute_raw(set).await?.rows_affected() == 0 {
        transaction.rollback().await?;
        let reason = kept.unwrap_or_default();
        let transaction = db.begin().await?;
        return refused(transaction, order, reason, now).await;
    }
    note(&transaction, &order, now).await?;
    let change = Change {
        repository: order.target.0,
        tag: order.target_tag,
        digest: Some(order.tag.digest),
    };
    changes::notify(&transaction, change.clone()).await?;
    db.commit_about(transaction, Some(row.id)).await?;
    db.move_on(&change.repository);
    db.publish(change);
    Ok(Performed::Done(Box::new(row)))
}

/// Writes down that an image cannot be promoted, and why, unless that is known already. Returns what [`perform`] does.
pub async fn refuse(
    db: &Db,
    order: Order,
    reason: String,
    now: OffsetDateTime,
) -> Result<Performed> {
    let transaction = db.begin().await?;
    if is_done(&transaction, &order).await? {
        return Ok(Performed::Already);
    }
    refused(transaction, order, reason, now).await
}

async fn refused(
    transaction: DatabaseTransaction,
    order: Order,
    reason: String,
    now: OffsetDateTime,
) -> Result<Performed> {
    let Some((policy, revision)) = order.policy else {
        return Ok(Performed::Refused {
            reason,
            is_new: true,
        });
    };
    let known = promotion::Entity::find()
        .filter(same(&order, policy, revision))
        .one(&transaction)
        .await?;
    let is_new = known.is_none_or(|known| known.reason != reason);
    if is_new {
        write_down(&transaction, &order, Some(&reason), now).await?;
        // without an event: the one that is at hand tells of what was done
        transaction.commit().await?;
    }
    Ok(Performed::Refused { reason, is_new })
}

/// Whether the tag is what it was. For a policy nothing may have happened meanwhile that would have it look again.
async fn is_still_there(transaction: &DatabaseTransaction, order: &Order) -> Result<bool> {
    let row = &order.tag;
    let found = tag::Entity::find_by_id((row.repository_id, row.name.clone()))
        .one(transaction)
        .await?;
    Ok(found.is_some_and(|found| {
        found.digest == row.digest && (order.policy.is_none() || found.due_at == row.due_at)
    }))
}

/// Whether the policy is what it was when it was asked.
async fn is_in_force(transaction: &DatabaseTransaction, order: &Order) -> Result<bool> {
    let Some((policy, revision)) = order.policy else {
        return Ok(true);
    };
    let found = promotion_policy::Entity::find_by_id(policy)
        .lock_shared()
        .one(transaction)
        .await?;
    Ok(found.is_some_and(|found| found.enabled && found.revision == revision))
}

/// Why the tag in the target stays: the same policy took it from a tag that was set later. So whatever is judged again, a tag such as
/// `latest` does not go back.
async fn older(transaction: &DatabaseTransaction, order: &Order) -> Result<Option<String>> {
    let Some((policy, _)) = order.policy else {
        return Ok(None);
    };
    let there = tag::Entity::find_by_id((order.target.0, order.target_tag.clone()))
        .one(transaction)
        .await?;
    let Some(id) = there.and_then(|there| there.promotion_id) else {
        return Ok(None);
    };
    let made = promotion::Entity::find_by_id(id).one(transaction).await?;
    let made = made
        .filter(|made| made.policy_id == Some(policy) && made.source_set_at > order.tag.updated_at);
    Ok(made.map(|made| {
        format!(
            "{} in the target comes from {}, which was set later",
            order.target_tag, made.source_tag
        )
    }))
}

/// The rows of this policy's revision, digest and tag: one at most.
fn same(order: &Order, policy: Uuid, revision: i32) -> sea_orm::Condition {
    sea_orm::Condition::all()
        .add(promotion::Column::PolicyId.eq(policy))
        .add(promotion::Column::Revision.eq(revision))
        .add(promotion::Column::Digest.eq(order.tag.digest.as_str()))
        .add(promotion::Column::TargetId.eq(order.target.0))
        .add(promotion::Column::TargetTag.eq(order.target_tag.as_str()))
}

async fn is_done(transaction: &DatabaseTransaction, order: &Order) -> Result<bool> {
    let Some((policy, revision)) = order.policy else {
        return Ok(false);
    };
    let found = promotion::Entity::find()
        .filter(same(order, policy, revision))
        .one(transaction)
        .await?;
    Ok(found.is_some_and(|row| row.is_done))
}

/// Writes the row of an order, in the place of one that says it was refused before.
async fn write_down(
    transaction: &DatabaseTransaction,
    order: &Order,
    refusal: Option<&str>,
    now: OffsetDateTime,
) -> Result<promotion::Model> {
    if let Some((policy, revision)) = order.policy {
        promotion::Entity::delete_many()
            .filter(same(order, policy, revision))
            .exec(transaction)
            .await?;
    }
    let row = promotion::Model {
        id: Uuid::now_v7(),
        policy_id: order.policy.map(|(id, _)| id),
        revision: order.policy.map_or(0, |(_, revision)| revision),
        source_id: order.tag.repository_id,
        source: order.source.clone(),
        source_tag: order.tag.name.clone(),
        source_set_at: order.tag.updated_at,
        target_id: order.target.0,
        target: order.target.1.clone(),
        target_tag: order.target_tag.clone(),
        digest: order.tag.digest.clone(),
        actor: order.actor.clone(),
        is_done: refusal.is_none(),
        reason: refusal.unwrap_or_default().to_owned(),
        verdict: order.verdict.clone(),
        made_at: now,
    };
    promotion::Entity::insert(row.clone().into_active_model())
        .exec_without_returning(transaction)
        .await?;
    Ok(row)
}

/// What has to be in the target, in an order in which nothing refers to what is not there yet.
const COPIES: [&str; 5] = [
    "INSERT INTO blob_links (repository_id, digest, size, created_at) \
     SELECT $1, digest, size, $3 FROM blob_links WHERE repository_id = $2 AND digest IN \
     (SELECT blob_digest FROM manifest_blobs WHERE repository_id = $2 AND manifest_digest IN ({}))",
    "INSERT INTO manifests (repository_id, digest, media_type, artifact_type, config_digest, subject_digest, annotations, os, \
     architecture, variant, os_version, size, image_size, content, pushed_by, pushed_at) \
     SELECT $1, digest, media_type, artifact_type, config_digest, subject_digest, annotations, os, architecture, variant, \
     os_version, size, image_size, content, pushed_by, $3 FROM manifests WHERE repository_id = $2 AND digest IN ({})",
    "INSERT INTO manifest_blobs (repository_id, manifest_digest, blob_digest) \
     SELECT $1, manifest_digest, blob_digest FROM manifest_blobs WHERE repository_id = $2 AND manifest_digest IN ({})",
    "INSERT INTO manifest_children (repository_id, parent_digest, child_digest) \
     SELECT $1, parent_digest, child_digest FROM manifest_children WHERE repository_id = $2 AND parent_digest IN ({})",
    // who is trusted may differ, so signatures are looked at again; tags do not go along
    "INSERT INTO signature_manifests (repository_id, subject_digest, digest, due_at) \
     SELECT $1, subject_digest, digest, $3 FROM signature_manifests WHERE repository_id = $2 AND tag IS NULL AND digest IN ({})",
];

async fn copy(
    transaction: &DatabaseTransaction,
    order: &Order,
    all: &BTreeSet<String>,
    now: OffsetDateTime,
) -> Result<()> {
    let all: Vec<&String> = all.iter().collect();
    for (copy, at) in COPIES.into_iter().zip([true, true, false, false, true]) {
        for lot in all.chunks(LOT) {
            let list: Vec<String> = (if at { 4 } else { 3 }..)
                .take(lot.len())
                .map(|n| format!("${n}"))
                .collect();
            let sql = format!(
                "{} ON CONFLICT DO NOTHING",
                copy.replace("{}", &list.join(", "))
            );
            let mut values: Vec<Value> =
                vec![order.target.0.into(), order.tag.repository_id.into()];
            if at {
                values.push(now.into());
            }
            values.extend(lot.iter().map(|digest| Value::from(digest.as_str())));
            let backend = transaction.get_database_backend();
            let statement = Statement::from_sql_and_values(backend, sql, values);
            transaction.execute_raw(statement).await?;
        }
    }
    Ok(())
}

/// The policy and the target say when something was promoted last.
async fn note(transaction: &DatabaseTransaction, order: &Order, now: OffsetDateTime) -> Result<()> {
    repository::Entity::update_many()
        .col_expr(
            repository::Column::Pushes,
            Expr::col(repository::Column::Pushes).add(1),
        )
        .col_expr(repository::Column::PushedAt, Expr::val(now))
        .filter(repository::Column::Id.eq(order.target.0))
        .exec(transaction)
        .await?;
    if let Some((policy, _)) = order.policy {
        let row = promotion_policy::ActiveModel {
            last_promoted_at: Set(Some(now)),
            stopped: Set(None),
            ..Default::default()
        };
        promotion_policy::Entity::update_many()
            .set(row)
            .filter(promotion_policy::Column::Id.eq(policy))
            .exec(transaction)
            .await?;
    }
    Ok(())
}
