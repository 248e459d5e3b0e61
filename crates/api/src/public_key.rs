//! Public keys of users, and client bundles: `/enzi/v0/accounts/{user}/publicKeys…` (eNZi's shapes) and
//! `/api/v0/accounts/{user}/clientBundles` (ours).

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

/// Where a key comes from. Ours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum KeyKind {
    /// This registry issued a client certificate for it.
    ClientCertificate,
    /// It was uploaded, bare or in somebody else's certificate.
    #[default]
    PublicKey,
    /// It was uploaded, to verify what cosign signs.
    Cosign,
}

/// The certificate of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct KeyCertificate {
    /// The label of its key.
    pub label: String,
    /// The certificate, PEM.
    pub cert: String,
    /// Ours: SHA-256 of its DER, in hex.
    pub fingerprint: String,
    /// Ours: its serial number, in hex; only where this registry issued it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
}

/// A public key of a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PublicKey {
    /// SHA-256 of the key's DER, in hex.
    pub id: String,
    /// Whose it is.
    #[serde(rename = "accountID")]
    pub account_id: Uuid,
    /// What it is for.
    pub label: String,
    /// The key, PEM.
    pub public_key: String,
    /// Its certificate, if it has one.
    pub certificates: Vec<KeyCertificate>,
    /// Ours: where it comes from.
    pub kind: KeyKind,
    /// Ours: what kind of key it is, for people, such as `ECDSA P-256`.
    pub algorithm: String,
    /// Ours: its id in Notary, as `docker trust inspect` shows it.
    #[serde(rename = "notaryKeyID")]
    pub notary_key_id: String,
    /// Ours: its user has designated it as a signing key.
    pub is_signing_key: bool,
    /// Ours: the text that its user signs with it to prove that they hold the private half; absent once that is proven. Until then the
    /// key counts for nothing, and goes to whoever proves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof_statement: Option<String>,
    /// Ours: when it was registered.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// Ours: when its certificate ends; absent where it has none.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "time::serde::rfc3339::option"
    )]
    pub expires_at: Option<OffsetDateTime>,
    /// Ours: when somebody came with its certificate last, to the minute; absent where nobody did.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "time::serde::rfc3339::option"
    )]
    pub last_used: Option<OffsetDateTime>,
    /// Ours: from which address that was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_from: Option<String>,
    /// Ours: when it was revoked; absent where it was not.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "time::serde::rfc3339::option"
    )]
    pub revoked_at: Option<OffsetDateTime>,
}

/// One page of keys, the oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PublicKeys {
    /// This page.
    pub account_public_keys: Vec<PublicKey>,
    /// `start` of the next page; empty on the last one.
    pub next_page_start: String,
}

/// Body of `POST …/publicKeys`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreatePublicKey {
    /// What it is for; at most 100 characters.
    #[serde(default)]
    pub label: String,
    /// A PEM block `PUBLIC KEY`: ECDSA on P-256 or P-384, Ed25519, or RSA with 2048 to 8192 bits. Ours: or a PEM block
    /// `CERTIFICATE` of such a key, by which nobody can sign in; that takes a client bundle.
    pub public_key: String,
    /// Ours: `publicKey` or `cosign`; `publicKey` where absent.
    #[serde(default)]
    pub kind: KeyKind,
    /// Ours: the proof that the private half is yours, as in the body of PATCH; it may also come later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<String>,
}

/// Body of `PATCH …/publicKeys/{keyID}`: what is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdatePublicKey {
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Ours: its user signs with it. Only once it is proven.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_signing_key: Option<bool>,
    /// Ours: the signature of `proofStatement`, `plimsoll key ID of account ACCOUNT_ID`, in Base64, as of `openssl dgst -sha256 -sign` or
    /// `cosign sign-blob`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<String>,
}

/// Body of `POST …/clientBundles`. With `csr` or `publicKey`, the private key stays where it is, and is not in the bundle. Ours.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateClientBundle {
    /// What it is for; at most 100 characters.
    #[serde(default)]
    pub label: String,
    /// A PEM block `CERTIFICATE REQUEST` (PKCS #10), signed by the key that it is for. What it asks for besides is not looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub csr: Option<String>,
    /// A PEM block `PUBLIC KEY`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_key: Option<String>,
}
