//! Whose a key is, what is remembered of revoked ones, and who signs.

use time::Duration;

use super::*;
use crate::{Options, accounts};

const NOW: OffsetDateTime = time::macros::datetime!(2026-11-25 12:00 UTC);

struct Stage {
    db: Db,
    ada: Uuid,
    bob: Uuid,
    _dir: tempfile::TempDir,
}

async fn stage() -> Stage {
    let dir = tempfile::tempdir().expect("a directory");
    let db = Db::open(&Options::Sqlite(dir.path().join("test.db")))
        .await
        .expect("a database");
    let account = async |name: &str| {
        let new = accounts::New {
            name: name.to_owned(),
            ..accounts::New::default()
        };
        accounts::create(&db, new, NOW)
            .await
            .expect("an account")
            .id
    };
    let (ada, bob) = (account("ada").await, account("bob").await);
    Stage {
        db,
        ada,
        bob,
        _dir: dir,
    }
}

fn key(account: Uuid, fingerprint: &str) -> New {
    New {
        account,
        label: String::new(),
        kind: Kind::PublicKey,
        algorithm: "Ed25519".to_owned(),
        fingerprint: fingerprint.to_owned(),
        notary_id: fingerprint.to_owned(),
        public_key: "PEM".to_owned(),
        certificate: None,
    }
}

fn with_end(account: Uuid, fingerprint: &str, expires_at: OffsetDateTime) -> New {
    New {
        kind: Kind::ClientCertificate,
        certificate: Some(Certificate {
            serial: Some("01".to_owned()),
            pem: "PEM".to_owned(),
            fingerprint: "c".to_owned(),
            expires_at,
        }),
        ..key(account, fingerprint)
    }
}

async fn add(db: &Db, new: New) -> public_key::Model {
    match register(db, new, 1000, NOW).await.expect("a key") {
        Registered::New(row) => row,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_key_belongs_to_one_account_for_ever() {
    let Stage { db, ada, bob, _dir } = stage().await;
    let first = add(&db, key(ada, "a")).await;
    let by = async |account| {
        register(&db, key(account, "a"), 10, NOW)
            .await
            .expect("an answer")
    };
    for _ in ["active", "revoked"] {
        assert!(matches!(by(ada).await, Registered::Known(row) if row.id == first.id));
        assert!(matches!(by(bob).await, Registered::Taken));
        assert!(!revoke(&db, bob, "a", NOW).await.expect("an answer"));
        revoke(&db, ada, "a", NOW).await.expect("revoked");
    }
    assert!(
        !revoke(&db, ada, "a", NOW).await.expect("an answer"),
        "it is"
    );
    let change = Update {
        is_signing: Some(true),
        ..Update::default()
    };
    let changed = update(&db, ada, "a", change, NOW).await.expect("an answer");
    assert_eq!(changed, None, "a revoked key does not change");
}

#[tokio::test]
async fn revoked_keys_are_remembered_but_not_without_end_and_do_not_count() {
    let Stage { db, ada, _dir, .. } = stage().await;
    let all = KEPT + 3;
    for number in 0..all {
        let fingerprint = number.to_string();
        add(&db, key(ada, &fingerprint)).await;
        let at = NOW + Duration::seconds(i64::try_from(number).expect("few"));
        assert!(revoke(&db, ada, &fingerprint, at).await.expect("revoked"));
    }
    let rows = list(&db, ada, State::All, None, None, 1000)
        .await
        .expect("a list");
    assert_eq!(rows.len() as u64, KEPT);
    assert_eq!(rows.first().map(|row| row.fingerprint.as_str()), Some("3"));
    let taken = register(&db, key(ada, "0"), 1, NOW)
        .await
        .expect("an answer");
    assert!(
        matches!(taken, Registered::Taken),
        "it is forgotten, and stays revoked"
    );
    let left = async |max| {
        register(&db, key(ada, "x"), max, NOW)
            .await
            .expect("an answer")
    };
    assert!(matches!(left(0).await, Registered::TooMany));
    assert!(matches!(left(1).await, Registered::New(_)));
    let next = register(&db, key(ada, "y"), 1, NOW)
        .await
        .expect("an answer");
    assert!(matches!(next, Registered::TooMany));
    let active = list(&db, ada, State::Active, None, None, 10)
        .await
        .expect("a list");
    assert_eq!(active.len(), 1);
}

#[tokio::test]
async fn who_signs_has_a_designated_key_that_is_good() {
    let Stage { db, ada, bob, _dir } = stage().await;
    let end = NOW + Duration::days(1);
    add(&db, with_end(ada, "a", end)).await;
    add(&db, key(bob, "b")).await;
    let at = async |now| signers(&db, [ada, bob], now).await.expect("signers");
    assert!(at(NOW).await.is_empty(), "having a key is not signing");
    let signing = Update {
        is_signing: Some(true),
        ..Update::default()
    };
    for (account, fingerprint) in [(ada, "a"), (bob, "b")] {
        let row = update(&db, account, fingerprint, signing.clone(), NOW).await;
        assert!(row.expect("an answer").expect("a key").is_signing);
    }
    assert_eq!(at(NOW).await, HashSet::from([ada, bob]));
    assert_eq!(at(end).await, HashSet::from([bob]), "ada's has ended");
    revoke(&db, bob, "b", NOW).await.expect("revoked");
    assert!(at(end).await.is_empty());
    let row = by_fingerprint(&db, "b").await.expect("an answer");
    assert!(row.is_some_and(|row| !row.is_signing && row.revoked_at.is_some()));
}
