//! Every list and look-up of the hot paths goes through an index: proved by the database's own plan, on the real schema.
//! And every column of every entity is there.

use oci::digest::{Algorithm, Digest};
use sea_orm::{ConnectionTrait, DatabaseBackend, EntityTrait, QueryTrait, Statement};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    Db, Options, accounts, advisories, api_tokens, blob_links, entities, events, grants,
    identities, identity_providers, manifests, organizations, public_keys,
    repositories::{self, Filter, Viewer},
    scans::{
        base, candidates,
        changed::{Changed, Way},
        known,
        sought::{self, Sought},
    },
    sessions,
    signatures::At,
    tags, teams,
    trust::{self, by_key, desk, role_keys},
    webhooks::deliveries,
    workload_trusts,
};

async fn fresh() -> (tempfile::TempDir, Db) {
    let dir = tempfile::tempdir().expect("a directory");
    let db = Db::open(&Options::Sqlite(dir.path().join("test.db")))
        .await
        .expect("a database");
    (dir, db)
}

async fn plan(db: &Db, query: impl QueryTrait) -> String {
    plan_of(db, query.build(DatabaseBackend::Sqlite)).await
}

async fn plan_of(db: &Db, statement: Statement) -> String {
    let explain = Statement {
        sql: format!("EXPLAIN QUERY PLAN {}", statement.sql),
        ..statement
    };
    let rows = db.read.query_all_raw(explain).await.expect("a plan");
    let steps: Vec<String> = rows
        .iter()
        .map(|row| row.try_get("", "detail").expect("a step"))
        .collect();
    steps.join("\n")
}

fn by(actor: Option<Uuid>, kind: Option<&str>, object_type: Option<&str>) -> events::Filter {
    events::Filter {
        actor,
        kind: kind.map(str::to_owned),
        object_type: object_type.map(str::to_owned),
        ..events::Filter::default()
    }
}

/// The plan of a query, which has to read from an index, in its order.
async fn in_order(db: &Db, query: impl QueryTrait) {
    let plan = plan(db, query).await;
    let is_in_order = plan.starts_with("SEARCH") || plan.starts_with("SCAN events USING INDEX");
    assert!(is_in_order, "not from an index: {plan}");
    assert!(
        !plan.contains("TEMP B-TREE"),
        "sorted after reading: {plan}"
    );
}

/// What is looked for in the lists.
const TEXT: Option<&str> = Some("a");

#[tokio::test]
async fn lists_of_repositories_and_their_content_are_read_from_an_index_in_order() {
    let (_dir, db) = fresh().await;
    let repository = Uuid::now_v7();
    let digest = Digest::of(Algorithm::Sha256, b"").to_string();
    let all = Filter {
        viewer: Viewer::Account(repository),
        namespace: None,
        contains: None,
    };
    let one = Filter {
        namespace: Some("alice"),
        ..all.clone()
    };
    let sbom = manifests::Referring {
        artifact_type: Some("a/b"),
        contains: TEXT,
    };
    let after = Some(("alice", "app"));
    in_order(&db, repositories::page(&all, after, 10)).await;
    in_order(&db, repositories::page(&one, after, 10)).await;
    in_order(&db, tags::page(repository, TEXT, Some("v1"), 10)).await;
    let about = manifests::referring(repository, &digest, sbom, Some(&digest), 10);
    in_order(&db, about).await;
    in_order(&db, blob_links::after_digest(Some(&digest), 10)).await;
}

#[tokio::test]
async fn lists_of_people_are_read_from_an_index_in_order() {
    let (_dir, db) = fresh().await;
    for (by_full_name, descending) in [(false, false), (false, true), (true, false), (true, true)] {
        let order = accounts::Order {
            by_full_name,
            descending,
        };
        let start = accounts::Start {
            full_name: "A",
            name: "a",
        };
        let page = accounts::select(accounts::Kind::Users, None, order, Some(start), 10);
        in_order(&db, page).await;
    }
    let org = Uuid::now_v7();
    let part = grants::Part {
        contains: TEXT,
        after: Some("a"),
        limit: 10,
    };
    let members = organizations::page(org, organizations::Kind::All, TEXT, Some("a"), 10);
    in_order(&db, members).await;
    in_order(&db, organizations::member_counts(&[org, Uuid::now_v7()])).await;
    in_order(&db, organizations::team_counts(&[org, Uuid::now_v7()])).await;
    in_order(&db, teams::page(org, None, TEXT, Some("a"), 10)).await;
    in_order(&db, teams::members_page(org, TEXT, Some("a"), 10)).await;
    in_order(&db, teams::page_of_account(org, TEXT, Some(org), 10)).await;
    in_order(&db, grants::repository_page(org, part)).await;
    in_order(&db, grants::namespace_page(org, part)).await;
    in_order(&db, grants::team_page(org, part)).await;
}

#[tokio::test]
async fn lists_of_ways_in_are_read_from_an_index_in_order() {
    let (_dir, db) = fresh().await;
    let account = Uuid::now_v7();
    let known = identities::Known {
        provider: account,
        issuer: "https://a".to_owned(),
        subject: "1".to_owned(),
        username: String::new(),
    };
    let start = Some(account);
    in_order(&db, identity_providers::page(TEXT, Some("a"), 10)).await;
    in_order(&db, identities::page(account)).await;
    in_order(&db, identities::by_subject(&known)).await;
    in_order(&db, workload_trusts::page(account, TEXT, Some("a"), 10)).await;
    in_order(&db, api_tokens::page(Some(account), TEXT, start, 10)).await;
    let keys = public_keys::page(account, public_keys::State::Active, TEXT, start, 10);
    in_order(&db, keys).await;
    let sessions = sessions::page(account, OffsetDateTime::UNIX_EPOCH, TEXT, start, 10);
    in_order(&db, sessions).await;
}

#[tokio::test]
async fn what_happened_to_a_digest_is_found_by_an_index() {
    use crate::custody::{self, End, Which};

    let (_dir, db) = fresh().await;
    let repositories = [Uuid::now_v7(), Uuid::now_v7()];
    let digest = Digest::of(Algorithm::Sha256, b"").to_string();
    let digests = [digest.clone()];
    in_order(
        &db,
        custody::of(&repositories[..1], &digests, Which::Uses, (End::Newest, 10)),
    )
    .await;
    in_order(&db, custody::promotions_of(&digest, 10)).await;
    for which in [Which::Deeds, Which::Uses] {
        let plan = plan(
            &db,
            custody::of(&repositories, &digests, which, (End::Oldest, 10)),
        )
        .await;
        let index = "USING INDEX events_repository_id_digest_kind_id_idx (repository_id=? AND digest=? AND kind=?)";
        assert!(plan.contains(index), "{plan}");
    }
}

#[tokio::test]
async fn events_are_read_from_an_index_in_order() {
    let (_dir, db) = fresh().await;
    let account = Some(Uuid::now_v7());
    let named = events::Filter {
        contains: TEXT.map(str::to_owned),
        ..events::Filter::default()
    };
    in_order(&db, events::page(&events::Filter::default(), account, 10)).await;
    in_order(&db, events::page(&named, account, 10)).await;
    in_order(&db, events::page(&by(account, None, None), account, 10)).await;
    in_order(&db, events::page(&by(None, Some("FAIL"), None), None, 10)).await;
    in_order(&db, events::page(&by(None, None, Some("team")), None, 10)).await;
    for (kind, of, index) in [
        (Some("FAIL"), None, "events_kind_id_idx"),
        (None, Some("team"), "events_object_type_id_idx"),
    ] {
        let plan = plan(&db, events::page(&by(None, kind, of), None, 10)).await;
        assert!(plan.contains(index), "{plan}");
    }
}

#[tokio::test]
async fn what_webhooks_have_to_tell_is_read_from_an_index_in_order() {
    let (_dir, db) = fresh().await;
    let (hook, id) = (Uuid::now_v7(), Uuid::now_v7());
    in_order(&db, deliveries::in_line(hook, 10)).await;
    in_order(&db, deliveries::logged(hook, Some(id), 10)).await;
    let of_repository = events::Filter {
        repository: Some(id),
        ..events::Filter::default()
    };
    in_order(&db, events::page(&of_repository, None, 10)).await;
}

#[tokio::test]
async fn the_schema_has_every_column_of_every_entity() {
    let (_dir, db) = fresh().await;
    macro_rules! readable {
        ($($entity:ident),*) => {$(
            let found = entities::$entity::Entity::find().one(&db.read).await;
            assert!(found.is_ok(), "{}: {found:?}", stringify!($entity));
        )*};
    }
    readable!(
        account,
        advisory,
        advisory_generation,
        advisory_name,
        advisory_package,
        api_token,
        api_token_scope,
        api_token_secret,
        blob_content,
        blob_link,
        chain_component,
        component,
        component_licence,
        directory_person,
        event,
        event_checkpoint,
        exploitation,
        exploited,
        finding,
        finding_override,
        group_membership,
        group_rule,
        identity,
        identity_provider,
        image_chain,
        image_chain_link,
        image_change,
        image_exception,
        image_scan,
        image_sum,
        known_file,
        known_package,
        layer_file,
        layer_report,
        manifest,
        manifest_blob,
        manifest_child,
        member_sync,
        namespace_grant,
        org_member,
        public_key,
        recovery_code,
        refresh_token,
        repository,
        repository_grant,
        retired_key,
        second_factor,
        secret,
        security_day,
        session,
        setting,
        tag,
        team,
        team_member,
        token_key,
        trust_change,
        trust_collection,
        trust_file,
        trust_key,
        trust_policy,
        trust_role,
        trust_role_key,
        trust_target,
        webhook,
        webhook_delivery,
        workload_grant,
        workload_trust
    );
}

#[tokio::test]
async fn trust_data_is_read_from_indexes() {
    let (_dir, db) = fresh().await;
    let (id, gun) = (Uuid::now_v7(), "localhost/a/b");
    let now = OffsetDateTime::now_utc();
    for from in [None, Some(7)] {
        for backwards in [false, true] {
            for of in [None, Some((id, gun.to_owned()))] {
                let limit = 9;
                let part = trust::changes::Part {
                    of,
                    from,
                    backwards,
                    limit,
                };
                let plan = plan(&db, trust::changes::query(&part)).await;
                assert!(!plan.contains("TEMP B-TREE"), "{part:?}: {plan}");
                let walks = plan.starts_with("SCAN") && (part.of.is_some() || from.is_some());
                assert!(!walks, "{part:?}: {plan}");
            }
        }
    }
    in_order(&db, trust::due_query(now, 9)).await;
    for plan in [
        plan(&db, trust::named(id, gun)).await,
        plan(&db, trust::hashed(id, "root", "h")).await,
    ] {
        assert!(plan.starts_with("SEARCH"), "not from an index: {plan}");
    }
}

#[tokio::test]
async fn what_waits_for_a_signature_and_what_a_key_signed_are_read_from_indexes() {
    let (_dir, db) = fresh().await;
    let (backend, id) = (DatabaseBackend::Sqlite, Uuid::now_v7());
    let now = OffsetDateTime::now_utc();
    let moment = desk::Moment {
        at: At {
            now,
            are_certificates_good: true,
        },
        are_notarys_good: false,
    };
    let key = by_key::Key { id, notary_id: "k" };
    let after = desk::After {
        updated_at: now,
        tag: "v1".to_owned(),
        place: id,
    };
    let behind = Some((id, "localhost/a/b", "v1", "sha256:1"));
    let of_key: [sea_orm::Value; 3] = ["k".into(), id.into(), 9.into()];
    let repositories = Statement::from_sql_and_values(backend, by_key::REPOSITORIES, of_key);
    let mut plans = vec![
        plan(&db, role_keys::held_query(&["k", "l"], &Viewer::Admin, 9)).await,
        plan_of(&db, repositories).await,
    ];
    for after in [None, Some(&after)] {
        let query = desk::waiting_query(backend, id, &[id], after, 9, moment);
        plans.push(plan_of(&db, query).await);
        let query = desk::unsigned_query(backend, id, &[id], after, 9, moment);
        plans.push(plan_of(&db, query).await);
    }
    let query = desk::signed_for_query(backend, &[id], &["v1"], &[id], moment);
    plans.push(plan_of(&db, query).await);
    for after in [None, behind] {
        let query = by_key::signed_query(backend, key, &[id], after, 9);
        plans.push(plan_of(&db, query).await);
    }
    for plan in plans {
        let walks = |step: &&str| step.starts_with("SCAN") && !step.ends_with("signed");
        let walks: Vec<&str> = plan.lines().filter(walks).collect();
        assert!(walks.is_empty(), "not from an index: {plan}");
    }
}

#[tokio::test]
async fn where_things_are_is_read_from_indexes() {
    let (_dir, db) = fresh().await;
    let text = "CVE-2026-0001";
    let layer = Digest::of(Algorithm::Sha256, b"").to_string();
    let mut plans = vec![
        plan(&db, sought::called(text)).await,
        plan(&db, sought::named(&[text.to_owned()])).await,
        plan(&db, sought::holding(text)).await,
        plan(&db, base::chains(text)).await,
        plan(&db, manifests::listing(Uuid::now_v7(), text, 9)).await,
        plan(&db, base::ending_with(&[1, 2])).await,
        plan(&db, known::of_files(&[text.to_owned()])).await,
        plan(&db, known::in_scan(1, &[text.to_owned()])).await,
    ];
    in_order(&db, candidates::newest(9, 10)).await;
    plans.push(plan(&db, candidates::within(vec![Uuid::now_v7()])).await);
    let names = [text.to_owned(), "CVE-2026-0002".to_owned()];
    for query in [
        advisories::known(&["CVE-2026-0001", "CVE-2026-0002"]),
        advisories::lines(&names),
        advisories::numbered(1, &[1, 2]),
    ] {
        let plan = plan(&db, query).await;
        assert!(
            !plan.contains("since") && !plan.contains("until"),
            "by what all have in common: {plan}"
        );
        plans.push(plan);
    }
    let changed = Changed {
        generation: 1,
        way: Way::Worse,
    };
    plans.push(plan(&db, changed.images(9, 5)).await);
    for what in [
        Sought::Flaws(vec![text.to_owned()]),
        Sought::Licence(text.to_owned()),
        Sought::Components(vec![1, 2]),
        Sought::Layers(vec![layer]),
    ] {
        plans.push(plan(&db, what.holders()).await);
        plans.push(plan(&db, what.among(&[1, 2])).await);
        if let Some(present) = what.present(&[1, 2]) {
            plans.push(plan(&db, present).await);
        }
        if let Some(besides) = what.besides() {
            plans.push(plan(&db, besides).await);
        }
    }
    for plan in plans {
        for step in plan.lines() {
            assert!(!step.starts_with("SCAN"), "not from an index: {plan}");
        }
    }
}
