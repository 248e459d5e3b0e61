//! `/security`: which images have a flaw, a component, a licence, a file or a layer. The address holds the question.

use api::{
    scan::{ScannerStatus, Severity, Update},
    security::{FoundComponent, FoundIn},
};
use leptos::{ev, html, prelude::*};
use leptos_router::{NavigateOptions, hooks::use_navigate};

use crate::{
    boot::Env,
    client::Reply,
    components::{
        choice::options,
        icon::Icon,
        load::{load, shown_with},
        pager::pager_if_needed,
        table::{self, Column},
    },
    format,
    pages::{query, security::Place, title},
    paths,
    sought::{self, KINDS, Sought},
};

/// The page.
pub(super) fn page() -> AnyView {
    let (text, kind, start) = (query("q"), query("kind"), query("start"));
    let asked = Memo::new(move |_| sought::read(&kind.get(), &text.get()));
    view! {
        {title("Where is it")}
        <div class="head">
            <div>
                <h1>"Where is it"</h1>
                <p>{said_of_scope()}</p>
            </div>
        </div>
        {form(text, kind)}
        {move || match asked.get() {
            None => view! {
                <div class="stack">
                    {nothing_asked()}
                    {newest()}
                </div>
            }
                .into_any(),
            Some(sought) => results(sought, start),
        }}
    }
    .into_any()
}

fn said_of_scope() -> &'static str {
    if Env::get().account.with_untracked(Option::is_some) {
        "Looks into all images that you may see."
    } else {
        "Looks into the images of public repositories. Sign in to look into more."
    }
}

/// It works without script; with it, the page stays.
fn form(text: Memo<String>, kind: Memo<String>) -> AnyView {
    let navigate = use_navigate();
    let field = NodeRef::<html::Input>::new();
    let choice = NodeRef::<html::Select>::new();
    // who came by a link, from the palette perhaps, finds in the form what is asked
    Effect::new(move |_| {
        let (text, kind) = (text.get(), kind.get());
        if let (Some(field), Some(choice)) = (field.get_untracked(), choice.get_untracked()) {
            field.set_value(&text);
            choice.set_value(&kind);
        }
    });
    let ask = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if let (Some(field), Some(choice)) = (field.get_untracked(), choice.get_untracked()) {
            let (text, kind) = (field.value(), choice.value());
            let pairs = [("q", text.trim()), ("kind", kind.as_str())];
            navigate(
                &paths::with_query(paths::SECURITY, pairs),
                NavigateOptions::default(),
            );
        }
    };
    view! {
        <form class="filters" role="search" method="get" action=paths::SECURITY on:submit=ask>
            <input
                class="grow"
                type="search"
                name="q"
                maxlength="512"
                placeholder="CVE-2024-5535, openssl >=3.0.0 <3.0.12, sha256:…"
                aria-label="What to look for"
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                node_ref=field
                value=text.get_untracked()
            />
            <select name="kind" aria-label="What it is" node_ref=choice>
                {options(&KINDS, &kind.get_untracked())}
            </select>
            <button type="submit" class="btn primary">
                "Find"
            </button>
        </form>
    }
    .into_any()
}

fn nothing_asked() -> AnyView {
    view! {
        <div class="card">
            <header>
                <h2>"What can be found"</h2>
            </header>
            <div class="body">
                <dl class="facts">
                    <dt>"A vulnerability"</dt>
                    <dd>
                        <code>"CVE-2024-5535"</code>
                        ", or the name that another database gives it, as "
                        <code>"GHSA-…"</code>
                    </dd>
                    <dt>"A component"</dt>
                    <dd>
                        <code>"openssl"</code>
                        ", "
                        <code>"openssl@3.0.2"</code>
                        ", "
                        <code>"openssl >=3.0.0 <3.0.12"</code>
                    </dd>
                    <dt>"A licence"</dt>
                    <dd>
                        <code>"AGPL-3.0-only"</code>
                        ", if you say that it is one"
                    </dd>
                    <dt>"A file"</dt>
                    <dd>"a program or library, by its SHA-256, whatever it is called"</dd>
                    <dt>"A layer"</dt>
                    <dd>
                        "by its digest, "
                        <code>"sha256:…"</code>
                    </dd>
                </dl>
            </div>
        </div>
    }
    .into_any()
}

/// The way to what the newest vulnerability data changed, if it did, for those who are told how it stands.
fn newest() -> Option<AnyView> {
    let is_known = Env::get().account.with_untracked(Option::is_some);
    is_known.then(|| {
        let status = load(|| paths::api::SCANNING.to_owned());
        shown_with(status, |status: ScannerStatus, _| {
            let update = status.current.filter(|update| update.images > 0);
            update.map(|update| way_to(&update)).into_any()
        })
    })
}

fn way_to(update: &Update) -> AnyView {
    view! {
        <p class="muted">
            <a href=paths::changed_images(
                update.generation,
            )>{format!("What update {} of the vulnerability data changed", update.generation)}</a>
            {format!(": {}", format::counted(update.images, "image"))}
        </p>
    }
    .into_any()
}

fn results(sought: Sought, start: Memo<String>) -> AnyView {
    let Sought {
        kind,
        value,
        version,
    } = sought.clone();
    let loaded =
        load(move || paths::api::where_is([(kind, &value), ("version", &version)], &start.get()));
    shown_with(loaded, move |found: Vec<FoundIn>, reply| {
        list(&sought, &found, reply)
    })
}

fn list(sought: &Sought, found: &[FoundIn], reply: &Reply) -> AnyView {
    if found.is_empty() && reply.next.is_none() {
        return nothing_found(sought);
    }
    let mut columns = vec![Column::Text("Image"), Column::Text("Platform")];
    let has_components = !matches!(sought.kind, "file" | "layer");
    let is_flaw = sought.kind == "cve";
    if has_components {
        columns.push(Column::Text("Component"));
        columns.push(Column::Text("Severity"));
    }
    if is_flaw {
        columns.push(Column::Text("Fixed in"));
    }
    let rows = found.iter().map(|image| {
        view! {
            <tr>
                {place(image)} {has_components.then(|| components(&image.components, image.more))}
                {has_components.then(|| severity(image))} {is_flaw.then(|| fixed(&image.components))}
            </tr>
        }
        .into_any()
    });
    view! {
        <h2 class="sr">{format!("Images with {}", words(sought))}</h2>
        {table::table(columns, rows.collect(), pager_if_needed(reply, "start"))}
    }
    .into_any()
}

fn words(sought: &Sought) -> String {
    format!("{} {}", sought.value, sought.version)
        .trim_end()
        .to_owned()
}

fn nothing_found(sought: &Sought) -> AnyView {
    let kind = match sought.kind {
        "cve" => "vulnerability",
        "license" => "licence",
        kind => kind,
    };
    view! {
        <div class="card empty">
            {Icon::Search.draw()}
            <h2>"Not in any image"</h2>
            <p>
                "No scanned image that you may see has the " {kind} " " <code>{words(sought)}</code> "."
            </p>
        </div>
    }
    .into_any()
}

fn place(image: &FoundIn) -> AnyView {
    Place {
        namespace: &image.namespace,
        repository: &image.repository,
        digest: &image.digest,
        tags: &image.tags,
        os: image.os.as_deref(),
        architecture: image.architecture.as_deref(),
    }
    .cells()
}

/// Components of one image that are shown, at most.
const SHOWN: usize = 5;

fn components(all: &[FoundComponent], more: u32) -> AnyView {
    let rest = all.len().saturating_sub(SHOWN);
    let rest = u64::try_from(rest).unwrap_or_default() + u64::from(more);
    let shown = all.iter().take(SHOWN).map(|component| {
        let version = if component.version.is_empty() {
            "version not known".to_owned()
        } else if component.exact {
            component.version.clone()
        } else {
            format!("{} (not certain)", component.version)
        };
        view! {
            <div>
                {component.name.clone()} " " <span class="muted small mono">{version}</span>
            </div>
        }
    });
    view! {
        <td class="wide">
            {shown.collect_view()}
            {(rest > 0).then(|| view! { <div class="muted small">{format!("and {rest} more")}</div> })}
        </td>
    }
    .into_any()
}

fn severity(image: &FoundIn) -> AnyView {
    let worst = image.components.iter().filter_map(|one| one.severity).max();
    let chip = worst.map(|severity| {
        let (class, word) = match severity {
            Severity::Critical => ("chip critical", "Critical"),
            Severity::Major => ("chip major", "Major"),
            Severity::Minor => ("chip minor", "Minor"),
            Severity::Unspecified => ("chip", "Unspecified"),
        };
        view! { <span class=class>{word}</span> }.into_any()
    });
    let none = || view! { <span class="faint">"None known"</span> }.into_any();
    view! { <td>{chip.unwrap_or_else(none)}</td> }.into_any()
}

fn fixed(components: &[FoundComponent]) -> AnyView {
    let mut versions: Vec<&String> = components.iter().flat_map(|one| &one.fixed_in).collect();
    versions.sort_unstable();
    versions.dedup();
    if versions.is_empty() {
        return view! {
            <td>
                <span class="faint">"No fix yet"</span>
            </td>
        }
        .into_any();
    }
    let shown = versions
        .into_iter()
        .take(SHOWN)
        .map(|version| view! { <div class="mono small">{version.clone()}</div> });
    view! {
        <td>
            <span class="unit">"Fixed in"</span>
            {shown.collect_view()}
        </td>
    }
    .into_any()
}
