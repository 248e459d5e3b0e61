//! Server-sent events: the page hears of changes while it is open.

/// Calls `heard` with the data of each event of that name at `path`, as long as the owning component lives, and `missed` when
/// events may have been missed: the server says so, or the connection was lost and is there again. Only in the browser.
#[cfg(feature = "hydrate")]
pub fn listen(
    path: &str,
    event: &'static str,
    heard: impl Fn(String) + 'static,
    missed: impl Fn() + 'static,
) {
    use std::cell::Cell;

    use leptos::prelude::on_cleanup;
    use send_wrapper::SendWrapper;
    use wasm_bindgen::{JsCast, closure::Closure};

    let Ok(source) = web_sys::EventSource::new(path) else {
        return;
    };
    let was_open = Cell::new(false);
    let handler = Closure::<dyn Fn(web_sys::MessageEvent)>::new(
        move |message: web_sys::MessageEvent| match (
            message.type_().as_str(),
            message.data().as_string(),
        ) {
            (name, Some(data)) if name == event => heard(data),
            ("open", _) if !was_open.replace(true) => {}
            _ => missed(),
        },
    );
    for name in [event, "missed", "open"] {
        let _ = source.add_event_listener_with_callback(name, handler.as_ref().unchecked_ref());
    }
    let held = SendWrapper::new((source, handler));
    on_cleanup(move || held.0.close());
}

/// On the server nothing changes while a page is drawn.
#[cfg(not(feature = "hydrate"))]
pub fn listen(
    _path: &str,
    _event: &'static str,
    _heard: impl Fn(String) + 'static,
    _missed: impl Fn() + 'static,
) {
}

/// Does something once after a while, unless the owning component is gone by then. Only in the browser: from within an effect.
pub fn later(after: std::time::Duration, then: impl FnOnce() + 'static) {
    use leptos::prelude::{on_cleanup, set_timeout_with_handle};

    if let Ok(handle) = set_timeout_with_handle(then, after) {
        on_cleanup(move || handle.clear());
    }
}
