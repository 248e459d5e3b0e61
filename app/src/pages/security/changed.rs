//! `/security/changes/{generation}`: the images that have other findings since an update of the vulnerability data.

use api::security::{ChangedImage, CountChange};
use leptos::prelude::*;

use crate::{
    client::Reply,
    components::{
        icon::Icon,
        load::{load, shown_with},
        pager::pager_if_needed,
        severity,
        table::{self, Column},
    },
    pages::{parameter, query, security::Place, title},
    paths,
};

/// Ways of being different: the value in the address, and the word.
const WAYS: [(&str, &str); 4] = [
    ("any", "All"),
    ("critical", "New critical"),
    ("worse", "Worse"),
    ("better", "Not worse"),
];

/// The page.
pub(super) fn page() -> AnyView {
    let (generation, way, start) = (parameter("generation"), query("change"), query("start"));
    let heading = move || format!("What update {} changed", generation.get());
    let loaded =
        load(move || paths::api::changed_images(&generation.get(), &way.get(), &start.get()));
    view! {
        {move || title(heading())}
        <div class="head">
            <div>
                <h1>{heading}</h1>
                <p>
                    "Images that have other findings since this update of the vulnerability data, as far as you may see them."
                </p>
            </div>
        </div>
        {ways(generation, way)}
        {shown_with(loaded, move |images: Vec<ChangedImage>, reply| list(&images, reply))}
    }
    .into_any()
}

fn ways(generation: Memo<String>, way: Memo<String>) -> AnyView {
    let link = move |(value, word): (&'static str, &'static str)| {
        let href = move || {
            let path = paths::changed_images(generation.get());
            paths::with_query(&path, [("change", value)])
        };
        let is_chosen = move || way.with(|way| way == value || (way.is_empty() && value == "any"));
        view! {
            <li>
                <a href=href aria-current=move || is_chosen().then_some("page")>
                    {word}
                </a>
            </li>
        }
    };
    view! {
        <nav class="tabs" aria-label="Which images">
            <ul>{WAYS.map(link).collect_view()}</ul>
        </nav>
    }
    .into_any()
}

fn list(images: &[ChangedImage], reply: &Reply) -> AnyView {
    if images.is_empty() && reply.next.is_none() {
        return view! {
            <div class="card empty">
                {Icon::Shield.draw()}
                <h2>"No such image"</h2>
                <p>
                    "This update changed no image in this way that you may see. What updates changed is kept for the last 31 of them."
                </p>
            </div>
        }
        .into_any();
    }
    let columns = vec![
        Column::Text("Image"),
        Column::Text("Platform"),
        Column::Text("Change"),
        Column::Text("Now"),
    ];
    let rows = images.iter().map(row).collect();
    table::table(columns, rows, pager_if_needed(reply, "start"))
}

fn row(image: &ChangedImage) -> AnyView {
    let place = Place {
        namespace: &image.namespace,
        repository: &image.repository,
        digest: &image.digest,
        tags: &image.tags,
        os: image.os.as_deref(),
        architecture: image.architecture.as_deref(),
    };
    let now = if severity::worst(&image.now).is_some() {
        severity::load(&image.now)
    } else {
        view! { <span class="faint">"None known"</span> }.into_any()
    };
    view! {
        <tr>
            {place.cells()} <td>{change(image.change)}</td>
            <td>
                <span class="unit">"Now "</span>
                {now}
            </td>
        </tr>
    }
    .into_any()
}

/// `+2 critical, −1 major`.
fn change(change: CountChange) -> String {
    let parts: Vec<String> = [
        (change.critical, "critical"),
        (change.major, "major"),
        (change.minor, "minor"),
        (change.unspecified, "unspecified"),
    ]
    .into_iter()
    .filter_map(|(count, word)| match count {
        0 => None,
        1.. => Some(format!("+{count} {word}")),
        _ => Some(format!("\u{2212}{} {word}", count.unsigned_abs())),
    })
    .collect();
    if parts.is_empty() {
        "other fixes".to_owned()
    } else {
        parts.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_said_the_worst_first_and_without_zeros() {
        let worse = CountChange {
            critical: 2,
            minor: -1,
            ..CountChange::default()
        };
        assert_eq!(change(worse), "+2 critical, \u{2212}1 minor");
        assert_eq!(change(CountChange::default()), "other fixes");
    }
}
