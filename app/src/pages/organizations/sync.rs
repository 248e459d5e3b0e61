//! Which part of the LDAP directory a team follows, or the owners of an organization.

use api::{
    ldap::{MemberSync, MemberSyncConfig, TeamSync},
    settings::Features,
};
use leptos::{ev, prelude::*};

use crate::{
    client,
    components::{
        clock::ago,
        field::{Check, Field, needs_script, notice},
        load::{load, shown_together},
        task::Task,
        toast::Toasts,
    },
    pages::system::ldap::changes,
    paths,
};

/// What follows the directory.
#[derive(Clone, Copy)]
pub(super) struct Follower {
    /// Who comes and goes.
    pub(super) hint: &'static str,
    /// Where it is done; its settings are at the same path with `Config` behind it.
    pub(super) path: Signal<String>,
}

impl Follower {
    fn config(self) -> String {
        self.path.with(|path| format!("{path}Config"))
    }
}

/// The card, where there is a directory.
pub(super) fn card(follower: Follower) -> AnyView {
    let loaded = load(move || follower.config());
    let features = load(|| paths::api::FEATURES.to_owned());
    shown_together(vec![features, loaded], move |replies| {
        let [features, sync] = replies else {
            return Ok(().into_any());
        };
        Ok(if features.json::<Features>()?.ldap_enabled {
            form(follower, &sync.json::<MemberSync>()?)
        } else {
            ().into_any()
        })
    })
}

/// What the form has.
#[derive(Clone, Copy)]
struct Form {
    enabled: RwSignal<bool>,
    by_group: RwSignal<bool>,
    group_dn: RwSignal<String>,
    member_attribute: RwSignal<String>,
    search_base: RwSignal<String>,
    search_filter: RwSignal<String>,
    subtree: bool,
}

impl Form {
    fn of(config: &MemberSyncConfig) -> Self {
        let is_new = *config == MemberSyncConfig::default();
        let or = |text: &str, otherwise: &str| {
            RwSignal::new(if text.is_empty() { otherwise } else { text }.to_owned())
        };
        Self {
            enabled: RwSignal::new(config.enable_sync),
            by_group: RwSignal::new(config.select_group_members || is_new),
            group_dn: or(&config.group_dn, ""),
            member_attribute: or(&config.group_member_attr, "member"),
            search_base: or(&config.search_base_dn, ""),
            search_filter: or(&config.search_filter, ""),
            subtree: config.search_scope_subtree || is_new,
        }
    }

    fn body(self) -> MemberSyncConfig {
        let text = |value: RwSignal<String>| value.with_untracked(|text| text.trim().to_owned());
        MemberSyncConfig {
            enable_sync: self.enabled.get_untracked(),
            select_group_members: self.by_group.get_untracked(),
            group_dn: text(self.group_dn),
            group_member_attr: text(self.member_attribute),
            search_base_dn: text(self.search_base),
            search_scope_subtree: self.subtree,
            search_filter: text(self.search_filter),
        }
    }
}

fn form(follower: Follower, sync: &MemberSync) -> AnyView {
    let toasts = Toasts::get();
    let form = Form::of(&sync.config);
    let task = Task::default();
    let found = RwSignal::new(None::<String>);
    let save = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let path = untrack(|| follower.config());
        task.run(client::send("PUT", path, &form.body()), move |_| {
            toasts.good("Settings saved");
        });
    };
    let follow = move |dry_run: bool| {
        let path = follower
            .path
            .with_untracked(|path| format!("{path}?dryRun={dry_run}"));
        task.run(client::send("POST", path, &()), move |reply| {
            let answer: TeamSync = reply.json().unwrap_or_default();
            found.try_set(Some(changes(&answer)));
        });
    };
    let last = sync
        .last_synced_at
        .map(|time| view! { "Followed " {ago(time)} ". " });
    let failed = (!sync.last_error.is_empty()).then(|| notice(sync.last_error.clone()));
    view! {
        <form class="card" on:submit=save>
            <header>
                <div>
                    <h2>"LDAP directory"</h2>
                    <p class="hint">{last} {follower.hint}</p>
                </div>
            </header>
            <div class="body form">
                {needs_script()} {failed} <Check label="Follow the directory" value=form.enabled />
                <Check label="The members of a group" value=form.by_group hint="Else, whoever a filter finds." />
                {move || if form.by_group.get() { by_group(form) } else { by_filter(form) }}
                {move || task.message().get().map(notice)}
                {move || found.get().map(|text| view! { <p role="status">{text}</p> })} <div class="acts">
                    <button type="submit" class="btn primary" disabled=task.busy>
                        "Save"
                    </button>
                    <button type="button" class="btn" disabled=task.busy on:click=move |_| follow(true)>
                        "Dry run"
                    </button>
                    <button type="button" class="btn" disabled=task.busy on:click=move |_| follow(false)>
                        "Follow it now"
                    </button>
                </div>
            </div>
        </form>
    }
    .into_any()
}

fn by_group(form: Form) -> AnyView {
    view! {
        <Field label="Group" value=form.group_dn max=4096 hint="Its DN, such as cn=readers,ou=groups,dc=example,dc=org." />
        <Field label="Attribute with the members" value=form.member_attribute max=128 hint="member, uniqueMember or memberUid." />
    }
    .into_any()
}

fn by_filter(form: Form) -> AnyView {
    view! {
        <Field label="Search in" value=form.search_base max=4096 hint="A DN; empty for where people are." />
        <Field label="Filter" value=form.search_filter max=4096 hint="Such as (memberOf=cn=readers,dc=example,dc=org)." />
    }
    .into_any()
}
