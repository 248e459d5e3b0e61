//! Which manifests hold signatures, and of what, by all ways that cosign and notation attach them: `subject`, and cosign's tags.

use std::collections::BTreeSet;

use db::signatures::Signs;
use oci::{Manifest, Tag};
use trust::attached::{claims_to_be_one, subject_of};

/// Of so many images a manifest can be the signature: cosign pushes one tag.
const MOST: usize = 8;

/// What a manifest that is pushed under these tags signs, or says that it does. A tag alone is enough: cosign's tags name images.
pub(crate) fn signs(manifest: &Manifest, tags: &[String]) -> Vec<Signs> {
    let own = manifest.subject.as_ref();
    let own = own.filter(|_| claims_to_be_one(manifest));
    let own = own.map(|subject| subject.digest.to_string());
    let mut seen: BTreeSet<String> = own.iter().cloned().collect();
    let by_tag = tags.iter().filter_map(|tag| {
        let subject = subject_of(&tag.parse::<Tag>().ok()?)?.to_string();
        Some((subject, tag.clone()))
    });
    let by_tag = by_tag.filter(|(subject, _)| seen.insert(subject.clone()));
    let by_tag = by_tag.map(|(subject, tag)| Signs {
        subject,
        tag: Some(tag),
    });
    let by_tag: Vec<Signs> = by_tag.collect();
    let own = own.map(|subject| Signs { subject, tag: None });
    own.into_iter().chain(by_tag).take(MOST).collect()
}
