//! `/api/v0/meta/…` and `/api/v0/admin/version`: settings that an administrator changes while the registry runs, and what this
//! registry is.

mod outgoing;

use api::{
    error::Envelope,
    settings::{Features, Settings, UpdateSettings, UpdateVulnerabilitySource, Version},
};
use axum::{Json, extract::State, http::StatusCode};

use crate::{
    caller::Caller,
    directory,
    error::ApiResult,
    events::{Event, Kind, ObjectType},
    input::Body,
    operations::{Operations, routes},
    registry::cache::{fresh, keep},
    scanning::{
        THRESHOLDS,
        online::{SOURCE, Source},
    },
    state::AppState,
};

pub(crate) use outgoing::{KEY as OUTGOING, Outgoing};

/// All of it.
pub(crate) fn router() -> Operations {
    Operations::default()
        .routes(routes!(get_settings, update_settings))
        .routes(routes!(get_features))
        .routes(routes!(get_version))
}

/// A setting that is on or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Switch {
    /// A push makes the repository that it goes to.
    CreateRepositoryOnPush,
    /// Pulls work, pushes and deletions through `/v2/` do not.
    ReadOnlyRegistry,
    /// Images are scanned when they come, and when somebody asks.
    ScanningEnabled,
    /// Vulnerability data is fetched.
    ScanningSyncOnline,
    /// Clusters may run images of other registries.
    AdmitOtherRegistries,
    /// What Notary's clients signed counts while the signer's certificate is valid.
    NotaryCertificatesValidNow,
    /// What cosign and notation signed counts while the signer's certificates and key are valid.
    SignatureCertificatesValidNow,
}

impl Switch {
    /// Its key in the database: its name in the API.
    const fn key(self) -> &'static str {
        match self {
            Self::CreateRepositoryOnPush => "createRepositoryOnPush",
            Self::ReadOnlyRegistry => "readOnlyRegistry",
            Self::ScanningEnabled => "scanningEnabled",
            Self::ScanningSyncOnline => "scanningSyncOnline",
            Self::AdmitOtherRegistries => "admitOtherRegistries",
            Self::NotaryCertificatesValidNow => "notaryCertificatesValidNow",
            Self::SignatureCertificatesValidNow => "signatureCertificatesValidNow",
        }
    }

    /// What it is until an administrator turns it.
    const fn at_first(self) -> bool {
        matches!(
            self,
            Self::ScanningEnabled | Self::SignatureCertificatesValidNow
        )
    }

    /// Whether it is on. Asked by every push, so it is remembered where it can be.
    pub async fn is_on(self, state: &AppState) -> db::Result<bool> {
        let revision = state.db.revision(&self.key());
        if let Some(is_on) = fresh(&state.cache.switches, &self, revision) {
            return Ok(is_on);
        }
        let is_on = db::settings::get(&state.db, self.key())
            .await?
            .unwrap_or(self.at_first());
        keep(&state.cache.switches, self, revision, is_on);
        Ok(is_on)
    }

    async fn turn(self, state: &AppState, caller: &Caller, is_on: bool) -> db::Result<()> {
        let event = Event::new(Kind::Update, ObjectType::Settings, None, self.key())
            .detail(serde_json::json!({ self.key(): is_on }));
        db::settings::set(&state.recording(caller, event), self.key(), &is_on).await
    }
}

/// Shows the registry's settings; for site administrators.
#[utoipa::path(
    get,
    path = "/api/v0/meta/settings",
    tag = "settings",
    responses(
        (status = 200, description = "The settings.", body = Settings),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
    )
)]
async fn get_settings(State(state): State<AppState>, caller: Caller) -> ApiResult<Json<Settings>> {
    caller.admin()?;
    let host = state
        .config
        .external_url
        .as_ref()
        .map(|url| url.authority().to_owned());
    let outgoing = Outgoing::read(&state).await?;
    Ok(Json(Settings {
        outgoing_allowed_networks: outgoing.shown(),
        outgoing_proxy: outgoing.proxy.address(),
        outgoing_proxy_has_credentials: outgoing.proxy.has_credentials(),
        create_repository_on_push: Switch::CreateRepositoryOnPush.is_on(&state).await?,
        read_only_registry: Switch::ReadOnlyRegistry.is_on(&state).await?,
        scanning_enabled: Switch::ScanningEnabled.is_on(&state).await?,
        scanning_sync_online: Switch::ScanningSyncOnline.is_on(&state).await?,
        admit_other_registries: Switch::AdmitOtherRegistries.is_on(&state).await?,
        notary_certificates_valid_now: Switch::NotaryCertificatesValidNow.is_on(&state).await?,
        signature_certificates_valid_now: Switch::SignatureCertificatesValidNow
            .is_on(&state)
            .await?,
        vulnerability_source: Source::read(&state).await?.shown(),
        severity_thresholds: db::settings::get(&state.db, THRESHOLDS)
            .await?
            .unwrap_or_default(),
        dtr_host: host.unwrap_or_default(),
    }))
}

/// Changes the settings that the body names, and leaves the others; for site administrators.
#[utoipa::path(
    post,
    path = "/api/v0/meta/settings",
    tag = "settings",
    request_body = UpdateSettings,
    responses(
        (status = 202, description = "They are in force."),
        (status = 400, description = "`INVALID_JSON`, `INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
    )
)]
async fn update_settings(
    State(state): State<AppState>,
    caller: Caller,
    Body(form): Body<UpdateSettings>,
) -> ApiResult<StatusCode> {
    caller.admin()?;
    if let Some(source) = form.vulnerability_source {
        set_source(&state, &caller, source).await?;
    }
    if form.outgoing_allowed_networks.is_some() || form.outgoing_proxy.is_some() {
        set_outgoing(
            &state,
            &caller,
            form.outgoing_allowed_networks,
            form.outgoing_proxy,
        )
        .await?;
    }
    let switches = [
        (Switch::ScanningSyncOnline, form.scanning_sync_online),
        (Switch::AdmitOtherRegistries, form.admit_other_registries),
        (
            Switch::CreateRepositoryOnPush,
            form.create_repository_on_push,
        ),
        (Switch::ReadOnlyRegistry, form.read_only_registry),
        (
            Switch::NotaryCertificatesValidNow,
            form.notary_certificates_valid_now,
        ),
        (
            Switch::SignatureCertificatesValidNow,
            form.signature_certificates_valid_now,
        ),
    ];
    for (switch, on) in switches {
        if let Some(on) = on {
            switch.turn(&state, &caller, on).await?;
        }
    }
    if let Some(on) = form.scanning_enabled {
        Switch::ScanningEnabled.turn(&state, &caller, on).await?;
        state.scanning.wake();
    }
    if let Some(thresholds) = form.severity_thresholds {
        let event = Event::new(Kind::Update, ObjectType::Settings, None, THRESHOLDS)
            .detail(serde_json::json!({ THRESHOLDS: thresholds }));
        let db = state.recording(&caller, event);
        db::settings::set_and_judge_again(&db, THRESHOLDS, &thresholds).await?;
        state.scanning.wake();
    }
    Ok(StatusCode::ACCEPTED)
}

async fn set_source(
    state: &AppState,
    caller: &Caller,
    form: UpdateVulnerabilitySource,
) -> ApiResult<()> {
    let (source, recorded) = Source::read(state).await?.set(state, form)?;
    let event = Event::new(Kind::Update, ObjectType::Settings, None, SOURCE)
        .detail(serde_json::json!({ SOURCE: recorded }));
    db::settings::set(&state.recording(caller, event), SOURCE, &source).await?;
    Ok(())
}

async fn set_outgoing(
    state: &AppState,
    caller: &Caller,
    networks: Option<Vec<String>>,
    proxy: Option<String>,
) -> ApiResult<()> {
    let mut outgoing = Outgoing::read(state).await?;
    if let Some(networks) = networks {
        outgoing.set_networks(networks)?;
    }
    if let Some(proxy) = proxy {
        outgoing.set_proxy(state, proxy)?;
    }
    let detail = serde_json::json!({
        "outgoingAllowedNetworks": outgoing.shown(),
        "outgoingProxy": outgoing.proxy.address(),
    });
    let event = Event::new(Kind::Update, ObjectType::Settings, None, outgoing::KEY).detail(detail);
    db::settings::set(&state.recording(caller, event), outgoing::KEY, &outgoing).await?;
    Ok(())
}

/// Shows what this registry can do; for everybody with an account.
#[utoipa::path(
    get,
    path = "/api/v0/meta/features",
    tag = "settings",
    responses(
        (status = 200, description = "The features.", body = Features),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
    )
)]
async fn get_features(State(state): State<AppState>, caller: Caller) -> ApiResult<Json<Features>> {
    caller.account()?;
    Ok(Json(Features {
        scanning_enabled: Switch::ScanningEnabled.is_on(&state).await?,
        scanning_licensed: true,
        promotion_licensed: true,
        mirroring_licensed: false,
        online_gc_enabled: false,
        ldap_enabled: directory::is_enabled(&state).await?,
    }))
}

/// Shows the version; for everybody with an account.
#[utoipa::path(
    get,
    path = "/api/v0/admin/version",
    tag = "settings",
    responses(
        (status = 200, description = "The version.", body = Version),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
    )
)]
async fn get_version(caller: Caller) -> ApiResult<Json<Version>> {
    caller.account()?;
    Ok(Json(Version {
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }))
}
