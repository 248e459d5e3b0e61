//! Settings of the whole registry: `/api/v0/meta/…` (the part of DTR's `responses.Settings` that means something here).

use serde::{Deserialize, Serialize};

/// Answer of `GET /api/v0/meta/settings`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "DTR's wire format: one flag per setting"
)]
pub struct Settings {
    /// A push to a repository that does not exist creates it, private, if the pusher may create there.
    pub create_repository_on_push: bool,
    /// Pulls work; pushes, and deletions by registry clients, are refused.
    pub read_only_registry: bool,
    /// Images are scanned.
    pub scanning_enabled: bool,
    /// Vulnerability data is fetched every day; otherwise it is uploaded.
    #[serde(default)]
    pub scanning_sync_online: bool,
    /// Ours: Kubernetes clusters that ask this registry may run images of others.
    #[serde(default)]
    pub admit_other_registries: bool,
    /// Ours: a Notary signature counts while the certificate of the signer's key is valid. Otherwise, as at first, what was signed while
    /// it was counts for good. A revoked key counts for nothing in either case.
    #[serde(default)]
    pub notary_certificates_valid_now: bool,
    /// Ours: a signature of cosign or notation counts while the signer's key and all certificates of its chain are valid, as at first.
    /// Otherwise it is enough that they were when the registry got it.
    #[serde(default)]
    pub signature_certificates_valid_now: bool,
    /// Ours: where it is fetched from.
    #[serde(default)]
    pub vulnerability_source: VulnerabilitySource,
    /// Ours: where the lines between minor, major and critical are.
    #[serde(default)]
    pub severity_thresholds: SeverityThresholds,
    /// Ours: networks that are not public and that webhooks may be sent to all the same.
    #[serde(default)]
    pub outgoing_allowed_networks: Vec<String>,
    /// Ours: the proxy that webhooks are sent through, without its name and password; empty where they are sent directly.
    #[serde(default)]
    pub outgoing_proxy: String,
    /// Ours: that proxy is shown a name and a password.
    #[serde(default)]
    pub outgoing_proxy_has_credentials: bool,
    /// Host (and port) that clients use; from the configured external address, and not changed here. Empty where none is set.
    pub dtr_host: String,
}

/// Body of `POST /api/v0/meta/settings`: what is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdateSettings {
    /// See [`Settings::create_repository_on_push`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub create_repository_on_push: Option<bool>,
    /// See [`Settings::read_only_registry`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_only_registry: Option<bool>,
    /// See [`Settings::scanning_enabled`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scanning_enabled: Option<bool>,
    /// See [`Settings::scanning_sync_online`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scanning_sync_online: Option<bool>,
    /// See [`Settings::admit_other_registries`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admit_other_registries: Option<bool>,
    /// See [`Settings::notary_certificates_valid_now`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notary_certificates_valid_now: Option<bool>,
    /// See [`Settings::signature_certificates_valid_now`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature_certificates_valid_now: Option<bool>,
    /// See [`Settings::vulnerability_source`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vulnerability_source: Option<UpdateVulnerabilitySource>,
    /// See [`Settings::severity_thresholds`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity_thresholds: Option<SeverityThresholds>,
    /// See [`Settings::outgoing_allowed_networks`]: addresses and networks, as `10.1.2.0/24`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outgoing_allowed_networks: Option<Vec<String>>,
    /// `http://` or `https://`, also with a name and a password; empty for none. The same proxy without them keeps those it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outgoing_proxy: Option<String>,
}

/// Where vulnerability data is fetched from: a place in the layout of OSV's bucket. Ours.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct VulnerabilitySource {
    /// Its address; `{url}/{ecosystem}/all.zip` and `{url}/{ecosystem}/modified_id.csv` lie there.
    pub url: String,
    /// The ecosystems that are fetched, as OSV names them.
    pub ecosystems: Vec<String>,
    /// The proxy that is asked for it, without its name and password; empty where it is asked directly.
    pub proxy: String,
    /// The proxy is shown a name and a password.
    pub proxy_has_credentials: bool,
    /// Certificate authorities that are trusted there besides those of the system, in PEM.
    pub ca_certificates: String,
}

/// Part of the body of `POST /api/v0/meta/settings`: what is absent stays as it is. Ours.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdateVulnerabilitySource {
    /// See [`VulnerabilitySource::url`]; empty for OSV's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// See [`VulnerabilitySource::ecosystems`]; an empty list for those that come with the program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ecosystems: Option<Vec<String>>,
    /// `http://` or `https://`, also with a name and a password, as `http://name:password@proxy.example:3128`; empty for none. The
    /// same proxy without them keeps those it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy: Option<String>,
    /// See [`VulnerabilitySource::ca_certificates`]; empty for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_certificates: Option<String>,
}

/// Where the lines between minor, major and critical are, by CVSS score. Ours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum SeverityThresholds {
    /// As DTR: critical from 7.0, major from 4.0.
    #[default]
    Dtr,
    /// As NVD: critical from 9.0, major from 4.0.
    Nvd,
}

/// Answer of `GET /api/v0/meta/features`: what this registry can do (DTR's `responses.Features`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "DTR's wire format: one flag per feature"
)]
pub struct Features {
    /// Images are scanned.
    pub scanning_enabled: bool,
    /// There is no licence; `true` wherever the feature exists.
    pub scanning_licensed: bool,
    /// See `scanningLicensed`.
    pub promotion_licensed: bool,
    /// See `scanningLicensed`.
    pub mirroring_licensed: bool,
    /// Garbage is collected while the registry runs; not in this version.
    #[serde(rename = "onlineGCEnabled")]
    pub online_gc_enabled: bool,
    /// Ours: people of an LDAP directory sign in, and teams can follow it.
    #[serde(default, rename = "ldapEnabled")]
    pub ldap_enabled: bool,
}

/// Answer of `GET /api/v0/admin/version`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Version {
    /// Of Plimsoll, as `0.1.0`.
    pub version: String,
}
