//! Flaws, as summaries list them: each once, whichever components have it.

use std::collections::{BTreeMap, HashMap};

use api::scan::{Cve, Finding};

use super::image::Known;
use crate::{error::ApiResult, state::AppState};

/// The flaws that these findings are of.
pub(super) async fn of(
    state: &AppState,
    findings: impl IntoIterator<Item = &Finding>,
    known: &Known<'_>,
) -> ApiResult<Vec<Cve>> {
    let mut worst: BTreeMap<&String, Option<u8>> = BTreeMap::new();
    for finding in findings {
        let score = worst.entry(&finding.cve).or_default();
        *score = (*score).max(finding.score);
    }
    let mut names: HashMap<&String, Vec<String>> = HashMap::new();
    for row in known.findings.values().flatten() {
        let entry = names.entry(&row.identity).or_default();
        for list in [&row.records, &row.aliases] {
            let more: Vec<String> = serde_json::from_value(list.clone()).unwrap_or_default();
            entry.extend(more);
        }
    }
    let identities: Vec<String> = worst.keys().map(|name| (*name).clone()).collect();
    let mut wanted = identities.clone();
    wanted.extend(names.values().flatten().cloned());
    let summaries = db::advisories::summaries(&state.db, &wanted).await?;
    let likely = db::advisories::exploitation(&state.db, &identities).await?;
    let used = db::advisories::exploited(&state.db, &identities).await?;
    Ok(worst
        .into_iter()
        .map(|(name, score)| {
            let of_flaw = names.get(name).map_or(&[][..], Vec::as_slice);
            let summary = std::iter::once(name)
                .chain(of_flaw)
                .find_map(|name| summaries.get(name))
                .cloned();
            let mut aliases: Vec<String> = of_flaw
                .iter()
                .filter(|other| *other != name)
                .cloned()
                .collect();
            aliases.sort_unstable();
            aliases.dedup();
            Cve {
                pk: name.clone(),
                cvss: score.map_or(0.0, |tenths| f32::from(tenths) / 10.0),
                summary: summary.unwrap_or_default(),
                notes: String::new(),
                aliases,
                epss: likely.get(name).map(|row| row.probability),
                exploited_since: used.get(name).map(|row| row.added.clone()),
            }
        })
        .collect())
}
