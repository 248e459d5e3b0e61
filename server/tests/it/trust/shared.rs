//! Roles that several people sign as a whole say nothing of who meant a tag, whatever becomes of the roles beside them.

use oci::Digest;
use serde_json::Value;

use super::{
    GUN, Owner,
    client::{self, Key, delegation, file},
    signed::naming,
    signers::{by, register, signers},
};
use crate::util::TestApp;

/// bob's key, and the collection in which whoever has the key of the targets released the tag `a`, and bob `b`; each in a role of
/// their own as well, and bob signed `targets/releases` last. `a` is what nobody else would sign.
struct Shared {
    app: TestApp,
    owner: Owner,
    bob: Owner,
    a: Digest,
    b: Digest,
}

impl Shared {
    async fn new() -> Self {
        let app = TestApp::new().await;
        let token = app.token("alice", &["repository:alice/app:*"]).await;
        let a = app.push_image(&token, "alice/app", "a", b"evil").await;
        let b = app.push_image(&token, "alice/app", "b", b"good").await;
        let owner = Owner::published(&app, GUN).await;
        let bob = Owner {
            targets: Key::ecdsa(),
            ..Owner::new(&app, GUN).await
        };
        register(&app, "bob", &bob.targets, true).await;
        Self {
            app,
            owner,
            bob,
            a,
            b,
        }
    }

    /// `targets`, which delegates to these roles, each of bob's key and the owner's.
    fn delegating(&self, version: i64, roles: &[&str]) -> Vec<u8> {
        let keys = [&self.bob.targets, &self.owner.targets];
        let roles: Vec<Value> = roles
            .iter()
            .map(|role| delegation(role, &keys, &[""]))
            .collect();
        let signed = client::delegating(version, &[], &keys, &roles);
        file(&signed, &[&self.owner.targets])
    }

    async fn publish(&self, parts: &[(&str, Vec<u8>)]) {
        self.owner.publish(&self.app, parts).await.expect(200);
    }
}

#[tokio::test]
async fn who_declares_roles_does_not_turn_signatures_into_others() {
    let shared = Shared::new().await;
    let (a, b) = (("a", &shared.a), ("b", &shared.b));
    let all = shared.delegating(2, &["targets/bob", "targets/releases"]);
    shared
        .publish(&[
            ("targets", all),
            ("targets/releases", naming(&shared.owner, 1, &[a])),
        ])
        .await;
    // As docker does: bob's key signs all of `targets/releases` again.
    shared
        .publish(&[
            ("targets/bob", naming(&shared.bob, 1, &[b])),
            ("targets/releases", naming(&shared.bob, 2, &[a, b])),
        ])
        .await;
    assert_eq!(signers(&shared.app).await, []);
    let without = shared.delegating(3, &["targets/releases"]);
    shared.publish(&[("targets", without)]).await;
    assert_eq!(signers(&shared.app).await, [], "bob's own role is gone");
}

#[tokio::test]
async fn a_role_that_expires_does_not_turn_signatures_into_others() {
    let shared = Shared::new().await;
    let (a, b) = (("a", &shared.a), ("b", &shared.b));
    let all = shared.delegating(2, &["targets/bob", "targets/releases"]);
    let own = naming(&shared.bob, 1, &[b]);
    let mut own: Value = serde_json::from_slice(&own).unwrap();
    // Good at the time that the request says, and not any more when it is asked.
    own["signed"]["expires"] = "2026-11-27T12:00:01Z".into();
    shared
        .publish(&[
            ("targets", all),
            ("targets/bob", file(&own["signed"], &[&shared.bob.targets])),
            ("targets/releases", naming(&shared.bob, 1, &[a, b])),
        ])
        .await;
    assert_eq!(signers(&shared.app).await, []);
}

#[tokio::test]
async fn the_key_of_the_targets_says_who_signed_where_nothing_is_delegated() {
    let shared = Shared::new().await;
    let app = &shared.app;
    register(app, "alice", &shared.owner.targets, true).await;
    let a = ("a", &shared.a);
    let alone = naming(&shared.owner, 2, &[a]);
    shared.publish(&[("targets", alone.clone())]).await;
    assert_eq!(signers(app).await, [by("targets", "alice")]);
    // A role that is declared, and of which nobody has published a file.
    let keys = [&shared.bob.targets];
    let roles = [delegation("targets/bob", &keys, &[""])];
    let mut signed: Value = serde_json::from_slice(&alone).unwrap();
    let mut signed = signed["signed"].take();
    signed["version"] = 3.into();
    signed["delegations"] = client::delegating(3, &[], &keys, &roles)["delegations"].take();
    let declared = file(&signed, &[&shared.owner.targets]);
    shared.publish(&[("targets", declared)]).await;
    assert_eq!(signers(app).await, []);
    let again = naming(&shared.owner, 4, &[a]);
    shared.publish(&[("targets", again)]).await;
    assert_eq!(signers(app).await, [by("targets", "alice")]);
}
