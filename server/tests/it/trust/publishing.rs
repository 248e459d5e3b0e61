//! An update is stored as a whole or not at all, and of two who publish at once one is told that there is a newer version.

use super::{
    GUN, Owner, SITE,
    client::{Key, file, targets},
    get, said, version,
};
use crate::util::TestApp;

#[tokio::test]
async fn several_roles_at_once_or_none() {
    let app = TestApp::new().await;
    let alice = Key::ecdsa();
    let owner = Owner::delegated(&app, GUN, &alice).await;
    let good = file(&targets(2, &[("v3", "three")]), &[&alice]);
    let bad = file(&targets(2, &[("v3", "three")]), &[&Key::ecdsa()]);
    let parts = [("targets/releases", good.clone()), ("targets/alice", bad)];
    assert!(owner.refused(&app, &parts).await.contains("targets/alice"));
    assert_eq!(version(&app, GUN, "targets/releases").await, 1);
    let parts = [("targets/releases", good.clone()), ("targets/alice", good)];
    owner.publish(&app, &parts).await.expect(200);
    for role in ["targets/releases", "targets/alice"] {
        assert_eq!(version(&app, GUN, role).await, 2);
    }
    for role in ["snapshot", "timestamp"] {
        assert_eq!(version(&app, GUN, role).await, 3);
    }
}

#[tokio::test]
async fn of_two_at_once_one_wins() {
    let app = TestApp::new().await;
    let owner = Owner::published(&app, GUN).await;
    let other = app.replica().await;
    for number in 2..12 {
        let parts = |tag| [("targets", owner.targets_file(number, &[(tag, tag)]))];
        let (one, two) = (parts("one"), parts("two"));
        let answers = tokio::join!(owner.publish(&app, &one), owner.publish(&other, &two));
        let mut said = [answers.0, answers.1].map(|answer| match answer.status.as_u16() {
            200 => "200".to_owned(),
            _ => said(&answer),
        });
        said.sort();
        assert_eq!(said, ["200", "400 VERSION {}"]);
        assert_eq!(version(&app, GUN, "targets").await, number);
        assert_eq!(version(&app, GUN, "timestamp").await, number);
    }
}

#[tokio::test]
async fn two_who_begin_at_once() {
    let app = TestApp::new().await;
    let other = app.replica().await;
    let (one, two) = tokio::join!(Owner::new(&app, GUN), Owner::new(&other, GUN));
    assert_eq!(one.timestamp.id(), two.timestamp.id(), "there is one key");
    let parts = |owner: &Owner| {
        [
            ("root", owner.root_file(1)),
            ("targets", owner.targets_file(1, &[])),
        ]
    };
    let (first, second) = (parts(&one), parts(&two));
    let answers = tokio::join!(one.publish(&app, &first), two.publish(&other, &second));
    let statuses = [answers.0.status.as_u16(), answers.1.status.as_u16()];
    assert!(
        statuses.contains(&200) && statuses.contains(&400),
        "{statuses:?}"
    );
}

#[tokio::test]
async fn what_belongs_to_another_collection() {
    let app = TestApp::new().await;
    let one = Owner::published(&app, GUN).await;
    let two = Owner::new(&app, SITE).await;
    let parts = [
        ("root", one.root_file(1)),
        ("targets", one.targets_file(1, &[])),
    ];
    let refused = said(&two.publish(&app, &parts).await);
    assert!(
        refused.starts_with("400 INVALID_UPDATE ErrBadRoot"),
        "{refused}"
    );
    // Under another host of ours it is another collection.
    let other = "localhost:8080/alice/app";
    assert_eq!(
        said(&get(&app, other, "root.json").await),
        "404 METADATA_NOT_FOUND {}"
    );
    Owner::published(&app, other).await;
    assert_eq!(version(&app, GUN, "root").await, 1);
}

#[tokio::test]
async fn who_published_is_recorded() {
    let app = TestApp::new().await;
    let owner = Owner::published(&app, GUN).await;
    let token = app
        .token("alice", &[&format!("repository:{GUN}:push,pull")])
        .await;
    app.call("POST", &super::tuf(GUN, ""))
        .bearer(&token)
        .at(super::client::NOW)
        .header("content-type", "multipart/form-data; boundary=XYZ")
        .body(super::form(&[(
            Some("targets"),
            &owner.targets_file(2, &[]),
        )]))
        .send()
        .await
        .expect(200);
    let events = app
        .get("/api/v0/repositories/alice/app/events?pageSize=50")
        .by("alice")
        .send()
        .await
        .expect(200)
        .json();
    let events: Vec<_> = events["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| {
            let object = &event["object"];
            (
                event["type"].clone(),
                object["type"].clone(),
                object["name"].clone(),
            )
        })
        .collect();
    assert_eq!(
        events.iter().filter(|event| event.1 == "trustData").count(),
        2,
        "{events:?}"
    );
    assert_eq!(
        events.iter().filter(|event| event.1 == "trustKey").count(),
        2,
        "{events:?}"
    );
    let export = app
        .get("/api/v0/events?objectType=trustData&pageSize=50")
        .by("admin")
        .send()
        .await
        .expect(200)
        .json();
    let newest = &export["events"][0];
    assert!(newest.to_string().contains(r#""targets":2"#), "{newest}");
    assert!(newest.to_string().contains("alice"), "{newest}");
}

#[tokio::test]
async fn a_hundred_delegations_of_every_kind_of_key() {
    let app = TestApp::new().await;
    let owner = Owner::published(&app, GUN).await;
    let rsa = aws_lc_rs::rsa::KeySize::Rsa2048;
    let certified = Key::ecdsa().certified("alice");
    let all = [
        Key::ecdsa(),
        Key::p521(),
        Key::ed25519(),
        Key::rsa(rsa, "rsapss"),
        Key::rsa(rsa, "rsapkcs1v15"),
        certified,
    ];
    let names: Vec<String> = (0..100)
        .map(|number| format!("targets/d{number}"))
        .collect();
    let with_keys = || names.iter().zip(all.iter().cycle());
    let roles: Vec<_> = with_keys()
        .map(|(name, key)| super::client::delegation(name, &[key], &["v"]))
        .collect();
    let keys: Vec<&Key> = all.iter().collect();
    let signed = super::client::delegating(2, &[("v1", "one")], &keys, &roles);
    let mut parts = vec![("targets", file(&signed, &[&owner.targets]))];
    for (name, key) in with_keys() {
        parts.push((
            name,
            file(&targets(1, &[("v1", "one"), ("x", "two")]), &[key]),
        ));
    }
    owner.publish(&app, &parts).await.expect(200);
    let snapshot = get(&app, GUN, "snapshot.json").await.expect(200).json();
    let listed = snapshot["signed"]["meta"].as_object().unwrap();
    assert_eq!(listed.len(), 102);
    for name in &names {
        assert_eq!(version(&app, GUN, name).await, 1);
    }
    // The wrong one of two keys signs no role, whatever kind it is.
    let by_another = file(&targets(2, &[]), &[&all[1]]);
    let refused = owner.refused(&app, &[("targets/d0", by_another)]).await;
    assert!(refused.contains("threshold for targets/d0"), "{refused}");
}
