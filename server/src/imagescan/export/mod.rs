//! What was found in an image, as a file: CSV for people, SPDX and CycloneDX for other programs, and what was set aside as OpenVEX.

mod documents;

use api::{error::Envelope, scan::ScannedImage};
use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use utoipa::IntoParams;

use self::documents::Export;
use super::{composed::no_scan, image};
use crate::{
    caller::Caller,
    error::{ApiError, ApiResult},
    input::{Parameters, Segments},
    operations::{Operations, routes},
    origin::Origin,
    repositories::{Found, Named, images},
    state::AppState,
};

pub(super) fn router() -> Operations {
    Operations::default().routes(routes!(export_summary))
}

/// What is written.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
enum Format {
    /// One line for each finding.
    Csv,
    /// A bill of materials: SPDX 2.3.
    Spdx,
    /// A bill of materials: `CycloneDX` 1.6.
    Cyclonedx,
    /// What was set aside: `OpenVEX` 0.2.0.
    Openvex,
}

impl Format {
    /// By the media types that the client takes; CSV, which is DTR's, where none of ours is named.
    fn accepted(headers: &HeaderMap) -> Self {
        let accept = headers
            .get(header::ACCEPT)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        [Self::Spdx, Self::Cyclonedx, Self::Openvex]
            .into_iter()
            .find(|format| accept.contains(format.media_type()))
            .unwrap_or(Self::Csv)
    }

    const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv",
            Self::Spdx => "application/spdx+json",
            Self::Cyclonedx => "application/vnd.cyclonedx+json",
            Self::Openvex => "application/openvex+json",
        }
    }

    const fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Spdx => "spdx.json",
            Self::Cyclonedx => "cdx.json",
            Self::Openvex => "openvex.json",
        }
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ExportQuery {
    /// Only this operating system, as `linux`.
    os: Option<String>,
    /// Only this architecture, as `amd64`.
    arch: Option<String>,
    /// Not used.
    #[serde(rename = "scanstatus")]
    _scanstatus: Option<bool>,
    /// Ours: the format; without it the header `Accept` says it.
    #[param(inline)]
    format: Option<Format>,
}

/// Gives what was found in an image of one platform as a file: CSV; ours: SPDX, `CycloneDX`, or what was set aside as `OpenVEX`.
#[utoipa::path(
    get,
    path = "/api/v0/imagescan/scansummary/repositories/{namespace}/{reponame}/{reference}/export",
    tag = "scanning",
    params(Named, ("reference" = String, Path, description = "A tag or a digest."), ExportQuery),
    responses(
        (status = 200, description = "The file.", body = String, content_type = "text/csv"),
        (status = 400, description = "`INVALID_TAG_NAME`, `INVALID_DIGEST`, `INVALID_PARAMETERS`", body = Envelope),
        (status = 404, description = "`NO_SUCH_REPOSITORY`, `NO_SUCH_TAG`, `NO_SUCH_REF`, `NO_SUCH_SCAN`", body = Envelope),
    )
)]
async fn export_summary(
    State(state): State<AppState>,
    caller: Caller,
    Segments(path): Segments<images::Referenced>,
    Parameters(query): Parameters<ExportQuery>,
    parts: axum::http::request::Parts,
) -> ApiResult<Response> {
    let (named, reference) = path.split();
    let found = Found::visible(&state, &caller, &named).await?;
    let platform = images::Platform::new(query.os.as_deref(), query.arch.as_deref());
    let images = images::of(&state, &found, &reference, &platform).await?;
    let tag = images.tag.clone();
    let row = images.single()?;
    let (image, composed) = image::show(&state, &found, &tag, &row).await?;
    let composed = composed.ok_or_else(no_scan)?;
    let format = query
        .format
        .unwrap_or_else(|| Format::accepted(&parts.headers));
    let origin = Origin::of(&state.config, &parts);
    let host = origin.base.split("://").last().unwrap_or_default();
    let export = Export {
        repository: format!("{host}/{}", found.full_name()),
        platform: platform_name(&row),
        image,
        composed,
    };
    let body = match format {
        Format::Csv => export.csv(),
        Format::Openvex => export.openvex(host),
        Format::Spdx | Format::Cyclonedx => export.bill(&state, format).await,
    };
    let body = body.map_err(|error| match error.kind() {
        std::io::ErrorKind::InvalidInput => ApiError::not_found(
            "NO_SUCH_SCAN",
            "Nothing of this image is set aside, and OpenVEX has no empty document.",
        ),
        _ => ApiError::internal(&error),
    })?;
    Ok(attachment(&export.image, format, body))
}

fn platform_name(row: &db::manifests::Summary) -> String {
    let parts = [&row.os, &row.architecture, &row.variant];
    let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
    parts.join("/")
}

fn attachment(image: &ScannedImage, format: Format, body: Vec<u8>) -> Response {
    // names of repositories and tags have no character that a header, or a file's name, cannot have
    let which = if image.tag.is_empty() {
        image.manifest_digest.replace(':', "-")
    } else {
        image.tag.clone()
    };
    let name = format!(
        "attachment; filename=\"{}-{which}.{}\"",
        image.repository.replace('/', "-"),
        format.extension()
    );
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static(format.media_type()),
        ),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::try_from(name).unwrap_or(HeaderValue::from_static("attachment")),
        ),
        (
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ),
    ];
    (headers, body).into_response()
}
