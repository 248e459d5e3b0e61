//! Signing in: a plain form that works without script.

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
    let error = query("error");
    let words = move || match error.get().as_str() {
        "" => None,
        "slow" | "TOO_MANY_REQUESTS" => {
            Some("Too many failed attempts. Wait a moment, then try again.")
        }
        "directory" => {
            Some("The company's directory cannot be asked at the moment. Try again in a while.")
        }
        "inactive" => Some("This account is switched off. Ask an administrator."),
        _ => Some("That user name and password do not belong together."),
    };
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
                            aria-invalid=move || words().map(|_| "true")
                        />
                    </label>
                    {move || words().map(|words| notice(words.to_owned()))}
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
