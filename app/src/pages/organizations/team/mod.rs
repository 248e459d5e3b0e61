//! One team, with the tabs Members, Repositories and Settings.

mod members;
mod new_user;
mod repositories;
mod settings;

use api::organization::Team;
use leptos::prelude::*;
use leptos_router::components::Redirect;

use super::{Context as Organization, with_organization};
use crate::{
    components::{
        load::{Loaded, load},
        tabs::tab_bar,
    },
    pages::{error, parameter, signed_in},
    paths,
};

/// What every tab works with.
#[derive(Clone, Copy)]
struct Context {
    /// The team's organization.
    organization: Organization,
    /// The team, as it is now.
    team: StoredValue<Team>,
    /// To read it again after a change.
    loaded: Loaded,
}

impl Context {
    /// Of the organization and of the team.
    fn names(self) -> (String, String) {
        (
            self.organization.name(),
            self.team.with_value(|team| team.name.clone()),
        )
    }

    fn is_managed(self) -> bool {
        self.organization.is_managed
    }

    /// What a team may do is shown to its members, and to who manages the organization.
    fn shows_rights(self) -> bool {
        self.is_managed() || self.team.with_value(|team| team.client_user_is_member)
    }
}

/// `/orgs/{org}/teams/{team}` shows the members.
pub fn to_members() -> AnyView {
    let path = paths::team(
        &parameter("org").get_untracked(),
        &parameter("team").get_untracked(),
        "users",
    );
    view! { <Redirect path /> }.into_any()
}

/// The page with any of its tabs.
pub fn page() -> AnyView {
    let (org, name, tab) = (parameter("org"), parameter("team"), parameter("tab"));
    signed_in(move || {
        let loaded = load(move || paths::api::team(&org.get(), &name.get()));
        with_organization(Some(loaded), move |organization, team| {
            let Some(team) = team else {
                return Ok(error::not_found());
            };
            let context = Context {
                organization,
                team: StoredValue::new(team.json::<Team>()?),
                loaded,
            };
            Ok(view! {
                {head(context)}
                {tabs(context, tab)}
                {move || body(context, &tab.get())}
            }
            .into_any())
        })
    })
}

fn body(context: Context, tab: &str) -> AnyView {
    match tab {
        "users" => members::tab(context),
        "repositories" if context.shows_rights() => repositories::tab(context),
        "settings" if context.is_managed() => settings::tab(context),
        _ => error::not_found(),
    }
}

fn head(context: Context) -> AnyView {
    let team = context.team.get_value();
    view! {
        <div class="head">
            <div>
                <h1>
                    <span class="part">{context.organization.name()} " / "</span>
                    {team.name}
                </h1>
                <p>{team.description}</p>
            </div>
            <div class="acts">
                {team.client_user_is_member.then(|| view! { <span class="chip info">"You are in it"</span> })}
            </div>
        </div>
    }
    .into_any()
}

fn tabs(context: Context, current: Memo<String>) -> AnyView {
    let (org, team) = context.names();
    let rights = context
        .shows_rights()
        .then_some(("repositories", "Repositories"));
    let settings = context.is_managed().then_some(("settings", "Settings"));
    let links = [("users", "Members")]
        .into_iter()
        .chain(rights)
        .chain(settings)
        .map(|(id, label)| (id, label, paths::team(&org, &team, id)))
        .collect();
    tab_bar("Team", &format!("{org}/{team}"), links, current)
}
