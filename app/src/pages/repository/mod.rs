//! One repository: its header and its tabs. Those of Promotions, Trust, Webhooks and Activity are drawn by other parts.

mod explain;
mod info;
mod news;
mod permissions;
mod scans;
mod settings;
mod tags;

use std::sync::Arc;

use api::repository::{AccessLevel, NamespaceType, Repository};
use leptos::prelude::*;
use leptos_router::components::Redirect;

use crate::{
    boot::Env,
    components::{
        copy::CopyAction,
        load::{Loaded, load, shown},
    },
    pages::{error, parameter, repositories::list::visibility, title},
    paths,
};

/// What every tab works with.
#[derive(Clone, Copy)]
pub(crate) struct Context {
    /// As the API sees it now.
    pub(crate) repository: StoredValue<Repository>,
    /// To read it again after a change.
    pub(crate) loaded: Loaded,
    /// Number of tags; the list of tags keeps it true.
    pub(crate) tag_count: RwSignal<u64>,
}

impl Context {
    /// `namespace/name`.
    pub(crate) fn full_name(&self) -> String {
        self.repository
            .with_value(|r| format!("{}/{}", r.namespace, r.name))
    }

    /// `namespace` and `name`.
    pub(crate) fn names(&self) -> (String, String) {
        self.repository
            .with_value(|r| (r.namespace.clone(), r.name.clone()))
    }

    /// The caller's rights reach that far.
    pub(crate) fn may(&self, level: AccessLevel) -> bool {
        self.repository.with_value(|r| r.permission >= level)
    }

    /// Teams have rights only in what an organization owns.
    fn has_teams(&self) -> bool {
        self.repository
            .with_value(|r| r.namespace_type == NamespaceType::Organization)
    }
}

/// `/repositories/{namespace}/{name}` shows the tags.
pub fn to_tags() -> AnyView {
    let path = paths::repository(
        &parameter("namespace").get_untracked(),
        &parameter("name").get_untracked(),
        "tags",
    );
    view! { <Redirect path /> }.into_any()
}

/// The page with any of its tabs.
pub fn page() -> AnyView {
    let tab = parameter("tab");
    framed(
        tab,
        Arc::new(move |context| (move || body(context, &tab.get())).into_any()),
    )
}

/// The page with a tab whose code is in another part.
pub(crate) fn with_tab(tab: &'static str, draw: fn(Context) -> AnyView) -> AnyView {
    framed(Memo::new(move |_| tab.to_owned()), Arc::new(draw))
}

/// The same, for who administers the repository; for others there is no such page.
pub(crate) fn with_tab_of_admins(tab: &'static str, draw: fn(Context) -> AnyView) -> AnyView {
    let guarded = move |context: Context| {
        if context.may(AccessLevel::Admin) {
            draw(context)
        } else {
            error::not_found()
        }
    };
    framed(Memo::new(move |_| tab.to_owned()), Arc::new(guarded))
}

/// The tabs of who administers the repository, whose code is fetched by them alone.
#[derive(Clone, Copy)]
pub enum Upkeep {
    /// What teams may do.
    Permissions,
    /// What the repository is set to.
    Settings,
}

/// The page with one of those tabs.
pub fn upkeep(of: Upkeep) -> AnyView {
    match of {
        Upkeep::Permissions => with_tab_of_admins("permissions", permissions::tab),
        Upkeep::Settings => with_tab_of_admins("settings", settings::tab),
    }
}

fn framed(tab: Memo<String>, draw: Arc<dyn Fn(Context) -> AnyView + Send + Sync>) -> AnyView {
    let (namespace, name) = (parameter("namespace"), parameter("name"));
    let loaded = load(move || paths::api::repository(&namespace.get(), &name.get()));
    shown(loaded, move |repository: Repository| {
        let context = Context {
            tag_count: RwSignal::new(repository.tag_count),
            repository: StoredValue::new(repository),
            loaded,
        };
        view! {
            {head(context)}
            {tabs(context, tab)}
            {draw(context)}
        }
        .into_any()
    })
}

fn body(context: Context, tab: &str) -> AnyView {
    match tab {
        "info" => info::tab(context),
        "tags" => tags::tab(context),
        _ => error::not_found(),
    }
}

fn head(context: Context) -> AnyView {
    let host = Env::get().host;
    let repository = context.repository.get_value();
    let pull =
        Signal::derive(move || format!("docker pull {}/{}", host.get(), context.full_name()));
    view! {
        <div class="head">
            <div>
                <h1>
                    <span class="part">{repository.namespace.clone()} " / "</span>
                    {repository.name.clone()}
                </h1>
                <p>{repository.short_description}</p>
            </div>
            <div class="acts">
                {visibility(repository.visibility)}
                {(repository.immutable_tags || !repository.immutable_tag_patterns.is_empty()).then(|| view! { <span class="chip line">"Immutable"</span> })}
                <CopyAction text=pull label="Pull command" />
            </div>
        </div>
    }
    .into_any()
}

fn tabs(context: Context, current: Memo<String>) -> AnyView {
    let (namespace, name) = context.names();
    let administers = context.may(AccessLevel::Admin);
    let tab = move |id: &'static str, label: &'static str, count: Option<RwSignal<u64>>| {
        view! {
            <li>
                <a
                    href=paths::repository(&namespace, &name, id)
                    aria-current=move || (current.get() == id).then_some("page")
                >
                    {label}
                    {count.map(|count| view! { <span class="count">{count}</span> })}
                </a>
            </li>
        }
    };
    view! {
        {move || {
            let word = match current.get().as_str() {
                "info" => "Info",
                "permissions" => "Permissions",
                "promotions" => "Promotions",
                "trust" => "Trust",
                "webhooks" => "Webhooks",
                "activity" => "Activity",
                "settings" => "Settings",
                _ => "Tags",
            };
            title(format!("{word} · {}", context.full_name()))
        }}
        <nav class="tabs" aria-label="Repository">
            <ul>
                {tab("info", "Info", None)}
                {administers.then(|| tab("permissions", "Permissions", None))}
                {tab("tags", "Tags", Some(context.tag_count))}
                {administers.then(|| tab("webhooks", "Webhooks", None))}
                {tab("promotions", "Promotions", None)}
                {tab("trust", "Trust", None)}
                {administers.then(|| tab("settings", "Settings", None))}
                {Env::get().account.with_untracked(Option::is_some).then(|| tab("activity", "Activity", None))}
            </ul>
        </nav>
    }
    .into_any()
}
