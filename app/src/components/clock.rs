//! A moment, told by its distance from now and with the full time on hover.

use leptos::prelude::*;
use time::OffsetDateTime;

use crate::{boot::Env, format};

/// `4 minutes ago`, kept true while the page is open.
#[must_use]
pub fn ago(then: OffsetDateTime) -> AnyView {
    let now = Env::get().now;
    view! {
        <time datetime=format::machine(then) title=format::absolute(then)>
            {move || format::ago(now.get(), then)}
        </time>
    }
    .into_any()
}
