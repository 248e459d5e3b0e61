//! Vulnerability data, in generations: one is loaded beside the one that counts, and takes its place in one step.
//!
//! A record is one row for all generations in which it says the same, from `since` until before `until`. So a new generation
//! writes what differs, what differs is known without comparing, and the generation before stays whole.

mod generations;
mod load;
mod records;

pub(crate) use generations::due;
pub use generations::{
    Finished, alive, begin, cleared, current_row, exists, fail, history, history_count,
    interrupted, judge_again, mark_checked, publish, unchecked, withdraw,
};
pub use load::{Added, New, add, add_exploitations, add_exploited, retire};
pub use records::{
    Body, Touched, about, closure, exploitation, exploited, modified, named, names_of, records,
    summaries, touched,
};
#[cfg(test)]
pub(crate) use {
    load::known,
    records::{lines, numbered},
};

use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
    QuerySelect,
    sea_query::{Expr, SimpleExpr},
};

use crate::{
    Result,
    entities::{advisory, advisory_generation},
};

/// The generation that counts; 0 before there is any data.
pub(crate) async fn current<C: ConnectionTrait>(connection: &C) -> Result<i64> {
    let id: Option<i64> = advisory_generation::Entity::find()
        .select_only()
        .column(advisory_generation::Column::Id)
        .filter(advisory_generation::Column::State.eq(CURRENT))
        .order_by_desc(advisory_generation::Column::Id)
        .into_tuple()
        .one(connection)
        .await?;
    Ok(id.unwrap_or(0))
}

/// What a record of `generation` fulfils.
fn valid_at(generation: i64) -> Condition {
    Condition::all()
        .add(advisory::Column::Since.lte(generation))
        .add(
            Condition::any()
                .add(advisory::Column::Until.is_null())
                .add(advisory::Column::Until.gt(generation)),
        )
}

/// That a record did not end. Where records are asked for by their names, this is how `SQLite` is kept from reading all that did not
/// end: it knows nothing of how many those are, and a term is no column (sqlite.org/optoverview.html, section 8.1).
fn is_open() -> SimpleExpr {
    Expr::col((advisory::Entity, advisory::Column::Until))
        .add(0)
        .is_null()
}

const LOADING: &str = "loading";
const CURRENT: &str = "current";
const OLD: &str = "old";
const FAILED: &str = "failed";
/// Rows or bound values of one statement.
const LOT: usize = 500;
