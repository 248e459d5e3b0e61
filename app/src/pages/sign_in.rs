//! Signing in: plain forms that work without script, and a button for each identity provider. Who has a second factor is asked for
//! a code on a page of its own.

use api::identity::SignInProvider;
use leptos::prelude::*;

use super::{query, title};
use crate::{
    boot::Env,
    components::{
        field::notice,
        icon::mark,
        load::{load, shown_or_notice},
    },
    paths,
};

/// What went wrong, as the address of the page says it.
pub(crate) fn words(error: &str) -> Option<&'static str> {
    Some(match error {
        "" => return None,
        "slow" | "TOO_MANY_REQUESTS" => "Too many failed attempts. Wait a moment, then try again.",
        "directory" => {
            "The company's directory cannot be asked at the moment. Try again in a while."
        }
        "inactive" => "This account is switched off. Ask an administrator.",
        "late" => "That took too long. Sign in again.",
        "oidc-expired" => {
            "This sign-in has expired or was begun in another window. Please begin again."
        }
        "oidc-refused" => "The identity provider did not let you in.",
        "oidc-unreachable" => {
            "The identity provider cannot be reached at the moment. Try again in a while."
        }
        "oidc-answer" => {
            "The identity provider's answer could not be accepted. An administrator finds the reason in the log."
        }
        "oidc-provider" => "There is no such identity provider, or it is switched off.",
        "oidc-unknown" => {
            "No account is linked to that identity. If you have an account, sign in with its password and link it under Linked \
             identities; if not, ask an administrator for one."
        }
        "oidc-name-taken" => {
            "There is an account of that name already. If it is yours, sign in with its password and link the identity under \
             Linked identities; if not, ask an administrator for an account."
        }
        "oidc-name" => {
            "The identity provider says no name that an account can have. Ask an administrator for an account."
        }
        "oidc-linked" => "That identity is linked to an account already: to this one, or another.",
        "oidc-too-many" => "The account has as many identities as it may have. Unlink one first.",
        _ => "That user name and password do not belong together.",
    })
}

/// `/sign-in?next=…`; after a refusal also `error` and `username`.
pub fn page() -> AnyView {
    let env = Env::get();
    let (next, username) = (query("next"), query("username"));
    let error = query("error");
    let is_about_password =
        move || error.with(|error| !error.is_empty() && !error.starts_with("oidc-"));
    view! {
        {title("Sign in")}
        <main class="harbour" id="main">
            <div class="card">
                <h1>{mark()} "Sign in"</h1>
                <p class="muted">{env.host}</p>
                {move || words(&error.get()).map(|words| notice(words.to_owned()))}
                <form method="post" action=paths::SIGN_IN>
                    <input type="hidden" name="next" value=next />
                    <label class="field">
                        <span class="label">"Username"</span>
                        <input
                            type="text"
                            name="username"
                            value=username
                            autocomplete="username"
                            autocapitalize="off"
                            spellcheck="false"
                            required
                            autofocus
                        />
                    </label>
                    <label class="field">
                        <span class="label">"Password"</span>
                        <input
                            type="password"
                            name="password"
                            autocomplete="current-password"
                            required
                            aria-invalid=move || is_about_password().then_some("true")
                        />
                    </label>
                    <button type="submit" class="btn primary">
                        "Sign in"
                    </button>
                </form>
                {providers(next)}
                <p class="small muted">
                    <a href=paths::REPOSITORIES rel="external">
                        "Public repositories"
                    </a>
                    " can be seen without an account."
                </p>
            </div>
        </main>
    }
    .into_any()
}

/// `/sign-in/code?next=…`: the second step; after a refusal also `error`.
pub fn code() -> AnyView {
    let host = Env::get().host;
    let next = query("next");
    let error = query("error");
    let words = Memo::new(move |_| match error.get().as_str() {
        "wrong" => Some("That is not the code, or it was used already. Wait for the next one."),
        error => words(error),
    });
    view! {
        {title("Sign in")}
        <main class="harbour" id="main">
            <div class="card">
                <h1>{mark()} "Sign in"</h1>
                <p class="muted">{host}</p>
                <form method="post" action=paths::SIGN_IN_CODE>
                    <input type="hidden" name="next" value=next />
                    <div class="field">
                        <label class="label" for="code">
                            "Code"
                        </label>
                        <input
                            id="code"
                            type="text"
                            name="code"
                            autocomplete="one-time-code"
                            autocapitalize="off"
                            spellcheck="false"
                            maxlength="64"
                            required
                            autofocus
                            aria-describedby="code-hint"
                            aria-invalid=move || words.get().map(|_| "true")
                        />
                        <span class="hint" id="code-hint">
                            "The six digits that your authenticator app shows, or one of your recovery codes."
                        </span>
                    </div>
                    {move || words.get().map(|words| notice(words.to_owned()))}
                    <button type="submit" class="btn primary">
                        "Sign in"
                    </button>
                </form>
                <p class="small muted">
                    "Neither the app nor a recovery code? A site administrator can reset your second factor. "
                    <a href=paths::SIGN_IN rel="external">
                        "Begin again"
                    </a>
                </p>
            </div>
        </main>
    }
    .into_any()
}

fn providers(next: Memo<String>) -> AnyView {
    let loaded = load(|| paths::api::SIGN_IN_PROVIDERS.to_owned());
    let button = move |provider: SignInProvider| {
        let href = move || paths::sign_in_with(&provider.name, &next.get());
        view! {
            <a class="btn" rel="external" href=href>
                {provider.label}
            </a>
        }
    };
    shown_or_notice(loaded, move |providers: Vec<SignInProvider>| {
        if providers.is_empty() {
            return ().into_any();
        }
        view! {
            <section class="others" aria-label="Sign in with">
                <p class="muted small">"or with"</p>
                {providers.into_iter().map(button).collect_view()}
            </section>
        }
        .into_any()
    })
}
