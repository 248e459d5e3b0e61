//! Who a provider says somebody is, and which account that is here.

use auth::oidc::Identity;
use db::{
    entities::{account, identity_provider as row, team},
    identities::Known,
};
use time::OffsetDateTime;

use super::flow::{Failed, Refusal, Visit};
use crate::{
    accounts::{self, MAX_FULL_NAME},
    caller::{self, Caller},
    events::{self, Event, Kind, ObjectType},
};

fn known(row: &row::Model, identity: &Identity) -> Known {
    Known {
        provider: row.id,
        issuer: identity.issuer.clone(),
        subject: identity.subject.clone(),
        username: identity.username.clone().unwrap_or_default(),
    }
}

/// The account that the identity signs in to: the one it is linked to, or a new one.
pub(super) async fn sign_in(
    visit: &Visit<'_>,
    row: &row::Model,
    identity: Identity,
    now: OffsetDateTime,
) -> Result<account::Model, Failed> {
    let state = visit.state;
    let known = known(row, &identity);
    let account = match db::identities::find(&state.db, &known).await? {
        Some(found) => {
            let Some(account) = caller::active(state, found.account_id).await? else {
                let reason = format!("{}: the account is switched off", row.name);
                let tried = Some(found.account_id);
                events::refused(state, &known.username, tried, visit.client, &reason).await?;
                return Err(Refusal("inactive").into());
            };
            db::identities::used(&state.db, found.id, &known.username, now).await?;
            account
        }
        None => match create(visit, row, &identity, known, now).await {
            Err(Failed::Refused(refusal)) => {
                let name = identity.username.as_deref().unwrap_or_default();
                let reason = format!("{}: no account is linked ({})", row.name, refusal.0);
                events::refused(state, name, None, visit.client, &reason).await?;
                return Err(refusal.into());
            }
            made => made?,
        },
    };
    follow_groups(visit, row, &account, identity.groups.as_deref(), now).await?;
    Ok(account)
}

/// A new account for somebody who was never here. A name that is taken is another's, however alike the two may be: its owner can
/// sign in and link the identity.
async fn create(
    visit: &Visit<'_>,
    row: &row::Model,
    identity: &Identity,
    known: Known,
    now: OffsetDateTime,
) -> Result<account::Model, Failed> {
    if !row.creates_users {
        return Err(Refusal("oidc-unknown").into());
    }
    let name = name(identity).ok_or(Refusal("oidc-name"))?;
    let full_name = identity.full_name.clone().unwrap_or_default();
    let event = Event::new(Kind::Create, ObjectType::User, None, &name)
        .because(format!(
            "the first sign-in with the identity provider {}",
            row.name
        ))
        .detail(serde_json::json!({ "subject": known.subject }));
    let db = visit.state.recording_by(None, visit.client, event);
    let new = db::accounts::New {
        name,
        full_name: full_name.chars().take(MAX_FULL_NAME).collect(),
        ..db::accounts::New::default()
    };
    match db::identities::create_account(&db, new, known, now).await {
        Ok(account) => Ok(account),
        Err(db::Error::Exists(_)) => Err(Refusal("oidc-name-taken").into()),
        Err(error) => Err(error.into()),
    }
}

/// Into the teams of the provider's rules, and out of those that only its rules gave. Where it says nothing about groups, nothing
/// changes.
async fn follow_groups(
    visit: &Visit<'_>,
    row: &row::Model,
    account: &account::Model,
    groups: Option<&[String]>,
    now: OffsetDateTime,
) -> Result<(), Failed> {
    let Some(groups) = groups else {
        return Ok(());
    };
    let state = visit.state;
    let moves = db::group_rules::moves(&state.db, row.id, account.id, groups).await?;
    let teams = moves.join.iter().chain(&moves.leave);
    let orgs = db::accounts::names(&state.db, teams.map(|team| team.org_id)).await?;
    let recording = |kind, team: &team::Model| {
        let org = orgs.get(&team.org_id).map_or("", String::as_str);
        let name = format!("{org}/{}", team.name);
        let event = Event::new(kind, ObjectType::TeamMembership, team.id, name)
            .with(ObjectType::User, account.id, &account.name)
            .because(format!("by a rule of the identity provider {}", row.name));
        state.recording_by(None, visit.client, event)
    };
    for team in &moves.join {
        let db = recording(Kind::Create, team);
        db::group_rules::join(&db, row.id, team, account.id, now).await?;
    }
    for team in &moves.leave {
        let db = recording(Kind::Delete, team);
        db::group_rules::leave(&db, row.id, team.id, account.id).await?;
    }
    Ok(())
}

/// The name for a new account: what the claim says, up to an `@`, in lower case; if an account may have it.
fn name(identity: &Identity) -> Option<String> {
    let username = identity.username.as_deref()?;
    let name = username.split('@').next()?.to_ascii_lowercase();
    accounts::check_new_name(&name).ok()?;
    Some(name)
}

/// Links the identity to the account of who asked for it.
pub(super) async fn link(
    visit: &Visit<'_>,
    row: &row::Model,
    identity: Identity,
    caller: &Caller,
    now: OffsetDateTime,
) -> Result<(), Failed> {
    let account = caller.account()?;
    let known = known(row, &identity);
    let event = Event::new(Kind::Create, ObjectType::Identity, None, &row.name)
        .with(ObjectType::User, account.id, &account.name)
        .because("asked for by the account's owner, signed in")
        .detail(serde_json::json!({ "subject": known.subject }));
    let db = visit.state.recording(caller, event);
    match db::identities::link(&db, account.id, known, now).await {
        Ok(true) => follow_groups(visit, row, account, identity.groups.as_deref(), now).await,
        Ok(false) => Err(Refusal("oidc-too-many").into()),
        Err(db::Error::Exists(_)) => Err(Refusal("oidc-linked").into()),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_as_an_account_may_have_them() {
        let of = |username: Option<&str>| {
            name(&Identity {
                issuer: String::new(),
                subject: String::new(),
                username: username.map(str::to_owned),
                full_name: None,
                email: None,
                groups: None,
            })
        };
        assert_eq!(of(Some("ada")).as_deref(), Some("ada"));
        assert_eq!(
            of(Some("Ada.Lovelace@example.org")).as_deref(),
            Some("ada.lovelace")
        );
        for bad in [
            "",
            "@example.org",
            "ada lovelace",
            "аda",
            "ADA\u{212a}",
            "../admin",
            "id:1",
            "new",
            &"a".repeat(65),
        ] {
            assert_eq!(of(Some(bad)), None, "{bad}");
        }
        assert_eq!(of(None), None);
    }
}
