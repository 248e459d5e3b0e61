//! Where a user is signed in, and signing them out there.

use api::session::{Session, Sessions};
use leptos::prelude::*;

use super::Page;
use crate::{
    client::{self, Reply},
    components::{
        clock::ago,
        dialog::Confirm,
        filter::Filter,
        load::shown_with,
        pager::pager_if_needed,
        remove::Remove,
        table::{self, Column},
        task::Task,
        toast::Toasts,
    },
    pages::{organizations::with_next, query},
    paths,
};

/// The card.
pub(super) fn card(page: Page) -> AnyView {
    view! {
        <section class="card" aria-labelledby="sessions">
            <header>
                <h2 id="sessions">"Sessions"</h2>
                {end_all(page)}
            </header>
            <div class="body">
                <Filter placeholder="Filter by device or address" label="Filter sessions" />
            </div>
            {shown_with(page.sessions, move |answer: Sessions, reply| list(page, answer, reply))}
        </section>
    }
    .into_any()
}

fn list(page: Page, answer: Sessions, reply: &Reply) -> AnyView {
    if answer.sessions.is_empty() {
        let is_filtered = query("filter").with_untracked(|filter| !filter.is_empty());
        let text = if is_filtered {
            "Nothing in this list contains that text."
        } else {
            "Not signed in anywhere."
        };
        return view! {
            <div class="body">
                <p class="muted">{text}</p>
            </div>
        }
        .into_any();
    }
    view! {
        {table(page, &answer.sessions)}
        {pager_if_needed(&with_next(reply, answer.next_page_start), "start")}
    }
    .into_any()
}

fn table(page: Page, sessions: &[Session]) -> AnyView {
    table::bare(
        vec![
            Column::Text("Device"),
            Column::Text("Address"),
            Column::Text("Last seen"),
            Column::Text("Signed in"),
            Column::Buttons("Actions"),
        ],
        sessions.iter().map(|session| row(page, session)).collect(),
    )
}

fn row(page: Page, session: &Session) -> AnyView {
    let id = session.id.to_string();
    let end = Callback::new(move |()| {
        client::delete(paths::api::session(&page.name.get_untracked(), &id))
    });
    let act = if session.is_current {
        view! { <span class="chip info">"This one"</span> }.into_any()
    } else {
        view! {
            <Remove
                label=format!("Sign out {}", session.device)
                title=format!("Sign out {}?", session.device)
                action="Sign out"
                said="Signed out there"
                deed=end
                done=Callback::new(move |()| page.sessions.refetch())
            >
                <p>"Whoever uses that session has to sign in again."</p>
            </Remove>
        }
        .into_any()
    };
    view! {
        <tr>
            <td class="wide">{session.device.clone()}</td>
            <td class="mono">{session.address.clone()}</td>
            <td class="muted">
                <span class="unit">"seen "</span>
                {ago(session.last_seen_at)}
            </td>
            <td class="muted">
                <span class="unit">"signed in "</span>
                {ago(session.signed_in_at)}
            </td>
            <td>{act}</td>
        </tr>
    }
    .into_any()
}

fn end_all(page: Page) -> AnyView {
    let toasts = Toasts::get();
    let asking = RwSignal::new(false);
    let task = Task::default();
    let end = Callback::new(move |()| {
        let path = paths::api::sessions(&page.name.get_untracked());
        task.run(client::delete(path), move |_| {
            asking.try_set(false);
            toasts.good("Signed out there");
            page.sessions.refetch();
        });
    });
    let action = if page.is_own.get() {
        "Sign out everywhere else"
    } else {
        "Sign out everywhere"
    };
    view! {
        <div class="acts">
            <button type="button" class="btn" on:click=move |_| asking.set(true)>
                {action}
            </button>
        </div>
        <Confirm open=asking title=format!("{action}?") action busy=task.busy error=task.message() confirm=end>
            <p>"Browsers have to sign in again, and docker where it was given a password. Access tokens go on."</p>
        </Confirm>
    }
    .into_any()
}
