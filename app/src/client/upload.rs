//! Sending a file, and hearing how far it is: only `XMLHttpRequest` says that.

use leptos::{html, prelude::*};
use wasm_bindgen::{JsCast, closure::Closure};
use wasm_bindgen_futures::JsFuture;

use super::Answer;

/// Sends the picked file by PUT; an answer that never came has status 0.
pub(super) async fn send(
    path: String,
    picked: NodeRef<html::Input>,
    sent: RwSignal<Option<f64>>,
) -> Answer {
    sent.set(Some(0.0));
    let answer = perform(&path, picked, sent).await.unwrap_or_default();
    sent.try_set(None);
    answer
}

async fn perform(
    path: &str,
    picked: NodeRef<html::Input>,
    sent: RwSignal<Option<f64>>,
) -> Option<Answer> {
    let file = picked.get_untracked()?.files()?.get(0)?;
    let form = web_sys::FormData::new().ok()?;
    form.append_with_blob_and_filename("file", &file, &file.name())
        .ok()?;
    let request = web_sys::XmlHttpRequest::new().ok()?;
    request.open("PUT", path).ok()?;
    request
        .set_request_header("accept", "application/json")
        .ok()?;
    let progress =
        Closure::<dyn Fn(web_sys::ProgressEvent)>::new(move |event: web_sys::ProgressEvent| {
            if event.length_computable() && event.total() > 0.0 {
                sent.try_set(Some(event.loaded() / event.total()));
            }
        });
    request
        .upload()
        .ok()?
        .set_onprogress(Some(progress.as_ref().unchecked_ref()));
    let ended = js_sys::Promise::new(&mut |resolve, _| {
        request.set_onloadend(Some(&resolve));
        if request.send_with_opt_form_data(Some(&form)).is_err() {
            let _ = resolve.call0(&wasm_bindgen::JsValue::NULL);
        }
    });
    JsFuture::from(ended).await.ok()?;
    drop(progress);
    Some(Answer {
        status: request.status().ok()?,
        body: request.response_text().ok().flatten().unwrap_or_default(),
        request_id: request.get_response_header("x-request-id").ok().flatten(),
        ..Answer::default()
    })
}
