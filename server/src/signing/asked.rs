//! Which of the caller's teams trust policies ask for: where, and of tags that wait the teams that have no signer of the image yet.

use std::collections::{BTreeMap, HashMap, HashSet};

use api::signing::AskedTeam;
use db::{
    Action,
    entities::repository,
    trust::{
        desk::{self, Moment, Scope, SignedFor},
        policies::Whose,
    },
};
use rules::signing::{Level, Mode, Policy};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{caller::Caller, error::ApiResult, state::AppState, trust};

/// Repositories in which somebody's team may be asked for a signature; of more those to which was pushed last.
const MOST_ASKING: u64 = 200;

/// The caller's teams, with their names now.
pub(super) type Teams = BTreeMap<Uuid, String>;

/// The caller's teams: one question.
pub(super) async fn teams(state: &AppState, caller: &Caller) -> ApiResult<Teams> {
    let account = caller.account()?.id;
    let mut teams = db::teams::of_accounts(&state.db, [account]).await?;
    let teams = teams.remove(&account).unwrap_or_default().into_iter();
    Ok(teams.map(|team| (team.team, team.name)).collect())
}

/// Where policies that are on ask for one of the teams, and the caller may push: three questions, however many there are.
pub(super) async fn repositories(
    state: &AppState,
    caller: &Caller,
    teams: &Teams,
) -> ApiResult<Vec<repository::Model>> {
    let mut scope = Scope::default();
    for (whose, policy) in trust::policies_naming(state, teams.keys().copied()).await? {
        if policy.mode == Mode::Off || !policy.teams.iter().any(|team| teams.contains_key(&team.id))
        {
            continue;
        }
        match whose {
            Whose::Registry => scope.is_all = true,
            Whose::Organization(id) => scope.owners.push(id),
            Whose::Repository(id) => scope.repositories.push(id),
        }
    }
    if scope == Scope::default() {
        return Ok(Vec::new());
    }
    let viewer = caller.subject().viewer();
    let mut rows = desk::repositories(&state.db, &scope, &viewer, MOST_ASKING).await?;
    let may = state.decide_all(&caller.subject(), &rows).await?;
    rows.retain(|row| {
        may.get(&row.id)
            .is_some_and(|may| may.permits(Action::Push))
    });
    Ok(rows)
}

/// What is asked of the tags of one page.
pub(super) struct Asked {
    /// By repository: its name, and what each level asks.
    levels: HashMap<Uuid, (String, Vec<(Level, Policy)>)>,
    teams: Teams,
    signed: HashSet<SignedFor>,
    now: OffsetDateTime,
}

impl Asked {
    /// Reads it: two questions, however many tags there are. Nothing is asked where the caller is in no team.
    pub(super) async fn of(
        state: &AppState,
        teams: Teams,
        repositories: &[&repository::Model],
        tags: &[&str],
        moment: Moment,
    ) -> ApiResult<Self> {
        let now = moment.at.now;
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
