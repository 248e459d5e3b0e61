//! The commands by which people sign, filled in.

use api::repository::AccessLevel;
use leptos::prelude::*;

use crate::{
    boot::Env,
    components::{copy::Command, notary::Notary},
    pages::repository::Context,
    paths,
};

/// What stands for a tag.
const TAG: &str = "TAG";

/// How to sign, for who may push.
pub(super) fn draw(context: Context, is_first: bool) -> AnyView {
    if !context.may(AccessLevel::ReadWrite) {
        return inspect(context);
    }
    let env = Env::get();
    let user = env.user();
    let keys = paths::keys(&user, false);
    let gun = move || format!("{}/{}", env.host.get(), context.full_name());
    let user = StoredValue::new(user);
    let text = move |make: fn(&str, &str) -> String| {
        Signal::derive(move || user.with_value(|user| make(user, &gun())))
    };
    let tool = Notary::get();
    let notary = move |make: fn(&str, &str) -> String| {
        Signal::derive(move || {
            let gun = gun();
            tool.says(&gun, &user.with_value(|user| make(user, &gun)))
        })
    };
    let first = is_first.then(|| {
        view! { <p class="muted">"The first signature makes the root and targets keys of the repository: they are yours. Keep them, and a copy of the root key off line."</p> }
    });
    view! {
        <section class="card" aria-labelledby="how">
            <header>
                <h2 id="how">"How to sign"</h2>
            </header>
            <div class="body stack">
                <p>
                    "Take a client bundle under " <a href=keys>"Keys"</a>
                    ", and tick " <b>"Signing key"</b> " there. Then, in its folder:"
                </p>
                {first}
                {tool.first(Signal::derive(gun))}
                <h3>"With docker"</h3>
                <Command text=text(|user, _| format!("docker trust key load --name {user} key.pem")) />
                <Command text=text(|user, gun| format!("docker trust signer add --key cert.pem {user} {gun}")) />
                <Command text=text(|_, gun| format!("docker trust sign {gun}:{TAG}")) />
                <h3>"With notary"</h3>
                <p class="muted">
                    "The owner of the repository's targets key delegates to you once, in a role of your own, which says who signed, and in "
                    <code>"targets/releases"</code> ", which docker reads; then you sign both with your own key."
                </p>
                <Command text=notary(|user, gun| format!("delegation add {gun} targets/{user} cert.pem --all-paths -p")) />
                <Command text=notary(|_, gun| format!("delegation add {gun} targets/releases cert.pem --all-paths -p")) />
                <Command text=notary(|user, gun| format!("key import key.pem --role targets/{user} -g {gun}")) />
                <Command text=notary(|user, gun| {
                    format!("addhash {gun} {TAG} SIZE --sha256 DIGEST -r targets/{user} -r targets/releases -p")
                }) />
                <h3>"To look, and to take back"</h3>
                <Command text=text(|_, gun| format!("docker trust inspect --pretty {gun}")) />
                <Command text=text(|_, gun| format!("docker trust revoke {gun}:{TAG}")) />
            </div>
        </section>
    }
    .into_any()
}

/// How to look, for everybody.
fn inspect(context: Context) -> AnyView {
    let env = Env::get();
    let text = move || {
        format!(
            "docker trust inspect --pretty {}/{}",
            env.host.get(),
            context.full_name()
        )
    };
    view! {
        <section class="card" aria-labelledby="how">
            <header>
                <h2 id="how">"How to verify"</h2>
            </header>
            <div class="body stack">
                <Command text=Signal::derive(text) />
            </div>
        </section>
    }
    .into_any()
}
