//! `/users/{name}/identities`: who a user is at identity providers. The owner links and unlinks; an administrator unlinks.

use api::identity::{Identity, LinkAt, LinkIdentity, SignInProvider};
use leptos::prelude::*;

use super::head;
use crate::{
    boot::Env,
    client::{self, Reply},
    components::{
        clock::ago,
        field::{needs_script, notice},
        load::{Loaded, load, shown_together},
        remove::Remove,
        table::{self, Column},
        task::Task,
    },
    pages::{parameter, query, sign_in, signed_in},
    paths,
};

/// The page.
pub fn page() -> AnyView {
    signed_in(|| {
        let name = parameter("name");
        view! {
            {move || head(&name.get(), "identities")}
            <p class="lead">"Identity providers by which "{name}" signs in."</p>
            {card(name)}
        }
        .into_any()
    })
}

/// The identities of the user `name`, and for that user the way to link another; to be put on any page.
pub fn card(name: Memo<String>) -> AnyView {
    let env = Env::get();
    let error = query("error");
    let loaded = load(move || paths::api::identities(&name.get()));
    let providers = load(|| paths::api::SIGN_IN_PROVIDERS.to_owned());
    view! {
        <div class="stack">
            {move || sign_in::words(&error.get()).map(|words| notice(words.to_owned()))}
            {shown_together(
                vec![loaded, providers],
                move |replies| {
                    let identities: Vec<Identity> = replies.first().map_or(Ok(Vec::new()), Reply::json)?;
                    let providers: Vec<SignInProvider> = replies.get(1).map_or(Ok(Vec::new()), Reply::json)?;
                    let is_own = env.user() == name.get_untracked();
                    Ok(
                        view! {
                            {table(name, loaded, &identities)}
                            {(is_own && !providers.is_empty()).then(|| linking(name, &providers))}
                        }
                            .into_any(),
                    )
                },
            )}
        </div>
    }
    .into_any()
}

fn table(name: Memo<String>, loaded: Loaded, identities: &[Identity]) -> AnyView {
    if identities.is_empty() {
        return table::empty("No identity is linked: this account signs in with its password.");
    }
    table::table(
        vec![
            Column::Text("Provider"),
            Column::Text("Known there as"),
            Column::Text("Linked"),
            Column::Text("Last sign-in"),
            Column::Buttons("Actions"),
        ],
        identities
            .iter()
            .map(|identity| row(name, loaded, identity))
            .collect(),
        ().into_any(),
    )
}

fn row(name: Memo<String>, loaded: Loaded, identity: &Identity) -> AnyView {
    let label = identity.provider.label.clone();
    let id = identity.id.to_string();
    let deed =
        Callback::new(move |()| client::delete(paths::api::identity(&name.get_untracked(), &id)));
    view! {
        <tr>
            <td class="wide">{label.clone()}</td>
            <td>{identity.username.clone()}</td>
            <td class="muted">{ago(identity.created_at)}</td>
            <td class="muted">{identity.last_used.map_or_else(|| "not yet".into_any(), ago)}</td>
            <td>
                <Remove
                    label=format!("Unlink {label}")
                    title=format!("Unlink {label}?")
                    said=format!("Unlinked {label}")
                    deed
                    done=Callback::new(move |()| loaded.refetch())
                >
                    <p>"The account stays; it cannot be signed in to with that identity any more."</p>
                </Remove>
            </td>
        </tr>
    }
    .into_any()
}

/// A button for each provider: it leads there and back.
fn linking(name: Memo<String>, providers: &[SignInProvider]) -> AnyView {
    let task = Task::default();
    let button = move |provider: &SignInProvider| {
        let body = LinkIdentity {
            provider: provider.name.clone(),
        };
        let link = move |_| {
            let path = paths::api::identities(&name.get_untracked());
            task.run(client::send("POST", path, &body), |reply| {
                if let Ok(LinkAt { location }) = reply.json() {
                    // Fails only for what is no address; then the page stays.
                    let _ = window().location().set_href(&location);
                }
            });
        };
        view! {
            <button type="button" class="btn" disabled=task.busy on:click=link>
                "Link "
                {provider.label.clone()}
            </button>
        }
    };
    view! {
        <section class="card">
            <header>
                <h2>"Link an identity"</h2>
            </header>
            <div class="body stack">
                {needs_script()} <p>"You sign in at the provider once; from then on you can sign in here with it."</p>
                <div class="row">{providers.iter().map(button).collect_view()}</div>
                {move || task.message().get().map(notice)}
            </div>
        </section>
    }
    .into_any()
}
