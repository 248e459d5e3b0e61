//! Who is trusted in a repository: users by their keys for signing, and whom its organization and the registry registered.

use std::collections::HashMap;

use db::{
    entities::signature_trust,
    signatures::{TrustKind, UserKey, used_trusts, user_keys},
};
use time::OffsetDateTime;
use trust::{
    attached::{TrustStore, Trusted, TrustedCertificate, TrustedKey, VerifyingKey},
    notation::{Identities, Scheme},
    x509::Certificate,
};
use uuid::Uuid;

use super::trusts::{MAX_CERTIFICATES, MAX_TRUSTS};
use crate::{error::ApiResult, state::AppState};

/// Users' keys that are tried; of more the newest.
const MAX_USER_KEYS: u64 = 2_000;

/// Whose a key is, by the id that it has in [`Trusted`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Whose {
    /// The row of a user's key.
    User(Uuid),
    /// The row of a trust.
    Trust(Uuid),
}

/// Who is trusted, and whose the keys are.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// For the verification.
    pub(super) trusted: Trusted,
    /// By the ids in it: of keys their fingerprints, too.
    pub(super) whose: HashMap<String, (Whose, String)>,
}

impl Known {
    /// Who is trusted in the repositories of an account. A row that cannot be read is nobody.
    pub(super) async fn of(
        state: &AppState,
        account: Uuid,
        now: OffsetDateTime,
    ) -> ApiResult<Self> {
        let mut known = Self::default();
        // Users first, who are in teams: only what is proven to be theirs is read, so nobody takes over what a trust has signed by
        // registering its public key.
        let keys = user_keys(&state.db, now, MAX_USER_KEYS + 1).await?;
        if u64::try_from(keys.len()).is_ok_and(|found| found > MAX_USER_KEYS) {
            tracing::warn!(
                "users have more than {MAX_USER_KEYS} keys for cosign and for signing; the oldest verify no signature of cosign or notation"
            );
        }
        let most = usize::try_from(MAX_USER_KEYS).unwrap_or(usize::MAX);
        let (lasting, ending): (Vec<_>, Vec<_>) = keys
            .into_iter()
            .take(most)
            .partition(|key| key.expires_at.is_none());
        for key in &lasting {
            known.user(key);
        }
        for row in used_trusts(&state.db, account, 2 * MAX_TRUSTS).await? {
            match row.kind {
                TrustKind::Key => known.key(Whose::Trust(row.id), row.id, &row.pem, None),
                TrustKind::Store => known.store(&row, Scheme::X509),
                TrustKind::Authority => known.store(&row, Scheme::SigningAuthority),
            }
        }
        // After those: what a trust has signed does not end with somebody's certificate for the same key.
        for key in &ending {
            known.user(key);
        }
        Ok(known)
    }

    fn user(&mut self, key: &UserKey) {
        self.key(Whose::User(key.id), key.id, &key.pem, key.expires_at);
        if let Some(pem) = &key.certificate {
            self.certificate(key.id, pem, key.expires_at);
        }
    }

    fn key(&mut self, whose: Whose, id: Uuid, pem: &str, until: Option<OffsetDateTime>) {
        let Ok(key) = VerifyingKey::from_pem(pem) else {
            tracing::warn!(%id, "a key that was registered cannot be read, and verifies nothing");
            return;
        };
        let id = id.to_string();
        let fingerprint = key.fingerprint();
        self.whose.insert(id.clone(), (whose, fingerprint));
        self.trusted.keys.push(TrustedKey { id, key, until });
    }

    /// With a user's certificate, what was signed with it counts; it goes by the id of its key.
    fn certificate(&mut self, id: Uuid, pem: &str, until: Option<OffsetDateTime>) {
        match Certificate::from_pem(pem, 1).map(|found| found.into_iter().next()) {
            Ok(Some(certificate)) => self.trusted.certificates.push(TrustedCertificate {
                id: id.to_string(),
                certificate,
                until,
            }),
            _ => {
                tracing::warn!(%id, "a certificate that was registered cannot be read, and verifies nothing");
            }
        }
    }

    fn store(&mut self, row: &signature_trust::Model, scheme: Scheme) {
        let texts: Vec<String> = row
            .identities
            .clone()
            .and_then(|texts| serde_json::from_value(texts).ok())
            .unwrap_or_default();
        let identities = Identities::parse(texts.iter().map(String::as_str));
        let certificates = Certificate::from_pem(&row.pem, MAX_CERTIFICATES);
        let (Ok(identities), Ok(certificates)) = (identities, certificates) else {
            tracing::warn!(id = %row.id, "a trust store cannot be read, and verifies nothing");
            return;
        };
        let id = row.id.to_string();
        let whose = (Whose::Trust(row.id), row.fingerprint.clone());
        self.whose.insert(id.clone(), whose);
        self.trusted.stores.push(TrustStore {
            id,
            scheme,
            certificates,
            identities,
        });
    }
}
