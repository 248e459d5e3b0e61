//! Bills of materials that somebody attached to an image, compared with what the scan found. Ours.

use api::{
    error::Envelope,
    scan::{AttachedBill, ClaimedComponent, VulnCount},
};
use axum::{Json, extract::State};
use db::scans::components::NewFinding;
use scan::{fingerprint::Component, sbom::SbomFormat};

use super::{aside::Aside, composed, unsigned};
use crate::{
    caller::Caller,
    error::{ApiError, ApiResult},
    input::{Parameters, Segments},
    operations::{Operations, routes},
    repositories::{Found, Named, images},
    scanning::attached::{self, Bill},
    state::AppState,
};

pub(super) fn router() -> Operations {
    Operations::default().routes(routes!(list_attached))
}

/// Lists the bills of materials that are attached to an image of one platform, and what they name that the scan did not find.
#[utoipa::path(
    get,
    path = "/api/v0/imagescan/scansummary/repositories/{namespace}/{reponame}/{reference}/attached",
    tag = "scanning",
    params(Named, ("reference" = String, Path, description = "A tag or a digest."), images::Platform),
    responses(
        (status = 200, description = "At most 16 of them.", body = Vec<AttachedBill>),
        (status = 400, description = "`INVALID_TAG_NAME`, `INVALID_DIGEST`, `INVALID_PARAMETERS`", body = Envelope),
        (status = 404, description = "`NO_SUCH_REPOSITORY`, `NO_SUCH_TAG`, `NO_SUCH_REF`, `NO_SUCH_SCAN`", body = Envelope),
    )
)]
async fn list_attached(
    State(state): State<AppState>,
    caller: Caller,
    Segments(path): Segments<images::Referenced>,
    Parameters(platform): Parameters<images::Platform>,
) -> ApiResult<Json<Vec<AttachedBill>>> {
    let (named, reference) = path.split();
    let found = Found::visible(&state, &caller, &named).await?;
    let row = images::of(&state, &found, &reference, &platform)
        .await?
        .single()?;
    let composed = composed::of(&state, &row).await?;
    let digest = row
        .digest
        .parse()
        .map_err(|error: oci::Error| ApiError::internal(&error))?;
    let bills = attached::of(&state, found.row.id, &digest, composed)
        .await
        .map_err(|error| ApiError::internal(&error))?;
    let aside = Aside::of(&state, &found.row).await?;
    Ok(Json(
        bills.into_iter().map(|bill| shown(bill, &aside)).collect(),
    ))
}

fn shown(bill: Bill, aside: &Aside) -> AttachedBill {
    let shown = AttachedBill {
        manifest: bill.manifest.to_string(),
        digest: bill.document.to_string(),
        ..AttachedBill::default()
    };
    let said = match bill.said {
        Ok(said) => said,
        Err(problem) => {
            return AttachedBill {
                problem: Some(problem),
                ..shown
            };
        }
    };
    let mut components: Vec<ClaimedComponent> = said
        .judged
        .into_iter()
        .map(|(component, findings)| claimed(component, findings, aside))
        .collect();
    components.sort_by(|one, other| {
        let rank = |count: VulnCount| (count.critical, count.major, count.minor, count.unspecified);
        rank(other.vuln_count)
            .cmp(&rank(one.vuln_count))
            .then_with(|| one.name.cmp(&other.name))
            .then_with(|| one.version.cmp(&other.version))
    });
    let format = match said.format {
        SbomFormat::Spdx => "SPDX",
        SbomFormat::CycloneDx => "CycloneDX",
    };
    AttachedBill {
        format: Some(format.to_owned()),
        listed: unsigned(said.listed),
        passed_over: unsigned(said.passed_over),
        unseen: unsigned(said.unseen),
        components,
        ..shown
    }
}

fn claimed(component: Component, mut findings: Vec<NewFinding>, aside: &Aside) -> ClaimedComponent {
    let version = component.version.unwrap_or_default();
    let what = (component.name.as_str(), version.as_str());
    findings.retain(|finding| aside.by(&finding.identity, what, None).is_none());
    let mut vuln_count = VulnCount::default();
    for finding in &findings {
        *match finding.severity {
            3 => &mut vuln_count.critical,
            2 => &mut vuln_count.major,
            1 => &mut vuln_count.minor,
            _ => &mut vuln_count.unspecified,
        } += 1;
    }
    ClaimedComponent {
        source: component.kind.purl_type().to_owned(),
        cves: findings
            .into_iter()
            .map(|finding| finding.identity)
            .collect(),
        vuln_count,
        name: component.name,
        version,
    }
}
