//! Signatures of cosign and notation that hang on a manifest, with what each is worth and why.

use api::signature::{ImageSignature, SignatureKind, SignatureVerdict};
use leptos::prelude::*;

use super::Place;
use crate::{
    components::{
        load::{load, shown_if_any},
        table::{self, Column},
    },
    format, paths,
};

/// A list under a heading; nothing where nothing is signed.
pub(super) fn of(place: Place, heading: &'static str, digest: String) -> AnyView {
    let loaded = load(move || {
        let (namespace, name) = (place.namespace.get(), place.name.get());
        paths::api::signatures(&namespace, &name, &digest)
    });
    shown_if_any(loaded, move |signatures: Option<Vec<ImageSignature>>| {
        let signatures = signatures.unwrap_or_default();
        if signatures.is_empty() {
            return ().into_any();
        }
        let rows = signatures.into_iter().map(row).collect();
        let columns = vec![
            Column::Text("Signature"),
            Column::Text("Counts"),
            Column::Text("By whom, or why not"),
            Column::Text("Held by"),
        ];
        view! {
            <section class="stack">
                <h2>{heading}</h2>
                {table::table(columns, rows, ().into_any())}
            </section>
        }
        .into_any()
    })
}

fn row(signature: ImageSignature) -> AnyView {
    let kind = match signature.kind {
        SignatureKind::Cosign => "cosign",
        SignatureKind::Notation => "notation",
        SignatureKind::Attestation => "Attestation",
        SignatureKind::Unknown => "None",
    };
    let counts = match signature.verdict {
        SignatureVerdict::Verified => "Yes",
        SignatureVerdict::Refused => "No",
        SignatureVerdict::Pending => "Not looked at yet",
    };
    let who = signature
        .reason
        .or(signature.user)
        .or(signature.trust)
        .unwrap_or_default();
    view! {
        <tr>
            <td>{kind} " " <span class="muted">{signature.predicate_type}</span></td>
            <td>{counts}</td>
            <td class="wide anywhere">{who}</td>
            <td class="digest">{format::short(&signature.manifest)}</td>
        </tr>
    }
    .into_any()
}
