//! Organizations: the list, a new one, and one with its tabs; and their teams.

pub mod list;
mod members;
pub mod new;
mod repositories;
mod settings;
mod sync;
pub mod team;
mod teams;
pub(crate) mod workload;

use api::{account::Account, organization::Member};
use leptos::prelude::*;
use leptos_router::components::Redirect;

use crate::{
    boot::Env,
    client::{Failure, Reply},
    components::{
        load::{Loaded, load, shown_together},
        tabs::tab_bar,
    },
    pages::{error, parameter, signed_in},
    paths,
};

/// The pages of this part.
#[derive(Clone, Copy)]
pub enum Page {
    /// All that the visitor may see.
    List,
    /// A new one.
    New,
    /// The address of one, without a tab.
    Organization,
    /// One, with a tab.
    Tab,
    /// The address of a team, without a tab.
    Team,
    /// A team, with a tab.
    TeamTab,
}

/// Draws one of the pages.
pub fn draw(which: Page) -> AnyView {
    match which {
        Page::List => list::page(),
        Page::New => new::page(),
        Page::Organization => to_members(),
        Page::Tab => page(),
        Page::Team => team::to_members(),
        Page::TeamTab => team::page(),
    }
}

/// What every tab works with.
#[derive(Clone, Copy)]
pub(crate) struct Context {
    /// The organization, as it is now.
    account: StoredValue<Account>,
    /// The visitor owns it, or administers the registry.
    is_managed: bool,
    /// To read it again after a change.
    loaded: Loaded,
}

impl Context {
    fn name(self) -> String {
        self.account.with_value(|account| account.name.clone())
    }
}

/// `/orgs/{org}` shows the members.
fn to_members() -> AnyView {
    let path = paths::organization(&parameter("org").get_untracked(), "users");
    view! { <Redirect path /> }.into_any()
}

/// The page with any of its tabs.
fn page() -> AnyView {
    let tab = parameter("tab");
    with_organization(None, move |context, _| {
        Ok(view! {
            {head(context)}
            {tabs(context, tab)}
            {move || body(context, &tab.get())}
        }
        .into_any())
    })
}

/// The page with a tab whose code is in another part, for who manages the organization; for others there is no such page.
pub(crate) fn with_tab_of_managers(tab: &'static str, draw: fn(String) -> AnyView) -> AnyView {
    with_organization(None, move |context, _| {
        if !context.is_managed {
            return Ok(error::not_found());
        }
        Ok(view! {
            {head(context)}
            {tabs(context, Memo::new(move |_| tab.to_owned()))}
            {draw(context.name())}
        }
        .into_any())
    })
}

/// Draws with the organization of the address, once it is known whether the visitor manages it, and with what else is needed.
fn with_organization(
    more: Option<Loaded>,
    draw: impl Fn(Context, Option<&Reply>) -> Result<AnyView, Failure> + Send + Sync + 'static,
) -> AnyView {
    signed_in(move || {
        let env = Env::get();
        let org = parameter("org");
        let loaded = load(move || paths::api::account(&org.get()));
        let is_admin = env
            .account
            .with_untracked(|account| account.as_ref().is_some_and(|a| a.is_admin));
        // An administrator manages all of them, and need not be in them.
        let own = (!is_admin).then(|| load(move || paths::api::member(&org.get(), &env.user())));
        let all = [Some(loaded), own, more].into_iter().flatten().collect();
        shown_together(all, move |replies| {
            let (Some(account), more) = (replies.first(), more.and(replies.last())) else {
                return Ok(error::not_found());
            };
            let account: Account = account.json()?;
            if !account.is_org {
                return Ok(error::not_found());
            }
            let is_owner = match (own, replies.get(1)) {
                (Some(_), Some(own)) => own.json::<Member>()?.is_admin,
                _ => false,
            };
            let context = Context {
                account: StoredValue::new(account),
                is_managed: is_admin || is_owner,
                loaded,
            };
            draw(context, more)
        })
    })
}

fn head(context: Context) -> AnyView {
    let account = context.account.get_value();
    view! {
        <div class="head">
            <div>
                <h1>{account.name}</h1>
                <p>{account.full_name}</p>
            </div>
        </div>
    }
    .into_any()
}

fn tabs(context: Context, current: Memo<String>) -> AnyView {
    let name = context.name();
    let managed = [
        ("webhooks", "Webhooks"),
        ("workload", "Workload identity"),
        ("settings", "Settings"),
    ];
    let managed = managed.into_iter().filter(|_| context.is_managed);
    let all = [
        ("users", "Members"),
        ("teams", "Teams"),
        ("repositories", "Repositories"),
    ];
    let links = all
        .into_iter()
        .chain(managed)
        .map(|(id, label)| (id, label, paths::organization(&name, id)))
        .collect();
    tab_bar("Organization", &name, links, current)
}

fn body(context: Context, tab: &str) -> AnyView {
    match tab {
        "users" => members::tab(context),
        "teams" => teams::tab(context),
        "repositories" => repositories::tab(context),
        "settings" if context.is_managed => settings::tab(context),
        _ => error::not_found(),
    }
}

/// The reply of one of eNZi's lists, for the pager: these name the next page in their body.
pub(crate) fn with_next(reply: &Reply, next: String) -> Reply {
    Reply {
        next: Some(next).filter(|start| !start.is_empty()),
        ..reply.clone()
    }
}

/// A user's name; for administrators it leads to the user.
fn person(account: &Account) -> AnyView {
    let is_admin = Env::get()
        .account
        .with_untracked(|account| account.as_ref().is_some_and(|a| a.is_admin));
    if is_admin {
        view! {
            <a class="name" href=paths::user(&account.name)>
                {account.name.clone()}
            </a>
        }
        .into_any()
    } else {
        view! { <span class="name">{account.name.clone()}</span> }.into_any()
    }
}

/// The cell for a full name, which on a narrow screen takes no place where there is none.
fn full_name(account: &Account) -> AnyView {
    view! {
        <td class="muted" class:hide=account.full_name.is_empty()>
            {account.full_name.clone()}
        </td>
    }
    .into_any()
}
