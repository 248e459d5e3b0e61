//! Browser sessions, as rows: `server` wraps these in tower-sessions' store.

use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, Select, SqlErr, sea_query::Expr,
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{Db, Result, entities::session, search::containing};

/// Sessions in which an account may be signed in, and those in which a code is owed. One more ends the one of its kind that was not
/// seen for longest: else who knows the password, and nothing more, could sign its user out.
const MAX_SESSIONS: u64 = 100;

/// From where, and with what, a session is used.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Visit {
    /// The address.
    pub address: String,
    /// The device, in a few words.
    pub device: String,
}

/// Inserts a new session; false when the id is taken.
pub async fn create(db: &Db, row: session::Model) -> Result<bool> {
    let account = row.account_id;
    let transaction = db.begin().await?;
    if let Some(account) = account {
        make_room(&transaction, account, row.signed_in_at.is_some()).await?;
    }
    match session::ActiveModel::from(row).insert(&transaction).await {
        Ok(_) => {}
        Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => {
            return Ok(false);
        }
        Err(error) => return Err(error.into()),
    }
    transaction.commit().await?;
    Ok(true)
}

async fn make_room(
    transaction: &DatabaseTransaction,
    account: Uuid,
    is_signed_in: bool,
) -> Result<()> {
    let of_its_kind = if is_signed_in {
        session::Column::SignedInAt.is_not_null()
    } else {
        session::Column::SignedInAt.is_null()
    };
    let too_many: Vec<String> = session::Entity::find()
        .select_only()
        .column(session::Column::Id)
        .filter(session::Column::AccountId.eq(account))
        .filter(of_its_kind)
        .order_by_desc(session::Column::LastSeenAt)
        .order_by_desc(session::Column::Id)
        .offset(MAX_SESSIONS - 1)
        .limit(MAX_SESSIONS)
        .into_tuple()
        .all(transaction)
        .await?;
    if !too_many.is_empty() {
        session::Entity::delete_many()
            .filter(session::Column::Id.is_in(too_many))
            .exec(transaction)
            .await?;
    }
    Ok(())
}

/// Replaces what a session holds, and lets it end at `end`, where that changes. A session that has been ended meanwhile stays so.
pub async fn save(
    db: &Db,
    id: &str,
    account: Option<Uuid>,
    data: serde_json::Value,
    end: Option<OffsetDateTime>,
) -> Result<()> {
    let mut query = session::Entity::update_many()
        .col_expr(session::Column::AccountId, Expr::value(account))
        .col_expr(session::Column::Data, Expr::value(data));
    if let Some(end) = end {
        query = query.col_expr(session::Column::ExpiresAt, Expr::val(end));
    }
    query
        .filter(session::Column::Id.eq(id))
        .exec(&db.write)
        .await?;
    Ok(())
}

/// The session of that id, if it has not ended.
pub async fn load(db: &Db, id: &str, now: OffsetDateTime) -> Result<Option<session::Model>> {
    Ok(session::Entity::find_by_id(id)
        .filter(session::Column::ExpiresAt.gt(now))
        .one(&db.read)
        .await?)
}

/// Notes that a session is used, and that it now ends at `end`.
pub async fn seen(
    db: &Db,
    id: &str,
    visit: &Visit,
    end: OffsetDateTime,
    now: OffsetDateTime,
) -> Result<()> {
    session::Entity::update_many()
        .col_expr(session::Column::LastSeenAt, Expr::val(now))
        .col_expr(session::Column::ExpiresAt, Expr::val(end))
        .col_expr(session::Column::Address, Expr::val(visit.address.as_str()))
        .col_expr(session::Column::Device, Expr::val(visit.device.as_str()))
        .filter(session::Column::Id.eq(id))
        .exec(&db.write)
        .await?;
    Ok(())
}

/// A page of the sessions in which an account is signed in, the latest sign-in first, beginning with the one of public id `start`;
/// only those whose device or address contains `contains`, whatever the case.
pub async fn list(
    db: &Db,
    account: Uuid,
    now: OffsetDateTime,
    contains: Option<&str>,
    start: Option<Uuid>,
    limit: u64,
) -> Result<Vec<session::Model>> {
    Ok(page(account, now, contains, start, limit)
        .all(&db.read)
        .await?)
}

pub(crate) fn page(
    account: Uuid,
    now: OffsetDateTime,
    contains: Option<&str>,
    start: Option<Uuid>,
    limit: u64,
) -> Select<session::Entity> {
    let mut query = session::Entity::find()
        .filter(session::Column::AccountId.eq(account))
        .filter(session::Column::SignedInAt.is_not_null())
        .filter(session::Column::ExpiresAt.gt(now))
        .filter(containing(
            contains,
            &[session::Column::Device, session::Column::Address],
        ));
    if let Some(start) = start {
        query = query.filter(session::Column::PublicId.lte(start));
    }
    query.order_by_desc(session::Column::PublicId).limit(limit)
}

/// Ends a session.
pub async fn delete(db: &Db, id: &str) -> Result<()> {
    session::Entity::delete_by_id(id).exec(&db.write).await?;
    Ok(())
}

/// Ends the session of that public id, if it is the account's. False where it has none such.
pub async fn delete_one(db: &Db, account: Uuid, public_id: Uuid) -> Result<bool> {
    let transaction = db.begin().await?;
    let deleted = session::Entity::delete_many()
        .filter(session::Column::AccountId.eq(account))
        .filter(session::Column::PublicId.eq(public_id))
        .exec(&transaction)
        .await?;
    if deleted.rows_affected == 0 {
        return Ok(false);
    }
    db.commit(transaction).await?;
    Ok(true)
}

/// Ends all sessions of an account but `except`.
pub async fn delete_of(db: &Db, account: Uuid, except: Option<&str>) -> Result<u64> {
    let mut query = session::Entity::delete_many().filter(session::Column::AccountId.eq(account));
    if let Some(id) = except {
        query = query.filter(session::Column::Id.ne(id));
    }
    let transaction = db.begin().await?;
    let ended = query.exec(&transaction).await?.rows_affected;
    if ended > 0 {
        db.commit(transaction).await?;
    }
    Ok(ended)
}

/// Removes the rows of sessions that have ended.
pub async fn delete_expired(db: &Db, now: OffsetDateTime) -> Result<u64> {
    let deleted = session::Entity::delete_many()
        .filter(session::Column::ExpiresAt.lte(now))
        .exec(&db.write)
        .await?;
    Ok(deleted.rows_affected)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Options, accounts};
    use time::Duration;

    async fn database() -> (tempfile::TempDir, Db, Uuid) {
        let dir = tempfile::tempdir().expect("a directory");
        let options = Options::Sqlite(dir.path().join("test.db"));
        let db = Db::open(&options).await.expect("a database");
        let new = accounts::New {
            name: "alice".to_owned(),
            ..accounts::New::default()
        };
        let alice = accounts::create(&db, new, OffsetDateTime::UNIX_EPOCH).await;
        (dir, db, alice.expect("an account").id)
    }

    fn row(id: &str, account: Uuid, now: OffsetDateTime) -> session::Model {
        session::Model {
            id: id.to_owned(),
            public_id: Uuid::now_v7(),
            account_id: Some(account),
            data: serde_json::json!({}),
            address: String::new(),
            device: String::new(),
            signed_in_at: Some(now),
            last_seen_at: now,
            expires_at: now + Duration::hours(1),
        }
    }

    #[tokio::test]
    async fn the_session_that_was_not_seen_for_longest_makes_room() {
        let (_dir, db, alice) = database().await;
        let start = OffsetDateTime::UNIX_EPOCH;
        for n in 0..MAX_SESSIONS {
            let seen = start + Duration::seconds(n.cast_signed());
            assert!(
                create(&db, row(&format!("{n}"), alice, seen))
                    .await
                    .expect("made")
            );
        }
        let late = start + Duration::minutes(30);
        assert!(create(&db, row("new", alice, late)).await.expect("made"));
        let now = start + Duration::minutes(1);
        assert!(load(&db, "0", now).await.expect("read").is_none());
        for id in ["1", "99", "new"] {
            assert!(load(&db, id, now).await.expect("read").is_some(), "{id}");
        }
        assert!(!create(&db, row("new", alice, late)).await.expect("taken"));
    }

    #[tokio::test]
    async fn who_owes_a_code_signs_nobody_out() {
        let (_dir, db, alice) = database().await;
        let start = OffsetDateTime::UNIX_EPOCH;
        assert!(create(&db, row("real", alice, start)).await.expect("made"));
        let later = start + Duration::seconds(1);
        for n in 0..=MAX_SESSIONS {
            let half = session::Model {
                signed_in_at: None,
                ..row(&format!("{n}"), alice, later)
            };
            assert!(create(&db, half).await.expect("made"));
        }
        assert!(load(&db, "real", later).await.expect("read").is_some());
        let left = session::Entity::find().all(&db.read).await.expect("read");
        assert_eq!(
            u64::try_from(left.len()),
            Ok(MAX_SESSIONS + 1),
            "they make room too"
        );
        let ended = delete_expired(&db, later + Duration::hours(1)).await;
        assert_eq!(ended.expect("swept"), MAX_SESSIONS + 1);
    }

    #[tokio::test]
    async fn what_has_been_ended_is_not_saved_again() {
        let (_dir, db, alice) = database().await;
        let now = OffsetDateTime::now_utc();
        assert!(create(&db, row("one", alice, now)).await.expect("made"));
        delete_of(&db, alice, None).await.expect("ended");
        save(&db, "one", Some(alice), serde_json::json!({"a": 1}), None)
            .await
            .expect("no error");
        seen(&db, "one", &Visit::default(), now, now)
            .await
            .expect("no error");
        assert!(load(&db, "one", now).await.expect("read").is_none());
    }
}
