//! Which accounts there are: of a kind, with a text, in an order, a page at a time.

use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select, sea_query::Expr,
};

use crate::{Db, Result, entities::account, search::containing};

/// Which accounts a list shows.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Kind {
    /// All of them.
    #[default]
    All,
    /// People and machines.
    Users,
    /// Organizations.
    Organizations,
    /// Users who may do everything.
    Admins,
    /// Users who may not.
    NonAdmins,
    /// Users who may sign in.
    ActiveUsers,
    /// Users who may not.
    InactiveUsers,
}

/// How many there are.
#[derive(Clone, Copy, Debug)]
pub struct Counts {
    /// Users.
    pub users: u64,
    /// Organizations.
    pub organizations: u64,
}

/// In which order a list stands.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Order {
    /// By the name in words; accounts with the same one, and else all of them, by their names.
    pub by_full_name: bool,
    /// From the last to the first.
    pub descending: bool,
}

/// Where a page begins.
#[derive(Clone, Copy, Debug)]
pub struct Start<'a> {
    /// The name in words of its first account; of no account in a list by name.
    pub full_name: &'a str,
    /// The name of its first account.
    pub name: &'a str,
}

/// A page of accounts by name, beginning with the name `start`. `contains` is looked for in the name and in the full name, whatever
/// the case.
pub async fn list(
    db: &Db,
    kind: Kind,
    contains: Option<&str>,
    start: Option<&str>,
    limit: u64,
) -> Result<Vec<account::Model>> {
    let start = start.map(|name| Start {
        full_name: "",
        name,
    });
    page(db, kind, contains, Order::default(), start, limit).await
}

/// A page of accounts in any order.
pub async fn page(
    db: &Db,
    kind: Kind,
    contains: Option<&str>,
    order: Order,
    start: Option<Start<'_>>,
    limit: u64,
) -> Result<Vec<account::Model>> {
    Ok(select(kind, contains, order, start, limit)
        .all(&db.read)
        .await?)
}

pub(crate) fn select(
    kind: Kind,
    contains: Option<&str>,
    order: Order,
    start: Option<Start<'_>>,
    limit: u64,
) -> Select<account::Entity> {
    use account::Column::{FullName, Name};
    let mut query = account::Entity::find().filter(condition(kind, contains));
    let (key, from) = if order.by_full_name {
        let from =
            start.map(|start| Expr::tuple([Expr::val(start.full_name), Expr::val(start.name)]));
        (Expr::tuple([FullName.into_expr(), Name.into_expr()]), from)
    } else {
        (Name.into_expr(), start.map(|start| Expr::val(start.name)))
    };
    if let Some(from) = from {
        query = query.filter(if order.descending {
            key.lte(from)
        } else {
            key.gte(from)
        });
    }
    let direction = if order.descending {
        sea_orm::Order::Desc
    } else {
        sea_orm::Order::Asc
    };
    if order.by_full_name {
        query = query.order_by(FullName, direction.clone());
    }
    query.order_by(Name, direction).limit(limit)
}

/// How many accounts a list without end would show.
pub async fn count(db: &Db, kind: Kind, contains: Option<&str>) -> Result<u64> {
    Ok(account::Entity::find()
        .filter(condition(kind, contains))
        .count(&db.read)
        .await?)
}

/// How many users and organizations there are.
pub async fn counts(db: &Db) -> Result<Counts> {
    Ok(Counts {
        users: count(db, Kind::Users, None).await?,
        organizations: count(db, Kind::Organizations, None).await?,
    })
}

pub(super) fn condition(kind: Kind, contains: Option<&str>) -> Condition {
    use account::Column::{IsActive, IsAdmin, IsOrg};
    let of_kind = match kind {
        Kind::All => Condition::all(),
        Kind::Users => Condition::all().add(IsOrg.eq(false)),
        Kind::Organizations => Condition::all().add(IsOrg.eq(true)),
        Kind::Admins => Condition::all().add(IsOrg.eq(false)).add(IsAdmin.eq(true)),
        Kind::NonAdmins => Condition::all().add(IsOrg.eq(false)).add(IsAdmin.eq(false)),
        Kind::ActiveUsers => Condition::all().add(IsOrg.eq(false)).add(IsActive.eq(true)),
        Kind::InactiveUsers => Condition::all()
            .add(IsOrg.eq(false))
            .add(IsActive.eq(false)),
    };
    of_kind.add(containing(
        contains,
        &[account::Column::Name, account::Column::FullName],
    ))
}
