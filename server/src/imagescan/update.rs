//! New vulnerability data: uploaded as a file, or fetched because somebody asks for it.

use api::error::Envelope;
use axum::{
    extract::{Multipart, State, multipart::MultipartError},
    http::StatusCode,
};
use serde::Deserialize;
use tokio::io::AsyncWriteExt as _;
use utoipa::IntoParams;

use crate::{
    caller::Caller,
    error::{ApiError, ApiResult},
    events::{Event, Kind, ObjectType},
    input::Parameters,
    operations::{Operations, routes},
    scanning::{
        online::{self, Source},
        update::{self, Origin, Upload},
    },
    settings::Switch,
    state::AppState,
};

/// The largest bundle; all of OSV is a few hundred megabytes.
const MAX_BUNDLE: usize = 8 << 30;

pub(super) fn router() -> Operations {
    Operations::default()
        .routes(routes!(update_database))
        .with_max_body(MAX_BUNDLE)
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct UpdateQuery {
    /// Fetch the data instead, without a form; in online mode.
    #[serde(default)]
    online: bool,
}

/// The form, for the document.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "it is there to be described")]
struct UpdateForm {
    /// A tar archive in OSV's layout (also `.gz`, `.zst`), an `all.zip` of OSV, or a zip of directories of records.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Takes new vulnerability data, or begins to fetch it: the answer comes when the file has arrived, or at once, and the status says what
/// becomes of it. For site administrators.
#[utoipa::path(
    put,
    path = "/api/v0/imagescan/scan/update",
    tag = "scanning",
    params(UpdateQuery),
    request_body(content = UpdateForm, content_type = "multipart/form-data"),
    responses(
        (status = 200, description = "It has arrived, and is being loaded; or it is being fetched."),
        (status = 400, description = "`INVALID_PARAMETERS`, `INVALID_FORM`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 409, description = "`EXISTS`: another update is being loaded", body = Envelope),
        (status = 413, description = "`TOO_LARGE`", body = Envelope),
        (status = 415, description = "`UNSUPPORTED_MEDIA_TYPE`", body = Envelope),
    )
)]
async fn update_database(
    State(state): State<AppState>,
    caller: Caller,
    Parameters(query): Parameters<UpdateQuery>,
    form: Result<Multipart, axum::extract::multipart::MultipartRejection>,
) -> ApiResult<StatusCode> {
    let by = caller.admin()?.name.clone();
    if query.online {
        return fetch(&state, &caller, &by).await;
    }
    let form = form.map_err(|_| {
        ApiError::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "UNSUPPORTED_MEDIA_TYPE",
            "Send multipart/form-data with the bundle as the field `file`.",
        )
    })?;
    let upload = receive(&state, form).await?;
    let event = Event::new(
        Kind::Create,
        ObjectType::VulnerabilityData,
        None,
        &upload.name,
    );
    let db = state.recording(&caller, event);
    let generation = update::begin(&db, Origin::Upload, &upload.name, &by).await?;
    state
        .scanning
        .updates
        .spawn(update::load(state.clone(), generation, upload));
    Ok(StatusCode::OK)
}

async fn fetch(state: &AppState, caller: &Caller, by: &str) -> ApiResult<StatusCode> {
    if !Switch::ScanningSyncOnline.is_on(state).await? {
        return Err(ApiError::invalid(
            "INVALID_PARAMETERS",
            "Vulnerability data is uploaded here: set scanningSyncOnline in the settings, or upload a file.",
        ));
    }
    let source = Source::read(state).await?;
    let event = Event::new(
        Kind::Create,
        ObjectType::VulnerabilityData,
        None,
        source.shown().url,
    );
    online::now(state, &state.recording(caller, event), source, by).await?;
    Ok(StatusCode::OK)
}

/// Writes the file of the form to the disk.
async fn receive(state: &AppState, mut form: Multipart) -> ApiResult<Upload> {
    let Some(mut field) = form.next_field().await.map_err(broken)? else {
        return Err(ApiError::invalid(
            "INVALID_FORM",
            "The form has no field `file` with the bundle.",
        ));
    };
    if field.name() != Some("file") {
        return Err(ApiError::invalid(
            "INVALID_FORM",
            "The form has one field, `file`: the bundle.",
        ));
    }
    let name = field.file_name().unwrap_or("bundle").to_owned();
    let (upload, file) = Upload::new(state, &name)
        .await
        .map_err(|error| ApiError::internal(&error))?;
    let mut file = tokio::io::BufWriter::with_capacity(1 << 20, file);
    while let Some(chunk) = field.chunk().await.map_err(broken)? {
        file.write_all(&chunk).await.map_err(unwritten)?;
    }
    file.flush().await.map_err(unwritten)?;
    Ok(upload)
}

fn broken(error: MultipartError) -> ApiError {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return ApiError::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "TOO_LARGE",
            "The bundle is larger than 8 GiB.",
        );
    }
    ApiError::invalid("INVALID_FORM", "The form did not arrive as a whole.")
}

fn unwritten(error: std::io::Error) -> ApiError {
    if error.kind() == std::io::ErrorKind::StorageFull {
        return ApiError::new(
            StatusCode::INSUFFICIENT_STORAGE,
            "STORAGE_FULL",
            "The registry's disk is full; nothing was changed.",
        );
    }
    ApiError::internal(&error)
}
