//! A promotion is done once, and not on what is not true any more.

use std::collections::BTreeSet;

use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    Author, Settings, due,
    perform::{Order, Performed, perform},
};
use crate::{
    Db, Options, accounts, blob_links,
    entities::{manifest, repository},
    manifests, promotions, repositories, tags,
};

const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

fn never(_: &repository::Model, _: &str) -> Option<String> {
    None
}

fn image(repository: Uuid, layer: &oci::Digest, tag: &str) -> manifests::Put {
    manifests::Put {
        manifest: manifest::Model {
            repository_id: repository,
            digest: oci::Digest::of(oci::Algorithm::Sha256, b"an image").to_string(),
            media_type: oci::manifest::OCI_MANIFEST.to_owned(),
            artifact_type: None,
            config_digest: None,
            subject_digest: None,
            annotations: None,
            os: None,
            architecture: None,
            variant: None,
            os_version: None,
            size: 1,
            image_size: 7,
            content: b"an image".to_vec(),
            pushed_by: None,
            pushed_at: NOW,
        },
        blobs: BTreeSet::from([layer.to_string()]),
        children: BTreeSet::new(),
        tags: vec![tag.to_owned()],
        immutable: BTreeSet::new(),
        job: None,
        scan: None,
        signs: Vec::new(),
    }
}

/// Two repositories of alice's; the first has an image under `v1`, and a policy that promotes it to the second.
async fn stage(folder: &tempfile::TempDir) -> (Db, Order, Settings, Author) {
    let options = Options::Sqlite(folder.path().join("test.db"));
    let db = Db::open(&options).await.expect("a database");
    let new = accounts::New {
        name: "alice".to_owned(),
        ..accounts::New::default()
    };
    let alice = accounts::create(&db, new, NOW).await.expect("made");
    let repository = async |name: &str| {
        let new = repositories::New::private(alice.clone(), name.to_owned());
        repositories::create(&db, new, NOW).await.expect("made")
    };
    let (source, target) = (repository("build").await, repository("prod").await);
    let layer = oci::Digest::of(oci::Algorithm::Sha256, b"a layer");
    let linked = blob_links::link(&db, source.id, &layer, 7, NOW).await;
    linked.expect("linked");
    let settings = Settings {
        target: (target.id, "alice/prod".to_owned()),
        enabled: true,
        rules: serde_json::json!([]),
        tag_template: "%n".to_owned(),
        referrers: true,
        apply: true,
    };
    let author = Author {
        id: alice.id,
        name: alice.name,
    };
    let made = promotions::create(&db, source.id, settings.clone(), author.clone(), NOW);
    let made = made.await.expect("asked").expect("made");
    let image = image(source.id, &layer, "v1");
    manifests::put(&db, image).await.expect("pushed");
    let order = Order {
        policy: Some((made.id, made.revision)),
        tag: tags::find(&db, source.id, "v1")
            .await
            .expect("asked")
            .expect("a tag"),
        source: "alice/build".to_owned(),
        target: settings.target.clone(),
        target_tag: "v1".to_owned(),
        referrers: true,
        actor: "alice".to_owned(),
        verdict: None,
    };
    (db, order, settings, author)
}

#[tokio::test]
async fn an_image_is_promoted_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let (db, order, ..) = stage(&folder).await;
    let first = perform(&db, order.clone(), never, NOW).await.expect("done");
    assert!(matches!(first, Performed::Done(_)), "{first:?}");
    let again = perform(&db, order, never, NOW).await.expect("asked");
    assert_eq!(again, Performed::Already);
}

#[tokio::test]
async fn what_changed_since_it_was_asked_is_not_promoted() {
    let folder = tempfile::tempdir().expect("a folder");
    let (db, order, settings, author) = stage(&folder).await;
    let (policy, _) = order.policy.expect("a policy");
    let later = NOW + time::Duration::seconds(1);
    due::all_of(&db.write, order.tag.repository_id, later)
        .await
        .expect("due once more");
    let due = perform(&db, order.clone(), never, later).await;
    assert_eq!(due.expect("asked"), Performed::Gone, "it is asked again");
    let tag = tags::find(&db, order.tag.repository_id, "v1").await;
    let order = Order {
        tag: tag.expect("asked").expect("a tag"),
        ..order
    };
    for enabled in [true, false] {
        let settings = Settings {
            enabled,
            apply: false,
            ..settings.clone()
        };
        let changed = promotions::update(&db, policy, settings, author.clone(), later).await;
        let revision = changed.expect("asked").expect("changed").revision;
        let stale = perform(&db, order.clone(), never, later).await;
        assert_eq!(stale.expect("asked"), Performed::Gone, "another revision");
        if !enabled {
            let order = Order {
                policy: Some((policy, revision)),
                ..order.clone()
            };
            let off = perform(&db, order, never, later).await;
            assert_eq!(off.expect("asked"), Performed::Gone, "switched off");
        }
    }
    assert!(promotions::delete(&db, policy).await.expect("deleted"));
    let gone = perform(&db, order, never, later).await;
    assert_eq!(gone.expect("asked"), Performed::Gone);
}
