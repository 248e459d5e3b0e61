//! Which of the caller's teams trust policies ask for, of tags that wait: the teams that have no signer of the image yet.

use std::collections::{BTreeMap, HashMap, HashSet};

use api::signing::AskedTeam;
use db::{
    entities::repository,
    trust::desk::{self, Moment, SignedFor},
};
use rules::signing::{Level, Policy};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{caller::Caller, error::ApiResult, state::AppState, trust};

/// What is asked of the tags of one page.
pub(super) struct Asked {
    /// By repository: its name, and what each level asks.
    levels: HashMap<Uuid, (String, Vec<(Level, Policy)>)>,
    /// The caller's teams, with their names now.
    teams: BTreeMap<Uuid, String>,
    signed: HashSet<SignedFor>,
    now: OffsetDateTime,
}

impl Asked {
    /// Reads it: three questions, however many tags there are. Nothing more is asked where the caller is in no team.
    pub(super) async fn of(
        state: &AppState,
        caller: &Caller,
        repositories: &[&repository::Model],
        tags: &[&str],
        moment: Moment,
    ) -> ApiResult<Self> {
        let account = caller.account()?.id;
        let now = moment.at.now;
        let mut teams = db::teams::of_accounts(&state.db, [account]).await?;
        let teams = teams.remove(&account).unwrap_or_default().into_iter();
        let teams: BTreeMap<Uuid, String> = teams.map(|team| (team.team, team.name)).collect();
        if teams.is_empty() || repositories.is_empty() {
            return Ok(Self {
                levels: HashMap::new(),
                teams,
                signed: HashSet::new(),
                now,
            });
        }
        let rows = repositories.iter().copied();
        let mut policies = trust::policies_of(state, rows.clone()).await?;
        let levels = rows.map(|row| {
            let name = format!("{}/{}", row.namespace, row.name);
            (row.id, (name, policies.remove(&row.id).unwrap_or_default()))
        });
        let levels: HashMap<_, _> = levels.collect();
        let asks = levels
            .values()
            .flat_map(|(_, levels)| levels)
            .flat_map(|(_, policy)| &policy.teams)
            .map(|team| team.id)
            .filter(|id| teams.contains_key(id));
        let asks: HashSet<Uuid> = asks.collect();
        let asks: Vec<Uuid> = asks.into_iter().collect();
        let ids: Vec<Uuid> = levels.keys().copied().collect();
        let signed = desk::signed_for(&state.db, &ids, tags, &asks, moment).await?;
        Ok(Self {
            levels,
            teams,
            signed: signed.into_iter().collect(),
            now,
        })
    }

    /// The teams that a tag waits for, the widest level first.
    pub(super) fn by(&self, repository: Uuid, tag: &str) -> Vec<AskedTeam> {
        let Some((name, levels)) = self.levels.get(&repository) else {
            return Vec::new();
        };
        let image = format!("{name}:{tag}");
        let asked = levels.iter().flat_map(|(level, policy)| {
            let teams = policy.teams_of(&image, self.now).iter();
            teams.filter_map(|team| {
                let signed = SignedFor {
                    repository,
                    tag: tag.to_owned(),
                    team: team.id,
                };
                let name = self.teams.get(&team.id)?;
                (!self.signed.contains(&signed)).then(|| AskedTeam {
                    level: level.to_string(),
                    team: name.clone(),
                })
            })
        });
        asked.collect()
    }
}
