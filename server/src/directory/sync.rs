//! Making teams and the owners of organizations what the directory says, and switching off who is gone from it.

use std::collections::{BTreeSet, HashMap};

use ::api::ldap::{LdapSettings, LdapSync, TeamSync};
use auth::ldap::{
    LdapError, MemberSync, Person,
    sync::{Plan, plan},
};
use db::{
    directory::Follower,
    entities::{account, member_sync},
};
use serde_json::json;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{settings, sign_in};
use crate::{
    accounts,
    error::ApiResult,
    events::{Event, Kind, ObjectType},
    state::AppState,
};

/// Rows that are read at once.
const PAGE: u64 = 500;
/// Why somebody comes and goes, for the record.
const BECAUSE: &str = "the directory is followed";
/// Up to so many may be switched off without a question, and of more, half of all.
const FEW: usize = 5;

/// What is done every hour, where the directory is enabled.
pub(crate) async fn hourly(state: &AppState) -> ApiResult<()> {
    if let Some(settings) = settings::enabled(state).await? {
        let done = everything(state, &settings, false).await?;
        for failed in done.teams.iter().filter(|team| !team.error.is_empty()) {
            tracing::warn!(
                organization = failed.organization,
                team = failed.team,
                error = failed.error,
                "a team, or the owners of an organization, could not follow the directory"
            );
        }
        if !done.error.is_empty() {
            tracing::warn!(
                error = done.error,
                "who is gone from the directory could not be switched off"
            );
        }
    }
    Ok(())
}

/// All that follows the directory, and everybody who is a person of it.
pub(super) async fn everything(
    state: &AppState,
    settings: &LdapSettings,
    dry_run: bool,
) -> ApiResult<LdapSync> {
    let mut done = LdapSync::default();
    let mut after = None;
    loop {
        let page = db::directory::syncs(&state.db, after, PAGE).await?;
        let Some((_, last)) = page.last() else { break };
        after = Some(last.id);
        for (follower, sync) in page {
            if config(&sync).enable_sync {
                done.teams
                    .push(follow(state, settings, &follower, &sync, dry_run).await?);
            }
        }
    }
    if settings.switch_off_missing {
        match missing(state, settings).await? {
            Ok(gone) => {
                if !dry_run {
                    switch_off(state, &gone).await?;
                }
                done.switched_off = gone.into_iter().map(|account| account.name).collect();
            }
            Err(reason) => done.error = reason,
        }
    }
    Ok(done)
}

/// The part that is followed; nothing where what is kept cannot be read.
pub(super) fn config(sync: &member_sync::Model) -> MemberSync {
    serde_json::from_value(sync.config.clone()).unwrap_or_default()
}

/// Everybody who may sign in by the user filter.
pub(super) async fn everybody(settings: &LdapSettings) -> Result<Vec<Person>, LdapError> {
    let all = MemberSync {
        enable_sync: true,
        search_scope_subtree: !settings.one_level,
        search_filter: "(objectClass=*)".to_owned(),
        ..MemberSync::default()
    };
    auth::ldap::members(&settings::connection(settings), &all).await
}

/// Makes a follower what the directory says, or says what that would be. Members and owners who were put there by hand stay as they are.
pub(super) async fn follow(
    state: &AppState,
    settings: &LdapSettings,
    follower: &Follower,
    sync: &member_sync::Model,
    dry_run: bool,
) -> ApiResult<TeamSync> {
    let organization = db::accounts::names(&state.db, [follower.org()]).await?;
    let mut shown = TeamSync {
        organization: organization.into_values().next().unwrap_or_default(),
        team: match follower {
            Follower::Team(team) => team.name.clone(),
            Follower::Owners { .. } => String::new(),
        },
        ..TeamSync::default()
    };
    let people = match auth::ldap::members(&settings::connection(settings), &config(sync)).await {
        Ok(people) => people,
        Err(error) => {
            shown.error = error.to_string();
            if !dry_run {
                let now = OffsetDateTime::now_utc();
                db::directory::synced(&state.db, follower, &shown.error, now).await?;
            }
            return Ok(shown);
        }
    };
    let wanted = wanted(state, settings, &people, dry_run, &mut shown).await?;
    // Who was put there by hand is nobody to take out.
    let current: HashMap<Uuid, account::Model> = db::directory::people_in(&state.db, follower)
        .await?
        .into_iter()
        .filter(|(account, is_synced)| *is_synced || wanted.contains_key(&account.id))
        .map(|(account, _)| (account.id, account))
        .collect();
    let ids = |of: &HashMap<Uuid, account::Model>| of.keys().copied().collect::<BTreeSet<Uuid>>();
    let plan = plan(&ids(&current), &ids(&wanted));
    let name = |id: &Uuid| {
        wanted
            .get(id)
            .or_else(|| current.get(id))
            .map(|row| row.name.clone())
    };
    shown.added.extend(plan.added.iter().filter_map(name));
    shown.removed = plan.removed.iter().filter_map(name).collect();
    shown.unchanged = u64::try_from(plan.unchanged.len()).unwrap_or(u64::MAX);
    shown.added.sort();
    shown.removed.sort();
    if !dry_run {
        carry_out(state, follower, &plan, &mut shown).await?;
    }
    Ok(shown)
}

/// The accounts of the people who are to be in it. Who has none gets one, where the settings say so.
async fn wanted(
    state: &AppState,
    settings: &LdapSettings,
    people: &[Person],
    dry_run: bool,
    shown: &mut TeamSync,
) -> ApiResult<HashMap<Uuid, account::Model>> {
    let ids: Vec<&str> = people.iter().map(sign_in::id).collect();
    let mut known = db::directory::accounts_of(&state.db, &ids).await?;
    let mut wanted = HashMap::with_capacity(people.len());
    for person in people {
        if let Some(account) = known.remove(sign_in::id(person)) {
            wanted.insert(account.id, account);
        } else if !settings.create_users {
            shown.without_account.push(person.username.clone());
        } else if dry_run {
            shown.added.push(person.username.to_lowercase());
        } else {
            match sign_in::create(state, person, BECAUSE).await {
                Ok(account) => _ = wanted.insert(account.id, account),
                Err(_) => shown.without_account.push(person.username.clone()),
            }
        }
    }
    Ok(wanted)
}

async fn carry_out(
    state: &AppState,
    follower: &Follower,
    plan: &Plan<Uuid>,
    shown: &mut TeamSync,
) -> ApiResult<()> {
    let now = OffsetDateTime::now_utc();
    if plan.removes_everybody() {
        shown.error = format!(
            "everybody ({}) would go and nobody would come, which is more often a mistake in what is followed; take them out by \
             hand if it is right",
            plan.removed.len()
        );
        shown.removed.clear();
    } else if !plan.is_empty() {
        let db = state.recording_by_directory(event(follower, shown));
        match db::directory::change(&db, follower, &plan.added, &plan.removed, now).await {
            Err(db::Error::LastOwner) => {
                "nobody would own the organization any more; nothing was changed"
                    .clone_into(&mut shown.error);
                shown.added.clear();
                shown.removed.clear();
            }
            done => done?,
        }
    }
    Ok(db::directory::synced(&state.db, follower, &shown.error, now).await?)
}

fn event(follower: &Follower, shown: &TeamSync) -> Event {
    let event = match follower {
        Follower::Team(team) => {
            let name = format!("{}/{}", shown.organization, team.name);
            Event::new(Kind::Update, ObjectType::TeamMembership, team.id, name)
        }
        Follower::Owners { org } => Event::new(
            Kind::Update,
            ObjectType::Membership,
            *org,
            &shown.organization,
        ),
    };
    event
        .because(BECAUSE)
        .detail(json!({ "added": shown.added, "removed": shown.removed }))
}

/// Accounts whose people are gone from the directory; or why nobody is to be switched off.
async fn missing(
    state: &AppState,
    settings: &LdapSettings,
) -> ApiResult<Result<Vec<account::Model>, String>> {
    let there: BTreeSet<String> = match everybody(settings).await {
        Ok(people) => people
            .iter()
            .map(|person| sign_in::id(person).to_owned())
            .collect(),
        Err(error) => return Ok(Err(error.to_string())),
    };
    let mut gone = Vec::new();
    let mut all = 0;
    let mut after = None;
    loop {
        let page = db::directory::active_people(&state.db, after, PAGE).await?;
        let Some((last, _)) = page.last() else { break };
        after = Some(last.id);
        all += page.len();
        gone.extend(
            page.into_iter()
                .filter(|(_, id)| !there.contains(id))
                .map(|(account, _)| account),
        );
    }
    if gone.len() > FEW && gone.len() * 2 > all {
        return Ok(Err(format!(
            "{} of {all} would be switched off, which is more often a mistake in the settings; nobody was",
            gone.len()
        )));
    }
    Ok(Ok(gone))
}

async fn switch_off(state: &AppState, gone: &[account::Model]) -> ApiResult<()> {
    for account in gone {
        let event = Event::of_account(Kind::Update, account)
            .because("gone from the directory")
            .detail(json!({ "isActive": false }));
        let off = db::accounts::Update {
            is_active: Some(false),
            ..db::accounts::Update::default()
        };
        let db = state.recording_by_directory(event);
        match db::accounts::update(&db, account.id, off, OffsetDateTime::now_utc()).await {
            Ok(_) => accounts::sign_out_everywhere(state, account.id, None).await?,
            Err(db::Error::LastAdmin) => {
                tracing::warn!(
                    account.name,
                    "the last administrator is gone from the directory, and stays"
                );
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
