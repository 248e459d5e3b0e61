//! What every request shares: the database, the store, the configuration and what is remembered between requests.

use std::sync::Arc;

use auth::{
    client_ca::ClientCa, mac::MacKey, password::Passwords, seal::SealKey, throttle::Throttle,
};
use blobs::BlobStore;
use db::Db;
use rand::Rng as _;
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;

use crate::{
    config::Config,
    content, custody,
    directory::Directory,
    events::Pace,
    keys,
    outgoing::{Kept, Outgoing},
    promotion::Promotion,
    registry::{cache::Cache, pulled::Pulled, pulls::Pulls},
    scanning::Scanning,
    signatures::Signatures,
    telemetry::Meters,
    token::TokenService,
    trust,
    webhooks::{Redeliveries, Trials, Webhooks},
};

/// Shared by all requests; cheap to clone.
#[derive(Clone)]
pub struct AppState(Arc<Inner>);

/// The parts.
pub struct Inner {
    /// Rows.
    pub db: Db,
    /// Bytes.
    pub blobs: BlobStore,
    /// As it was read at the start.
    pub config: Arc<Config>,
    /// Counts requests and bytes.
    pub meters: Meters,
    /// Cancelled when the program is told to stop: streams that would never end, end then.
    pub stop: CancellationToken,
    /// Checks passwords, a few at a time.
    pub passwords: Passwords,
    /// Slows down who guesses passwords.
    pub throttle: Throttle,
    /// Asks identity providers and CI systems.
    pub(crate) outgoing: Outgoing,
    /// What identity providers publish.
    pub(crate) providers: Kept<auth::oidc::Discovery>,
    /// What CI systems publish.
    pub(crate) issuers: Kept<auth::workload::Issuer>,
    /// Makes and checks registry tokens.
    pub(crate) tokens: TokenService,
    /// Issues client certificates, and knows its own.
    pub(crate) client_ca: ClientCa,
    /// Binds an upload's id to its repository and account.
    pub(crate) upload_key: MacKey,
    /// Seals secrets that have to be read again, in the database.
    pub(crate) seal_key: SealKey,
    /// What seals signing keys in the database.
    pub(crate) trust_sealing: trust::Sealing,
    /// Signs the checkpoints that seal events.
    pub(crate) audit: custody::Audit,
    /// Room in memory for large uploads of trust data.
    pub(crate) trust_room: trust::Room,
    /// What was read from the database and is still true.
    pub(crate) cache: Cache,
    /// What is remembered of the LDAP directory's answers.
    pub(crate) directory: Directory,
    /// What was recorded a moment ago.
    pub(crate) pace: Pace,
    /// Wakes whoever scans.
    pub(crate) scanning: Scanning,
    /// Wakes whoever promotes.
    pub(crate) promotion: Promotion,
    /// Wakes whoever verifies signatures.
    pub(crate) signatures: Signatures,
    /// Wakes whoever sends for webhooks.
    pub(crate) webhooks: Webhooks,
    /// How often receivers are tried.
    pub(crate) trials: Trials,
    /// How often deliveries are sent again by hand.
    pub(crate) redeliveries: Redeliveries,
    /// Since when this process runs.
    pub(crate) started_at: OffsetDateTime,
    /// Pulls that are not yet counted in the database.
    pub(crate) pulls: Pulls,
    /// Pulls that are recorded as events.
    pub(crate) pulled: Pulled,
}

impl std::fmt::Debug for AppState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AppState")
    }
}

impl std::ops::Deref for AppState {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl AppState {
    /// Puts the parts together; makes the secrets and the signing key that are not there yet.
    pub async fn new(config: Arc<Config>, db: Db, blobs: BlobStore) -> anyhow::Result<Self> {
        let upload_key = MacKey::new(&secret(&db, "upload-id").await?);
        let seal_key = SealKey::new(&secret(&db, "seal").await?)?;
        let trust_sealing = trust::Sealing::open(&config)?;
        let audit = custody::Audit::open(&db, &seal_key, &trust_sealing).await?;
        let now = OffsetDateTime::now_utc();
        let tokens = TokenService::open(&db, now).await?;
        let client_ca = keys::authority::open(&db, now).await?;
        let outgoing = Outgoing::new(&config);
        Ok(Self(Arc::new(Inner {
            db,
            blobs: blobs.handing_back(content::SMALL),
            config,
            meters: Meters::new(now),
            stop: CancellationToken::new(),
            passwords: Passwords::new(),
            throttle: Throttle::new(),
            outgoing,
            providers: Kept::default(),
            issuers: Kept::default(),
            tokens,
            client_ca,
            upload_key,
            seal_key,
            trust_sealing,
            audit,
            trust_room: trust::Room::default(),
            cache: Cache::default(),
            directory: Directory::default(),
            pace: Pace::default(),
            scanning: Scanning::default(),
            promotion: Promotion::default(),
            signatures: Signatures::default(),
            webhooks: Webhooks::default(),
            trials: Trials::default(),
            redeliveries: Redeliveries::default(),
            started_at: now,
            pulls: Pulls::default(),
            pulled: Pulled::default(),
        })))
    }
}

/// The secret of that name, which every replica shares; made where it is not there yet.
async fn secret(db: &Db, name: &str) -> anyhow::Result<[u8; 32]> {
    let mut fresh = [0u8; 32];
    rand::rng().fill_bytes(&mut fresh);
    let secret = db::secrets::get_or_insert(db, name, fresh.to_vec()).await?;
    secret
        .try_into()
        .map_err(|_| anyhow::anyhow!("the secret {name} in the database has not 32 bytes"))
}
