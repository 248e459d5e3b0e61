//! `/repositories/new`: the form for a new repository.

use api::{
    account::Accounts,
    organization::{MemberOrg, MemberOrgs},
    repository::{CreateRepository, Repository, Visibility},
};
use leptos::{ev, prelude::*, task::spawn_local};
use leptos_router::{NavigateOptions, hooks::use_navigate};

use crate::{
    boot::Env,
    client,
    components::{
        field::{Check, Field, Kind, needs_script, notice},
        icon::Icon,
        load::{load, shown},
        namespace::may_create,
        suggest::Suggest,
        task::Task,
        toast::Toasts,
    },
    pages::{query, signed_in, title},
    paths,
};

/// Fields at which their errors stand.
const FIELDS: &[&str] = &["name", "shortDescription"];

/// Organizations that are asked whether a team of the visitor's may make repositories there.
const MOST_ASKED: usize = 25;

/// Label and meaning of immutability.
pub(crate) const IMMUTABLE: (&str, &str) = (
    "Immutable tags",
    "A tag that exists cannot be pushed again with other content. Tags can still be deleted.",
);

/// The page.
pub fn page() -> AnyView {
    signed_in(|| {
        view! {
            {title("New repository")}
            <div class="head">
                <div>
                    <h1>"New repository"</h1>
                </div>
            </div>
            {form()}
        }
        .into_any()
    })
}

fn form() -> AnyView {
    let env = Env::get();
    let toasts = Toasts::get();
    let navigate = use_navigate();
    let asked = query("namespace").get_untracked();
    let namespace = RwSignal::new(if asked.is_empty() {
        env.account
            .with_untracked(|a| a.as_ref().map(|a| a.name.clone()).unwrap_or_default())
    } else {
        asked
    });
    let (name, description) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let (visibility, immutable) = (RwSignal::new(Visibility::Private), RwSignal::new(false));
    let scan_on_push = RwSignal::new(true);
    let task = Task::default();
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let body = CreateRepository {
            name: name.get_untracked().trim().to_owned(),
            short_description: description.get_untracked(),
            long_description: String::new(),
            visibility: visibility.get_untracked(),
            scan_on_push: scan_on_push.get_untracked(),
            immutable_tags: immutable.get_untracked(),
            immutable_tag_patterns: Vec::new(),
            enable_manifest_lists: false,
            tag_limit: 0,
        };
        let navigate = navigate.clone();
        let path = namespace.with_untracked(|name| paths::api::namespace(name.trim()));
        task.run(client::send("POST", path, &body), move |reply| {
            if let Ok(made) = reply.json::<Repository>() {
                toasts.good(format!("Made {}/{}", made.namespace, made.name));
                navigate(
                    &paths::repository(&made.namespace, &made.name, "tags"),
                    NavigateOptions::default(),
                );
            }
        });
    };
    view! {
        <form class="card" on:submit=submit>
            <div class="body form">
                {needs_script()}
                <div class="pair">
                    {namespace_field(namespace)}
                    <span class="slash" aria-hidden="true">
                        "/"
                    </span>
                    <Field label="Name" value=name required=true max=200 error=task.about("name") />
                </div>
                <p class="hint">"Lowercase letters, digits, dots, underscores and hyphens. The name cannot be changed later."</p>
                <Field
                    label="Description (optional)"
                    value=description
                    kind=Kind::Lines
                    max=140
                    error=task.about("shortDescription")
                />
                {visibility_cards(visibility)}
                {scan_cards(scan_on_push)}
                <Check label=IMMUTABLE.0 value=immutable hint=IMMUTABLE.1 />
                {
                    let other = task.about_none_of(FIELDS);
                    move || other.get().map(notice)
                }
                <div class="acts">
                    <button type="submit" class="btn primary" disabled=task.busy>
                        "Create"
                    </button>
                    <a class="btn" href=paths::REPOSITORIES>
                        "Cancel"
                    </a>
                </div>
            </div>
        </form>
    }
    .into_any()
}

/// The own name, the organizations that the visitor owns, and those where a team of theirs may make repositories; an administrator
/// may choose any account.
fn namespace_field(namespace: RwSignal<String>) -> AnyView {
    let account = Env::get().account.get_untracked();
    let own = account.as_ref().map(|a| a.name.clone()).unwrap_or_default();
    if account.is_some_and(|account| account.is_admin) {
        return any_namespace(namespace);
    }
    let loaded = load({
        let own = own.clone();
        move || paths::api::all_organizations_of(&own)
    });
    shown(loaded, move |answer: MemberOrgs| {
        let (owned, others): (Vec<MemberOrg>, Vec<MemberOrg>) =
            answer.member_orgs.into_iter().partition(|own| own.is_admin);
        let names = |orgs: Vec<MemberOrg>| orgs.into_iter().map(|own| own.org.name);
        let may = std::iter::once(own.clone()).chain(names(owned)).collect();
        choose(namespace, may, names(others).take(MOST_ASKED).collect())
    })
}

fn any_namespace(namespace: RwSignal<String>) -> AnyView {
    let is_unknown = RwSignal::new(false);
    let accounts = Suggest {
        look_for: Callback::new(|text: String| paths::api::some_accounts(&text)),
        names: |reply| {
            let found = reply.json::<Accounts>()?.accounts;
            Ok(found.into_iter().map(|account| account.name).collect())
        },
        exactly: Callback::new(|name: String| paths::api::account(&name)),
    };
    let hint = Signal::derive(move || {
        if is_unknown.get() {
            "There is no user or organization of that name."
        } else {
            ""
        }
    });
    accounts.field("Namespace".to_owned(), hint, namespace, is_unknown)
}

/// The namespace of the address is offered whatever is known of it: the registry decides. `others` are asked for.
fn choose(namespace: RwSignal<String>, mut names: Vec<String>, mut others: Vec<String>) -> AnyView {
    let chosen = namespace.get_untracked();
    if !names.contains(&chosen) {
        names.push(chosen.clone());
    }
    others.retain(|name| !names.contains(name));
    let allowed = RwSignal::new(Vec::new());
    Effect::new(move |_| {
        let others = others.clone();
        spawn_local(async move {
            for name in others {
                if may_create(name.clone()).await {
                    allowed.try_update(|allowed| allowed.push(name));
                }
            }
        });
    });
    let option = |name: String, is_chosen| view! { <option value=name.clone() selected=is_chosen>{name.clone()}</option> };
    let of_teams = move || {
        let names = allowed.get().into_iter();
        names.map(|name| option(name, false)).collect_view()
    };
    let options = names
        .into_iter()
        .map(|name| {
            let is_chosen = name == chosen;
            option(name, is_chosen)
        })
        .collect_view();
    view! {
        <label class="field">
            <span class="label">"Namespace"</span>
            <select on:change:target=move |event| namespace.set(event.target().value())>
                {options} {of_teams}
            </select>
        </label>
    }
    .into_any()
}

/// Two cards to choose from, as DTR has them.
pub(crate) fn visibility_cards(chosen: RwSignal<Visibility>) -> AnyView {
    let cards = [
        Card {
            value: Visibility::Public,
            id: "public",
            icon: Icon::Globe,
            word: "Public",
            meaning: "Visible to everyone; pulled without an account",
        },
        Card {
            value: Visibility::Private,
            id: "private",
            icon: Icon::Lock,
            word: "Private",
            meaning: "Hidden from all but those with a right to it",
        },
    ];
    choice("Visibility", "visibility", cards, chosen)
}

/// When images are scanned, in DTR's words.
pub(crate) fn scan_cards(on_push: RwSignal<bool>) -> AnyView {
    let cards = [
        Card {
            value: true,
            id: "push",
            icon: Icon::Shield,
            word: "On push",
            meaning: "Images are scanned on push but also can be scanned manually",
        },
        Card {
            value: false,
            id: "manual",
            icon: Icon::User,
            word: "Manual",
            meaning: "Image scans must be manually initiated",
        },
    ];
    choice("Scan on push", "scan-on-push", cards, on_push)
}

/// One of the cards.
struct Card<T> {
    value: T,
    id: &'static str,
    icon: Icon,
    word: &'static str,
    meaning: &'static str,
}

fn choice<T>(
    legend: &'static str,
    name: &'static str,
    cards: [Card<T>; 2],
    chosen: RwSignal<T>,
) -> AnyView
where
    T: Copy + PartialEq + Send + Sync + 'static,
{
    let cards = cards.map(|card| {
        let value = card.value;
        view! {
            <label>
                <input
                    type="radio"
                    name=name
                    value=card.id
                    prop:checked=move || chosen.get() == value
                    checked=chosen.get_untracked() == value
                    on:change=move |_| chosen.set(value)
                />
                <span class="row">{card.icon.draw()} {card.word}</span>
                <small>{card.meaning}</small>
            </label>
        }
    });
    view! {
        <fieldset class="field">
            <legend class="label">{legend}</legend>
            <div class="choice">{cards.into_iter().collect_view()}</div>
        </fieldset>
    }
    .into_any()
}
