//! Who is in which organization, and who owns it.

use std::collections::{HashMap, HashSet};

use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect,
    RelationDef, Select, SelectTwo,
    sea_query::{Expr, ExprTrait, Query},
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    Db, Error, Result,
    entities::{account, org_member, team, team_member},
    members,
    search::containing,
};

/// Which members a list shows.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Kind {
    /// All of them.
    #[default]
    All,
    /// Those who own the organization.
    Owners,
    /// Those who do not.
    Members,
}

/// A member, and whether it owns the organization.
#[derive(Clone, Debug)]
pub struct Member {
    /// The account.
    pub account: account::Model,
    /// It owns the organization.
    pub is_owner: bool,
}

/// A page of members in the order of their names, beginning with the name `start`. `contains` is looked for in the name and in the
/// full name, whatever the case.
pub async fn members(
    db: &Db,
    org: Uuid,
    kind: Kind,
    contains: Option<&str>,
    start: Option<&str>,
    limit: u64,
) -> Result<Vec<Member>> {
    let rows = page(org, kind, contains, start, limit)
        .all(&db.read)
        .await?;
    Ok(rows
        .into_iter()
        .filter_map(|(account, member)| {
            let is_owner = member?.is_owner;
            Some(Member { account, is_owner })
        })
        .collect())
}

pub(crate) fn page(
    org: Uuid,
    kind: Kind,
    contains: Option<&str>,
    start: Option<&str>,
    limit: u64,
) -> SelectTwo<account::Entity, org_member::Entity> {
    let to_member: RelationDef = account::Entity::belongs_to(org_member::Entity)
        .from(account::Column::Id)
        .to(org_member::Column::AccountId)
        .into();
    let mut query = account::Entity::find()
        .join(JoinType::InnerJoin, to_member)
        .filter(org_member::Column::OrgId.eq(org))
        .select_also(org_member::Entity);
    match kind {
        Kind::All => {}
        Kind::Owners => query = query.filter(org_member::Column::IsOwner.eq(true)),
        Kind::Members => query = query.filter(org_member::Column::IsOwner.eq(false)),
    }
    let names = [account::Column::Name, account::Column::FullName];
    query = query.filter(containing(contains, &names));
    if let Some(start) = start {
        query = query.filter(org_member::Column::Name.gte(start));
    }
    query.order_by_asc(org_member::Column::Name).limit(limit)
}

/// Whether `account` is in the organization, and whether it owns it.
pub async fn membership(db: &Db, org: Uuid, account: Uuid) -> Result<Option<bool>> {
    let row = org_member::Entity::find_by_id((org, account))
        .one(&db.read)
        .await?;
    Ok(row.map(|row| row.is_owner))
}

/// Those of these organizations that `account` is in.
pub async fn with_member(
    db: &Db,
    account: Uuid,
    orgs: impl IntoIterator<Item = Uuid>,
) -> Result<HashSet<Uuid>> {
    let rows: Vec<Uuid> = org_member::Entity::find()
        .select_only()
        .column(org_member::Column::OrgId)
        .filter(org_member::Column::AccountId.eq(account))
        .filter(org_member::Column::OrgId.is_in(orgs))
        .into_tuple()
        .all(&db.read)
        .await?;
    Ok(rows.into_iter().collect())
}

/// A page of the organizations that `account` is in and whose name contains `contains`, by name, beginning with the name `start`,
/// and whether it owns them.
pub async fn of_account(
    db: &Db,
    account: Uuid,
    contains: Option<&str>,
    start: Option<&str>,
    limit: u64,
) -> Result<Vec<(account::Model, bool)>> {
    let to_member: RelationDef = account::Entity::belongs_to(org_member::Entity)
        .from(account::Column::Id)
        .to(org_member::Column::OrgId)
        .into();
    let mut query = account::Entity::find()
        .join(JoinType::InnerJoin, to_member)
        .filter(org_member::Column::AccountId.eq(account))
        .select_also(org_member::Entity);
    query = query.filter(containing(contains, &[account::Column::Name]));
    if let Some(start) = start {
        query = query.filter(account::Column::Name.gte(start));
    }
    let rows = query
        .order_by_asc(account::Column::Name)
        .limit(limit)
        .all(&db.read)
        .await?;
    Ok(rows
        .into_iter()
        .filter_map(|(org, member)| Some((org, member?.is_owner)))
        .collect())
}

/// Puts an account into an organization, and says whether it owns it; where that is `None`, a member stays what it is, and a new
/// one does not. [`Error::LastOwner`] where nobody would own it any more.
pub async fn put_member(
    db: &Db,
    org: Uuid,
    account: Uuid,
    is_owner: Option<bool>,
    now: OffsetDateTime,
) -> Result<()> {
    let transaction = db.begin().await?;
    if is_owner == Some(false) {
        keep_an_owner(&transaction, org, account).await?;
    }
    members::into_org(&transaction, org, &[account], now).await?;
    let column = Expr::column;
    let is_synced = is_owner.map_or(column(org_member::Column::IsSynced), |_| Expr::val(false));
    let is_owner = is_owner.map_or(column(org_member::Column::IsOwner), Expr::val);
    let changed = org_member::Entity::update_many()
        .col_expr(org_member::Column::IsOwner, is_owner)
        .col_expr(org_member::Column::IsSynced, is_synced)
        .filter(org_member::Column::OrgId.eq(org))
        .filter(org_member::Column::AccountId.eq(account))
        .exec(&transaction)
        .await?;
    if changed.rows_affected == 0 {
        return Err(Error::Missing("the account".to_owned()));
    }
    db.commit(transaction).await?;
    Ok(())
}

/// Takes an account out of an organization and of its teams. False where it was not in it; [`Error::LastOwner`] where nobody
/// would own it any more.
pub async fn remove_member(db: &Db, org: Uuid, account: Uuid) -> Result<bool> {
    let transaction = db.begin().await?;
    keep_an_owner(&transaction, org, account).await?;
    let mut teams = Query::select();
    teams
        .column(team::Column::Id)
        .from(team::Entity)
        .and_where(team::Column::OrgId.eq(org));
    team_member::Entity::delete_many()
        .filter(team_member::Column::AccountId.eq(account))
        .filter(team_member::Column::TeamId.in_subquery(teams))
        .exec(&transaction)
        .await?;
    let deleted = org_member::Entity::delete_by_id((org, account))
        .exec(&transaction)
        .await?;
    if deleted.rows_affected == 0 {
        return Ok(false);
    }
    db.commit(transaction).await?;
    Ok(true)
}

/// How large an organization is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Size {
    /// How many are in it.
    pub members: u64,
    /// How many teams it has.
    pub teams: u64,
}

/// How large these organizations are; one in which there is nothing is left out. Two queries, whatever the number of organizations.
pub async fn sizes(db: &Db, orgs: impl IntoIterator<Item = Uuid>) -> Result<HashMap<Uuid, Size>> {
    let orgs: Vec<Uuid> = orgs.into_iter().collect();
    let mut sizes: HashMap<Uuid, Size> = HashMap::new();
    if orgs.is_empty() {
        return Ok(sizes);
    }
    let members: Vec<(Uuid, i64)> = member_counts(&orgs).into_tuple().all(&db.read).await?;
    for (org, count) in members {
        sizes.entry(org).or_default().members = u64::try_from(count).unwrap_or_default();
    }
    let teams: Vec<(Uuid, i64)> = team_counts(&orgs).into_tuple().all(&db.read).await?;
    for (org, count) in teams {
        sizes.entry(org).or_default().teams = u64::try_from(count).unwrap_or_default();
    }
    Ok(sizes)
}

pub(crate) fn member_counts(orgs: &[Uuid]) -> Select<org_member::Entity> {
    use org_member::Column::{AccountId, OrgId};
    org_member::Entity::find()
        .select_only()
        .column(OrgId)
        .column_as(AccountId.count(), "members")
        .filter(OrgId.is_in(orgs.iter().copied()))
        .group_by(OrgId)
}

pub(crate) fn team_counts(orgs: &[Uuid]) -> Select<team::Entity> {
    use team::Column::{Id, OrgId};
    team::Entity::find()
        .select_only()
        .column(OrgId)
        .column_as(Id.count(), "teams")
        .filter(OrgId.is_in(orgs.iter().copied()))
        .group_by(OrgId)
}

/// Organizations that only `account` owns.
pub async fn owned_alone(db: &Db, account: Uuid) -> Result<Vec<String>> {
    let mut others = Query::select();
    others
        .expr(Expr::val(1))
        .from_as(org_member::Entity, "others")
        .and_where(
            Expr::col(("others", "org_id")).equals((org_member::Entity, org_member::Column::OrgId)),
        )
        .and_where(Expr::col(("others", "is_owner")).eq(true))
        .and_where(Expr::col(("others", "account_id")).ne(account));
    let to_org: RelationDef = account::Entity::belongs_to(org_member::Entity)
        .from(account::Column::Id)
        .to(org_member::Column::OrgId)
        .into();
    Ok(account::Entity::find()
        .select_only()
        .column(account::Column::Name)
        .join(JoinType::InnerJoin, to_org)
        .filter(org_member::Column::AccountId.eq(account))
        .filter(org_member::Column::IsOwner.eq(true))
        .filter(Expr::exists(others).not())
        .order_by_asc(account::Column::Name)
        .into_tuple()
        .all(&db.read)
        .await?)
}

/// Fails where `leaving` is the only owner.
async fn keep_an_owner(transaction: &DatabaseTransaction, org: Uuid, leaving: Uuid) -> Result<()> {
    if members::owners(transaction, org).await? == [leaving] {
        Err(Error::LastOwner)
    } else {
        Ok(())
    }
}
