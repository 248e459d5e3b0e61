//! The document around the application: head, theme, and the script that brings the page to life.

use std::collections::BTreeMap;

use leptos::{nonce::use_nonce, prelude::*};
use leptos_meta::MetaTags;

use crate::{App, boot::Boot};

/// Addresses of the files that a page loads; those that are absent are left out, and without script a page is still readable.
#[derive(Clone, Debug, Default)]
pub struct Assets {
    /// The style sheet.
    pub style: Option<String>,
    /// The JavaScript module that wasm-bindgen made.
    pub script: Option<String>,
    /// The JavaScript module that fetches the parts of the wasm module.
    pub loader: Option<String>,
    /// The WebAssembly module that belongs to it: what every page needs.
    pub wasm: Option<String>,
    /// The files of each part of the interface that is fetched with its first page, by the part's name.
    pub parts: BTreeMap<&'static str, Vec<String>>,
    /// The font, fetched early.
    pub font: Option<String>,
}

const ICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 26 26' fill='none' stroke-width='2.8'%3E%3Ccircle cx='13' cy='13' r='9' stroke='%231b84bf'/%3E%3Cpath d='M1 13h24' stroke='%231b84bf'/%3E%3C/svg%3E";

/// The whole document. [`Boot`] and [`Assets`] are expected in context.
#[must_use]
pub fn document() -> AnyView {
    let assets: Assets = use_context().unwrap_or_default();
    let theme = use_context::<Boot>().unwrap_or_default().theme.name();
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width,initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <link rel="icon" href=ICON />
                {assets
                    .font
                    .map(|font| view! { <link rel="preload" href=font r#as="font" r#type="font/woff2" crossorigin="" /> })}
                {assets.style.map(|style| view! { <link rel="stylesheet" href=style /> })}
                {assets.script.zip(assets.wasm).map(|(script, wasm)| hydration(script, assets.loader, wasm))}
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
    .into_any()
}

fn hydration(script: String, loader: Option<String>, wasm: String) -> AnyView {
    let start = format!(
        "import init,{{hydrate}} from {script:?};init({{module_or_path:{wasm:?}}}).then(()=>hydrate())"
    );
    view! {
        <link rel="modulepreload" href=script nonce=use_nonce() />
        {loader.map(|loader| view! { <link rel="modulepreload" href=loader nonce=use_nonce() /> })}
        <link rel="preload" href=wasm r#as="fetch" r#type="application/wasm" crossorigin="" />
        <script type="module" nonce=use_nonce()>
            {start}
        </script>
    }
    .into_any()
}
