//! Where signed files were first published. Neither the collection nor the role is part of what is signed, so whoever may write in one
//! place could bring there what somebody signed for another; the place where it was first seen is the only one where it counts.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter,
    sea_query::OnConflict,
};

use super::signed::lots;
use crate::{Result, entities::trust_mark};

/// One key's signature on a role's file.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Mark {
    /// The SHA-256 over the key and what it signed, in hexadecimal digits.
    pub sha256: String,
    /// The role whose file it is on.
    pub role: String,
    /// The key's id in the metadata.
    pub key: String,
}

/// Says that these are published in a collection, where nobody has published them before, and gives those that were first published
/// in another collection, or there as the file of another role. Who says so of the same at the same time is waited for.
pub(super) async fn claim(
    transaction: &DatabaseTransaction,
    gun: &str,
    marks: &[Mark],
) -> Result<Vec<Mark>> {
    let mut roles: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for mark in marks {
        roles.entry(&mark.sha256).or_default().insert(&mark.role);
    }
    // In the order of their keys: two who write at once do not wait for each other.
    let rows: Vec<trust_mark::Model> = roles
        .into_iter()
        .map(|(mark, roles)| trust_mark::Model {
            mark: mark.to_owned(),
            gun: gun.to_owned(),
            roles: roles.into_iter().collect::<Vec<_>>().join(" "),
        })
        .collect();
    let mut known = OnConflict::column(trust_mark::Column::Mark);
    known.do_nothing();
    let mut first: HashMap<String, trust_mark::Model> = HashMap::new();
    for lot in lots(&rows) {
        let new = lot
            .iter()
            .map(|row| trust_mark::ActiveModel::from(row.clone()).reset_all());
        trust_mark::Entity::insert_many(new)
            .on_conflict(known.clone())
            .exec_without_returning(transaction)
            .await?;
        let found = trust_mark::Entity::find()
            .filter(trust_mark::Column::Mark.is_in(lot.iter().map(|row| row.mark.as_str())))
            .all(transaction)
            .await?;
        first.extend(found.into_iter().map(|row| (row.mark.clone(), row)));
    }
    let is_foreign = |mark: &&Mark| {
        first.get(&mark.sha256).is_none_or(|first| {
            first.gun != gun || first.roles.split_whitespace().all(|role| role != mark.role)
        })
    };
    Ok(marks.iter().filter(is_foreign).cloned().collect())
}
