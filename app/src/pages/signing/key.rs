//! `/signing/keys/{key}`: what a key signed; and, once it is revoked, how it is taken out of the roles in which clients believe it still.

use api::signing::{KeyRole, SignedBy, SignedTag, SigningKey};
use leptos::prelude::*;

use super::keys;
use crate::{
    boot::Env,
    client::Reply,
    components::{
        clock::ago,
        copy::Command,
        icon::Icon,
        load::{load, shown_together},
        notary::Notary,
        pager::pager_if_needed,
        table::{self, Column},
    },
    format,
    pages::{parameter, query, title},
    paths,
};

/// Commands that are shown.
const MOST: usize = 20;

pub(super) fn page() -> AnyView {
    // After it was revoked the address is another one, and it is asked anew.
    let (id, start, revoked) = (parameter("key"), query("start"), query("revoked"));
    let key = load(move || {
        let path = paths::api::signing_key(&id.get());
        paths::with_query(&path, [("revoked", revoked.get().as_str())])
    });
    let signed = load(move || paths::api::signed_by(&id.get(), &start.get()));
    view! {
        {title("What a key signed")}
        {shown_together(
            vec![key, signed],
            move |replies| {
                let [key, signed] = replies else {
                    return Ok(().into_any());
                };
                let tags: Vec<SignedTag> = signed.json()?;
                Ok(draw(&key.json()?, &tags, signed))
            },
        )}
    }
    .into_any()
}

fn draw(one: &SigningKey, tags: &[SignedTag], reply: &Reply) -> AnyView {
    let is_own = Env::get()
        .account
        .with_untracked(|own| own.as_ref().is_some_and(|own| own.id == one.key.account_id));
    let is_revoked = one.key.revoked_at.is_some();
    let id = one.key.notary_key_id.clone();
    view! {
        <div class="head">
            <div>
                <h1>"What " {keys::named(&one.key)} " signed"</h1>
                <p class="row dots">
                    {keys::state(&one.key)} <span>{one.key.algorithm.clone()}</span> <code title=id.clone()>{format::short(&id)}</code>
                </p>
            </div>
            <div class="acts">{(is_own && !is_revoked).then(|| keys::revoke(&one.key))}</div>
        </div>
        <div class="stack">{is_revoked.then(|| still_believed(one))} {list(tags, reply)}</div>
    }
    .into_any()
}

/// Docker and notary know nothing of what is revoked here: who has the targets key takes the key out.
fn still_believed(one: &SigningKey) -> Option<AnyView> {
    if one.roles.is_empty() {
        return None;
    }
    // Notary's client takes the id of the key itself, also of one in a certificate.
    let id = &one.key.notary_key_id;
    let notary = Notary::get();
    let is_delegation = |role: &&KeyRole| role.role.starts_with("targets/");
    let commands = one.roles.iter().filter(is_delegation);
    let commands = commands.take(MOST).map(|role| {
        let text = format!("delegation remove {} {} {id} -p", role.gun, role.role);
        view! { <Command text=Signal::stored(notary.says(&role.gun, &text)) /> }
    });
    let view = view! {
        <section class="card" aria-labelledby="believed">
            <header>
                <h2 id="believed">"Docker still believes it"</h2>
            </header>
            <div class="body stack tight">
                <p>
                    "Here it counts for nobody. Clients go by the trust data, in which it may sign: who has the targets key takes it out there."
                </p>
                {commands.collect_view()}
            </div>
        </section>
    };
    Some(view.into_any())
}

fn list(tags: &[SignedTag], reply: &Reply) -> AnyView {
    if tags.is_empty() && reply.next.is_none() {
        return view! {
            <div class="card empty">
                {Icon::Shield.draw()}
                <h2>"It signed nothing that is here now"</h2>
                <p>"What another key has signed since, in its place, is not its any more."</p>
            </div>
        }
        .into_any();
    }
    let columns = vec![
        Column::Text("Image"),
        Column::Text("By"),
        Column::Text("Now"),
        Column::Text("Signed"),
    ];
    let rows = tags.iter().map(row).collect();
    table::table(columns, rows, pager_if_needed(reply, "start"))
}

fn row(one: &SignedTag) -> AnyView {
    let reference = one.tag.as_ref().unwrap_or(&one.digest);
    let href = paths::image(
        &one.namespace,
        &one.repository,
        reference,
        (paths::NONE, paths::NONE),
        "signatures",
    );
    let by = match one.by {
        SignedBy::Notary => "Notary",
        SignedBy::Cosign => "cosign",
        SignedBy::Notation => "notation",
        SignedBy::Attestation => "Attestation",
    };
    let now = match (&one.tag, one.is_current) {
        (None, _) => view! { <span class="muted">"No tag"</span> }.into_any(),
        (_, true) => view! { <span class="chip line">"This image"</span> }.into_any(),
        (_, false) => {
            view! { <span class="chip minor">{Icon::Warning.draw()} "Another image"</span> }
                .into_any()
        }
    };
    view! {
        <tr>
            <td class="wide">
                <a class="name" href=href>
                    <span class="part">{one.namespace.clone()} " / "</span>
                    {one.repository.clone()}
                    {one.tag.clone().map(|tag| format!(" : {tag}"))}
                </a>
                <div class="muted small">
                    <code>{format::short(&one.digest)}</code>
                </div>
            </td>
            <td>{by}</td>
            <td>{now}</td>
            <td class="muted when">{ago(one.signed_at)}</td>
        </tr>
    }
    .into_any()
}
