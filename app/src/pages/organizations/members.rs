//! Members of an organization: who they are, who owns it, and adding some.

use api::organization::{Member, Members, PutMember};
use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate};

use super::{Context, full_name, person, with_next};
use crate::{
    boot::Env,
    client::{self, Reply},
    components::{
        choice::{Choice, Words, saved_at_once, word},
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

const OWNER: &str = "owner";
const ROLES: Words = &[("member", "Member"), (OWNER, "Org owner")];

const fn role(is_owner: bool) -> &'static str {
    if is_owner { OWNER } else { "member" }
}

/// The tab.
pub(super) fn tab(context: Context) -> AnyView {
    let (filter, start) = (query("filter"), query("start"));
    let loaded =
        load(move || paths::api::members_page(&context.name(), &filter.get(), &start.get()));
    view! {
        <div class="stack">
            {context.is_managed.then(|| adding(context, loaded))}
            <div>
                <Filter placeholder="Filter by name or full name" label="Filter members by name" />
                {shown_with(loaded, move |answer: Members, reply| list(context, loaded, answer, reply))}
            </div>
        </div>
    }
    .into_any()
}

fn adding(context: Context, loaded: Loaded) -> AnyView {
    let chosen = RwSignal::new(role(false).to_owned());
    let add = Callback::new(move |user: String| {
        let body = PutMember {
            // Whoever is an owner already stays one.
            is_admin: (chosen.get_untracked() == OWNER).then_some(true),
        };
        client::send("PUT", paths::api::member(&context.name(), &user), &body)
    });
    view! {
        <section class="card">
            <header>
                <h2>"Add members"</h2>
            </header>
            <div class="body">
                <AddPeople add done=Callback::new(move |()| loaded.refetch())>
                    <Choice label="Role" words=ROLES value=chosen />
                </AddPeople>
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
            "Members see the organization and its teams. What they may do in its repositories comes from their teams; owners may do everything.",
        );
    }
    let reply = with_next(reply, answer.next_page_start);
    let row = move |member: Member| row(context, loaded, member);
    let columns = [
        Some(Column::Text("Username")),
        Some(Column::Text("Full name")),
        Some(Column::Text("Role")),
        context.is_managed.then_some(Column::Text("Signing")),
        Some(Column::Buttons("Remove")),
    ];
    table::table(
        columns.into_iter().flatten().collect(),
        answer.members.into_iter().map(row).collect(),
        pager_if_needed(&reply, "start"),
    )
}

fn row(context: Context, loaded: Loaded, found: Member) -> AnyView {
    let Member {
        member,
        is_admin,
        can_sign,
    } = found;
    let is_self = Env::get()
        .account
        .with_untracked(|own| own.as_ref().is_some_and(|own| own.id == member.id));
    let name = member.name.clone();
    let role = if context.is_managed {
        let user = name.clone();
        saved_at_once(
            format!("Role of {name}"),
            ROLES,
            role(is_admin),
            move |role| {
                let body = PutMember {
                    is_admin: Some(role == OWNER),
                };
                client::send("PUT", paths::api::member(&context.name(), &user), &body)
            },
            move |word| format!("{name} is now: {word}"),
        )
    } else {
        view! { <span class="muted">{word(ROLES, role(is_admin))}</span> }.into_any()
    };
    view! {
        <tr>
            <td class="wide">{person(&member)}</td>
            {full_name(&member)}
            <td>{role}</td>
            {context.is_managed.then(|| view! { <td>{signing(can_sign == Some(true))}</td> })}
            <td class="fit">{(context.is_managed || is_self).then(|| remove(context, loaded, member.name, is_self))}</td>
        </tr>
    }
    .into_any()
}

/// Whether the member has a signing key.
fn signing(can_sign: bool) -> AnyView {
    if can_sign {
        view! { <span class="chip clean">{Icon::Key.draw()} "Can sign"</span> }.into_any()
    } else {
        view! { <span class="muted">"No signing key"</span> }.into_any()
    }
}

/// Members may leave; who manages the organization may remove anybody.
fn remove(context: Context, loaded: Loaded, user: String, is_self: bool) -> AnyView {
    let org = context.name();
    let (label, title) = if is_self {
        (format!("Leave {org}"), format!("Leave {org}?"))
    } else {
        (
            format!("Remove {user}"),
            format!("Remove {user} from {org}?"),
        )
    };
    let said = format!("{user} is not in {org} any more");
    let deed = Callback::new(move |()| client::delete(paths::api::member(&context.name(), &user)));
    let navigate = use_navigate();
    let is_admin = Env::get()
        .account
        .with_untracked(|own| own.as_ref().is_some_and(|own| own.is_admin));
    let done = Callback::new(move |()| {
        // Who left sees the organization no more; an administrator does.
        if is_self && !is_admin {
            navigate(paths::ORGANIZATIONS, NavigateOptions::default());
        } else {
            loaded.refetch();
        }
    });
    view! {
        <Remove label title said deed done>
            <p>"The membership goes, in the organization and in all of its teams, and with it the rights that came from them. The account stays."</p>
        </Remove>
    }
    .into_any()
}
