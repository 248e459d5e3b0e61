//! `/users/{name}/access-tokens`: tokens for `docker login`, for scripts and for pipelines. A token's secret is shown once, where
//! it was made.

use api::api_token::{ApiToken, CreateApiToken, NewApiToken, RotateApiToken, UpdateApiToken};
use leptos::{ev, prelude::*};
use time::Duration;

use super::{
    head, is_self,
    token_scope::{self, Scope},
};
use crate::{
    boot::Env,
    client,
    components::{
        clock::ago,
        copy::{Command, CopyAction},
        dialog::Confirm,
        field::{Field, needs_script, notice},
        filter::{Filter, nothing_or},
        load::{Loaded, load, shown_with},
        pager::pager,
        relabel::Relabel,
        table::{self, Column},
        task::Task,
        toast::Toasts,
    },
    format,
    pages::{parameter, query, signed_in},
    paths,
};

/// For how many days a new token may live; 0 is without end.
const LIVES: [(&str, i64); 4] = [
    ("30 days", 30),
    ("90 days", 90),
    ("1 year", 365),
    ("Without end", 0),
];

/// What the parts of the page share.
#[derive(Clone, Copy)]
struct Page {
    name: Memo<String>,
    is_own: Signal<bool>,
    loaded: Loaded,
    /// The token that was just made or rotated.
    fresh: RwSignal<Option<NewApiToken>>,
}

/// The page.
pub fn page() -> AnyView {
    signed_in(|| {
        let (name, filter, start) = (parameter("name"), query("filter"), query("start"));
        let page = Page {
            name,
            is_own: Signal::derive(move || is_self(&name.get())),
            loaded: load(move || paths::api::tokens(&name.get(), &filter.get(), &start.get())),
            fresh: RwSignal::new(None),
        };
        draw(page)
    })
}

fn draw(page: Page) -> AnyView {
    let name = page.name;
    view! {
        {move || head(&name.get(), "access-tokens")}
        <p class="lead">
            "Instead of a password, for docker and for the API. They may do what "{name}" may do, or less."
        </p>
        <div class="stack">
            {move || page.fresh.get().map(|token| secret(page, &token))}
            {form(page)}
            <div>
                <Filter placeholder="Filter by description" label="Filter access tokens" />
                {shown_with(
                    page.loaded,
                    move |tokens: Vec<ApiToken>, reply| {
                        if tokens.is_empty() {
                            return nothing_or(empty);
                        }
                        let summary = format::counted(reply.count.unwrap_or_default(), "access token");
                        table(page, &tokens, pager(reply, "start", view! { <span>{summary}</span> }.into_any()))
                    },
                )}
            </div>
        </div>
    }
    .into_any()
}

fn empty() -> AnyView {
    table::empty(
        "There are no access tokens yet. Make one for each machine and each program, so that each can be \
                revoked alone.",
    )
}

/// The secret, this once.
fn secret(page: Page, token: &NewApiToken) -> AnyView {
    let host = Env::get().host;
    let text = token.token.clone();
    let user = token.about.username.clone();
    let own = Env::get()
        .account
        .with_untracked(|account| account.as_ref().is_some_and(|own| own.name == user));
    let whose = if own { "you" } else { &user }.to_owned();
    let login = Signal::derive(move || format!("docker login -u {user} {}", host.get()));
    view! {
        <section class="card" aria-labelledby="fresh-token" role="status">
            <header>
                <h2 id="fresh-token">"Copy the token now"</h2>
            </header>
            <div class="body stack">
                <p>{format!("It is shown this once. Whoever has it may do what {whose} may do; when it leaks, revoke it here.")}</p>
                <Command text=Signal::stored(text.clone()) />
                <p>"As the password of:"</p>
                <Command text=login />
                <div class="row">
                    <CopyAction text=Signal::stored(text) label="Copy the token" title="Copy the token" />
                    <button type="button" class="btn" on:click=move |_| page.fresh.set(None)>
                        "Done"
                    </button>
                </div>
            </div>
        </section>
    }
    .into_any()
}

fn form(page: Page) -> AnyView {
    let toasts = Toasts::get();
    let now = Env::get().now;
    let label = RwSignal::new(String::new());
    let life = RwSignal::new("90".to_owned());
    let scope = Scope::new();
    let task = Task::default();
    let make = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let days: i64 = life.with_untracked(|days| days.parse().unwrap_or(0));
        let body = CreateApiToken {
            token_label: label.with_untracked(|text| text.trim().to_owned()),
            expires_at: (days > 0).then(|| now.get_untracked() + Duration::days(days)),
            scope: scope.chosen(),
        };
        let path = paths::api::new_token(&page.name.get_untracked());
        task.run(client::send("POST", path, &body), move |reply| {
            if let Ok(token) = reply.json::<NewApiToken>() {
                page.fresh.set(Some(token));
            }
            label.try_set(String::new());
            scope.clear();
            toasts.good("Access token made");
            page.loaded.refetch();
        });
    };
    view! {
        <form class="card" on:submit=make>
            <header>
                <h2>"New access token"</h2>
            </header>
            <div class="body form">
                {needs_script()}
                <Field
                    label="Description"
                    value=label
                    max=100
                    required=true
                    hint="What will use it, such as: laptop, or CI of flask_build."
                    error=task.about("tokenLabel")
                />
                <div class="field">
                    <label class="label" for="token-life">
                        "Ends after"
                    </label>
                    <select id="token-life" bind:value=life>
                        {LIVES
                            .map(|(words, days)| {
                                view! {
                                    <option value=days.to_string() selected=days == 90>
                                        {words}
                                    </option>
                                }
                            })
                            .collect_view()}
                    </select>
                </div>
                {scope.fields(task.about("scope"))}
                {
                    let other = task.about_none_of(&["tokenLabel", "scope"]);
                    move || other.get().map(notice)
                } <div class="acts">
                    <button type="submit" class="btn primary" disabled=task.busy>
                        "Make access token"
                    </button>
                </div>
            </div>
        </form>
    }
    .into_any()
}

fn table(page: Page, tokens: &[ApiToken], pager: AnyView) -> AnyView {
    table::table(
        vec![
            Column::Text("Description"),
            Column::Text("State"),
            Column::Text("Last used"),
            Column::Text("Made"),
            Column::Text("Ends"),
            Column::Buttons("Actions"),
        ],
        tokens.iter().map(|token| row(page, token)).collect(),
        pager,
    )
}

fn row(page: Page, token: &ApiToken) -> AnyView {
    let now = Env::get().now;
    let expires_at = token.expires_at;
    let is_active = token.is_active;
    let state = move || {
        let has_ended = expires_at.is_some_and(|end| end <= now.get());
        match (has_ended, is_active) {
            (true, _) => view! { <span class="chip minor">"Ended"</span> }.into_any(),
            (false, true) => view! { <span class="muted">"Active"</span> }.into_any(),
            (false, false) => view! { <span class="chip minor">"Switched off"</span> }.into_any(),
        }
    };
    let used = match token.last_used {
        Some(time) => {
            let from = token.last_used_from.clone().unwrap_or_default();
            view! { {ago(time)} " from " {from} }.into_any()
        }
        None => "never used".into_any(),
    };
    view! {
        <tr>
            <td class="wide">
                <div class="row">
                    <span>{token.token_label.clone()}</span> {relabel(page, token)}
                </div>
                {token_scope::said(token.scope.as_deref())}
            </td>
            <td>{state}</td>
            <td class="muted">{used}</td>
            <td class="muted">{ago(token.created_at)}</td>
            <td class="muted">{token.expires_at.map_or_else(|| "does not end".to_owned(), format::absolute)}</td>
            <td>{actions(page, token)}</td>
        </tr>
    }
    .into_any()
}

/// Another description.
fn relabel(page: Page, token: &ApiToken) -> AnyView {
    let path = paths::api::token(&token.hashed_token);
    let save = Callback::new(move |label: String| {
        let body = UpdateApiToken {
            token_label: Some(label),
            is_active: None,
        };
        client::send("PATCH", path.clone(), &body)
    });
    view! {
        <Relabel
            title=format!("Edit {}", token.token_label)
            field="New description"
            api_field="tokenLabel"
            label=token.token_label.clone()
            required=true
            save
            done=Callback::new(move |()| page.loaded.refetch())
        />
    }
    .into_any()
}

fn actions(page: Page, token: &ApiToken) -> AnyView {
    let toasts = Toasts::get();
    let task = Task::default();
    let asking = RwSignal::new(false);
    let place = StoredValue::new(paths::api::token(&token.hashed_token));
    let (is_active, label) = (token.is_active, token.token_label.clone());
    let switch = move |_| {
        let body = UpdateApiToken {
            is_active: Some(!is_active),
            token_label: None,
        };
        let deed = client::send("PATCH", place.get_value(), &body);
        task.run(deed, move |_| page.loaded.refetch());
    };
    let rotate = move |_| {
        let path = format!("{}/rotate", place.get_value());
        let deed = client::send("POST", path, &RotateApiToken::default());
        task.run(deed, move |reply| {
            page.fresh.set(reply.json::<NewApiToken>().ok());
            toasts.good("New secret made; the old one goes on for a day");
        });
    };
    let revoke = Callback::new(move |()| {
        task.run(client::delete(place.get_value()), move |_| {
            asking.try_set(false);
            toasts.good("Access token revoked");
            page.loaded.refetch();
        });
    });
    view! {
        <div class="row">
            <button type="button" class="btn" disabled=task.busy on:click=switch>
                {if is_active { "Switch off" } else { "Switch on" }}
            </button>
            {move || {
                page.is_own
                    .get()
                    .then(|| {
                        view! {
                            <button type="button" class="btn" disabled=task.busy on:click=rotate>
                                "Rotate"
                            </button>
                        }
                    })
            }}
            <button type="button" class="btn danger" on:click=move |_| asking.set(true)>
                "Revoke"
            </button>
        </div>
        <Confirm
            open=asking
            title=format!("Revoke {label}?")
            action="Revoke"
            busy=task.busy
            error=task.message()
            confirm=revoke
        >
            <p>"What uses it is refused from now on. This cannot be undone."</p>
        </Confirm>
    }
    .into_any()
}
