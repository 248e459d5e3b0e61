//! The signatures of a manifest, and which of them count now.

use std::collections::{BTreeSet, HashMap};

use sea_orm::{FromQueryResult, Statement, Value};
use time::OffsetDateTime;
use uuid::Uuid;

use super::Kind;
use crate::{Db, Result};

/// Digests of one question.
const LOT: usize = 100;

/// Whose a signature is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum By {
    /// An active user's, by a key that counts.
    User {
        /// The user.
        account: Uuid,
        /// Their name.
        name: String,
        /// The fingerprint of their key.
        key: String,
    },
    /// That of a key or trust store which an organization, or the registry, trusts.
    Trust {
        /// Its id.
        id: Uuid,
        /// The organization; none for the registry.
        owner: Option<Uuid>,
        /// What it is called.
        name: String,
    },
}

/// The moment for which it is asked what counts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct At {
    /// It.
    pub now: OffsetDateTime,
    /// Keys and certificates have to be good then, too; otherwise it is enough that they were when the signature came.
    pub are_certificates_good: bool,
}

impl At {
    /// What ended before it counts no more because of that.
    pub(crate) fn ended(self) -> OffsetDateTime {
        if self.are_certificates_good {
            self.now
        } else {
            OffsetDateTime::UNIX_EPOCH
        }
    }
}

/// What a signature is worth now.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Standing {
    /// It counts.
    Verified(By),
    /// It does not, and this is why.
    Refused(String),
    /// It has not been looked at yet.
    Pending,
}

/// A signature in a list, whether it counts or not.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Listed {
    /// The manifest that holds it.
    pub manifest: String,
    /// Which layer of it.
    pub position: i32,
    /// The tag by which it hangs on its subject.
    pub tag: Option<String>,
    /// What it is, or says that it is.
    pub kind: Kind,
    /// Who made it, for people; empty where that is not known.
    pub signer: String,
    /// Of an attestation, what it says something about.
    pub predicate_type: Option<String>,
    /// When it was looked at.
    pub checked_at: Option<OffsetDateTime>,
    /// From when on it does not count any more.
    pub until: Option<OffsetDateTime>,
    /// What it is worth.
    pub standing: Standing,
}

/// Where a page begins: behind this manifest's signature.
pub type After<'a> = (&'a str, i32);

/// The signatures of a manifest, ordered by the manifests that hold them. Manifests whose tag is gone, or was moved, hold none any more.
pub async fn list(
    db: &Db,
    repository: Uuid,
    subject: &str,
    after: Option<After<'_>>,
    limit: u64,
    at: At,
) -> Result<Vec<Listed>> {
    let (manifest, position) = after.unwrap_or(("", -1));
    let values: [Value; 6] = [
        repository.into(),
        subject.into(),
        at.ended().into(),
        manifest.into(),
        position.into(),
        i64::try_from(limit).unwrap_or(i64::MAX).into(),
    ];
    let sql = format!(
        "{} AND (m.digest, COALESCE(s.position, 0)) > ($4, $5) ORDER BY m.digest, s.position LIMIT $6",
        found(0)
    );
    let statement = Statement::from_sql_and_values(db.backend(), sql, values);
    let rows = Row::find_by_statement(statement).all(&db.read).await?;
    Ok(rows.into_iter().map(|row| row.listed(at)).collect())
}

/// The first `limit` signatures of a manifest, those that count first: by what an organization or the registry trusts, then by users' own
/// keys, then what has not been looked at yet, and last what does not count; of each of these what arrived first. So nothing that is
/// attached later hides what counts.
pub async fn counting_first(
    db: &Db,
    repository: Uuid,
    subject: &str,
    limit: u64,
    at: At,
) -> Result<Vec<Listed>> {
    let values: [Value; 5] = [
        repository.into(),
        subject.into(),
        at.ended().into(),
        at.now.into(),
        i64::try_from(limit).unwrap_or(i64::MAX).into(),
    ];
    // as `Row::standing` has it
    let sql = format!(
        "{} ORDER BY CASE WHEN s.position IS NULL THEN 2 \
         WHEN NOT s.is_verified OR s.valid_until <= $4 OR s.certificates_until <= $3 THEN 3 \
         WHEN a.id IS NOT NULL THEN 1 WHEN t.id IS NOT NULL THEN 0 ELSE 3 END, \
         (SELECT p.pushed_at FROM manifests p WHERE p.repository_id = m.repository_id AND p.digest = m.digest), \
         m.digest, s.position LIMIT $5",
        found(0)
    );
    let statement = Statement::from_sql_and_values(db.backend(), sql, values);
    let rows = Row::find_by_statement(statement).all(&db.read).await?;
    Ok(rows.into_iter().map(|row| row.listed(at)).collect())
}

/// Whose signatures of these manifests count, by digest, each once: those of cosign and notation; attestations are no signatures of an
/// image. One question for a hundred of them.
pub async fn signers_of_all<'d>(
    db: &Db,
    repository: Uuid,
    digests: impl IntoIterator<Item = &'d str>,
    at: At,
) -> Result<HashMap<String, Vec<By>>> {
    let found = tools_of_all(db, repository, digests, at).await?;
    let once = |found: Vec<(Kind, By)>| {
        let mut signers: Vec<By> = Vec::new();
        for (_, by) in found {
            if !signers.contains(&by) {
                signers.push(by);
            }
        }
        signers
    };
    let found = found.into_iter();
    Ok(found.map(|(digest, found)| (digest, once(found))).collect())
}

/// As [`signers_of_all`], each with what was signed with: who signed with both is there twice.
pub async fn tools_of_all<'d>(
    db: &Db,
    repository: Uuid,
    digests: impl IntoIterator<Item = &'d str>,
    at: At,
) -> Result<HashMap<String, Vec<(Kind, By)>>> {
    let digests: BTreeSet<&str> = digests.into_iter().collect();
    let digests: Vec<&str> = digests.into_iter().collect();
    let mut signers: HashMap<String, Vec<(Kind, By)>> = HashMap::new();
    for lot in digests.chunks(LOT) {
        let Some((first, more)) = lot.split_first() else {
            continue;
        };
        let sql = format!(
            "SELECT DISTINCT subject_digest, kind, user_id, user_name, user_key, trust_id, trust_owner, trust_name FROM ({} \
             AND s.is_verified AND s.kind IN (1, 3) AND (s.certificates_until IS NULL OR s.certificates_until > $3) \
             AND (s.valid_until IS NULL OR s.valid_until > ${})) AS found",
            found(more.len()),
            4 + more.len()
        );
        let values: [Value; 3] = [repository.into(), (*first).into(), at.ended().into()];
        let values = values
            .into_iter()
            .chain(more.iter().map(|digest| (*digest).into()))
            .chain([at.now.into()]);
        let statement = Statement::from_sql_and_values(db.backend(), sql, values);
        for row in Trusted::find_by_statement(statement).all(&db.read).await? {
            let kind = row.kind;
            let (digest, by) = row.by();
            let by = by.map(|by| (kind, by));
            signers.entry(digest).or_default().extend(by);
        }
    }
    Ok(signers)
}

#[derive(FromQueryResult)]
struct Trusted {
    subject_digest: String,
    kind: Kind,
    user_id: Option<Uuid>,
    user_name: Option<String>,
    user_key: Option<String>,
    trust_id: Option<Uuid>,
    trust_owner: Option<Uuid>,
    trust_name: Option<String>,
}

impl Trusted {
    /// By whom, if they are still trusted.
    fn by(self) -> (String, Option<By>) {
        let user = self.user_id.zip(self.user_name).zip(self.user_key);
        let user = user.map(|((account, name), key)| By::User { account, name, key });
        let owner = self.trust_owner;
        let trust = self.trust_id.zip(self.trust_name);
        let trust = trust.map(|(id, name)| By::Trust { id, owner, name });
        (self.subject_digest, user.or(trust))
    }
}

/// Of repository `$1`, and the subject `$2` or so many more, `$4` and on. A user's key counts while it is theirs, for signing, did not end
/// until `$3`, and they are active.
fn found(more: usize) -> String {
    let more = (4..4 + more).map(|at| format!(", ${at}"));
    let more = more.collect::<Vec<_>>().concat();
    format!(
        "SELECT m.subject_digest, m.digest, m.tag, s.position, s.kind, s.is_verified, s.refusal, s.signer, s.predicate_type, \
    s.checked_at, s.valid_until, s.certificates_until, a.id AS user_id, a.name AS user_name, k.fingerprint AS user_key, \
    t.id AS trust_id, t.account_id AS trust_owner, t.name AS trust_name \
    FROM signature_manifests m \
    LEFT JOIN signatures s ON s.repository_id = m.repository_id AND s.subject_digest = m.subject_digest \
    AND s.manifest_digest = m.digest \
    LEFT JOIN public_keys k ON k.id = s.public_key_id AND k.revoked_at IS NULL AND (k.is_signing OR k.kind = 3) \
    AND k.proven_at IS NOT NULL \
    AND (k.expires_at IS NULL OR k.expires_at > $3) \
    LEFT JOIN accounts a ON a.id = k.account_id AND a.is_active \
    LEFT JOIN signature_trusts t ON t.id = s.trust_id \
    WHERE m.repository_id = $1 AND m.subject_digest IN ($2{more}) AND (m.tag IS NULL OR EXISTS (SELECT 1 FROM tags g \
    WHERE g.repository_id = m.repository_id AND g.name = m.tag AND g.digest = m.digest))"
    )
}

#[derive(FromQueryResult)]
struct Row {
    digest: String,
    tag: Option<String>,
    position: Option<i32>,
    kind: Option<Kind>,
    is_verified: Option<bool>,
    refusal: Option<String>,
    signer: Option<String>,
    predicate_type: Option<String>,
    checked_at: Option<OffsetDateTime>,
    valid_until: Option<OffsetDateTime>,
    certificates_until: Option<OffsetDateTime>,
    user_id: Option<Uuid>,
    user_name: Option<String>,
    user_key: Option<String>,
    trust_id: Option<Uuid>,
    trust_owner: Option<Uuid>,
    trust_name: Option<String>,
}

impl Row {
    fn listed(self, at: At) -> Listed {
        let standing = self.standing(at);
        let certificates = self.certificates_until;
        let certificates = certificates.filter(|_| at.are_certificates_good);
        Listed {
            manifest: self.digest,
            position: self.position.unwrap_or_default(),
            tag: self.tag,
            kind: self.kind.unwrap_or(Kind::Unknown),
            signer: self.signer.unwrap_or_default(),
            predicate_type: self.predicate_type,
            checked_at: self.checked_at,
            until: self.valid_until.into_iter().chain(certificates).min(),
            standing,
        }
    }

    fn standing(&self, at: At) -> Standing {
        let Some(is_verified) = self.is_verified else {
            return Standing::Pending;
        };
        if !is_verified {
            return Standing::Refused(self.refusal.clone().unwrap_or_default());
        }
        if self.valid_until.is_some_and(|until| until <= at.now) {
            return Standing::Refused("it has expired: it was made for a time".to_owned());
        }
        if self.certificates_until.is_some_and(|end| end <= at.ended()) {
            return Standing::Refused(
                "a certificate of its chain has ended, and the registry asks for those that are valid now"
                    .to_owned(),
            );
        }
        if let (Some(account), Some(name), Some(key)) =
            (self.user_id, &self.user_name, &self.user_key)
        {
            return Standing::Verified(By::User {
                account,
                name: name.clone(),
                key: key.clone(),
            });
        }
        if let (Some(id), Some(name)) = (self.trust_id, &self.trust_name) {
            return Standing::Verified(By::Trust {
                id,
                owner: self.trust_owner,
                name: name.clone(),
            });
        }
        Standing::Refused(
            "whoever made it is not trusted any more: the key was revoked or has ended, or its user is not active"
                .to_owned(),
        )
    }
}
