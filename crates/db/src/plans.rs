//! Every list and look-up of the hot paths goes through an index: proved by the database's own plan, on the real schema.
//! And every column of every entity is there.

use oci::digest::{Algorithm, Digest};
use sea_orm::{ConnectionTrait, DatabaseBackend, EntityTrait, QueryTrait, Statement};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    Db, Options, accounts, api_tokens, blob_links, entities, events, identities,
    identity_providers, manifests, organizations, public_keys,
    repositories::{self, Filter, Viewer},
    sessions, tags, teams, workload_trusts,
};

async fn fresh() -> (tempfile::TempDir, Db) {
    let dir = tempfile::tempdir().expect("a directory");
    let db = Db::open(&Options::Sqlite(dir.path().join("test.db")))
        .await
        .expect("a database");
    (dir, db)
}

async fn plan(db: &Db, query: impl QueryTrait) -> String {
    let statement = query.build(DatabaseBackend::Sqlite);
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

#[tokio::test]
async fn lists_are_read_from_an_index_in_order() {
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
    let plans = [
        plan(&db, repositories::page(&all, Some(("alice", "app")), 10)).await,
        plan(&db, repositories::page(&one, Some(("alice", "app")), 10)).await,
        plan(&db, tags::page(repository, None, Some("v1"), 10)).await,
        plan(
            &db,
            manifests::referring(repository, &digest, Some("a/b"), Some(&digest), 10),
        )
        .await,
    ];
    let org = repository;
    let known = identities::Known {
        provider: org,
        issuer: "https://a".to_owned(),
        subject: "1".to_owned(),
        username: String::new(),
    };
    let by_name = |by_full_name, descending| {
        let order = accounts::Order {
            by_full_name,
            descending,
        };
        let start = accounts::Start {
            full_name: "A",
            name: "a",
        };
        accounts::select(accounts::Kind::Users, None, order, Some(start), 10)
    };
    let people = [
        plan(&db, by_name(false, false)).await,
        plan(&db, by_name(false, true)).await,
        plan(&db, by_name(true, false)).await,
        plan(&db, by_name(true, true)).await,
        plan(&db, identity_providers::page(Some("a"), 10)).await,
        plan(&db, identities::page(org)).await,
        plan(&db, workload_trusts::page(org, Some("a"), 10)).await,
        plan(&db, identities::by_subject(&known)).await,
        plan(&db, teams::page(org, None, None, Some("a"), 10)).await,
        plan(
            &db,
            organizations::page(org, organizations::Kind::All, None, Some("a"), 10),
        )
        .await,
        plan(&db, teams::members_page(org, None, Some("a"), 10)).await,
        plan(&db, teams::page_of_account(org, Some(org), 10)).await,
        plan(&db, api_tokens::page(Some(org), Some(org), 10)).await,
        plan(&db, events::page(&events::Filter::default(), Some(org), 10)).await,
        plan(&db, events::page(&by(Some(org), None, None), Some(org), 10)).await,
        plan(&db, events::page(&by(None, Some("FAIL"), None), None, 10)).await,
        plan(&db, events::page(&by(None, None, Some("team")), None, 10)).await,
        plan(
            &db,
            public_keys::page(org, public_keys::State::Active, Some(org), 10),
        )
        .await,
        plan(
            &db,
            sessions::page(org, OffsetDateTime::UNIX_EPOCH, Some(org), 10),
        )
        .await,
    ];
    let blobs = blob_links::after_digest(Some(&digest), 10);
    let plans = plans.into_iter().chain(people);
    for plan in plans.chain([plan(&db, blobs).await]) {
        let is_in_order = plan.starts_with("SEARCH") || plan.starts_with("SCAN events USING INDEX");
        assert!(is_in_order, "not from an index: {plan}");
        assert!(
            !plan.contains("TEMP B-TREE"),
            "sorted after reading: {plan}"
        );
    }
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
        api_token,
        api_token_scope,
        api_token_secret,
        blob_content,
        blob_link,
        directory_person,
        event,
        group_membership,
        group_rule,
        identity,
        identity_provider,
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
        second_factor,
        secret,
        session,
        setting,
        tag,
        team,
        team_member,
        token_key,
        workload_grant,
        workload_trust
    );
}
