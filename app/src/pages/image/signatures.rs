//! Signatures: in which roles the tag is signed, by whose keys, until when, and as which manifest; and those of cosign and notation.

use api::{
    tag::Tag,
    trust::{TagSignature, TagSigner},
};
use leptos::prelude::*;

use super::{Place, attached, nothing};
use crate::{
    components::{
        copy::CopyButton,
        icon::Icon,
        table::{self, Column},
    },
    format, paths,
};

/// The tab.
pub(super) fn tab(place: Place, tag: &Tag) -> AnyView {
    let trust = move || paths::repository(&place.namespace.get(), &place.name.get(), "trust");
    let list = if tag.signatures.is_empty() {
        nothing(
            Icon::Shield,
            "Not signed in Notary",
            "No valid signature there says that this tag is this image. A signature is of a tag: under its digest an image has none.",
        )
    } else {
        tag.signatures
            .iter()
            .map(|one| signature(tag, one))
            .collect_view()
            .into_any()
    };
    let platform = (tag.manifest.digest != tag.digest).then(|| tag.manifest.digest.clone());
    view! {
        <div class="stack">
            {list}
            <p>
                <a href=trust>"Trust data of the repository, and how to sign"</a>
            </p>
            {attached::of(place, "Of cosign and notation", tag.digest.clone())}
            {platform.map(|digest| attached::of(place, "Of cosign and notation, of this platform", digest))}
        </div>
    }
    .into_any()
}

fn signature(tag: &Tag, of: &TagSignature) -> AnyView {
    let moved = (of.released_digest != tag.digest).then(|| {
        view! {
            <div class="notice" role="alert">
                {Icon::Warning.draw()}
                <p>
                    "The tag was moved after it was signed: it is another image now, which nobody has signed. Docker with content trust pulls the signed one."
                </p>
            </div>
        }
    });
    let digest = of.released_digest.clone();
    let rows = of.signers.iter().map(signer).collect();
    view! {
        <section class="card" aria-label=of.gun.clone()>
            <header>
                <h2>
                    <code>{of.gun.clone()}</code>
                </h2>
            </header>
            <div class="body stack">
                {moved} <dl class="facts">
                    <dt>"Signed image"</dt>
                    <dd>
                        <span class="digest">{format::short(&digest)}</span>
                        " "
                        <CopyButton text=digest label="Copy the signed digest" />
                    </dd>
                    <dt>"Released in"</dt>
                    <dd>{of.role.clone()}</dd>
                    <dt>"Expires"</dt>
                    <dd title=format::absolute(of.expires_at)>{format::date(of.expires_at)}</dd>
                </dl>
            </div>
        </section>
        {table::table(
            vec![Column::Text("Signer"), Column::Text("Role"), Column::Text("Key")],
            rows,
            ().into_any(),
        )}
    }
    .into_any()
}

fn signer(of: &TagSigner) -> AnyView {
    let who = match &of.user {
        Some(user) => view! {
            <span class="chip clean">{Icon::Check.draw()} {user.clone()}</span>
        }
        .into_any(),
        None if of.is_unknown => {
            view! { <span class="chip minor">{Icon::Question.draw()} "Nobody's signing key"</span> }
                .into_any()
        }
        None => view! { <span class="chip clean">{Icon::Check.draw()} "A signing key"</span> }
            .into_any(),
    };
    let ended = of
        .certificate_ended
        .then_some("The certificate has ended since it signed.");
    view! {
        <tr>
            <td class="wide" data-label="Signer">
                {who} <div class="small faint">{of.teams.join(", ")} " " {ended}</div>
            </td>
            <td class="muted" data-label="Role">
                {of.role.clone()}
            </td>
            <td data-label="Key">
                <span class="digest">{of.key_id.chars().take(12).collect::<String>()}</span>
                " "
                <CopyButton text=of.key_id.clone() label="Copy the key's id" />
            </td>
        </tr>
    }
    .into_any()
}
