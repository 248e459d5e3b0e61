//! Scans in short, for lists of tags and the heads of pages.

use std::collections::HashMap;

use api::{
    manifest::{Kind, PlatformManifest},
    scan::{Severity, ShortSummary, VulnCount, status},
};
use db::{
    entities::repository,
    scans::{Sums, overrides, summary::Summary},
};
use time::OffsetDateTime;

use super::unsigned;
use crate::{error::ApiResult, scanning, state::AppState};

/// The scans of some images.
#[derive(Debug, Default)]
pub(crate) struct Shorts {
    scans: HashMap<String, Summary>,
    /// What is set aside, by the number of the scan.
    set_aside: HashMap<i64, Sums>,
    has_data: bool,
}

impl Shorts {
    /// Reads the scans of these manifests of a repository.
    pub(crate) async fn of(
        state: &AppState,
        repository: &repository::Model,
        digests: impl IntoIterator<Item = &str>,
    ) -> ApiResult<Self> {
        let scans = db::scans::summary::of_images(&state.db, digests).await?;
        let images: Vec<i64> = scans.values().map(|row| row.scan.id).collect();
        let now = OffsetDateTime::now_utc();
        Ok(Self {
            set_aside: overrides::set_aside(&state.db, repository, &images, now).await?,
            has_data: state.generation().await? > 0,
            scans,
        })
    }

    /// Reads the scans of manifests of several repositories: what is set aside in one of them is counted.
    pub(crate) async fn anywhere(
        state: &AppState,
        digests: impl IntoIterator<Item = &str>,
    ) -> ApiResult<Self> {
        Ok(Self {
            scans: db::scans::summary::of_images(&state.db, digests).await?,
            set_aside: HashMap::new(),
            has_data: state.generation().await? > 0,
        })
    }

    /// The scan of one image.
    pub(crate) fn image(&self, digest: &str) -> ShortSummary {
        match self.scans.get(digest) {
            Some(row) => {
                let aside = self
                    .set_aside
                    .get(&row.scan.id)
                    .copied()
                    .unwrap_or_default();
                short(row, self.has_data, aside)
            }
            None => ShortSummary {
                last_scan_status: status::UNSCANNED,
                ..ShortSummary::default()
            },
        }
    }

    /// Number of the scan of an image, if it has one.
    pub(crate) fn id(&self, digest: &str) -> Option<i64> {
        self.scans.get(digest).map(|row| row.scan.id)
    }

    /// Says of each image among these how far its scan is.
    pub(crate) fn fill(&self, platforms: &mut [PlatformManifest]) {
        for platform in platforms {
            platform.vuln_summary =
                (platform.kind == Kind::Image).then(|| self.image(&platform.digest));
        }
    }
}

/// The worst of these platforms; `None` where none of them is an image. What was not read in one of them is not known of all.
pub(crate) fn worst(platforms: &[PlatformManifest]) -> Option<ShortSummary> {
    let scans = || {
        platforms
            .iter()
            .filter_map(|platform| platform.vuln_summary.as_ref())
    };
    let worst = scans().max_by_key(|scan| badness(scan))?;
    Some(ShortSummary {
        incomplete: scans().any(|scan| scan.incomplete),
        has_foreign_layers: scans().any(|scan| scan.has_foreign_layers),
        ..worst.clone()
    })
}

/// What is not known is worse than what is.
fn badness(scan: &ShortSummary) -> (bool, bool, Option<Severity>, u32) {
    let is_done = matches!(scan.last_scan_status, status::COMPLETED | status::SCANNED);
    let worst = scan.worst();
    let count = match worst {
        Some(Severity::Critical) => scan.critical,
        Some(Severity::Major) => scan.major,
        Some(Severity::Minor) => scan.minor,
        _ => scan.unspecified,
    };
    (scan.is_going_on(), !is_done, worst, count)
}

/// Sums as the API says them.
pub(super) fn count(sums: Sums) -> VulnCount {
    VulnCount {
        critical: unsigned(sums.critical),
        major: unsigned(sums.major),
        minor: unsigned(sums.minor),
        unspecified: unsigned(sums.unspecified),
    }
}

/// A row as the API says it.
fn short(summary: &Summary, has_data: bool, aside: Sums) -> ShortSummary {
    let Summary { scan: row, sums } = summary;
    let open = sums.since(aside);
    let state = u8::try_from(row.state).unwrap_or(status::FAILED);
    let is_read = row.detector_version > 0;
    ShortSummary {
        critical: unsigned(open.critical),
        major: unsigned(open.major),
        minor: unsigned(open.minor),
        unspecified: unsigned(open.unspecified),
        fixable: unsigned(open.fixable),
        set_aside: unsigned(aside.critical + aside.major + aside.minor + aside.unspecified),
        components: unsigned(row.components),
        last_scan_status: match state {
            status::COMPLETED if !has_data => status::SCANNED,
            state => state,
        },
        check_completed_at: row.checked_at.filter(|_| has_data),
        should_rescan: is_read && row.detector_version < scanning::detector_version(),
        has_foreign_layers: row.foreign_layers,
        incomplete: row.incomplete.is_some(),
        layers_done: unsigned(row.layers_done),
        layers_total: unsigned(row.layers_total),
        error: row.error.clone().filter(|_| state == status::FAILED),
        ..ShortSummary::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn platform(scan: ShortSummary) -> PlatformManifest {
        PlatformManifest {
            digest: String::new(),
            media_type: String::new(),
            kind: Kind::Image,
            os: None,
            architecture: None,
            variant: None,
            os_version: None,
            size: 0,
            subject: None,
            vuln_summary: Some(scan),
        }
    }

    #[test]
    fn an_index_is_not_clean_while_anything_in_it_is_not_known() {
        let clean = ShortSummary {
            last_scan_status: status::COMPLETED,
            ..ShortSummary::default()
        };
        let incomplete = ShortSummary {
            incomplete: true,
            ..clean.clone()
        };
        let foreign = ShortSummary {
            has_foreign_layers: true,
            ..clean.clone()
        };
        for doubt in [incomplete, foreign] {
            for order in [[&doubt, &clean], [&clean, &doubt]] {
                let platforms = order.map(|scan| platform(scan.clone()));
                let worst = worst(&platforms).unwrap();
                assert!(!worst.is_clean(), "{worst:?}");
            }
        }
        assert!(
            worst(&[platform(clean.clone()), platform(clean)])
                .unwrap()
                .is_clean()
        );
    }
}
