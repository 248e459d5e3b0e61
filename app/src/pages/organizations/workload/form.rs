//! The form of a trust: a new one, or one that is changed.

use std::collections::BTreeMap;

use api::workload::{
    CreateWorkloadTrust, UpdateWorkloadTrust, WorkloadAccess, WorkloadGrant, WorkloadKind,
    WorkloadRights, WorkloadTrust,
};
use leptos::{ev, prelude::*};

use super::{Page, access_word};
use crate::{
    client::{self, Replying},
    components::{
        choice::{Choice, Words},
        field::{Field, Kind, needs_script, notice},
        task::Task,
        toast::Toasts,
    },
    paths,
};

const KINDS: Words = &[("gitlab", "GitLab CI"), ("github", "GitHub Actions")];
const LEVELS: Words = &[
    ("", "None"),
    ("read-only", "Read-only"),
    ("read-write", "Read-write"),
];
/// Fields at which their errors stand.
const FIELDS: &[&str] = &["name", "issuer", "audience", "conditions", "rights"];

/// What the form has.
#[derive(Clone, Copy, Default)]
struct Form {
    name: RwSignal<String>,
    kind: RwSignal<String>,
    issuer: RwSignal<String>,
    audience: RwSignal<String>,
    conditions: RwSignal<String>,
    namespace: RwSignal<String>,
    repositories: RwSignal<String>,
}

impl Form {
    fn of(trust: Option<&WorkloadTrust>) -> Self {
        let Some(trust) = trust else {
            return Self {
                kind: RwSignal::new("gitlab".to_owned()),
                issuer: RwSignal::new("https://gitlab.com".to_owned()),
                ..Self::default()
            };
        };
        let conditions: Vec<String> = trust
            .conditions
            .iter()
            .map(|(claim, pattern)| format!("{claim} = {pattern}"))
            .collect();
        let repositories: Vec<String> = trust
            .rights
            .repositories
            .iter()
            .map(|grant| format!("{} = {}", grant.repository, access_word(grant.access_level)))
            .collect();
        let kind = match trust.kind {
            WorkloadKind::GitLab => "gitlab",
            WorkloadKind::GitHub => "github",
        };
        Self {
            name: RwSignal::new(trust.name.clone()),
            kind: RwSignal::new(kind.to_owned()),
            issuer: RwSignal::new(trust.issuer.clone()),
            audience: RwSignal::new(trust.audience.clone()),
            conditions: RwSignal::new(conditions.join("\n")),
            namespace: RwSignal::new(trust.rights.namespace.map_or("", access_word).to_owned()),
            repositories: RwSignal::new(repositories.join("\n")),
        }
    }

    /// Sends it: as a change of the trust of that name, or as a new one.
    fn send(self, org: &str, changes: Option<&str>) -> Replying {
        let text = |value: RwSignal<String>| value.with_untracked(|text| text.trim().to_owned());
        let audience = Some(text(self.audience)).filter(|audience| !audience.is_empty());
        let kind = kind(&text(self.kind));
        let conditions = pairs(&text(self.conditions)).collect();
        let rights = WorkloadRights {
            namespace: access(&text(self.namespace)),
            repositories: repositories(&text(self.repositories)),
        };
        match changes {
            Some(name) => client::send(
                "PATCH",
                paths::api::trust(org, name),
                &UpdateWorkloadTrust {
                    kind: Some(kind),
                    issuer: Some(text(self.issuer)),
                    audience,
                    conditions: Some(conditions),
                    rights: Some(rights),
                    is_active: None,
                },
            ),
            None => client::send(
                "POST",
                paths::api::trusts(org),
                &CreateWorkloadTrust {
                    name: text(self.name),
                    kind,
                    issuer: text(self.issuer),
                    audience,
                    conditions,
                    rights,
                    is_active: None,
                },
            ),
        }
    }
}

fn kind(value: &str) -> WorkloadKind {
    match value {
        "github" => WorkloadKind::GitHub,
        _ => WorkloadKind::GitLab,
    }
}

fn access(value: &str) -> Option<WorkloadAccess> {
    match value {
        "read-only" => Some(WorkloadAccess::ReadOnly),
        "read-write" => Some(WorkloadAccess::ReadWrite),
        _ => None,
    }
}

/// Lines `name = value`; a line without `=` is a name, and refused by the API.
fn pairs(lines: &str) -> impl Iterator<Item = (String, String)> {
    lines
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| {
            let (name, value) = line.split_once('=').unwrap_or((line, ""));
            (name.trim().to_owned(), value.trim().to_owned())
        })
}

/// Lines `repository = level`; where no level is said, it is read-only.
fn repositories(lines: &str) -> Vec<WorkloadGrant> {
    let last: BTreeMap<String, String> = pairs(lines).collect();
    last.into_iter()
        .map(|(repository, level)| WorkloadGrant {
            repository,
            access_level: access(&level).unwrap_or(WorkloadAccess::ReadOnly),
        })
        .collect()
}

/// Draws it for `trust`, or empty.
pub(super) fn draw(page: Page, trust: Option<WorkloadTrust>) -> AnyView {
    let toasts = Toasts::get();
    let form = Form::of(trust.as_ref());
    let task = Task::default();
    let name = trust.map(|trust| trust.name);
    let is_new = name.is_none();
    let heading = name
        .as_ref()
        .map_or("Trust CI jobs".to_owned(), |name| format!("Change {name}"));
    let save = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let deed = form.send(&page.org.get_value(), name.as_deref());
        task.run(deed, move |_| {
            toasts.good("Trust saved");
            page.editing.try_set(None);
            if is_new {
                for field in [form.name, form.conditions, form.repositories] {
                    field.try_set(String::new());
                }
            }
            page.loaded.refetch();
        });
    };
    view! {
        <form class="card" on:submit=save>
            <header>
                <h2>{heading}</h2>
            </header>
            <div class="body form">
                {needs_script()} {source(form, task, is_new)} {terms(form, task)}
                {
                    let other = task.about_none_of(FIELDS);
                    move || other.get().map(notice)
                } <div class="acts">
                    <button type="submit" class="btn primary" disabled=task.busy>
                        {if is_new { "Add trust" } else { "Save" }}
                    </button>
                    {(!is_new)
                        .then(|| {
                            view! {
                                <button type="button" class="btn" on:click=move |_| page.editing.set(None)>
                                    "Cancel"
                                </button>
                            }
                        })}
                </div>
            </div>
        </form>
    }
    .into_any()
}

/// Whose tokens.
fn source(form: Form, task: Task, is_new: bool) -> AnyView {
    view! {
        {is_new
            .then(|| {
                view! {
                    <Field
                        label="Name"
                        value=form.name
                        required=true
                        max=64
                        hint="With the organization's, the username of docker login."
                        error=task.about("name")
                    />
                }
            })}
        <Choice label="CI system" words=KINDS value=form.kind />
        <Field
            label="Issuer"
            value=form.issuer
            required=true
            max=1024
            hint="https://gitlab.com or your GitLab's address; https://token.actions.githubusercontent.com for GitHub."
            error=task.about("issuer")
        />
        <Field
            label="Audience"
            value=form.audience
            max=1024
            hint="For whom the tokens are; empty for this registry's address."
            error=task.about("audience")
        />
    }
    .into_any()
}

/// Under which conditions, and for what.
fn terms(form: Form, task: Task) -> AnyView {
    view! {
        <Field
            label="Conditions"
            value=form.conditions
            kind=Kind::Lines
            required=true
            hint="One a line, all must fit: project_path = acme/app, ref = main. * is anything up to a /, ** anything. One has to say \
            whose project it is: project_path or namespace_path at GitLab, repository or repository_owner at GitHub."
            error=task.about("conditions")
        />
        <Choice label="In all repositories" words=LEVELS value=form.namespace />
        <Field
            label="In single repositories"
            value=form.repositories
            kind=Kind::Lines
            hint="One a line: app = read-write, or app = read-only."
            error=task.about("rights")
        />
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_as_they_are_meant() {
        let conditions: Vec<_> = pairs("\nproject_path = acme/app \n sub=a=b\n").collect();
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(
            conditions,
            [pair("project_path", "acme/app"), pair("sub", "a=b")]
        );
        let grants = repositories("app = read-write\nsite\n");
        assert_eq!(grants.len(), 2);
        assert!(
            grants.iter().any(|grant| grant.repository == "app"
                && grant.access_level == WorkloadAccess::ReadWrite)
        );
        assert!(
            grants.iter().any(|grant| grant.repository == "site"
                && grant.access_level == WorkloadAccess::ReadOnly)
        );
    }
}
