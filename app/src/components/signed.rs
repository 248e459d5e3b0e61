//! The green check of a signed tag, with who signed it.

use api::tag::{AttachedTool, Tag};
use leptos::prelude::*;

use super::icon::Icon;

/// Signers that are named.
const NAMED: usize = 2;

/// The chips of a tag, leading to what is behind them: of Notary, and of cosign and notation; nothing where it is not signed.
pub fn chip(tag: &Tag, href: &str) -> AnyView {
    let chips = notary(tag).into_iter().chain(attached(tag));
    let chips = chips.map(|(class, icon, words)| {
        view! {
            <a class=class href=href.to_owned()>
                {icon.draw()}
                {words}
            </a>
            " "
        }
        .into_any()
    });
    chips.collect_view().into_any()
}

/// What a chip is: its class, its icon and its words.
type Chip = (&'static str, Icon, String);

/// That it is signed in Notary.
fn notary(tag: &Tag) -> Option<Chip> {
    if !tag.in_notary {
        return None;
    }
    Some(if tag.hash_mismatch {
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
    })
}

/// That it is signed with cosign or notation.
fn attached(tag: &Tag) -> Option<Chip> {
    let tool = |tool| match tool {
        AttachedTool::Cosign => "cosign",
        AttachedTool::Notation => "notation",
    };
    let first = tag.attached_signers.first()?;
    let names = tag.attached_signers.iter().filter_map(|one| {
        let name = one.user.as_ref().or(one.trust.as_ref())?;
        Some(format!("{name} ({})", tool(one.tool)))
    });
    let words = said(names.collect()).unwrap_or_else(|| format!("Signed ({})", tool(first.tool)));
    Some(("chip clean", Icon::Check, words))
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
    let names = known.filter_map(|signer| signer.user.clone());
    Some(said(names.collect()).unwrap_or_else(|| "Signed".to_owned()))
}

/// That these signed; `None` where nobody is named.
fn said(mut names: Vec<String>) -> Option<String> {
    names.sort_unstable();
    names.dedup();
    if names.is_empty() {
        return None;
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
