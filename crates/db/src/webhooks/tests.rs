//! What is to be told is written with what it tells of, waits in order, and is never sent by two at once.

use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{
    Place, State, Told, create,
    deliveries::{self, Attempt, LEASE},
    hearing, pause, update,
};
use crate::{Db, Options, accounts, entities::webhook, repositories, tags};

/// No host is ours.
const NO_HOST: crate::trust::signed::Rule<'static> = crate::trust::signed::Rule {
    now: OffsetDateTime::UNIX_EPOCH,
    is_ours: &|_| false,
};
const NOW: OffsetDateTime = time::macros::datetime!(2026-11-27 12:00 UTC);

struct World {
    db: Db,
    _folder: tempfile::TempDir,
    repository: Uuid,
    account: Uuid,
}

async fn world() -> World {
    let folder = tempfile::tempdir().expect("a folder");
    let options = Options::Sqlite(folder.path().join("test.db"));
    let db = Db::open(&options).await.expect("a database");
    let new = accounts::New {
        name: "ada".to_owned(),
        ..accounts::New::default()
    };
    let ada = accounts::create(&db, new, NOW).await.expect("made");
    let account = ada.id;
    let new = repositories::New::private(ada, "app".to_owned());
    let app = repositories::create(&db, new, NOW).await.expect("made");
    World {
        db,
        _folder: folder,
        repository: app.id,
        account,
    }
}

impl World {
    async fn hook(&self, place: Place) -> Uuid {
        let row = hook(place);
        let id = row.id;
        assert!(create(&self.db, row).await.expect("made"));
        id
    }

    /// Tells a webhook of something, and answers the deliveries that wait then.
    async fn tell(&self, hook: Uuid, subject: &str) -> Vec<Uuid> {
        let told = [told(hook, subject)];
        super::append(&self.db, &told).await.expect("told");
        self.waiting(hook).await
    }

    async fn waiting(&self, hook: Uuid) -> Vec<Uuid> {
        let rows = deliveries::waiting(&self.db, hook, 100).await;
        rows.expect("read").into_iter().map(|row| row.id).collect()
    }
}

fn hook(place: Place) -> webhook::Model {
    webhook::Model {
        id: Uuid::now_v7(),
        repository_id: match place {
            Place::Repository(id) => Some(id),
            _ => None,
        },
        account_id: match place {
            Place::Namespace(id) => Some(id),
            _ => None,
        },
        key: String::new(),
        kinds: serde_json::json!(["TAG_PUSH"]),
        tag_patterns: serde_json::json!([]),
        format: "dtr".to_owned(),
        endpoint: String::new(),
        shown_endpoint: String::new(),
        tls_certificate: String::new(),
        skip_verify: false,
        header_names: serde_json::json!([]),
        headers: None,
        secret: None,
        previous_secret: None,
        enabled: true,
        author_id: None,
        author: String::new(),
        created_at: NOW,
        healthy_at: NOW,
        failures: 0,
        last_success_at: None,
        paused_at: None,
        pause_reason: None,
        leased_by: None,
        lease_until: None,
    }
}

fn told(webhook: Uuid, subject: &str) -> Told {
    Told {
        webhook,
        event: Uuid::now_v7(),
        kind: "TAG_PUSH",
        subject: subject.to_owned(),
        contents: "{}".into(),
        format: "dtr".to_owned(),
        made_at: NOW,
    }
}

fn attempt(delivery: Uuid, state: State, next_at: Option<OffsetDateTime>) -> Attempt {
    Attempt {
        delivery,
        at: NOW,
        status: Some(200),
        took_ms: 1,
        error: None,
        answer: None,
        answer_is_internal: false,
        state,
        next_at,
    }
}

#[tokio::test]
async fn who_listens_is_found_by_place_and_only_while_it_is_on() {
    let world = world().await;
    let db = &world.db;
    let here = world.hook(Place::Repository(world.repository)).await;
    let above = world.hook(Place::Namespace(world.account)).await;
    let all = world.hook(Place::Registry).await;
    let ids = async |places: &[Place]| -> Vec<Uuid> {
        let rows = hearing(db, places.iter().copied()).await.expect("read");
        rows.into_iter().map(|row| row.id).collect()
    };
    let at = [
        Place::Repository(world.repository),
        Place::Namespace(world.account),
    ];
    assert_eq!(ids(&at).await, [here, above, all]);
    assert_eq!(ids(&at[1..]).await, [above, all]);
    assert_eq!(ids(&[]).await, [all]);
    let off = |row| webhook::Model {
        enabled: false,
        ..row
    };
    update(db, above, off)
        .await
        .expect("changed")
        .expect("there");
    assert_eq!(ids(&at).await, [here, all]);
}

#[tokio::test]
async fn what_is_told_is_written_with_the_change_or_not_at_all() {
    let world = world().await;
    let hook = world.hook(Place::Repository(world.repository)).await;
    let telling = world.db.telling(vec![
        told(hook, "ada/app:1"),
        told(Uuid::now_v7(), "nobody"),
    ]);
    // there is no such tag, so nothing is deleted, and nothing told
    let deleted = tags::delete(&telling, world.repository, "1", NO_HOST).await;
    assert!(!deleted.expect("asked"));
    assert_eq!(world.waiting(hook).await, [] as [Uuid; 0]);
    let update = repositories::Update {
        is_public: Some(true),
        ..repositories::Update::default()
    };
    let tell = |_: &_| vec![told(hook, "ada/app"), told(Uuid::now_v7(), "nobody")];
    let changed = repositories::update(&world.db, world.repository, update, tell).await;
    changed.expect("changed").expect("there");
    assert_eq!(world.waiting(hook).await.len(), 1);
}

#[tokio::test]
async fn what_waits_is_sent_in_order_and_not_by_two_at_once() {
    let world = world().await;
    let db = &world.db;
    let hook = world.hook(Place::Registry).await;
    let first = world.tell(hook, "1").await[0];
    let both = world.tell(hook, "2").await;
    assert_eq!(both[0], first);
    let heads = deliveries::heads(db).await.expect("read");
    assert_eq!(heads.len(), 1);
    assert_eq!((heads[0].webhook_id, heads[0].at(Uuid::nil())), (hook, NOW));

    let (one, other) = (Uuid::now_v7(), Uuid::now_v7());
    let claim = async |who, at| deliveries::claim(db, hook, who, at).await.expect("asked");
    assert!(claim(one, NOW).await);
    assert!(!claim(other, NOW).await);
    assert!(claim(one, NOW).await, "it goes on");
    let late = NOW + LEASE + Duration::SECOND;
    assert!(
        claim(other, late).await,
        "the first one was silent for too long"
    );
    assert!(!claim(one, late).await);
    deliveries::release(db, hook, one).await.expect("no harm");
    assert!(!claim(one, late).await, "it was not its own");
    deliveries::release(db, hook, other)
        .await
        .expect("given back");
    assert!(claim(one, late).await);

    let later = NOW + Duration::seconds(9);
    let failed = attempt(first, State::Waiting, Some(later));
    let health = deliveries::record(db, hook, one, &[failed], NOW).await;
    assert_eq!(health.expect("written").expect("there").failures, 1);
    let heads = deliveries::heads(db).await.expect("read");
    assert_eq!(heads[0].at(one), later, "the second one waits behind it");
    let leased = NOW + LEASE;
    assert_eq!(
        heads[0].at(other),
        leased,
        "and the other one for the lease"
    );
    deliveries::hurry(db, hook, NOW).await.expect("written");
    let heads = deliveries::heads(db).await.expect("read");
    assert_eq!(heads[0].at(one), NOW);
    let done = attempt(first, State::Delivered, None);
    let health = deliveries::record(db, hook, one, &[done], NOW).await;
    assert_eq!(health.expect("written").expect("there").failures, 0);
    assert_eq!(world.waiting(hook).await, both[1..]);
}

#[tokio::test]
async fn what_is_paused_waits_and_what_is_old_is_given_up() {
    let world = world().await;
    let db = &world.db;
    let hook = world.hook(Place::Registry).await;
    world.tell(hook, "1").await;
    assert!(
        pause(db, hook, "it answers nothing", NOW)
            .await
            .expect("paused")
    );
    assert!(!pause(db, hook, "again", NOW).await.expect("asked"), "once");
    assert!(deliveries::heads(db).await.expect("read").is_empty());
    let claimed = deliveries::claim(db, hook, Uuid::now_v7(), NOW).await;
    assert!(!claimed.expect("asked"));
    assert_eq!(world.waiting(hook).await.len(), 1, "it waits");

    // by when it was written, which is now and not when the event was made
    let past = OffsetDateTime::now_utc() - Duration::hours(1);
    let given_up = deliveries::give_up(db, Some(hook), "too old", past).await;
    assert_eq!(given_up.expect("asked"), 0);
    let ahead = OffsetDateTime::now_utc() + Duration::hours(1);
    let given_up = deliveries::give_up(db, None, "too old", ahead).await;
    assert_eq!(given_up.expect("given up"), 1);
    let rows = deliveries::log(db, hook, None, 10).await.expect("read");
    assert_eq!(State::of(rows[0].state), State::Dead);
    assert_eq!(rows[0].error.as_deref(), Some("too old"));
    let again = deliveries::again(db, &rows[0], NOW).await.expect("again");
    assert_eq!((again.event_id, again.by_hand), (rows[0].event_id, true));
    assert_eq!(world.waiting(hook).await, [again.id]);
    assert_eq!(
        deliveries::forget(db, NOW + Duration::DAY)
            .await
            .expect("asked"),
        1
    );
    assert_eq!(deliveries::count(db, hook).await.expect("counted"), 1);
}
