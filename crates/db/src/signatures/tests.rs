//! What is due is found by an index, and a verdict is written once.

use sea_orm::{
    ActiveValue::Set, ConnectionTrait as _, DatabaseBackend, EntityTrait as _, Statement,
};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::*;
use crate::{
    Db, Options, accounts,
    entities::{manifest, signature_manifest},
    repositories,
};

/// No host is ours.
const NO_HOST: crate::trust::signed::Rule<'static> = crate::trust::signed::Rule {
    now: OffsetDateTime::UNIX_EPOCH,
    is_ours: &|_| false,
};
const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

async fn stage(folder: &tempfile::TempDir) -> (Db, Uuid, Uuid) {
    let options = Options::Sqlite(folder.path().join("test.db"));
    let db = Db::open(&options).await.expect("a database");
    let new = accounts::New {
        name: "alice".to_owned(),
        ..accounts::New::default()
    };
    let alice = accounts::create(&db, new, NOW).await.expect("made");
    let new = repositories::New::private(alice, "app".to_owned());
    let app = repositories::create(&db, new, NOW).await.expect("made");
    let put = crate::manifests::Put {
        manifest: manifest::Model {
            repository_id: app.id,
            digest: "sha256:signature".to_owned(),
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
            image_size: 1,
            content: b"{}".to_vec(),
            pushed_by: None,
            pushed_at: NOW,
        },
        blobs: std::collections::BTreeSet::new(),
        children: std::collections::BTreeSet::new(),
        tags: vec!["sig".to_owned()],
        immutable: std::collections::BTreeSet::new(),
        job: None,
        scan: None,
        signs: vec![Signs {
            subject: "sha256:image".to_owned(),
            tag: Some("sig".to_owned()),
        }],
    };
    let stored = crate::manifests::put(&db, put).await.expect("put");
    assert_eq!(stored, crate::manifests::Stored::Yes);
    (db, app.id, app.account_id)
}

fn finding(trust: Option<Uuid>) -> Finding {
    Finding {
        position: 0,
        kind: Kind::Cosign,
        refusal: trust.is_none().then(|| "nobody's".to_owned()),
        public_key: None,
        trust,
        signer: "key".to_owned(),
        predicate_type: None,
        until: Some(NOW + Duration::days(1)),
        certificates_until: None,
    }
}

fn at(now: OffsetDateTime) -> At {
    At {
        now,
        are_certificates_good: true,
    }
}

fn new_trust() -> NewTrust {
    NewTrust {
        account: None,
        kind: TrustKind::Key,
        name: "ci".to_owned(),
        pem: "pem".to_owned(),
        fingerprint: "key".to_owned(),
        identities: None,
    }
}

#[tokio::test]
async fn what_is_found_counts_while_it_is_trusted() {
    let folder = tempfile::tempdir().expect("a folder");
    let (db, app, _) = stage(&folder).await;
    let standing = async |now| {
        let rows = list(&db, app, "sha256:image", None, 10, at(now)).await;
        let mut rows = rows.expect("listed");
        assert_eq!(rows.len(), 1);
        rows.remove(0).standing
    };
    let counted = async |now| {
        let signers = signers_of_all(&db, app, ["sha256:image"], at(now)).await;
        signers.expect("asked").into_values().flatten().count()
    };
    assert_eq!(standing(NOW).await, Standing::Pending);
    let due = next(&db, NOW, 10).await.expect("due").remove(0);
    done(&db, &due, vec![finding(None)], NOW)
        .await
        .expect("done");
    assert!(matches!(standing(NOW).await, Standing::Refused(_)));
    assert_eq!(next(&db, NOW, 10).await.expect("due"), []);
    // somebody is trusted: it is due again
    let ci = register(&db, new_trust(), NOW).await.expect("registered");
    let due = next(&db, NOW, 10).await.expect("due").remove(0);
    done(&db, &due, vec![finding(Some(ci.id))], NOW)
        .await
        .expect("done");
    assert_eq!(counted(NOW).await, 1);
    assert_eq!(counted(NOW + Duration::days(1)).await, 0);
    // trusted no more: it does not count before it is looked at again, and it is due
    assert!(forget(&db, None, ci.id, NOW).await.expect("forgotten"));
    assert_eq!(counted(NOW).await, 0);
    assert_eq!(next(&db, NOW, 10).await.expect("due").len(), 1);
    assert!(!forget(&db, None, ci.id, NOW).await.expect("asked"));
}

#[tokio::test]
async fn whether_a_certificate_has_to_be_good_now_is_a_choice() {
    let folder = tempfile::tempdir().expect("a folder");
    let (db, app, _) = stage(&folder).await;
    let ci = register(&db, new_trust(), NOW).await.expect("registered");
    let due = next(&db, NOW, 10).await.expect("due").remove(0);
    let found = Finding {
        until: Some(NOW + Duration::days(9)),
        certificates_until: Some(NOW + Duration::days(1)),
        ..finding(Some(ci.id))
    };
    done(&db, &due, vec![found], NOW).await.expect("done");
    let standing = async |at| {
        let signers = signers_of_all(&db, app, ["sha256:image"], at).await;
        let count = signers.expect("asked").into_values().flatten().count();
        let rows = list(&db, app, "sha256:image", None, 10, at).await;
        let row = rows.expect("listed").remove(0);
        (
            count,
            matches!(row.standing, Standing::Verified(_)),
            row.until,
        )
    };
    let first = Some(NOW + Duration::days(1));
    let own = Some(NOW + Duration::days(9));
    let later = NOW + Duration::days(1);
    let whenever = |now| At {
        now,
        are_certificates_good: false,
    };
    assert_eq!(standing(at(NOW)).await, (1, true, first));
    assert_eq!(standing(at(later)).await, (0, false, first));
    assert_eq!(standing(whenever(later)).await, (1, true, own));
    let end = NOW + Duration::days(9);
    assert_eq!(standing(whenever(end)).await, (0, false, own));
}

#[tokio::test]
async fn what_became_due_meanwhile_stays_due() {
    let folder = tempfile::tempdir().expect("a folder");
    let (db, app, _) = stage(&folder).await;
    let due = next(&db, NOW, 10).await.expect("due").remove(0);
    postpone(&db, &due, NOW + Duration::hours(1))
        .await
        .expect("postponed");
    assert_eq!(next(&db, NOW, 10).await.expect("due"), []);
    done(&db, &due, vec![finding(None)], NOW)
        .await
        .expect("done");
    let rows = list(&db, app, "sha256:image", None, 10, at(NOW)).await;
    assert_eq!(rows.expect("listed")[0].standing, Standing::Pending);
}

#[tokio::test]
async fn a_tag_that_moved_holds_no_signature() {
    let folder = tempfile::tempdir().expect("a folder");
    let (db, app, _) = stage(&folder).await;
    let deleted = crate::tags::delete(&db, app, "sig", NO_HOST).await;
    assert!(deleted.expect("deleted"));
    let rows = list(&db, app, "sha256:image", None, 10, at(NOW)).await;
    assert_eq!(rows.expect("listed"), []);
}

#[tokio::test]
async fn what_is_due_is_found_by_an_index() {
    let folder = tempfile::tempdir().expect("a folder");
    let (db, _, _) = stage(&folder).await;
    let statement = DatabaseBackend::Sqlite.build(&due::waiting(NOW, 10));
    let explain = Statement {
        sql: format!("EXPLAIN QUERY PLAN {}", statement.sql),
        ..statement
    };
    let rows = db.read.query_all_raw(explain).await.expect("a plan");
    let steps = rows
        .iter()
        .map(|row| row.try_get::<String>("", "detail").expect("a step"));
    let plan = steps.collect::<Vec<_>>().join("\n");
    assert!(plan.contains("signature_manifests_due_at_idx"), "{plan}");
    let all = crate::entities::signature::Entity::find()
        .all(&db.read)
        .await;
    assert_eq!(all.expect("read"), []);
}

#[tokio::test]
async fn nobody_waits_for_all_that_another_has_pushed() {
    let folder = tempfile::tempdir().expect("a folder");
    let (db, _, _) = stage(&folder).await;
    let new = accounts::New {
        name: "mallory".to_owned(),
        ..accounts::New::default()
    };
    let mallory = accounts::create(&db, new, NOW).await.expect("made");
    let new = repositories::New::private(mallory, "many".to_owned());
    let many = repositories::create(&db, new, NOW).await.expect("made");
    let unchecked = db.write.execute_unprepared("PRAGMA foreign_keys = OFF");
    unchecked.await.expect("the manifests are left out");
    let row = |number: u32| signature_manifest::ActiveModel {
        repository_id: Set(many.id),
        subject_digest: Set("sha256:image".to_owned()),
        digest: Set(format!("sha256:{number}")),
        tag: Set(None),
        due_at: Set(Some(NOW - Duration::hours(1))),
    };
    let rows = signature_manifest::Entity::insert_many((0..100).map(row));
    rows.exec_without_returning(&db.write).await.expect("kept");
    let due = next(&db, NOW, 50).await.expect("read");
    let of_mallory = due.iter().filter(|row| row.repository_id == many.id);
    assert_eq!((due.len(), of_mallory.count()), (5, 4));
}
