//! Registry tokens: the keys that sign them, what they say, and the endpoint that gives them out.

pub(crate) mod admin;
pub(crate) mod endpoint;
pub(crate) mod grant;

use std::sync::Arc;

use arc_swap::ArcSwap;
use auth::jwt::{self, Access, Claims, Job, KeyError, SigningKey, TokenError, Verifier};
use db::{Db, entities::token_key};
use moka::sync::Cache;
use sha2::{Digest as _, Sha256};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// Who issues tokens, and for whom: both are this registry, whatever its address is today.
const ISSUER: &str = "plimsoll";
/// The name of the service in challenges and tokens.
pub(crate) const SERVICE: &str = "plimsoll";
/// How long a token lives.
pub(crate) const LIFETIME: Duration = Duration::minutes(5);
/// Tokens that were verified and are remembered; more cost a verification each, nothing else.
const REMEMBERED: u64 = 20_000;

/// Makes and checks registry tokens.
#[derive(Debug)]
pub(crate) struct TokenService {
    keys: ArcSwap<Keys>,
    /// Verified tokens by their SHA-256. An entry is only as good as the token's own end.
    verified: Cache<[u8; 32], Arc<Claims>>,
}

#[derive(Debug)]
struct Keys {
    /// All of them, and whether they sign.
    names: Vec<(String, bool)>,
    signing: SigningKey,
    verifier: Verifier,
}

impl TokenService {
    /// Reads the keys; makes the first one.
    pub(crate) async fn open(db: &Db, now: OffsetDateTime) -> anyhow::Result<Self> {
        if db::tokens::keys(db).await?.is_empty() {
            db::tokens::add_key(db, row(&SigningKey::generate(now)?, now)).await?;
        }
        Ok(Self {
            keys: ArcSwap::from_pointee(load(db).await?),
            verified: Cache::builder()
                .max_capacity(REMEMBERED)
                .time_to_live(LIFETIME.unsigned_abs())
                .build(),
        })
    }

    /// Reads the keys again: another replica may have rotated them.
    pub(crate) async fn reload(&self, db: &Db) -> anyhow::Result<()> {
        let keys = load(db).await?;
        // Anybody can ask for this, with a token that names a key of his own: what is remembered must not go for that.
        if keys.names != self.keys.load().names {
            self.keys.store(Arc::new(keys));
            self.verified.invalidate_all();
        }
        Ok(())
    }

    /// Lets a new key sign from now on. The old one verifies until what it signed has ended.
    pub(crate) async fn rotate(&self, db: &Db, now: OffsetDateTime) -> anyhow::Result<()> {
        db::tokens::rotate(
            db,
            row(&SigningKey::generate(now)?, now),
            now - LIFETIME * 2,
        )
        .await?;
        self.reload(db).await
    }

    /// A token for an account or the trust of a CI job, by its id, or for the public, with these rights. Where it is `limited`,
    /// nothing but them counts; `name` is the account's, and `job` the CI job that it is given to.
    pub(crate) fn issue(
        &self,
        holder: Option<Uuid>,
        access: Vec<Access>,
        limited: bool,
        (name, job): (Option<String>, Option<Job>),
        now: OffsetDateTime,
    ) -> Result<String, KeyError> {
        let claims = Claims {
            iss: ISSUER.to_owned(),
            sub: holder.map(|id| id.to_string()).unwrap_or_default(),
            aud: SERVICE.to_owned(),
            exp: (now + LIFETIME).unix_timestamp(),
            nbf: now.unix_timestamp(),
            iat: now.unix_timestamp(),
            jti: Uuid::new_v4().to_string(),
            access,
            limited,
            name,
            job,
        };
        jwt::sign(&self.keys.load().signing, &claims)
    }

    /// What a token says, if it is one of ours and has not ended.
    pub(crate) fn verify(
        &self,
        token: &str,
        now: OffsetDateTime,
    ) -> Result<Arc<Claims>, TokenError> {
        let key: [u8; 32] = Sha256::digest(token).into();
        if let Some(claims) = self.verified.get(&key) {
            if claims.exp > now.unix_timestamp() {
                return Ok(claims);
            }
            self.verified.invalidate(&key);
        }
        let claims = Arc::new(self.keys.load().verifier.verify(token, now)?);
        self.verified.insert(key, Arc::clone(&claims));
        Ok(claims)
    }
}

fn row(key: &SigningKey, now: OffsetDateTime) -> token_key::Model {
    token_key::Model {
        id: key.id().to_owned(),
        private_key: key.pkcs8_der().to_vec(),
        certificate: key.certificate_der().to_vec(),
        created_at: now,
        retired_at: None,
    }
}

async fn load(db: &Db) -> anyhow::Result<Keys> {
    let rows = db::tokens::keys(db).await?;
    let keys = rows
        .iter()
        .map(|row| SigningKey::from_pkcs8_der(&row.private_key, &row.certificate))
        .collect::<Result<Vec<_>, _>>()?;
    let verifier = Verifier::new(&keys, ISSUER, SERVICE)?;
    let signing = rows
        .iter()
        .zip(keys)
        .find(|(row, _)| row.retired_at.is_none())
        .map(|(_, key)| key)
        .ok_or_else(|| anyhow::anyhow!("the database has no key that signs tokens"))?;
    Ok(Keys {
        names: rows
            .into_iter()
            .map(|row| (row.id, row.retired_at.is_none()))
            .collect(),
        signing,
        verifier,
    })
}
