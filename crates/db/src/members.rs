//! Memberships as rows. Each carries the name of its account, so that the members of an organization or a team can be read in the
//! order of their names.

use std::collections::HashMap;

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
    sea_query::{Expr, OnConflict, Query},
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    Result,
    entities::{account, org_member, team, team_member},
};

/// Accounts in one statement: SQLite takes 32 766 parameters.
const CHUNK: usize = 1000;

/// Puts accounts into an organization; who is in it stays as they are, and ids without an account are left out.
pub(crate) async fn into_org<C: ConnectionTrait>(
    connection: &C,
    org: Uuid,
    accounts: &[Uuid],
    now: OffsetDateTime,
) -> Result<()> {
    for accounts in accounts.chunks(CHUNK) {
        let rows: Vec<_> = names(connection, accounts)
            .await?
            .into_iter()
            .map(|(account, name)| org_member::ActiveModel {
                org_id: Set(org),
                account_id: Set(account),
                name: Set(name),
                is_owner: Set(false),
                created_at: Set(now),
                is_synced: Set(false),
            })
            .collect();
        if rows.is_empty() {
            continue;
        }
        let keys = [org_member::Column::OrgId, org_member::Column::AccountId];
        org_member::Entity::insert_many(rows)
            .on_conflict(OnConflict::columns(keys).do_nothing().to_owned())
            .exec_without_returning(connection)
            .await?;
    }
    Ok(())
}

/// Puts accounts into a team, and into its organization; who is there stays, and ids without an account are left out.
pub(crate) async fn into_team<C: ConnectionTrait>(
    connection: &C,
    team: &team::Model,
    accounts: &[Uuid],
    now: OffsetDateTime,
) -> Result<()> {
    into_org(connection, team.org_id, accounts, now).await?;
    for accounts in accounts.chunks(CHUNK) {
        let rows: Vec<_> = names(connection, accounts)
            .await?
            .into_iter()
            .map(|(account, name)| team_member::ActiveModel {
                team_id: Set(team.id),
                account_id: Set(account),
                name: Set(name),
                created_at: Set(now),
                is_synced: Set(false),
            })
            .collect();
        if rows.is_empty() {
            continue;
        }
        let keys = [team_member::Column::TeamId, team_member::Column::AccountId];
        team_member::Entity::insert_many(rows)
            .on_conflict(OnConflict::columns(keys).do_nothing().to_owned())
            .exec_without_returning(connection)
            .await?;
    }
    Ok(())
}

/// Who owns an organization. They stay locked until `transaction` ends, so that two owners cannot remove each other at the same
/// time.
pub(crate) async fn owners(transaction: &DatabaseTransaction, org: Uuid) -> Result<Vec<Uuid>> {
    Ok(org_member::Entity::find()
        .select_only()
        .column(org_member::Column::AccountId)
        .filter(org_member::Column::OrgId.eq(org))
        .filter(org_member::Column::IsOwner.eq(true))
        .lock_exclusive()
        .into_tuple()
        .all(transaction)
        .await?)
}

/// Whether an account is the only owner of some organization. All owners of its organizations stay locked until `transaction`
/// ends, as in [`owners`].
pub(crate) async fn owns_alone(transaction: &DatabaseTransaction, account: Uuid) -> Result<bool> {
    let mut owned = Query::select();
    owned
        .column(org_member::Column::OrgId)
        .from(org_member::Entity)
        .and_where(org_member::Column::AccountId.eq(account))
        .and_where(org_member::Column::IsOwner.eq(true));
    let rows: Vec<(Uuid, Uuid)> = org_member::Entity::find()
        .select_only()
        .columns([org_member::Column::OrgId, org_member::Column::AccountId])
        .filter(org_member::Column::OrgId.in_subquery(owned))
        .filter(org_member::Column::IsOwner.eq(true))
        .order_by_asc(org_member::Column::OrgId)
        .order_by_asc(org_member::Column::AccountId)
        .lock_exclusive()
        .into_tuple()
        .all(transaction)
        .await?;
    let mut shared = HashMap::<Uuid, bool>::new();
    for (org, owner) in rows {
        *shared.entry(org).or_default() |= owner != account;
    }
    Ok(shared.values().any(|is_shared| !is_shared))
}

/// Gives the memberships of an account its new name.
pub(crate) async fn renamed<C: ConnectionTrait>(
    connection: &C,
    account: Uuid,
    name: &str,
) -> Result<()> {
    org_member::Entity::update_many()
        .col_expr(org_member::Column::Name, Expr::val(name))
        .filter(org_member::Column::AccountId.eq(account))
        .exec(connection)
        .await?;
    team_member::Entity::update_many()
        .col_expr(team_member::Column::Name, Expr::val(name))
        .filter(team_member::Column::AccountId.eq(account))
        .exec(connection)
        .await?;
    Ok(())
}

async fn names<C: ConnectionTrait>(
    connection: &C,
    accounts: &[Uuid],
) -> Result<HashMap<Uuid, String>> {
    let rows: Vec<(Uuid, String)> = account::Entity::find()
        .select_only()
        .columns([account::Column::Id, account::Column::Name])
        .filter(account::Column::Id.is_in(accounts.iter().copied()))
        .into_tuple()
        .all(connection)
        .await?;
    Ok(rows.into_iter().collect())
}
