//! The visitor's keys: which sign, what they may sign, and revoking one that is lost.

use api::{
    public_key::{KeyKind, PublicKey},
    signing::{KeyRole, SigningKey},
};
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;

use crate::{
    boot::Env,
    client,
    components::{
        clock::ago,
        dialog::Confirm,
        icon::Icon,
        table::{self, Column},
        task::Task,
        toast::Toasts,
    },
    format, paths,
};

/// Roles of one key that are named.
const NAMED: usize = 5;

/// Those in use.
pub(super) fn list(keys: &[SigningKey]) -> AnyView {
    table(keys.iter().map(row).collect())
}

/// Those that were revoked.
pub(super) fn revoked(keys: &[SigningKey]) -> AnyView {
    if keys.is_empty() {
        return table::empty("You have revoked no key.");
    }
    table(keys.iter().map(row).collect())
}

fn table(rows: Vec<AnyView>) -> AnyView {
    let columns = vec![
        Column::Text("Key"),
        Column::Text("Use"),
        Column::Text("May sign"),
        Column::Buttons("Actions"),
    ];
    table::table(columns, rows, ().into_any())
}

fn row(one: &SigningKey) -> AnyView {
    let key = &one.key;
    let label = named(key);
    let signed = paths::signing_key(&key.id);
    view! {
        <tr>
            <td class="wide">
                <span class="name">{label.clone()}</span>
                <div class="muted small">
                    {key.algorithm.clone()} " · " <code>{format::short(shown_id(key))}</code>
                </div>
            </td>
            <td>{state(key)}</td>
            <td class="anywhere">{roles(&one.roles)}</td>
            <td>
                <div class="row">
                    <a class="btn" href=signed aria-label=format!("What it signed: {label}")>
                        "What it signed"
                    </a>
                    {key.revoked_at.is_none().then(|| revoke(key))}
                </div>
            </td>
        </tr>
    }
    .into_any()
}

/// The id by which its tool knows it.
fn shown_id(key: &PublicKey) -> &str {
    if key.kind == KeyKind::Cosign {
        &key.id
    } else {
        &key.notary_key_id
    }
}

/// What people call it.
pub(super) fn named(key: &PublicKey) -> String {
    if key.label.is_empty() {
        format::short(&key.id)
    } else {
        key.label.clone()
    }
}

/// Whether what it signs counts.
pub(super) fn state(key: &PublicKey) -> AnyView {
    if let Some(time) = key.revoked_at {
        return view! { <span class="chip critical">{Icon::Cross.draw()} "Revoked " {ago(time)}</span> }.into_any();
    }
    let now = Env::get().now.get_untracked();
    if key.expires_at.is_some_and(|end| end <= now) {
        view! { <span class="chip minor">"Ended"</span> }.into_any()
    } else if key.is_signing_key {
        view! { <span class="chip clean">{Icon::Check.draw()} "Signing key"</span> }.into_any()
    } else if key.kind == KeyKind::Cosign {
        view! { <span class="chip clean">{Icon::Check.draw()} "Signs with cosign"</span> }
            .into_any()
    } else {
        view! { <span class="muted">"Not for signing"</span> }.into_any()
    }
}

fn roles(roles: &[KeyRole]) -> AnyView {
    if roles.is_empty() {
        return view! { <span class="muted">"Nothing in Notary"</span> }.into_any();
    }
    let one = |role: &KeyRole| {
        let href = paths::repository(&role.namespace, &role.repository, "trust");
        view! {
            <div>
                <a href=href>{role.namespace.clone()} "/" {role.repository.clone()}</a>
                " "
                <span class="muted small">{role.role.clone()}</span>
            </div>
        }
    };
    let more = roles.len().saturating_sub(NAMED);
    let more = (more > 0).then(|| view! { <div class="muted small">"and " {more} " more"</div> });
    view! {
        {roles.iter().take(NAMED).map(one).collect_view()}
        {more}
    }
    .into_any()
}

/// Two clicks; then what it signed is shown.
pub(super) fn revoke(key: &PublicKey) -> AnyView {
    let (toasts, navigate) = (Toasts::get(), use_navigate());
    let task = Task::default();
    let asking = RwSignal::new(false);
    let label = named(key);
    let path = StoredValue::new(paths::api::key(&Env::get().user(), &key.id));
    let signed = StoredValue::new(paths::signing_key(&key.id));
    let confirm = Callback::new(move |()| {
        let navigate = navigate.clone();
        task.run(client::delete(path.get_value()), move |_| {
            asking.try_set(false);
            toasts.good("Key revoked");
            navigate(
                &paths::with_query(&signed.get_value(), [("revoked", "now")]),
                leptos_router::NavigateOptions::default(),
            );
        });
    });
    view! {
        <button type="button" class="btn danger" aria-label=format!("Revoke {label}") on:click=move |_| asking.set(true)>
            "Revoke"
        </button>
        <Confirm open=asking title=format!("Revoke {label}?") action="Revoke" busy=task.busy error=task.message() confirm>
            <p>
                "What it signed counts for nobody from now on, and its certificate, if it has one, is refused. Nobody can register the key again. This cannot be undone."
            </p>
        </Confirm>
    }
    .into_any()
}
