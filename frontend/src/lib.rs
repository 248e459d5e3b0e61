//! The browser's side of the interface: takes over the page that the server drew, and nothing more.

use wasm_bindgen::prelude::wasm_bindgen;

/// Called by the page once its module is loaded.
#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_lazy(app::App);
}
