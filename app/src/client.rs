//! The way to the API: one signature, two bodies. In the browser a request is a `fetch`; while the server draws a page it is a
//! call of the same router inside the process, with the visitor's cookie, through the closure that the server put in context.
//!
//! Answers stay JSON text until a view reads them ([`Reply::json`]). So there is one kind of resource for all pages, and what
//! the server has read is handed to the browser unchanged instead of being asked for again.

#[cfg(feature = "hydrate")]
mod upload;

use std::{future::Future, pin::Pin, sync::Arc};

use leptos::prelude::*;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// One request to the API.
#[derive(Clone, Debug)]
pub struct Call {
    /// As `GET`.
    pub method: &'static str,
    /// Path and query, beginning with `/`.
    pub path: String,
    /// JSON to send.
    pub body: Option<String>,
}

/// What came back, before anyone decided whether it is good news.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// HTTP status; 0 where no answer came.
    pub status: u16,
    /// The body as text.
    pub body: String,
    /// The next page's start (`X-Next-Page-Start`).
    pub next: Option<String>,
    /// The number of all results (`X-Resource-Count`).
    pub count: Option<u64>,
    /// Id of the request (`X-Request-Id`).
    pub request_id: Option<String>,
}

/// A future that answers a [`Call`].
pub type Answering = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// A future that answers a [`Call`], or says why it failed.
pub type Replying = Pin<Box<dyn Future<Output = Result<Reply, Failure>> + Send>>;

/// How the server calls its own API while it draws a page; the server provides it in context.
#[derive(Clone)]
pub struct InProcess(pub Arc<dyn Fn(Call) -> Answering + Send + Sync>);

/// A successful answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// The body as text.
    pub body: String,
    /// The next page's start; absent on the last page.
    pub next: Option<String>,
    /// The number of all results, where it was asked for.
    pub count: Option<u64>,
}

impl Reply {
    /// Reads the body.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        serde_json::from_str(&self.body).map_err(|error| Failure {
            status: 502,
            code: "UNREADABLE_ANSWER".to_owned(),
            message: format!(
                "The registry answered what this page cannot read ({error}). Reload the page."
            ),
            ..Failure::default()
        })
    }
}

/// Why there is no [`Reply`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// HTTP status; 0 where the registry could not be reached.
    pub status: u16,
    /// The API's code, as `NO_SUCH_REPOSITORY`.
    pub code: String,
    /// The API's words.
    pub message: String,
    /// The field of the form that it is about, as the API names it.
    pub field: Option<String>,
    /// Id of the request.
    pub request_id: Option<String>,
}

impl Answer {
    fn into_result(self) -> Result<Reply, Failure> {
        if (200..300).contains(&self.status) {
            return Ok(Reply {
                body: self.body,
                next: self.next,
                count: self.count,
            });
        }
        let first = serde_json::from_str::<api::error::Envelope>(&self.body)
            .ok()
            .and_then(|e| e.errors.into_iter().next());
        let (code, message, field) = match first {
            Some(error) => {
                let field = error
                    .detail
                    .as_ref()
                    .and_then(|detail| detail.get("field")?.as_str().map(str::to_owned));
                (error.code, error.message, field)
            }
            None if self.status == 0 => {
                let message = "The registry cannot be reached. Check the connection and try again.";
                ("UNREACHABLE".to_owned(), message.to_owned(), None)
            }
            None => (
                "UNKNOWN".to_owned(),
                format!("The registry answered with status {}.", self.status),
                None,
            ),
        };
        // What exists already has the name that was given.
        let field = field.or_else(|| code.ends_with("EXISTS").then(|| "name".to_owned()));
        Err(Failure {
            status: self.status,
            code,
            message,
            field,
            request_id: self.request_id,
        })
    }
}

/// Reads from the API.
pub fn get(path: String) -> Replying {
    call("GET", path, None)
}

/// Changes something through the API.
pub fn send<B: Serialize>(method: &'static str, path: String, body: &B) -> Replying {
    call(method, path, serde_json::to_string(body).ok())
}

/// Deletes something through the API.
pub fn delete(path: String) -> Replying {
    call("DELETE", path, None)
}

/// Has something made by the API, and saves what is answered as a file of that name.
pub fn download<B: Serialize>(path: String, body: &B, name: String) -> Replying {
    let call = Call {
        method: "POST",
        path,
        body: serde_json::to_string(body).ok(),
    };
    let answering = save(call, name);
    Box::pin(async move { answering.await.into_result() })
}

/// Sends the file that was picked as the field `file` of a form; `sent` says which part of it, from 0 to 1, is on its way.
#[cfg_attr(
    not(feature = "hydrate"),
    expect(unused_variables, reason = "files are sent by the browser only")
)]
pub fn upload(
    path: String,
    picked: NodeRef<leptos::html::Input>,
    sent: RwSignal<Option<f64>>,
) -> Replying {
    #[cfg(feature = "hydrate")]
    let answering: Answering = Box::pin(send_wrapper::SendWrapper::new(upload::send(
        path, picked, sent,
    )));
    #[cfg(not(feature = "hydrate"))]
    let answering: Answering = Box::pin(std::future::ready(Answer::default()));
    Box::pin(async move { answering.await.into_result() })
}

fn call(method: &'static str, path: String, body: Option<String>) -> Replying {
    let answering = perform(Call { method, path, body });
    Box::pin(async move { answering.await.into_result() })
}

/// Performs a call and gives back whatever came.
#[cfg(not(feature = "hydrate"))]
pub fn perform(call: Call) -> Answering {
    match use_context::<InProcess>() {
        Some(InProcess(answer)) => answer(call),
        None => Box::pin(std::future::ready(Answer::default())),
    }
}

/// Performs a call and gives back whatever came.
#[cfg(feature = "hydrate")]
pub fn perform(call: Call) -> Answering {
    Box::pin(send_wrapper::SendWrapper::new(async move {
        fetch(call).await.unwrap_or_default()
    }))
}

/// Files are saved in the browser only.
#[cfg(not(feature = "hydrate"))]
fn save(_call: Call, _name: String) -> Answering {
    Box::pin(std::future::ready(Answer::default()))
}

#[cfg(feature = "hydrate")]
fn save(call: Call, name: String) -> Answering {
    Box::pin(send_wrapper::SendWrapper::new(async move {
        saved(call, &name).await.unwrap_or_default()
    }))
}

#[cfg(feature = "hydrate")]
async fn saved(call: Call, name: &str) -> Option<Answer> {
    use wasm_bindgen::JsCast;
    use wasm_bindgen_futures::JsFuture;

    let response = respond(call).await?;
    if !response.ok() {
        return read(response).await;
    }
    let blob = JsFuture::from(response.blob().ok()?).await.ok()?;
    let url = web_sys::Url::create_object_url_with_blob(blob.unchecked_ref()).ok()?;
    let link = document().create_element("a").ok()?;
    let link: web_sys::HtmlAnchorElement = link.unchecked_into();
    link.set_href(&url);
    link.set_download(name);
    link.click();
    // The browser takes its time to read it.
    set_timeout(
        move || {
            let _ = web_sys::Url::revoke_object_url(&url);
        },
        std::time::Duration::from_mins(1),
    );
    Some(Answer {
        status: response.status(),
        ..Answer::default()
    })
}

#[cfg(feature = "hydrate")]
async fn fetch(call: Call) -> Option<Answer> {
    read(respond(call).await?).await
}

#[cfg(feature = "hydrate")]
async fn respond(call: Call) -> Option<web_sys::Response> {
    use wasm_bindgen::JsCast;
    use wasm_bindgen_futures::JsFuture;

    let init = web_sys::RequestInit::new();
    init.set_method(call.method);
    let headers = web_sys::Headers::new().ok()?;
    headers.set("accept", "application/json, */*;q=0.5").ok()?;
    if let Some(body) = call.body {
        headers.set("content-type", "application/json").ok()?;
        init.set_body(&body.into());
    }
    init.set_headers(&headers);
    let response = JsFuture::from(window().fetch_with_str_and_init(&call.path, &init))
        .await
        .ok()?;
    response.dyn_into().ok()
}

#[cfg(feature = "hydrate")]
async fn read(response: web_sys::Response) -> Option<Answer> {
    let header = |name| response.headers().get(name).ok().flatten();
    let (next, count, request_id) = (
        header(api::page::NEXT_PAGE_START),
        header(api::page::RESOURCE_COUNT).and_then(|n| n.parse().ok()),
        header("x-request-id"),
    );
    let body = wasm_bindgen_futures::JsFuture::from(response.text().ok()?)
        .await
        .ok()?
        .as_string()?;
    Some(Answer {
        status: response.status(),
        body,
        next,
        count,
        request_id,
    })
}
