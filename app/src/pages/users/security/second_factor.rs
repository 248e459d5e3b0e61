//! The second factor: set up, shown to be on, turned off; and its recovery codes, once.

use api::second_factor::{
    ConfirmSecondFactor, EnrolSecondFactor, Enrolment, ProveSecondFactor, RecoveryCodes,
    SecondFactor,
};
use leptos::{ev, prelude::*};

use super::Page;
use crate::{
    client::{self, Reply},
    components::{
        clock::ago,
        copy::{Command, CopyAction},
        dialog::{Confirm, Dialog},
        field::{Field, Kind, notice},
        task::Task,
        toast::Toasts,
    },
    format, paths,
};

/// Fields at which their errors stand.
const FIELDS: &[&str] = &["password", "code"];

/// The card.
pub(super) fn card(page: Page, factor: &SecondFactor) -> AnyView {
    let state = match (factor.is_enabled, page.is_own.get()) {
        (true, true) => on(page, factor),
        (false, true) => off(page),
        (true, false) => reset(page, factor),
        (false, false) => {
            view! { <p class="muted">"This user has none: the password alone is enough."</p> }
                .into_any()
        }
    };
    view! {
        <section class="card" aria-labelledby="second-factor">
            <header>
                <h2 id="second-factor">"Second factor"</h2>
                {factor.is_enabled.then(|| view! { <span class="chip clean">"On"</span> })}
            </header>
            <div class="body stack">{move || fresh_codes(page)} {state}</div>
        </section>
    }
    .into_any()
}

fn off(page: Page) -> AnyView {
    let begun = move || {
        page.enrolment
            .get()
            .map(|enrolment| confirm(page, &enrolment))
    };
    view! {
        <p>
            "A code of an app on your phone, besides the password. Who learns your password cannot sign in with it then; docker \
            and scripts use "<a href=move || paths::tokens(&page.name.get())>"access tokens"</a>"."
        </p>
        {move || begun().unwrap_or_else(|| begin(page))}
    }
    .into_any()
}

fn begin(page: Page) -> AnyView {
    let password = RwSignal::new(String::new());
    let task = Task::default();
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let body = EnrolSecondFactor {
            password: password.get_untracked(),
        };
        let path = paths::api::second_factor(&page.name.get_untracked());
        task.run(client::send("POST", path, &body), move |reply| {
            page.enrolment.try_set(reply.json().ok());
        });
    };
    let other = task.about_none_of(FIELDS);
    view! {
        <form class="form" on:submit=submit>
            <Field
                label="Your password"
                value=password
                kind=Kind::Password
                autocomplete="current-password"
                required=true
                error=task.about("password")
            />
            {move || other.get().map(notice)}
            <div class="acts">
                <button type="submit" class="btn primary" disabled=task.busy>
                    "Set up"
                </button>
            </div>
        </form>
    }
    .into_any()
}

/// The key for the app, and the field for its first code.
fn confirm(page: Page, enrolment: &Enrolment) -> AnyView {
    let code = RwSignal::new(String::new());
    let task = Task::default();
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let body = ConfirmSecondFactor {
            code: code.get_untracked(),
        };
        let path = format!(
            "{}/confirm",
            paths::api::second_factor(&page.name.get_untracked())
        );
        task.run(client::send("POST", path, &body), move |reply| {
            page.enrolment.try_set(None);
            keep_codes(page, &reply);
            page.sessions.refetch();
        });
    };
    let other = task.about_none_of(FIELDS);
    view! {
        <form class="form" on:submit=submit>
            <p>"Scan this with your authenticator app, or type the key into it."</p>
            {qr(enrolment)}
            <Command text=Signal::stored(enrolment.secret.clone()) />
            <Field
                label="Code"
                value=code
                autocomplete="one-time-code"
                required=true
                max=32
                hint="The six digits that the app shows now."
                error=task.about("code")
            />
            {move || other.get().map(notice)}
            <div class="acts">
                <button type="submit" class="btn primary" disabled=task.busy>
                    "Turn on"
                </button>
                <button type="button" class="btn" on:click=move |_| page.enrolment.set(None)>
                    "Cancel"
                </button>
            </div>
        </form>
    }
    .into_any()
}

/// Black on white in both themes, as readers need it.
fn qr(enrolment: &Enrolment) -> AnyView {
    let size = enrolment.qr_size;
    view! {
        <svg class="qr" viewBox=format!("0 0 {size} {size}") role="img" aria-label="QR code of the key" shape-rendering="crispEdges">
            <path fill="#fff" d=format!("M0 0h{size}v{size}h-{size}z") />
            <path fill="#000" d=enrolment.qr_path.clone() />
        </svg>
    }
    .into_any()
}

fn keep_codes(page: Page, reply: &Reply) {
    if let Ok(answer) = reply.json::<RecoveryCodes>() {
        page.codes.try_set(answer.recovery_codes);
    }
    page.factor.refetch();
}

/// Recovery codes, this once.
fn fresh_codes(page: Page) -> Option<AnyView> {
    let codes = page.codes.get();
    if codes.is_empty() {
        return None;
    }
    let text = codes.join("\n");
    let file = format!("data:text/plain;charset=utf-8,{}", paths::escape(&text));
    let name = format!("plimsoll-recovery-codes-{}.txt", page.name.get_untracked());
    let all = codes
        .into_iter()
        .map(|code| view! { <li>{code}</li> })
        .collect_view();
    let view = view! {
        <section class="stack" aria-labelledby="recovery-codes" role="status">
            <h3 id="recovery-codes">"Keep your recovery codes"</h3>
            <p>
                "They are shown this once. Each is good once, in the place of a code, when you have lost the app. Those of before are \
                good no more."
            </p>
            <ul class="codes mono">{all}</ul>
            <div class="row">
                <CopyAction text=Signal::stored(text) label="Copy all" title="Copy all" />
                <a class="btn" href=file download=name rel="external">
                    "Download"
                </a>
                <button type="button" class="btn" on:click=move |_| page.codes.set(Vec::new())>
                    "Done"
                </button>
            </div>
        </section>
    };
    Some(view.into_any())
}

fn on(page: Page, factor: &SecondFactor) -> AnyView {
    let toasts = Toasts::get();
    let renew = Callback::new(move |reply: Reply| keep_codes(page, &reply));
    let turned_off = Callback::new(move |_| {
        toasts.good("Second factor turned off");
        page.codes.try_set(Vec::new());
        page.factor.refetch();
    });
    view! {
        {since(factor)}
        <div class="row">
            <Prove
                page
                action="New recovery codes"
                method="POST"
                below="/recoveryCodes"
                words="The recovery codes that you have are good no more then."
                done=renew
            />
            <Prove
                page
                action="Turn off"
                method="DELETE"
                below=""
                words="The password alone is enough then."
                done=turned_off
            />
        </div>
    }
    .into_any()
}

fn since(factor: &SecondFactor) -> AnyView {
    let left = format::counted(factor.recovery_codes_left, "recovery code");
    view! { <p>"Turned on "{factor.enabled_at.map(ago)}". "{left}" left."</p> }.into_any()
}

/// A button, and the dialog that asks for both factors before it is done.
#[component]
fn Prove(
    page: Page,
    action: &'static str,
    method: &'static str,
    /// The end of the path.
    below: &'static str,
    /// What it means.
    words: &'static str,
    done: Callback<Reply>,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let task = Task::default();
    view! {
        <button type="button" class="btn" on:click=move |_| open.set(true)>
            {action}
        </button>
        <Dialog open title=action>
            {
                let (password, code) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
                let submit = move |event: ev::SubmitEvent| {
                    event.prevent_default();
                    let body = ProveSecondFactor {
                        password: password.get_untracked(),
                        code: code.get_untracked(),
                    };
                    let path = format!("{}{below}", paths::api::second_factor(&page.name.get_untracked()));
                    task.run(
                        client::send(method, path, &body),
                        move |reply| {
                            open.try_set(false);
                            done.run(reply);
                        },
                    );
                };
                let other = task.about_none_of(FIELDS);
                view! {
                    <form on:submit=submit>
                        <div class="body form">
                            <p>{words}</p>
                            <Field
                                label="Your password"
                                value=password
                                kind=Kind::Password
                                autocomplete="current-password"
                                required=true
                                error=task.about("password")
                            />
                            <Field
                                label="Code"
                                value=code
                                autocomplete="one-time-code"
                                required=true
                                max=64
                                hint="Of the app, or a recovery code."
                                error=task.about("code")
                            />
                            {move || other.get().map(notice)}
                        </div>
                        <footer>
                            <button type="button" class="btn" on:click=move |_| open.set(false)>
                                "Cancel"
                            </button>
                            <button type="submit" class="btn primary" disabled=task.busy>
                                {action}
                            </button>
                        </footer>
                    </form>
                }
            }
        </Dialog>
    }
    .into_any()
}

/// An administrator's way out for who has lost the app and the recovery codes.
fn reset(page: Page, factor: &SecondFactor) -> AnyView {
    let toasts = Toasts::get();
    let asking = RwSignal::new(false);
    let task = Task::default();
    let confirm = Callback::new(move |()| {
        let path = paths::api::second_factor(&page.name.get_untracked());
        let deed = client::send("DELETE", path, &ProveSecondFactor::default());
        task.run(deed, move |_| {
            asking.try_set(false);
            toasts.good("Second factor reset");
            page.factor.refetch();
            page.sessions.refetch();
        });
    });
    view! {
        {since(factor)}
        <div class="row">
            <button type="button" class="btn danger" on:click=move |_| asking.set(true)>
                "Reset second factor"
            </button>
        </div>
        <Confirm
            open=asking
            title="Reset the second factor?"
            action="Reset"
            busy=task.busy
            error=task.message()
            confirm
        >
            <p>
                "The password alone is enough then, and the user is signed out everywhere. Be sure that it is they who ask for it."
            </p>
        </Confirm>
    }
    .into_any()
}
