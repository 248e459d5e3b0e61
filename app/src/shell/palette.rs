//! The command palette (Ctrl-K): finds repositories, accounts, pages and actions; all of it by keyboard.

use std::time::Duration;

use api::search::Autocomplete;
use leptos::{ev, html, leptos_dom::helpers::debounce, prelude::*, task::spawn_local};
use leptos_router::{NavigateOptions, hooks::use_navigate};

use super::top::change_theme;
use crate::{
    boot::Env,
    client,
    components::{dialog::follow, icon::Icon, toast::Toasts},
    format, paths, sought,
};

/// What Enter does with an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Deed {
    Go(String),
    ChangeTheme,
}

/// One line of the palette.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    group: &'static str,
    icon: Icon,
    text: String,
    detail: String,
    deed: Deed,
}

impl Entry {
    fn go(
        group: &'static str,
        icon: Icon,
        text: impl Into<String>,
        detail: impl Into<String>,
        href: impl Into<String>,
    ) -> Self {
        Self {
            group,
            icon,
            text: text.into(),
            detail: detail.into(),
            deed: Deed::Go(href.into()),
        }
    }
}

/// The palette's dialog; Ctrl-K opens it from anywhere.
pub(super) fn palette(open: RwSignal<bool>) -> AnyView {
    let element = NodeRef::<html::Dialog>::new();
    follow(element, open);
    open_by_key(open);
    view! {
        <dialog class="palette" node_ref=element aria-label="Find" on:close=move |_| open.set(false)>
            {move || open.get().then(|| finder(open))}
        </dialog>
    }
    .into_any()
}

fn open_by_key(open: RwSignal<bool>) {
    if cfg!(feature = "hydrate") {
        let keys = window_event_listener(ev::keydown, move |event| {
            if (event.ctrl_key() || event.meta_key())
                && !event.shift_key()
                && event.key().eq_ignore_ascii_case("k")
            {
                event.prevent_default();
                open.update(|open| *open = !*open);
            }
        });
        on_cleanup(move || keys.remove());
    }
}

fn finder(open: RwSignal<bool>) -> AnyView {
    let (env, toasts) = (Env::get(), Toasts::get());
    let navigate = use_navigate();
    let query = RwSignal::new(String::new());
    let found = RwSignal::new(Autocomplete::default());
    let chosen = RwSignal::new(0_usize);
    let entries = Memo::new(move |_| {
        let mut entries: Vec<Entry> = flaw(&query.get()).into_iter().collect();
        let query = query.get().trim().to_lowercase();
        entries.extend(found.with(from_registry));
        entries.extend(
            pages(env)
                .into_iter()
                .filter(|entry| query.is_empty() || entry.text.to_lowercase().contains(&query)),
        );
        entries
    });
    let mut ask = debounce(Duration::from_millis(120), move |text: String| {
        spawn_local(async move {
            if let Ok(answer) = client::get(paths::api::autocomplete(&text)).await
                && query.try_with_untracked(|now| *now == text) == Some(true)
                && let Ok(results) = answer.json()
            {
                found.try_set(results);
            }
        });
    });
    let mut typed = move |text: String| {
        query.set(text.clone());
        chosen.set(0);
        if text.trim().is_empty() {
            found.set(Autocomplete::default());
        } else {
            ask(text);
        }
    };
    let perform = Callback::new(move |deed: Deed| {
        open.set(false);
        match deed {
            Deed::Go(href) => navigate(&href, NavigateOptions::default()),
            Deed::ChangeTheme => change_theme(env, toasts),
        }
    });
    let keys = move |event: ev::KeyboardEvent| {
        let last = entries.with(Vec::len).saturating_sub(1);
        match event.key().as_str() {
            "ArrowDown" => {
                chosen.update(|index| *index = if *index >= last { 0 } else { *index + 1 });
            }
            "ArrowUp" => {
                chosen.update(|index| *index = if *index == 0 { last } else { *index - 1 });
            }
            "Enter" => {
                if let Some(deed) = entries
                    .with(|entries| entries.get(chosen.get_untracked()).map(|e| e.deed.clone()))
                {
                    perform.run(deed);
                }
            }
            _ => return,
        }
        event.prevent_default();
    };
    view! {
        <input
            type="text"
            role="combobox"
            aria-label="Find a repository, an image, an account or a page"
            aria-expanded="true"
            aria-controls="palette-list"
            aria-autocomplete="list"
            aria-activedescendant=move || option_id(chosen.get())
            placeholder="Find a name, or paste a reference or digest…"
            autocomplete="off"
            autocapitalize="off"
            spellcheck="false"
            autofocus
            prop:value=query
            on:input:target=move |event| typed(event.target().value())
            on:keydown=keys
        />
        <ul id="palette-list" role="listbox" aria-label="Results">
            {move || options(&entries.get(), chosen, perform)}
        </ul>
        <p class="none" role="status" hidden=move || entries.with(|entries| !entries.is_empty())>
            "Nothing has that in its name."
        </p>
    }
    .into_any()
}

fn option_id(index: usize) -> String {
    format!("palette-{index}")
}

fn options(entries: &[Entry], chosen: RwSignal<usize>, perform: Callback<Deed>) -> Vec<AnyView> {
    let mut group = "";
    let mut lines = Vec::with_capacity(entries.len() + 4);
    for (index, entry) in entries.iter().cloned().enumerate() {
        if entry.group != group {
            group = entry.group;
            lines.push(view! { <li class="caption" role="presentation">{group}</li> }.into_any());
        }
        let selected = move || chosen.get() == index;
        let deed = entry.deed;
        let line = view! {
            <li
                id=option_id(index)
                role="option"
                aria-selected=move || if selected() { "true" } else { "false" }
                on:click=move |_| perform.run(deed.clone())
                on:mousemove=move |_| {
                    if chosen.get_untracked() != index {
                        chosen.set(index);
                    }
                }
            >
                {entry.icon.draw()}
                <span>{entry.text} " " <span class="muted">{entry.detail}</span></span>
                <kbd>"Enter"</kbd>
            </li>
        };
        lines.push(line.into_any());
    }
    lines
}

/// Who pastes the number of a flaw asks which images have it.
fn flaw(text: &str) -> Option<Entry> {
    let name = sought::flaw(text)?;
    Some(Entry::go(
        "Where is it",
        Icon::Shield,
        format!("Images with {name}"),
        "and what fixes it",
        paths::where_is(&name),
    ))
}

fn from_registry(found: &Autocomplete) -> Vec<Entry> {
    let images = found.image_results.iter().map(|image| {
        let reference = image.tag.as_ref().unwrap_or(&image.digest);
        let platform = (paths::NONE, paths::NONE);
        let href = paths::image(&image.namespace, &image.name, reference, platform, "layers");
        let text = match &image.tag {
            Some(tag) => format!("{}/{}:{tag}", image.namespace, image.name),
            None => format!("{}/{}", image.namespace, image.name),
        };
        Entry::go(
            "Images",
            Icon::Box,
            text,
            format::short(&image.digest),
            href,
        )
    });
    let repositories = found.repository_results.iter().map(|r| {
        let href = paths::repository(&r.namespace, &r.name, "tags");
        Entry::go(
            "Repositories",
            Icon::Box,
            format!("{}/{}", r.namespace, r.name),
            &r.short_description,
            href,
        )
    });
    let accounts = found.account_results.iter().map(|a| {
        let (icon, href) = if a.is_org {
            (Icon::People, paths::organization(&a.name, "users"))
        } else {
            (Icon::User, paths::namespace(&a.name))
        };
        Entry::go("Accounts", icon, &a.name, &a.full_name, href)
    });
    images.chain(repositories).chain(accounts).collect()
}

fn pages(env: Env) -> Vec<Entry> {
    let mut entries = vec![Entry::go(
        "Go to",
        Icon::Box,
        "Repositories",
        "",
        paths::REPOSITORIES,
    )];
    entries.push(Entry::go(
        "Go to",
        Icon::Search,
        "Where is it",
        "",
        paths::SECURITY,
    ));
    if env.is_signed_in() {
        entries.push(Entry::go(
            "Go to",
            Icon::People,
            "Organizations",
            "",
            paths::ORGANIZATIONS,
        ));
        entries.push(Entry::go(
            "Go to",
            Icon::Pencil,
            "Signing",
            "",
            paths::SIGNING,
        ));
    }
    if env.is_admin() {
        entries.push(Entry::go("Go to", Icon::User, "Users", "", paths::USERS));
        entries.push(Entry::go(
            "Go to",
            Icon::Gear,
            "System settings",
            "",
            paths::SYSTEM,
        ));
        entries.push(Entry::go(
            "Go to",
            Icon::Shield,
            "Security settings",
            "",
            paths::SECURITY_SETTINGS,
        ));
    }
    if env.is_signed_in() {
        entries.push(Entry::go(
            "Go to",
            Icon::User,
            "Profile",
            "",
            paths::user(&env.user()),
        ));
    }
    entries.push(Entry::go(
        "Go to",
        Icon::Flow,
        "API reference",
        "",
        paths::REFERENCE,
    ));
    if env.is_signed_in() {
        entries.push(Entry::go(
            "Do",
            Icon::Plus,
            "New repository",
            "",
            paths::NEW_REPOSITORY,
        ));
    }
    if env.is_admin() {
        entries.push(Entry::go("Do", Icon::Plus, "New user", "", paths::NEW_USER));
        entries.push(Entry::go(
            "Do",
            Icon::Plus,
            "New organization",
            "",
            paths::NEW_ORGANIZATION,
        ));
    }
    entries.push(Entry {
        group: "Do",
        icon: Icon::Sun,
        text: "Change theme".to_owned(),
        detail: "automatic, light, dark".to_owned(),
        deed: Deed::ChangeTheme,
    });
    entries
}
