//! A collection of 10,000 tags. Optimised, an update of it takes a few hundredths of a second: `cargo test --release -p trust
//! --test it size -- --nocapture` says how many.

use std::time::{Duration, Instant};

use trust::{Upload, View};

use crate::{
    client::{Key, delegation, file, keys, targets},
    server::Repository,
};

const TAGS: usize = 10_000;
/// Unoptimised, on a busy machine.
const LIMIT: Duration = Duration::from_secs(30);

#[test]
fn ten_thousand_tags() {
    let names: Vec<_> = (0..TAGS).map(|at| format!("build-{at:06}")).collect();
    let tags: Vec<_> = names
        .iter()
        .map(|name| (name.as_str(), name.as_str()))
        .collect();
    let alice = Key::ecdsa();
    let mut repository = Repository::published();
    let mut signed = targets(2, &tags);
    signed["delegations"] = serde_json::json!({
        "keys": keys(&[&alice]), "roles": [delegation("targets/releases", &[&alice], &[""])],
    });
    let released = file(&targets(1, &tags), &[&alice]);
    let parts = [
        ("targets", file(&signed, &[&repository.targets])),
        ("targets/releases", released),
    ];
    repository.publish(&parts).expect("published");

    // One more tag, in a role whose parent has as many.
    let mut more = tags.clone();
    more.push(("latest", "x"));
    let bytes = file(&targets(2, &more), &[&alice]);
    let stored = repository.stored();
    let began = Instant::now();
    let mut upload = Upload::default();
    upload
        .add(Some("targets/releases"), bytes.clone())
        .expect("read");
    let pending = upload.validate(&repository.gun, &stored, &repository.held(), repository.now);
    let publishing = began.elapsed();
    pending.expect("valid").expect("new");

    let began = Instant::now();
    let view = View::of(&repository.gun, &stored, repository.now).expect("valid");
    let viewing = began.elapsed();
    let began = Instant::now();
    let signed = view.tags().filter(|tag| view.signed(tag).is_some()).count();
    let asking = began.elapsed();
    assert_eq!(signed, TAGS);
    println!(
        "{TAGS} tags, {} bytes: validated in {publishing:?}, viewed in {viewing:?}, each tag asked for in {asking:?}",
        bytes.len()
    );
    assert!(
        publishing + viewing + asking < LIMIT,
        "{publishing:?} {viewing:?} {asking:?}"
    );
}
