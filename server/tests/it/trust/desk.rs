//! The signing desk: where one's keys may sign, what waits for one's signature, and what a key signed.

use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    GUN, Owner, SITE,
    client::{self, Key, LATER, delegation, file},
    signed::naming,
    signers::{designate, register, signers},
};
use crate::util::TestApp;

const KEYS: &str = "/api/v0/signing/keys";
const WAITING: &str = "/api/v0/signing/waiting";
const EARLIER: &str = "2020-01-01T00:00:00Z";

async fn list(app: &TestApp, path: &str, who: &str) -> Vec<Value> {
    let answer = app.get(path).by(who).send().await.expect(200).json();
    answer.as_array().unwrap().clone()
}

/// The tags that wait for somebody, in the order of the list.
async fn waiting(app: &TestApp, who: &str) -> Vec<String> {
    let rows = list(app, WAITING, who).await;
    rows.iter().map(|row| text(row, "tag")).collect()
}

fn text(row: &Value, name: &str) -> String {
    row[name].as_str().unwrap_or_default().to_owned()
}

async fn push(app: &TestApp, tag: &str, content: &[u8]) -> oci::Digest {
    let token = app.token("alice", &["repository:alice/app:*"]).await;
    app.push_image(&token, "alice/app", tag, content).await
}

/// Roles are delegated to keys, in a collection in which nothing is signed.
async fn delegate(app: &TestApp, gun: &str, roles: &[(&str, &Key, &[&str])]) -> Owner {
    let owner = Owner::published(app, gun).await;
    let keys: Vec<&Key> = roles.iter().map(|(_, key, _)| *key).collect();
    let declared: Vec<_> = roles
        .iter()
        .map(|(role, key, paths)| delegation(role, &[*key], paths))
        .collect();
    let signed = client::delegating(2, &[], &keys, &declared);
    let parts = [("targets", file(&signed, &[&owner.targets]))];
    owner.publish(app, &parts).await.expect(200);
    owner
}

/// Signs tags in roles with a key.
async fn sign(
    app: &TestApp,
    key: &Key,
    version: i64,
    roles: &[&str],
    tags: &[(&str, &oci::Digest)],
) {
    let by_key = Owner {
        targets: key.clone(),
        ..Owner::new(app, GUN).await
    };
    let parts: Vec<_> = roles
        .iter()
        .map(|role| (*role, naming(&by_key, version, tags)))
        .collect();
    by_key.publish(app, &parts).await.expect(200);
}

const OWN: [&str; 2] = ["targets/alice", "targets/releases"];

#[tokio::test]
async fn a_tag_waits_until_it_is_signed_as_what_it_is() {
    let app = TestApp::new().await;
    let key = Key::ecdsa();
    let id = register(&app, "alice", &key, true).await;
    push(&app, "a", b"one").await;
    assert_eq!(
        waiting(&app, "alice").await,
        [""; 0],
        "nothing is delegated"
    );
    delegate(&app, GUN, &OWN.map(|role| (role, &key, &[""][..]))).await;
    let a = push(&app, "a", b"one").await;
    let b = push(&app, "b", b"two").await;
    push(&app, &format!("sha256-{}.sig", "0".repeat(64)), b"hangs").await;
    assert_eq!(waiting(&app, "alice").await, ["b", "a"], "the newest first");

    let rows = list(&app, WAITING, "alice").await;
    assert_eq!(rows[0]["gun"], GUN);
    assert_eq!(rows[0]["digest"], b.to_string());
    assert_eq!(rows[0]["author"], "alice");
    assert_eq!(rows[0]["releasedDigest"], Value::Null);
    assert!(rows[0]["size"].as_u64().unwrap() > 0);
    let roles = rows[0]["roles"].as_array().unwrap().iter();
    let roles: Vec<String> = roles.map(|role| text(role, "role")).collect();
    assert_eq!(roles, OWN);

    sign(&app, &key, 1, &OWN, &[("a", &a)]).await;
    assert_eq!(waiting(&app, "alice").await, ["b"]);
    push(&app, "a", b"three").await;
    let rows = list(&app, WAITING, "alice").await;
    assert_eq!(text(&rows[0], "tag"), "a", "it was moved");
    assert_eq!(rows[0]["releasedDigest"], a.to_string());

    designate(&app, "alice", &id, false).await;
    assert_eq!(waiting(&app, "alice").await, [""; 0], "she does not sign");
    designate(&app, "alice", &id, true).await;
    assert_eq!(waiting(&app, "alice").await, ["a", "b"]);
    let path = format!("/enzi/v0/accounts/alice/publicKeys/{id}");
    app.call("DELETE", &path)
        .by("alice")
        .send()
        .await
        .expect(204);
    assert_eq!(waiting(&app, "alice").await, [""; 0], "the key is revoked");
}

#[tokio::test]
async fn what_a_policy_asks_a_team_for_waits_also_where_no_trust_data_is() {
    let app = TestApp::company().await;
    let token = app.token("olga", &["repository:acme/site:*"]).await;
    app.push_image(&token, "acme/site", "a", b"one").await;
    let teams = "/enzi/v0/accounts/acme/teams";
    app.by_admin("POST", teams, json!({"name": "signers"}), 201)
        .await;
    let member = format!("{teams}/signers/members/olga");
    app.by_admin("PUT", &member, json!({}), 200).await;
    let asks = |mode: &str| json!({"mode": mode, "teams": ["acme/signers"], "exceptions": [{"pattern": "acme/site:x*"}]});
    for (path, mode, waits) in [
        ("/api/v0/repositories/acme/site/trustPolicy", "off", false),
        ("/api/v0/repositories/acme/site/trustPolicy", "warn", true),
        ("/api/v0/repositories/acme/site/trustPolicy", "off", false),
        ("/api/v0/accounts/acme/trustPolicy", "enforce", true),
        ("/api/v0/accounts/acme/trustPolicy", "off", false),
        ("/api/v0/trust/policy", "enforce", true),
    ] {
        app.by_admin("PUT", path, asks(mode), 200).await;
        let expected = if waits { vec!["a"] } else { Vec::new() };
        assert_eq!(waiting(&app, "olga").await, expected, "{path} {mode}");
    }
    let rows = list(&app, WAITING, "olga").await;
    assert_eq!(
        rows[0]["asked"],
        json!([{"level": "registry", "team": "acme/signers"}])
    );
    assert_eq!(
        (&rows[0]["roles"], &rows[0]["gun"]),
        (&json!([]), &json!("127.0.0.1:8443/acme/site"))
    );
    app.push_image(&token, "acme/site", "x1", b"excepted").await;
    app.push_image(&token, "acme/site", "b", b"two").await;
    assert_eq!(waiting(&app, "olga").await, ["b", "a"]);
    let page = app
        .get("/api/v0/signing/waiting?pageSize=1")
        .by("olga")
        .send()
        .await;
    let page = page.expect(200);
    let next = page.header("x-next-page-start").to_owned();
    let path = format!("{WAITING}?pageStart={next}");
    assert_eq!(list(&app, &path, "olga").await[0]["tag"], "a");
    app.by_admin("DELETE", &member, json!({}), 204).await;
    assert_eq!(waiting(&app, "olga").await, [""; 0], "she is in it no more");
}

#[tokio::test]
async fn who_may_not_push_has_nothing_to_sign_and_learns_no_name() {
    let app = TestApp::new().await;
    let key = Key::ecdsa();
    register(&app, "bob", &key, true).await;
    push(&app, "a", b"one").await;
    let token = app.token("alice", &["repository:alice/site:*"]).await;
    app.push_image(&token, "alice/site", "a", b"one").await;
    for gun in [GUN, SITE] {
        delegate(&app, gun, &[("targets/releases", &key, &[""])]).await;
    }
    assert_eq!(waiting(&app, "bob").await, [""; 0]);
    assert_eq!(waiting(&app, "alice").await, [""; 0], "it is not her key");
    let keys = list(&app, KEYS, "bob").await;
    let roles = keys[0]["roles"].as_array().unwrap();
    let guns: Vec<String> = roles.iter().map(|role| text(role, "gun")).collect();
    assert_eq!(guns, [SITE], "the other repository is private");
    assert_eq!(roles[0]["role"], "targets/releases");
    assert_eq!(roles[0]["keyID"], key.id());
    assert_eq!(keys[0]["key"]["notaryKeyID"], key.id());
    assert_eq!(list(&app, KEYS, "alice").await, [Value::Null; 0]);
}

#[tokio::test]
async fn nothing_waits_for_a_key_whose_certificate_has_ended_or_under_another_address() {
    use db::entities::public_key::{Column, Entity};
    use sea_orm::{EntityTrait as _, sea_query::Expr};
    let app = TestApp::new().await;
    let key = Key::ecdsa();
    register(&app, "alice", &key, true).await;
    push(&app, "a", b"one").await;
    delegate(&app, GUN, &OWN.map(|role| (role, &key, &[""][..]))).await;
    assert_eq!(waiting(&app, "alice").await, ["a"]);
    let moved = [("PLIMSOLL_EXTERNAL_URL", "https://registry.example.com")];
    let moved = app.restarted(&moved).await;
    assert_eq!(waiting(&moved, "alice").await, [""; 0]);
    let connection = app.connection().await;
    for (ends, tags) in [(LATER, &["a"][..]), (EARLIER, &[])] {
        let ends = OffsetDateTime::parse(ends, &Rfc3339).unwrap();
        let all = Entity::update_many().col_expr(Column::ExpiresAt, Expr::value(Some(ends)));
        all.exec(&connection).await.unwrap();
        assert_eq!(waiting(&app, "alice").await, tags, "{ends}");
    }
}

#[tokio::test]
async fn what_a_key_signed_where_one_does_not_see_it_is_not_told() {
    let app = TestApp::new().await;
    let key = Key::ecdsa();
    let id = register(&app, "bob", &key, true).await;
    for (gun, name) in [(GUN, "alice/app"), (SITE, "alice/site")] {
        let token = app.token("alice", &[&format!("repository:{name}:*")]).await;
        let image = app.push_image(&token, name, "a", name.as_bytes()).await;
        let roles = ["targets/bob", "targets/releases"];
        delegate(&app, gun, &roles.map(|role| (role, &key, &[""][..]))).await;
        let by_key = Owner {
            targets: key.clone(),
            ..Owner::new(&app, gun).await
        };
        let signed = naming(&by_key, 1, &[("a", &image)]);
        let parts = roles.map(|role| (role, signed.clone()));
        by_key.publish(&app, &parts).await.expect(200);
    }
    let path = format!("{KEYS}/{id}/signed");
    for (who, names) in [("bob", &["site"][..]), ("admin", &["app", "site"])] {
        let rows = list(&app, &path, who).await;
        let mut found: Vec<String> = rows.iter().map(|row| text(row, "repository")).collect();
        found.sort();
        assert_eq!(found, names, "{who}");
    }
}

#[tokio::test]
async fn a_key_signs_only_what_its_role_may_name() {
    let app = TestApp::new().await;
    let key = Key::ecdsa();
    register(&app, "alice", &key, true).await;
    for tag in ["v1", "test", "v2"] {
        push(&app, tag, tag.as_bytes()).await;
    }
    delegate(&app, GUN, &[("targets/alice", &key, &["v"])]).await;
    assert_eq!(waiting(&app, "alice").await, ["v2", "v1"]);
}

#[tokio::test]
async fn the_list_of_what_another_signed_as_a_whole_is_not_ones_own_signature() {
    let app = TestApp::new().await;
    let (alice, other) = (Key::ecdsa(), Key::ecdsa());
    register(&app, "alice", &alice, true).await;
    register(&app, "bob", &other, true).await;
    let a = push(&app, "a", b"one").await;
    let roles = [
        ("targets/bob", &other, &[""][..]),
        ("targets/releases", &alice, &[""][..]),
    ];
    delegate(&app, GUN, &roles).await;
    sign(&app, &alice, 1, &["targets/releases"], &[("a", &a)]).await;
    // As policies say: who signed that nobody can tell.
    assert_eq!(waiting(&app, "alice").await, ["a"]);
    assert_eq!(signers(&app).await, []);
    sign(&app, &other, 1, &["targets/bob"], &[("a", &a)]).await;
    assert_eq!(waiting(&app, "alice").await, ["a"]);
}

#[tokio::test]
async fn both_lists_go_on_behind_the_last_row() {
    let app = TestApp::new().await;
    let key = Key::ecdsa();
    let id = register(&app, "alice", &key, true).await;
    delegate(&app, GUN, &OWN.map(|role| (role, &key, &[""][..]))).await;
    let mut pushed = Vec::new();
    for tag in ["a", "b", "c"] {
        pushed.push((tag, push(&app, tag, tag.as_bytes()).await));
    }
    let walk = async |path: String| {
        let (mut found, mut start) = (Vec::new(), String::new());
        loop {
            let page = format!("{path}?pageSize=1&pageStart={start}");
            let answer = app.get(&page).by("alice").send().await.expect(200);
            let rows = answer.json();
            found.extend(rows.as_array().unwrap().iter().map(|row| text(row, "tag")));
            let Some(next) = answer.headers.get("x-next-page-start") else {
                return found;
            };
            start = next.to_str().unwrap().to_owned();
        }
    };
    assert_eq!(walk(WAITING.to_owned()).await, ["c", "b", "a"]);
    let tags: Vec<_> = pushed.iter().map(|(tag, image)| (*tag, image)).collect();
    sign(&app, &key, 1, &OWN, &tags).await;
    assert_eq!(walk(WAITING.to_owned()).await, [""; 0]);
    assert_eq!(walk(format!("{KEYS}/{id}/signed")).await, ["a", "b", "c"]);
    for path in [
        WAITING.to_owned(),
        format!("{KEYS}/{id}/signed"),
        KEYS.to_owned(),
    ] {
        let path = format!("{path}?pageStart=nonsense");
        app.get(&path).by("alice").send().await.expect(400);
    }
}

#[tokio::test]
async fn what_a_lost_key_signed_is_known_after_it_was_revoked() {
    let app = TestApp::new().await;
    let key = Key::ecdsa();
    let id = register(&app, "alice", &key, true).await;
    let a = push(&app, "a", b"one").await;
    delegate(&app, GUN, &OWN.map(|role| (role, &key, &[""][..]))).await;
    sign(&app, &key, 1, &OWN, &[("a", &a)]).await;
    push(&app, "a", b"two").await;
    let path = format!("/enzi/v0/accounts/alice/publicKeys/{id}");
    app.call("DELETE", &path)
        .by("alice")
        .send()
        .await
        .expect(204);
    let path = format!("{KEYS}/{id}/signed");
    for who in ["alice", "admin"] {
        let rows = list(&app, &path, who).await;
        assert_eq!(rows.len(), 1, "{who}: {rows:?}");
        assert_eq!(text(&rows[0], "tag"), "a");
        assert_eq!(rows[0]["digest"], a.to_string());
        assert_eq!(rows[0]["by"], "notary");
        assert_eq!(rows[0]["isCurrent"], false);
    }
    app.get(&path).by("bob").send().await.expect(404);
    let keys = list(&app, &format!("{KEYS}?filter=revoked"), "alice").await;
    assert_eq!(keys[0]["key"]["id"], id);
    assert_eq!(
        keys[0]["roles"].as_array().unwrap().len(),
        2,
        "docker believes it still"
    );
    assert_eq!(list(&app, KEYS, "alice").await, [Value::Null; 0]);
}

/// Each tag that waits for somebody, with the teams that policies ask for.
async fn asked(app: &TestApp, who: &str) -> Vec<String> {
    let rows = list(app, WAITING, who).await;
    let said = rows.iter().map(|row| {
        let asked = row["asked"].as_array().unwrap().iter();
        let asked = asked.map(|of| format!(" {} {}", text(of, "level"), text(of, "team")));
        text(row, "tag") + &asked.collect::<String>()
    });
    said.collect()
}

#[tokio::test]
async fn a_tag_says_which_of_ones_teams_policies_wait_for() {
    let app = TestApp::company().await;
    let (key, robs) = (Key::ecdsa(), Key::ecdsa());
    register(&app, "alice", &key, true).await;
    register(&app, "rob", &robs, true).await;
    let a = push(&app, "a", b"one").await;
    push(&app, "b", b"two").await;
    let roles = [
        ("targets/alice", &key, &[""][..]),
        ("targets/rob", &robs, &[""][..]),
        ("targets/releases", &robs, &[""][..]),
    ];
    delegate(&app, GUN, &roles).await;
    let of_repository = "/api/v0/repositories/alice/app/trustPolicy";
    let teams = json!(["acme/readers", "acme/writers"]);
    let mut policy =
        json!({"mode": "enforce", "teams": teams, "exceptions": [{"pattern": "alice/app:b"}]});
    app.by_admin("PUT", of_repository, policy.clone(), 200)
        .await;
    assert_eq!(asked(&app, "alice").await, ["b", "a"], "she is in none");
    let member = "/enzi/v0/accounts/acme/teams/readers/members/alice";
    app.by_admin("PUT", member, json!({}), 200).await;
    let of_one = ["b", "a repository acme/readers"];
    assert_eq!(asked(&app, "alice").await, of_one, "b is excepted");
    let of_registry = json!({"mode": "warn", "teams": ["acme/readers"]});
    app.by_admin("PUT", "/api/v0/trust/policy", of_registry, 200)
        .await;
    let of_both = [
        "b registry acme/readers",
        "a registry acme/readers repository acme/readers",
    ];
    assert_eq!(asked(&app, "alice").await, of_both);
    // somebody else of the team signs
    let of_rob = ["targets/rob", "targets/releases"];
    sign(&app, &robs, 1, &of_rob, &[("a", &a)]).await;
    let of_other = ["b registry acme/readers", "a"];
    assert_eq!(asked(&app, "alice").await, of_other);
    // and counts no more when they are out of it, or the tag is moved
    let robs_place = "/enzi/v0/accounts/acme/teams/readers/members/rob";
    let out = app.call("DELETE", robs_place).by("admin").send().await;
    assert!(out.status.is_success());
    assert_eq!(asked(&app, "alice").await, of_both);
    app.by_admin("PUT", robs_place, json!({}), 200).await;
    assert_eq!(asked(&app, "alice").await, of_other);
    push(&app, "a", b"three").await;
    let moved: Vec<&str> = of_both.into_iter().rev().collect();
    assert_eq!(asked(&app, "alice").await, moved);
    policy["mode"] = json!("off");
    app.by_admin("PUT", of_repository, policy, 200).await;
    let moved = ["a registry acme/readers", "b registry acme/readers"];
    assert_eq!(asked(&app, "alice").await, moved);
}
