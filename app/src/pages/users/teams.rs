//! `/users/{name}/teams`: the teams that a user is in, and whose they are.

use api::organization::{MemberTeam, MemberTeams};
use leptos::prelude::*;

use super::head;
use crate::{
    client::Reply,
    components::{
        filter::{Filter, nothing},
        icon::Icon,
        load::{load, shown_with},
        pager::pager_if_needed,
        table::{self, Column},
    },
    pages::{organizations::with_next, parameter, query, signed_in},
    paths,
};

/// The page.
pub fn page() -> AnyView {
    signed_in(|| {
        let (name, filter, start) = (parameter("name"), query("filter"), query("start"));
        let loaded = load(move || paths::api::teams_of(&name.get(), &filter.get(), &start.get()));
        view! {
            {move || head(&name.get(), "teams")}
            <Filter placeholder="Filter by name" label="Filter teams by name" />
            {shown_with(loaded, move |answer: MemberTeams, reply| list(answer, reply))}
        }
        .into_any()
    })
}

fn list(answer: MemberTeams, reply: &Reply) -> AnyView {
    if answer.member_teams.is_empty() {
        return nothing(
            Icon::People,
            "In no team",
            "Who owns an organization, or administers the registry, puts people into teams.",
        );
    }
    let pager = pager_if_needed(&with_next(reply, answer.next_page_start), "start");
    table::table(
        vec![Column::Text("Team"), Column::Text("Organization")],
        answer.member_teams.iter().map(row).collect(),
        pager,
    )
}

fn row(found: &MemberTeam) -> AnyView {
    let (org, team) = (&found.org.name, &found.team);
    view! {
        <tr>
            <td class="wide">
                <a class="name" href=paths::team(org, &team.name, "users")>
                    {team.name.clone()}
                </a>
                <div class="muted small">{team.description.clone()}</div>
            </td>
            <td>
                <a href=paths::organization(org, "users")>{org.clone()}</a>
            </td>
        </tr>
    }
    .into_any()
}
