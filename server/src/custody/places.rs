//! Where an image came from by promotion, as far as the caller may see.

use std::collections::{HashMap, HashSet};

use api::{
    custody::{Station, StationKind, StationStanding},
    promotion::PromotionRun,
};
use db::entities::{event, promotion};
use uuid::Uuid;

use super::{said, station};
use crate::{
    access::Level,
    caller::Caller,
    error::ApiResult,
    events::{ObjectType, Sees},
    promotion as promotions,
    repositories::Found,
    state::AppState,
};

/// Repositories of which events are told.
const MOST: usize = 8;
/// Promotions of one digest that are looked at.
const PROMOTIONS: u64 = 200;

/// The repository that is asked about, and those from which the image came there.
pub(super) struct Places {
    here: Uuid,
    /// How much the caller is told of the events of each.
    pub(super) sees: HashMap<Uuid, Sees>,
    names: HashMap<Uuid, String>,
    promotions: Vec<(promotion::Model, PromotionRun)>,
}

impl Places {
    /// Goes back from the repository, promotion by promotion: three queries, however long the way.
    pub(super) async fn of(
        state: &AppState,
        caller: &Caller,
        found: &Found,
        digest: &str,
    ) -> ApiResult<Self> {
        let promotions = promotions::of_digest(state, caller, digest, PROMOTIONS).await?;
        let here = found.row.id;
        let way = way(here, &promotions);
        let rows = db::repositories::by_ids(&state.db, way.iter().copied()).await?;
        let rows: Vec<_> = rows.into_values().collect();
        let decisions = state.decide_all(&caller.subject(), &rows).await?;
        let visible = |id: &Uuid| {
            decisions
                .get(id)
                .filter(|decision| decision.allows(Level::ReadOnly))
        };
        let sees = decisions
            .keys()
            .filter_map(|id| Some((*id, Sees::of(caller, visible(id)?))))
            .collect();
        let names = rows
            .iter()
            .map(|row| (row.id, format!("{}/{}", row.namespace, row.name)));
        Ok(Self {
            here,
            names: names.collect(),
            sees,
            promotions,
        })
    }

    /// Their ids.
    pub(super) fn ids(&self) -> Vec<Uuid> {
        self.sees.keys().copied().collect()
    }

    /// How much of an event the caller is told.
    pub(super) fn sees(&self, row: &event::Model) -> Sees {
        let id = row.repository_id.as_deref().and_then(|id| id.parse().ok());
        id.and_then(|id: Uuid| self.sees.get(&id).copied())
            .unwrap_or_default()
    }

    /// What the caller is told of the events of the repository that is asked about.
    pub(super) fn sees_here(&self) -> Sees {
        self.sees.get(&self.here).copied().unwrap_or_default()
    }

    /// The name of a repository, by the id that an event has of it.
    pub(super) fn name(&self, id: Option<&str>) -> Option<String> {
        self.names.get(&id?.parse().ok()?).cloned()
    }

    /// Whether the image came to the repository by promotion.
    pub(super) fn is_promoted(&self) -> bool {
        let came = |row: &promotion::Model| row.is_done && row.target_id == self.here;
        self.promotions.iter().any(|(row, _)| came(row))
    }

    /// The promotions that are part of the line; `rows` are the events of the digest, from which each gets its own.
    pub(super) fn stations(&self, rows: &[event::Model]) -> Vec<Station> {
        let shown = self.promotions.iter();
        shown
            .filter(|(row, run)| self.is_told(row, run))
            .map(|(row, run)| self.station(row, run, rows))
            .collect()
    }

    /// What came here, or went from here to where the caller may see, or all that went from what they administer.
    fn is_told(&self, row: &promotion::Model, run: &PromotionRun) -> bool {
        let came = row.is_done && self.sees.contains_key(&row.target_id);
        let sees = self.sees.get(&row.source_id).copied();
        let administers = sees == Some(Sees::All);
        let went = row.source_id == self.here && row.is_done && !run.target_repository.is_empty();
        came || went || (row.source_id == self.here && administers)
    }

    fn station(
        &self,
        row: &promotion::Model,
        run: &PromotionRun,
        rows: &[event::Model],
    ) -> Station {
        let (standing, deed) = if row.is_done {
            (StationStanding::Recorded, "Promoted")
        } else {
            (StationStanding::Refused, "Not promoted")
        };
        let place = |repository: &str, tag: &str| {
            if repository.is_empty() {
                "a repository that you may not see".to_owned()
            } else {
                format!("{repository}:{tag}")
            }
        };
        let from = place(&run.source_repository, &run.source_tag);
        let to = place(&run.target_repository, &run.target_tag);
        let by = match row.policy_id {
            Some(_) => format!("by revision {} of a policy", run.revision),
            None => "by hand".to_owned(),
        };
        let event = self.event(row, rows);
        let event_repository = event.and_then(|event| self.name(event.repository_id.as_deref()));
        Station {
            at: Some(run.made_at),
            actor: said(&run.actor),
            reason: said(&run.reason),
            repository: said(&run.target_repository),
            tag: said(&run.target_tag),
            policy: row.policy_id,
            revision: row.policy_id.map(|_| run.revision),
            event: event.map(|event| event.id),
            event_repository: event_repository.filter(|name| *name != run.target_repository),
            ..station(
                StationKind::Promotion,
                standing,
                format!("{deed} from {from} to {to}, {by}"),
            )
        }
    }

    /// The event that recorded it: as a tag that came, else as an image that went. Only one that the caller is told of.
    fn event<'r>(
        &self,
        row: &promotion::Model,
        rows: &'r [event::Model],
    ) -> Option<&'r event::Model> {
        let id = row.id.to_string();
        let target = row.target_id.to_string();
        let came = rows.iter().find(|event| {
            is_came(event)
                && event.repository_id.as_deref() == Some(target.as_str())
                && event.object == row.target_tag
                && row.is_done
                && self.sees(event) != Sees::Nothing
        });
        let went = || {
            rows.iter().find(|event| {
                event.object_id.as_deref() == Some(id.as_str()) && self.sees(event) == Sees::All
            })
        };
        came.or_else(went)
    }
}

/// Whether an event is a tag that came by promotion; then the promotion tells of it.
pub(super) fn is_came(row: &event::Model) -> bool {
    row.object_type == ObjectType::Tag.as_str() && row.reason == "by promotion"
}

/// The repositories on the way of an image to `here`, this one first; where the caller may not see one, the way ends.
fn way(here: Uuid, promotions: &[(promotion::Model, PromotionRun)]) -> Vec<Uuid> {
    let (mut way, mut seen) = (vec![here], HashSet::from([here]));
    let mut at = 0;
    while let Some(target) = way.get(at).copied() {
        for (row, run) in promotions {
            let leads = row.is_done && row.target_id == target && !run.source_repository.is_empty();
            if leads && way.len() < MOST && seen.insert(row.source_id) {
                way.push(row.source_id);
            }
        }
        at += 1;
    }
    way
}
