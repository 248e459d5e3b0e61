//! Settings of the whole registry, for administrators: general ones, how people sign in, and what happened. In parts of their own: who
//! looks at one needs little of the others.

pub mod activity;
pub mod general;
pub mod ldap;
pub mod provider;
pub mod security;
pub mod sign_in;

use leptos::prelude::*;

use crate::{
    components::tabs::tab_bar,
    pages::{administrator, organizations, title},
    paths,
};

/// The pages of this part.
#[derive(Clone, Copy)]
pub enum Page {
    /// General settings.
    General,
    /// Scanning and vulnerability data.
    Security,
}

/// The pages about who people are.
#[derive(Clone, Copy)]
pub enum Identity {
    /// How people sign in.
    SignIn,
    /// One identity provider.
    Provider,
    /// The directory.
    Ldap,
    /// Which CI jobs an organization trusts.
    Workload,
}

/// Draws one of the pages.
pub fn draw(page: Page) -> AnyView {
    match page {
        Page::General => general::page(),
        Page::Security => security::page(),
    }
}

/// Draws one of the pages about who people, and CI jobs, are.
pub fn identity(of: Identity) -> AnyView {
    match of {
        Identity::SignIn => sign_in::page(),
        Identity::Provider => provider::page(),
        Identity::Ldap => ldap::page(),
        Identity::Workload => organizations::workload::page(),
    }
}

/// Draws one of the settings' tabs for administrators.
pub(crate) fn settings(id: &'static str, draw: impl FnOnce() -> AnyView + 'static) -> AnyView {
    administrator(move || {
        let links = vec![
            ("general", "General", paths::SYSTEM.to_owned()),
            ("sign-in", "Sign-in", paths::SIGN_IN_SETTINGS.to_owned()),
            ("ldap", "LDAP", paths::LDAP_SETTINGS.to_owned()),
            ("security", "Security", paths::SECURITY_SETTINGS.to_owned()),
            ("trust", "Content trust", paths::TRUST_SETTINGS.to_owned()),
            ("webhooks", "Webhooks", paths::WEBHOOKS.to_owned()),
            ("activity", "Activity", paths::ACTIVITY.to_owned()),
        ];
        let current = Memo::new(move |_| id.to_owned());
        view! {
            {title("System settings")}
            <div class="head">
                <div>
                    <h1>"Settings"</h1>
                    <p>"Of the whole registry"</p>
                </div>
            </div>
            {tab_bar("Settings", "System settings", links, current)}
            {draw()}
        }
        .into_any()
    })
}
