//! Which groups at a provider are which teams here, and the memberships that come of it.

use std::collections::{HashMap, HashSet};

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, SqlErr,
    sea_query::{Expr, ExprTrait, OnConflict, Query},
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    Db, Error, Result, accounts,
    entities::{group_membership, group_rule, team, team_member},
    members,
};

/// A rule, with the names of what it is about.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Rule {
    /// The provider.
    pub provider: Uuid,
    /// The group as the provider calls it.
    pub group: String,
    /// Name of the team's organization.
    pub organization: String,
    /// Name of the team.
    pub team: String,
}

/// The rules of these providers, by group.
pub async fn of_providers(db: &Db, providers: impl IntoIterator<Item = Uuid>) -> Result<Vec<Rule>> {
    let rows = group_rule::Entity::find()
        .filter(group_rule::Column::ProviderId.is_in(providers))
        .order_by_asc(group_rule::Column::GroupName)
        .order_by_asc(group_rule::Column::TeamId)
        .all(&db.read)
        .await?;
    let ids: HashSet<Uuid> = rows.iter().map(|row| row.team_id).collect();
    let teams: HashMap<Uuid, team::Model> = team::Entity::find()
        .filter(team::Column::Id.is_in(ids))
        .all(&db.read)
        .await?
        .into_iter()
        .map(|team| (team.id, team))
        .collect();
    let orgs = accounts::names(db, teams.values().map(|team| team.org_id)).await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let team = teams.get(&row.team_id)?;
            Some(Rule {
                provider: row.provider_id,
                group: row.group_name,
                organization: orgs.get(&team.org_id)?.clone(),
                team: team.name.clone(),
            })
        })
        .collect())
}

/// Sets the rules of a provider. What came of those that go, goes when the people sign in.
pub(crate) async fn replace(
    transaction: &DatabaseTransaction,
    provider: Uuid,
    rules: &[(String, Uuid)],
) -> Result<()> {
    group_rule::Entity::delete_many()
        .filter(group_rule::Column::ProviderId.eq(provider))
        .exec(transaction)
        .await?;
    if rules.is_empty() {
        return Ok(());
    }
    let rows = rules.iter().map(|(group, team)| group_rule::ActiveModel {
        provider_id: Set(provider),
        group_name: Set(group.clone()),
        team_id: Set(*team),
    });
    group_rule::Entity::insert_many(rows)
        .on_conflict(
            OnConflict::columns([
                group_rule::Column::ProviderId,
                group_rule::Column::GroupName,
                group_rule::Column::TeamId,
            ])
            .do_nothing()
            .to_owned(),
        )
        .exec_without_returning(transaction)
        .await
        .map_err(|error| match error.sql_err() {
            Some(SqlErr::ForeignKeyConstraintViolation(_)) => Error::Missing("the team".to_owned()),
            _ => error.into(),
        })?;
    Ok(())
}

/// What the rules of a provider say of somebody's teams.
#[derive(Clone, Debug, Default)]
pub struct Moves {
    /// To be put into.
    pub join: Vec<team::Model>,
    /// To be taken out of.
    pub leave: Vec<team::Model>,
}

/// What changes for `account` when the provider says that it is in these groups, and in no others: into the teams of its rules, and
/// out of those that its rules put it in before.
pub async fn moves(db: &Db, provider: Uuid, account: Uuid, groups: &[String]) -> Result<Moves> {
    let groups: HashSet<&str> = groups.iter().map(String::as_str).collect();
    let wanted: HashSet<Uuid> = group_rule::Entity::find()
        .filter(group_rule::Column::ProviderId.eq(provider))
        .all(&db.read)
        .await?
        .into_iter()
        .filter(|rule| groups.contains(rule.group_name.as_str()))
        .map(|rule| rule.team_id)
        .collect();
    let made: HashSet<Uuid> = group_membership::Entity::find()
        .filter(group_membership::Column::AccountId.eq(account))
        .filter(group_membership::Column::ProviderId.eq(provider))
        .all(&db.read)
        .await?
        .into_iter()
        .map(|row| row.team_id)
        .collect();
    let changed = wanted.symmetric_difference(&made).copied();
    let teams = team::Entity::find()
        .filter(team::Column::Id.is_in(changed))
        .order_by_asc(team::Column::Id)
        .all(&db.read)
        .await?;
    let (join, leave) = teams
        .into_iter()
        .partition(|team| wanted.contains(&team.id));
    Ok(Moves { join, leave })
}

/// Puts an account into a team by a rule. False where it is in it already: by a rule, or by the hand of somebody, which no rule
/// takes away.
pub async fn join(
    db: &Db,
    provider: Uuid,
    team: &team::Model,
    account: Uuid,
    now: OffsetDateTime,
) -> Result<bool> {
    let transaction = db.begin().await?;
    let is_in = team_member::Entity::find_by_id((team.id, account))
        .one(&transaction)
        .await?
        .is_some();
    if is_in && !by_rule(&transaction, team.id, account).await? {
        return Ok(false);
    }
    members::into_team(&transaction, team, &[account], now).await?;
    let row = group_membership::ActiveModel {
        account_id: Set(account),
        provider_id: Set(provider),
        team_id: Set(team.id),
    };
    let done = group_membership::Entity::insert(row)
        .on_conflict(
            OnConflict::columns([
                group_membership::Column::AccountId,
                group_membership::Column::ProviderId,
                group_membership::Column::TeamId,
            ])
            .do_nothing()
            .to_owned(),
        )
        .exec_without_returning(&transaction)
        .await?;
    if done == 0 {
        return Ok(false);
    }
    db.commit(transaction).await?;
    Ok(true)
}

/// Takes an account out of a team that a rule of this provider put it in, unless one of another provider holds it there. False
/// where it was not in it by such a rule.
pub async fn leave(db: &Db, provider: Uuid, team: Uuid, account: Uuid) -> Result<bool> {
    let transaction = db.begin().await?;
    let deleted = group_membership::Entity::delete_by_id((account, provider, team))
        .exec(&transaction)
        .await?;
    if deleted.rows_affected == 0 {
        return Ok(false);
    }
    if !by_rule(&transaction, team, account).await? {
        team_member::Entity::delete_by_id((team, account))
            .exec(&transaction)
            .await?;
    }
    db.commit(transaction).await?;
    Ok(true)
}

/// Whether a rule, of whichever provider, holds the account in the team.
async fn by_rule(transaction: &DatabaseTransaction, team: Uuid, account: Uuid) -> Result<bool> {
    let row = group_membership::Entity::find()
        .filter(group_membership::Column::TeamId.eq(team))
        .filter(group_membership::Column::AccountId.eq(account))
        .one(transaction)
        .await?;
    Ok(row.is_some())
}

/// Takes everybody out of the teams that only this provider's rules put them in.
pub(crate) async fn take_back(transaction: &DatabaseTransaction, provider: Uuid) -> Result<()> {
    let by_rule = |of_provider: bool| {
        let column = |column| Expr::col((group_membership::Entity, column));
        let mut query = Query::select();
        query
            .expr(Expr::val(1))
            .from(group_membership::Entity)
            .and_where(
                column(group_membership::Column::TeamId)
                    .equals((team_member::Entity, team_member::Column::TeamId)),
            )
            .and_where(
                column(group_membership::Column::AccountId)
                    .equals((team_member::Entity, team_member::Column::AccountId)),
            )
            .and_where(if of_provider {
                column(group_membership::Column::ProviderId).eq(provider)
            } else {
                column(group_membership::Column::ProviderId).ne(provider)
            });
        Expr::exists(query)
    };
    team_member::Entity::delete_many()
        .filter(by_rule(true))
        .filter(by_rule(false).not())
        .exec(transaction)
        .await?;
    Ok(())
}
