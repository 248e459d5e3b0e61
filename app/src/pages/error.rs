//! Pages for what went wrong: what it is, what can be done, and the request's id for whoever reads the logs.

use std::sync::Arc;

use leptos::prelude::*;

use super::title;
use crate::{
    boot::Env,
    client::Failure,
    components::{copy::CopyButton, icon::Icon},
    paths,
};

/// How a page tells the server the status of its answer; the server provides it in context.
#[derive(Clone)]
pub struct StatusSetter(pub Arc<dyn Fn(u16) + Send + Sync>);

/// The address leads nowhere.
#[must_use]
pub fn not_found() -> AnyView {
    failure_view(Failure {
        status: 404,
        code: "NO_SUCH_PAGE".to_owned(),
        message: "There is no page at this address.".to_owned(),
        ..Failure::default()
    })
}

/// Only administrators may see it.
#[must_use]
pub fn forbidden() -> AnyView {
    failure_view(Failure {
        status: 403,
        code: "NOT_AUTHORIZED".to_owned(),
        message: "Only administrators of the registry may see this page.".to_owned(),
        ..Failure::default()
    })
}

/// Any failure, in the place of what it kept from being shown.
#[must_use]
pub fn failure_view(failure: Failure) -> AnyView {
    let env = Env::get();
    if let Some(StatusSetter(set)) = use_context() {
        set(if failure.status < 400 {
            502
        } else {
            failure.status
        });
    }
    let heading = match failure.status {
        0 => "The registry does not answer",
        401 => "Sign in to see this",
        403 => "Not for this account",
        404 => "Not found",
        429 => "Too many requests",
        _ => "Something went wrong",
    };
    let may_hide =
        matches!(failure.status, 401 | 403 | 404) && !env.account.with_untracked(Option::is_some);
    let request_id = failure
        .request_id
        .unwrap_or_else(|| env.request_id.get_value());
    let request_id = (failure.status != 0 && !request_id.is_empty()).then_some(request_id);
    view! {
        {title(heading)}
        <div class="card empty">
            {Icon::Warning.draw()}
            <h1>{heading}</h1>
            <p>{failure.message}</p>
            {may_hide.then(|| view! { <p>"What is private is shown only to those who may see it."</p> })}
            <div class="row">
                {may_hide
                    .then(|| {
                        view! {
                            <a class="btn primary" rel="external" href=sign_in_here()>
                                "Sign in"
                            </a>
                        }
                    })}
                <a class="btn" href=paths::REPOSITORIES>
                    "Go to repositories"
                </a>
            </div>
            {request_id
                .map(|id| {
                    view! {
                        <p class="small row">
                            <span>"Request id " <code>{id.clone()}</code></span>
                            <CopyButton text=id label="Copy the request id" />
                        </p>
                    }
                })}
        </div>
    }
    .into_any()
}

fn sign_in_here() -> String {
    paths::sign_in(
        &leptos_router::hooks::use_location()
            .pathname
            .get_untracked(),
    )
}
