//! Which CI job pushed a tag.

use api::tag::PushingJob;
use leptos::prelude::*;

/// Its name, and a link to where it can be looked at.
pub fn job(job: &PushingJob) -> AnyView {
    let name = job.name.clone();
    match job.url.clone() {
        Some(url) => view! {
            <a href=url rel="noopener noreferrer nofollow external" target="_blank">
                {name}
            </a>
        }
        .into_any(),
        None => name.into_any(),
    }
}
