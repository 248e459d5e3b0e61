//! The authority that signs client certificates: made once, and kept in the database for all replicas.

use anyhow::Context as _;
use auth::client_ca::ClientCa;
use db::Db;
use rand::RngExt as _;
use time::OffsetDateTime;

/// Its name among the secrets.
const SECRET: &str = "client-ca";
/// Where its private key begins, behind its certificate.
const KEY: &str = "-----BEGIN PRIVATE KEY-----";

/// The authority; a new one where there is none yet. Its name is like no other's, so that a browser which has certificates of
/// two registries knows which one is asked for.
pub(crate) async fn open(db: &Db, now: OffsetDateTime) -> anyhow::Result<ClientCa> {
    let name = format!(
        "Plimsoll client CA {} {:08x}",
        now.date(),
        rand::rng().random::<u32>()
    );
    let fresh = ClientCa::create(&name, now)?;
    let fresh = format!("{}{}", fresh.cert_pem(), fresh.key_pem());
    let kept = db::secrets::get_or_insert(db, SECRET, fresh.into_bytes()).await?;
    let kept =
        String::from_utf8(kept).context("the secret client-ca in the database is no text")?;
    let (certificate, key) = kept.split_at(kept.find(KEY).unwrap_or(kept.len()));
    ClientCa::from_pem(certificate, key).context("the secret client-ca in the database")
}
