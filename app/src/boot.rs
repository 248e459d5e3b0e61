//! What a page knows before it asks the API anything: who looks at it, at which address, and what time it is.
//!
//! The server fills a [`Boot`] for each request; it travels inside the page, so that the browser's first drawing is the same
//! as the server's. [`Env`] is its reactive form, found in context by every component.

use api::account::Account;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// Facts about one request for a page.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Boot {
    /// Seconds since 1970 at which the page was made.
    pub now: i64,
    /// Host and port in the browser's address bar, for commands to copy.
    pub host: String,
    /// Who is signed in; nobody is a visitor without an account.
    pub account: Option<Account>,
    /// HTTPS is served with a certificate of the registry's own authority, which clients have to be told.
    #[serde(default)]
    pub has_own_authority: bool,
    /// Id of the request, shown on error pages so that it can be found in the logs.
    pub request_id: String,
    /// Light, dark, or as the system has it.
    pub theme: Theme,
}

/// Which set of colours a visitor chose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Theme {
    /// What the system prefers.
    #[default]
    Auto,
    /// Dark text on light ground.
    Light,
    /// Light text on dark ground.
    Dark,
}

impl Theme {
    /// Name of the cookie that keeps the choice.
    pub const COOKIE: &str = "theme";

    /// From the cookie's value; anything unknown means [`Theme::Auto`].
    #[must_use]
    pub fn parse(value: &str) -> Self {
        match value {
            "light" => Self::Light,
            "dark" => Self::Dark,
            _ => Self::Auto,
        }
    }

    /// The cookie's value, also that of the root element's `data-theme`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The one that the theme button brings next.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::Auto => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::Auto,
        }
    }
}

/// [`Boot`], as signals.
#[derive(Clone, Copy, Debug)]
pub struct Env {
    /// The time against which "2 minutes ago" is reckoned.
    pub now: RwSignal<OffsetDateTime>,
    /// See [`Boot::host`].
    pub host: RwSignal<String>,
    /// See [`Boot::account`].
    pub account: RwSignal<Option<Account>>,
    /// See [`Boot::theme`].
    pub theme: RwSignal<Theme>,
    /// See [`Boot::has_own_authority`].
    pub has_own_authority: bool,
    /// See [`Boot::request_id`].
    pub request_id: StoredValue<String>,
}

impl Env {
    /// Puts the environment of this page into context and keeps its clock going.
    pub fn provide() -> Self {
        let boot = SharedValue::new(|| use_context::<Boot>().unwrap_or_default()).into_inner();
        let env = Self {
            now: RwSignal::new(
                OffsetDateTime::from_unix_timestamp(boot.now).unwrap_or(OffsetDateTime::UNIX_EPOCH),
            ),
            host: RwSignal::new(boot.host),
            account: RwSignal::new(boot.account),
            theme: RwSignal::new(boot.theme),
            has_own_authority: boot.has_own_authority,
            request_id: StoredValue::new(boot.request_id),
        };
        provide_context(env);
        #[cfg(feature = "hydrate")]
        {
            let shared = Owner::current_shared_context();
            let is_alive = move || {
                !shared
                    .as_ref()
                    .is_some_and(|shared| shared.during_hydration())
            };
            Effect::new(move |_| env.follow_browser(is_alive.clone()));
        }
        env
    }

    /// The environment in context.
    ///
    /// # Panics
    /// Outside the application's root component.
    pub fn get() -> Self {
        expect_context()
    }

    /// Name of whoever is signed in; empty for a visitor.
    pub fn user(&self) -> String {
        self.account
            .with(|account| account.as_ref().map(|a| a.name.clone()).unwrap_or_default())
    }

    /// Someone is signed in.
    pub fn is_signed_in(&self) -> bool {
        self.account.with(Option::is_some)
    }

    /// An administrator of the registry is signed in.
    pub fn is_admin(&self) -> bool {
        self.account
            .with(|account| account.as_ref().is_some_and(|a| a.is_admin))
    }

    /// Once the page is alive, the browser knows better than the server what its clock and address bar say. Until then, and
    /// a part of the interface may still be on its way, the page must be as the server drew it.
    #[cfg(feature = "hydrate")]
    fn follow_browser(self, is_alive: impl Fn() -> bool + 'static) {
        use std::time::Duration;

        if !is_alive() {
            return set_timeout(
                move || self.follow_browser(is_alive),
                Duration::from_millis(250),
            );
        }
        if let Ok(host) = window().location().host() {
            self.host.set(host);
        }
        // The server's clock counts; the browser's only says how much time has passed.
        let (server, browser) = (self.now.get_untracked(), browser_seconds());
        let tick = move || {
            self.now
                .set(server + time::Duration::seconds_f64(browser_seconds() - browser));
        };
        set_interval(tick, Duration::from_secs(30));
    }
}

#[cfg(feature = "hydrate")]
fn browser_seconds() -> f64 {
    js_sys::Date::now() / 1000.0
}
