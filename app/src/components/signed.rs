//! The green check of a signed tag, with who signed it.

use api::tag::Tag;
use leptos::prelude::*;

use super::icon::Icon;

/// Signers that are named.
const NAMED: usize = 2;

/// The chip of a tag, leading to what is behind it; nothing where it is not signed.
pub fn chip(tag: &Tag, href: String) -> Option<AnyView> {
    if !tag.in_notary {
        return None;
    }
    let (class, icon, words) = if tag.hash_mismatch {
        (
            "chip critical",
            Icon::Warning,
            "Moved since it was signed".to_owned(),
        )
    } else {
        match by(tag) {
            Some(words) => ("chip clean", Icon::Check, words),
            None => (
                "chip minor",
                Icon::Question,
                "Signed by an unknown key".to_owned(),
            ),
        }
    };
    let view = view! {
        <a class=class href=href>
            {icon.draw()}
            {words}
        </a>
        " "
    };
    Some(view.into_any())
}

/// The way to the policy of signed images, and to whose signatures count where that is said apart.
pub fn signed_only(href: String, trusts: Option<String>) -> AnyView {
    view! {
        <section class="card">
            <header>
                <h2>"Content trust"</h2>
                <div class="acts">
                    {trusts.map(|href| view! { <a class="btn" href=href>"Keys and certificates"</a> })}
                    <a class="btn" href=href>
                        "Run only signed images"
                    </a>
                </div>
            </header>
        </section>
    }
    .into_any()
}

/// Who signed, as far as the visitor is told; `None` where nobody who is known did.
fn by(tag: &Tag) -> Option<String> {
    let signers = tag.signatures.iter().flat_map(|one| &one.signers);
    let mut known = signers.filter(|signer| !signer.is_unknown).peekable();
    known.peek()?;
    let mut names: Vec<&str> = known.filter_map(|signer| signer.user.as_deref()).collect();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() {
        return Some("Signed".to_owned());
    }
    let more = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    let and = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    Some(format!("Signed by {}{and}", names.join(", ")))
}
