//! Which images may be pulled, by who signed them: what each level asks, and what an image or a blob is reached by.

use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, Statement,
    sea_query::OnConflict,
};
use uuid::Uuid;

use crate::{Db, Result, entities::trust_policy};

/// What a cache of policies carries the revision of.
pub const POLICIES: &str = "trust_policies";
/// What a cache of verdicts carries the revision of, beside that of the repository: every recorded change but pushes.
pub const FACTS: &str = "facts of verdicts";

/// Signed manifests, and tags, that are looked at for one image or blob.
const MOST: u64 = 1000;

/// Whose policy it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Whose {
    /// The registry's.
    Registry,
    /// An organization's.
    Organization(Uuid),
    /// A repository's.
    Repository(Uuid),
}

impl Whose {
    const fn id(self) -> Uuid {
        match self {
            Self::Registry => Uuid::nil(),
            Self::Organization(id) | Self::Repository(id) => id,
        }
    }
}

/// What one level asks: JSON; `None` where it was never said.
pub async fn get(db: &Db, whose: Whose) -> Result<Option<String>> {
    let row = trust_policy::Entity::find_by_id(whose.id())
        .one(&db.read)
        .await?;
    Ok(row.map(|row| row.content))
}

/// What is asked of the images of a repository that `account` owns: by everybody who asks something.
pub async fn of_repository(
    db: &Db,
    account: Uuid,
    repository: Uuid,
) -> Result<Vec<(Whose, String)>> {
    let rows = trust_policy::Entity::find()
        .filter(trust_policy::Column::Id.is_in([Uuid::nil(), account, repository]))
        .all(&db.read)
        .await?;
    let whose = |row: &trust_policy::Model| match (row.account_id, row.repository_id) {
        (Some(id), _) => Whose::Organization(id),
        (None, Some(id)) => Whose::Repository(id),
        (None, None) => Whose::Registry,
    };
    Ok(rows
        .into_iter()
        .map(|row| (whose(&row), row.content))
        .collect())
}

/// Sets what one level asks.
pub async fn set(db: &Db, whose: Whose, content: String) -> Result<()> {
    let (account, repository) = match whose {
        Whose::Registry => (None, None),
        Whose::Organization(id) => (Some(id), None),
        Whose::Repository(id) => (None, Some(id)),
    };
    let transaction = db.begin().await?;
    trust_policy::Entity::insert(trust_policy::ActiveModel {
        id: Set(whose.id()),
        account_id: Set(account),
        repository_id: Set(repository),
        content: Set(content),
    })
    .on_conflict(
        OnConflict::column(trust_policy::Column::Id)
            .update_column(trust_policy::Column::Content)
            .to_owned(),
    )
    .exec_without_returning(&transaction)
    .await?;
    db.commit(transaction).await?;
    db.move_on(&POLICIES);
    // After it: a verdict by the old policy may have been made in between.
    db.move_on(&FACTS);
    Ok(())
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub enum Wanted<'a> {
    /// A manifest.
    Manifest(&'a str),
    /// A blob.
    Blob(&'a str),
}

impl<'a> Wanted<'a> {
    /// The manifests of the repository `$1` that have what is `$2`, and the indexes that they are in, however deep.
    const fn up(self) -> (&'static str, &'a str) {
        const MANIFEST: &str =
            "SELECT digest FROM manifests WHERE repository_id = $1 AND digest = $2";
        const BLOB: &str = "SELECT manifest_digest FROM manifest_blobs WHERE repository_id = $1 AND blob_digest = $2";
        match self {
            Self::Manifest(digest) => (MANIFEST, digest),
            Self::Blob(digest) => (BLOB, digest),
        }
    }
}

fn above(db: &Db, repository: Uuid, wanted: Wanted<'_>, select: &str) -> Statement {
    let (start, digest) = wanted.up();
    let sql = format!(
        "WITH RECURSIVE up(digest) AS ({start} UNION SELECT c.parent_digest FROM up JOIN manifest_children c \
         ON c.repository_id = $1 AND c.child_digest = up.digest) {select} LIMIT {MOST}"
    );
    Statement::from_sql_and_values(db.backend(), sql, [repository.into(), digest.into()])
}

#[derive(FromQueryResult)]
struct Text {
    text: String,
}

async fn texts(db: &Db, statement: Statement) -> Result<Vec<String>> {
    let rows = Text::find_by_statement(statement).all(&db.read).await?;
    Ok(rows.into_iter().map(|row| row.text).collect())
}

/// The manifests by which something is reached that trust data of the repository names: itself, what has the blob, and the indexes
/// above.
pub async fn signed_above(db: &Db, repository: Uuid, wanted: Wanted<'_>) -> Result<Vec<String>> {
    let select = "SELECT DISTINCT up.digest AS text FROM up JOIN trust_targets t ON t.digest = up.digest \
        JOIN trust_collections c ON c.id = t.collection_id WHERE c.repository_id = $1";
    texts(db, above(db, repository, wanted, select)).await
}

/// The tags by which something is reached: those of the manifest, or of what has the blob, and of the indexes above.
pub async fn tags_above(db: &Db, repository: Uuid, wanted: Wanted<'_>) -> Result<Vec<String>> {
    let select = "SELECT t.name AS text FROM up JOIN tags t ON t.repository_id = $1 AND t.digest = up.digest";
    texts(db, above(db, repository, wanted, select)).await
}
