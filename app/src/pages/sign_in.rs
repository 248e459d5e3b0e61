//! Signing in: plain forms that work without script. Who has a second factor is asked for a code on a page of its own.

use leptos::prelude::*;

use super::{query, title};
use crate::{
    boot::Env,
    components::{field::notice, icon::mark},
    paths,
};

/// `/sign-in?next=…`; after a refusal also `error` and `username`.
pub fn page() -> AnyView {
    let env = Env::get();
    let (next, username) = (query("next"), query("username"));
    let words = words("That user name and password do not belong together.");
    view! {
        {title("Sign in")}
        <main class="harbour" id="main">
            <div class="card">
                <h1>{mark()} "Sign in"</h1>
                <p class="muted">{env.host}</p>
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
                            aria-invalid=move || words.get().map(|_| "true")
                        />
                    </label>
                    {move || words.get().map(|words| notice(words.to_owned()))}
                    <button type="submit" class="btn primary">
                        "Sign in"
                    </button>
                </form>
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
    let words = words("That is not the code, or it was used already. Wait for the next one.");
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

/// What to say after a refusal, of which `error` in the address tells; `wrong` where it is of no special kind.
fn words(wrong: &'static str) -> Memo<Option<&'static str>> {
    let error = query("error");
    Memo::new(move |_| match error.get().as_str() {
        "" => None,
        "slow" | "TOO_MANY_REQUESTS" => {
            Some("Too many failed attempts. Wait a moment, then try again.")
        }
        "directory" => {
            Some("The company's directory cannot be asked at the moment. Try again in a while.")
        }
        "inactive" => Some("This account is switched off. Ask an administrator."),
        "late" => Some("That took too long. Sign in again."),
        _ => Some(wrong),
    })
}
