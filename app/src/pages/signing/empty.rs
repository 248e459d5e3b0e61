//! Why nothing waits, and what to do.

use api::{
    public_key::KeyKind,
    signing::{SigningKey, WaitingTag},
};
use leptos::prelude::*;

use crate::{
    boot::Env,
    components::{copy::Command, icon::Icon},
    paths,
};

/// In the place of an empty list; `None` where something waits.
pub(super) fn of(keys: &[SigningKey], tags: &[WaitingTag], has_more: bool) -> Option<AnyView> {
    if !tags.is_empty() || has_more {
        return None;
    }
    let signs = |key: &&SigningKey| key.key.is_signing_key || key.key.kind == KeyKind::Cosign;
    let mut signing = keys.iter().filter(signs).peekable();
    let words = if keys.is_empty() {
        no_key()
    } else if signing.peek().is_none() {
        none_signs()
    } else if signing.all(|key| key.roles.is_empty()) {
        no_role()
    } else {
        let text = "Everything that you may push, and that trust data leaves to your keys, has your signature as it is now.";
        card(Icon::Check, "Nothing waits for you", text, ().into_any())
    };
    Some(words)
}

fn card(icon: Icon, heading: &'static str, text: &'static str, steps: AnyView) -> AnyView {
    view! {
        <div class="card empty">
            {icon.draw()}
            <h3>{heading}</h3>
            <p>{text}</p>
            {steps}
        </div>
    }
    .into_any()
}

fn keys_page(words: &'static str) -> AnyView {
    let keys = paths::keys(&Env::get().user(), false);
    view! {
        <a class="btn primary" href=keys>
            {words}
        </a>
    }
    .into_any()
}

fn no_key() -> AnyView {
    let user = Env::get().user();
    let steps = view! {
        {keys_page("Make a client bundle")}
        <p>"Or bring one that you make yourself, and add its public key there:"</p>
        <ol class="steps">
            <li>
                <Command text=Signal::stored(format!("docker trust key generate {user}")) />
            </li>
            <li>
                <Command text=Signal::stored("cosign generate-key-pair".to_owned()) />
            </li>
        </ol>
    };
    card(
        Icon::Key,
        "You have no key to sign with",
        "A client bundle has one, and a certificate of it. The registry keeps only the public half.",
        steps.into_any(),
    )
}

fn none_signs() -> AnyView {
    card(
        Icon::Key,
        "None of your keys is a signing key",
        "What a key signs counts as yours when you have ticked Signing key at it.",
        keys_page("Choose a signing key"),
    )
}

fn no_role() -> AnyView {
    let env = Env::get();
    let user = env.user();
    let text = Signal::derive(move || {
        format!(
            "docker trust signer add --key cert.pem {user} {}/NAMESPACE/REPOSITORY",
            env.host.get()
        )
    });
    let steps = view! {
        <ol class="steps">
            <li>
                <Command text />
            </li>
        </ol>
    };
    card(
        Icon::Shield,
        "Nobody has delegated to your keys yet",
        "Who has the targets key of a repository's trust data adds you as a signer, once. Then its tags wait here until you sign them.",
        steps.into_any(),
    )
}
