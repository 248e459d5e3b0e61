//! Members of a team, and adding some.

use api::{
    account::Account,
    organization::{Members, PutMember},
};
use leptos::prelude::*;

use super::{
    super::{full_name, person, with_next},
    Context, new_user,
};
use crate::{
    boot::Env,
    client::{self, Reply},
    components::{
        filter::{Filter, nothing},
        icon::Icon,
        load::{Loaded, load, shown_with},
        pager::pager_if_needed,
        people::AddPeople,
        remove::Remove,
        table::{self, Column},
    },
    pages::query,
    paths,
};

/// The tab.
pub(super) fn tab(context: Context) -> AnyView {
    let (filter, start) = (query("filter"), query("start"));
    let loaded = load(move || {
        let (org, team) = context.names();
        paths::api::team_members_page(&org, &team, &filter.get(), &start.get())
    });
    view! {
        <div class="stack">
            {context.is_managed().then(|| adding(context, loaded))}
            <div>
                <Filter placeholder="Filter by name or full name" label="Filter members by name" />
                {shown_with(loaded, move |answer: Members, reply| list(context, loaded, answer, reply))}
            </div>
        </div>
    }
    .into_any()
}

fn adding(context: Context, loaded: Loaded) -> AnyView {
    let add = Callback::new(move |user: String| {
        let (org, team) = context.names();
        let path = paths::api::team_member(&org, &team, &user);
        client::send("PUT", path, &PutMember::default())
    });
    let is_admin = Env::get()
        .account
        .with_untracked(|account| account.as_ref().is_some_and(|a| a.is_admin));
    view! {
        <section class="card">
            <header>
                <h2>"Add members"</h2>
                {is_admin.then(|| new_user::button(context, loaded))}
            </header>
            <div class="body stack tight">
                <AddPeople add done=Callback::new(move |()| loaded.refetch()) />
                <p class="hint">"Who is not in the organization yet becomes a member of it."</p>
            </div>
        </section>
    }
    .into_any()
}

fn list(context: Context, loaded: Loaded, answer: Members, reply: &Reply) -> AnyView {
    if answer.members.is_empty() {
        return nothing(
            Icon::People,
            "No members",
            "What the team may do holds for everybody in it.",
        );
    }
    let reply = with_next(reply, answer.next_page_start);
    let row = move |account: Account| {
        view! {
            <tr>
                <td class="wide">{person(&account)}</td>
                {full_name(&account)}
                <td class="fit">{context.is_managed().then(|| remove(context, loaded, account.name))}</td>
            </tr>
        }
        .into_any()
    };
    table::table(
        vec![
            Column::Text("Username"),
            Column::Text("Full name"),
            Column::Buttons("Remove"),
        ],
        answer
            .members
            .into_iter()
            .map(|member| row(member.member))
            .collect(),
        pager_if_needed(&reply, "start"),
    )
}

fn remove(context: Context, loaded: Loaded, user: String) -> AnyView {
    let (_, team) = context.names();
    let label = format!("Remove {user}");
    let title = format!("Remove {user} from the team {team}?");
    let said = format!("{user} is not in the team {team} any more");
    let deed = Callback::new(move |()| {
        let (org, team) = context.names();
        client::delete(paths::api::team_member(&org, &team, &user))
    });
    let done = Callback::new(move |()| loaded.refetch());
    view! {
        <Remove label title said deed done>
            <p>"The rights that came from the team go. The membership in the organization stays."</p>
        </Remove>
    }
    .into_any()
}
