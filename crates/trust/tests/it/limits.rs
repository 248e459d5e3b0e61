//! Uploads that are as large as they may be, or larger.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use trust::{
    Refusal, Upload,
    json::MAX_BYTES,
    update::{MAX_PARTS, MAX_UPLOAD},
};

use crate::{
    client::{Key, delegation, file, file_with, keys, targets},
    server::{Repository, TARGETS_THRESHOLD, answer},
};

#[test]
fn a_hundred_delegations() {
    let all: Vec<_> = (0..100).map(|_| Key::ecdsa()).collect();
    let names: Vec<_> = (0..100).map(|at| format!("targets/d{at}")).collect();
    let mut repository = Repository::published();
    let roles: Vec<_> = names
        .iter()
        .zip(&all)
        .map(|(name, key)| delegation(name, &[key], &[""]))
        .collect();
    let mut signed = targets(2, &[]);
    signed["delegations"] = json!({"keys": keys(&all.iter().collect::<Vec<_>>()), "roles": roles});
    let mut parts = vec![("targets", file(&signed, &[&repository.targets]))];
    for (name, key) in names.iter().zip(&all) {
        parts.push((name, file(&targets(1, &[("v", "x")]), &[key])));
    }
    // Part order is random; reversed is the worst.
    parts.reverse();
    repository.publish(&parts).expect("published");
    let view = repository.view();
    assert_eq!(view.roles().len(), 104);
    assert!(view.roles().iter().all(|status| status.file.is_ok()));
    // One of them has another's signature: nothing of all is stored.
    for (part, at) in parts.iter_mut().zip((0..100).rev()) {
        part.1 = file(&targets(2, &[]), &[&all[if at == 50 { 51 } else { at }]]);
    }
    parts.pop();
    let refusal = answer(&repository.refused(&parts));
    assert!(refusal.ends_with("threshold for targets/d50"), "{refusal}");
}

#[test]
fn uploads_are_bounded() {
    let mut upload = Upload::default();
    assert_eq!(
        upload.add(Some("targets"), vec![b' '; MAX_BYTES + 1]),
        Err(Refusal::MalformedJson)
    );
    let mut upload = Upload::default();
    for at in 0..MAX_PARTS {
        upload
            .add(Some(&format!("targets/d{at}")), b"{}".to_vec())
            .expect("a part");
    }
    assert_eq!(
        upload.add(Some("targets"), b"{}".to_vec()),
        Err(Refusal::MalformedUpload)
    );
    let mut upload = Upload::default();
    let mut long = b"{}".to_vec();
    long.resize(MAX_BYTES, b' ');
    for at in 0..MAX_UPLOAD / MAX_BYTES {
        upload
            .add(Some(&format!("targets/d{at}")), long.clone())
            .expect("a part");
    }
    assert_eq!(
        upload.add(Some("targets"), long),
        Err(Refusal::MalformedUpload)
    );
}

/// What a bound costs at most: none of these may keep a server busy.
#[test]
fn huge_and_deep() {
    let key = Key::ecdsa();
    let mut repository = Repository::published();
    let mut many = Value::Array(vec![repository.targets.sign(b"something else"); 64]);
    many[63] = key.sign(b"");
    let signed = targets(2, &[]);
    let began = Instant::now();
    for (parts, expected) in [
        (b"[".repeat(MAX_BYTES), "400 MALFORMED_JSON"),
        (b"{\"a\":".repeat(MAX_BYTES / 5), "400 MALFORMED_JSON"),
        (
            [b"[".to_vec(), b"0,".repeat(MAX_BYTES / 2 - 1)].concat(),
            "400 MALFORMED_JSON",
        ),
        (
            [b"{\"signed\":\"".to_vec(), vec![b'"'; MAX_BYTES - 11]].concat(),
            "400 MALFORMED_JSON",
        ),
        (
            [
                b"{\"signed\":{\"version\":".to_vec(),
                vec![b'9'; MAX_BYTES - 21],
            ]
            .concat(),
            "400 MALFORMED_JSON",
        ),
        (
            file_with(&signed, many.as_array().expect("many")),
            TARGETS_THRESHOLD,
        ),
    ] {
        assert_eq!(answer(&repository.refused(&[("targets", parts)])), expected);
    }
    assert!(
        began.elapsed() < Duration::from_secs(30),
        "{:?}",
        began.elapsed()
    );
}
