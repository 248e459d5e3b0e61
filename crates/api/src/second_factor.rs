//! Second factors: `/enzi/v0/accounts/{nameOrId}/secondFactor…` (ours, in eNZi's style).

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// Whether an account has a second factor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SecondFactor {
    /// A password alone is not enough.
    pub is_enabled: bool,
    /// Since when; absent where it is not enabled.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "time::serde::rfc3339::option"
    )]
    pub enabled_at: Option<OffsetDateTime>,
    /// Recovery codes that were not used yet.
    pub recovery_codes_left: u64,
}

/// Body of `POST …/secondFactor`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EnrolSecondFactor {
    /// The caller's password, once more.
    pub password: String,
}

/// What an authenticator app has to know, shown this once. It counts when a first code was confirmed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Enrolment {
    /// The key in Base32, to be typed.
    pub secret: String,
    /// The key as an `otpauth` address.
    pub uri: String,
    /// A QR code of the address: the `d` of an SVG path, in a square of `qrSize` units.
    pub qr_path: String,
    /// Width and height of the QR code, with its border.
    pub qr_size: u32,
}

/// Body of `POST …/secondFactor/confirm`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConfirmSecondFactor {
    /// The code that the app shows.
    pub code: String,
}

/// Recovery codes, shown this once. Each is good once, in the place of a code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct RecoveryCodes {
    /// All of them; those of before are good no more.
    pub recovery_codes: Vec<String>,
}

/// Body of `POST …/secondFactor/recoveryCodes` and of `DELETE …/secondFactor`: both factors, once more.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProveSecondFactor {
    /// The caller's password; an administrator who takes another's second factor away leaves it out.
    #[serde(default)]
    pub password: String,
    /// The code that the app shows, or a recovery code; likewise.
    #[serde(default)]
    pub code: String,
}
