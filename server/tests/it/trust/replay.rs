//! What somebody signed in one place is not brought to another: neither to another repository, nor to another role, nor after it was
//! withdrawn, whatever is changed around what they signed.

use oci::Digest;
use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};

use super::{
    GUN, Owner, SITE,
    client::{self, Key, NOW, delegation, file},
    said,
    signed::naming,
    signers::{by, register, signers},
    tuf,
};
use crate::util::TestApp;

/// bob, whose key is that of the targets of `alice/site`, where he signed the tag `a`; `alice/app` has an image of that tag, and the
/// same digest.
struct World {
    app: TestApp,
    bob: Key,
    site: Owner,
    a: Digest,
    /// What he signed.
    signed: Vec<u8>,
}

fn refused(role: &str) -> String {
    format!(
        "400 INVALID_UPDATE ErrBadTargets: the file of {role} was signed for another collection or role; let it be signed anew for this one"
    )
}

impl World {
    async fn new() -> Self {
        let app = TestApp::new().await;
        let token = app.token("alice", &["repository:alice/app:*"]).await;
        let a = app.push_image(&token, "alice/app", "a", b"one").await;
        let bob = Key::ecdsa();
        register(&app, "bob", &bob, true).await;
        let site = owned(&app, SITE, &bob).await;
        let signed = naming(&site, 1, &[("a", &a)]);
        let parts = [("root", site.root_file(1)), ("targets", signed.clone())];
        site.publish(&app, &parts).await.expect(200);
        Self {
            app,
            bob,
            site,
            a,
            signed,
        }
    }

    /// `alice/app`, whose owner names bob's key and has not bob's signature.
    async fn prod(&self) -> Owner {
        Owner::published(&self.app, GUN).await
    }

    /// `targets`, which says of `a` what bob said of it, and delegates to these roles, of these keys.
    fn delegating(&self, owner: &Owner, version: i64, roles: &[(&str, &[&Key])]) -> Vec<u8> {
        let keys: Vec<&Key> = roles.iter().flat_map(|(_, keys)| *keys).copied().collect();
        let roles: Vec<Value> = roles
            .iter()
            .map(|(role, keys)| delegation(role, keys, &[""]))
            .collect();
        let named = naming(owner, version, &[("a", &self.a)]);
        let mut named: Value = serde_json::from_slice(&named).unwrap();
        let mut signed = client::delegating(version, &[], &keys, &roles);
        signed["targets"] = named["signed"]["targets"].take();
        file(&signed, &[&owner.targets])
    }

    async fn sql(&self, statement: &str) {
        let connection = self.app.connection().await;
        connection.execute_unprepared(statement).await.unwrap();
    }
}

/// A collection whose targets have that key.
async fn owned(app: &TestApp, gun: &str, targets: &Key) -> Owner {
    Owner {
        targets: targets.clone(),
        ..Owner::new(app, gun).await
    }
}

#[tokio::test]
async fn what_was_signed_for_another_repository_is_refused() {
    let world = World::new().await;
    let app = &world.app;
    // A root of their own, with bob's public key.
    let prod = owned(app, GUN, &world.bob).await;
    let mut around: Value = serde_json::from_slice(&world.signed).unwrap();
    let signature = around["signatures"][0].clone();
    around["signatures"] = json!([Key::ecdsa().sign(b"else"), signature]);
    let around = serde_json::to_vec_pretty(&around).unwrap();
    for replay in [&world.signed, &around] {
        let parts = [("root", prod.root_file(1)), ("targets", replay.clone())];
        let answer = prod.publish(app, &parts).await;
        assert_eq!(said(&answer), refused("targets"));
    }
    assert_eq!(signers(app).await, []);
    // Or a delegation to it, under a certificate of somebody else's making.
    let prod = world.prod().await;
    let certified = world.bob.certified("bob");
    let roles: [(&str, &[&Key]); 1] = [("targets/x", &[&world.bob, &certified])];
    let mut under: Value = serde_json::from_slice(&world.signed).unwrap();
    under["signatures"][0]["keyid"] = certified.id().into();
    for replay in [world.signed.clone(), serde_json::to_vec(&under).unwrap()] {
        let targets = world.delegating(&prod, 2, &roles);
        let parts = [("targets", targets), ("targets/x", replay)];
        assert_eq!(prod.refused(app, &parts).await, refused("targets/x"));
    }
    // What bob signs for this one, is taken.
    let own = naming(&owned(app, GUN, &world.bob).await, 3, &[("a", &world.a)]);
    let parts = [
        ("targets", world.delegating(&prod, 2, &roles)),
        ("targets/x", own),
    ];
    prod.publish(app, &parts).await.expect(200);
    assert!(signers(app).await.contains(&by("targets/x", "bob")));
}

#[tokio::test]
async fn a_signature_that_comes_to_count_later_does_not() {
    let world = World::new().await;
    let app = &world.app;
    let prod = world.prod().await;
    // Mallory signs what bob signed, and leaves his signature on it: so far it is nobody's who may sign.
    let mallory = Key::ecdsa();
    let mut both: Value = serde_json::from_slice(&world.signed).unwrap();
    let by_bob = both["signatures"][0].clone();
    let by_mallory = mallory.sign(&client::message(&both["signed"]));
    both["signatures"] = json!([by_mallory, by_bob]);
    let roles: [(&str, &[&Key]); 1] = [("targets/x", &[&mallory])];
    let parts = [
        ("targets", world.delegating(&prod, 2, &roles)),
        ("targets/x", serde_json::to_vec(&both).unwrap()),
    ];
    prod.publish(app, &parts).await.expect(200);
    let roles: [(&str, &[&Key]); 1] = [("targets/x", &[&mallory, &world.bob])];
    let parts = [("targets", world.delegating(&prod, 3, &roles))];
    prod.publish(app, &parts).await.expect(200);
    assert_eq!(signers(app).await, [by("targets/x", "nobody")]);
}

#[tokio::test]
async fn what_was_withdrawn_does_not_come_back_as_another_role() {
    let world = World::new().await;
    let app = &world.app;
    let prod = world.prod().await;
    let bob = owned(app, GUN, &world.bob).await;
    let (old, new) = (
        naming(&bob, 1, &[("a", &world.a), ("b", &world.a)]),
        naming(&bob, 2, &[]),
    );
    let own: (&str, &[&Key]) = ("targets/bob", &[&world.bob]);
    let parts = [
        ("targets", world.delegating(&prod, 2, &[own])),
        ("targets/bob", old.clone()),
    ];
    prod.publish(app, &parts).await.expect(200);
    assert_eq!(signers(app).await, [by("targets/bob", "bob")]);
    let parts = [("targets/bob", new)];
    prod.publish(app, &parts).await.expect(200);
    assert_eq!(signers(app).await, []);
    let other: (&str, &[&Key]) = ("targets/x", &[&world.bob]);
    let targets = world.delegating(&prod, 3, &[own, other]);
    let parts = [("targets", targets), ("targets/x", old)];
    assert_eq!(prod.refused(app, &parts).await, refused("targets/x"));
}

#[tokio::test]
async fn a_collection_that_was_deleted_is_published_again_and_nowhere_else() {
    let world = World::new().await;
    let app = &world.app;
    let delete = app.call("DELETE", &tuf(SITE, "")).by("alice");
    delete.send().await.expect(200);
    let prod = owned(app, GUN, &world.bob).await;
    let parts = [
        ("root", prod.root_file(1)),
        ("targets", world.signed.clone()),
    ];
    assert_eq!(said(&prod.publish(app, &parts).await), refused("targets"));
    // The registry's keys are others now.
    let again = owned(app, SITE, &world.bob).await;
    let parts = [
        ("root", again.root_file(1)),
        ("targets", world.signed.clone()),
    ];
    again.publish(app, &parts).await.expect(200);
}

#[tokio::test]
async fn one_key_signs_in_two_collections_and_two_keys_sign_the_same() {
    let world = World::new().await;
    let app = &world.app;
    let prod = owned(app, GUN, &world.bob).await;
    let own = naming(&prod, 1, &[("a", &world.a), ("b", &world.a)]);
    let parts = [("root", prod.root_file(1)), ("targets", own)];
    prod.publish(app, &parts).await.expect(200);
    assert_eq!(signers(app).await, [by("targets", "bob")]);
    // A new root, with another key of the targets, which signs what another one signed elsewhere.
    let targets = Key::ecdsa();
    let rotated = Owner {
        root: prod.root.clone(),
        ..owned(app, GUN, &targets).await
    };
    let next = [("a", &world.a), ("c", &world.a)];
    let (here, there) = (naming(&rotated, 2, &next), naming(&world.site, 2, &next));
    let parts = [("targets", there)];
    world.site.publish(app, &parts).await.expect(200);
    let parts = [("root", rotated.root_file(2)), ("targets", here)];
    rotated.publish(app, &parts).await.expect(200);
}

#[tokio::test]
async fn what_was_published_before_an_upgrade_is_remembered_and_counts_once() {
    let world = World::new().await;
    let app = &world.app;
    let upgrade = async || {
        world.sql("DELETE FROM trust_marks").await;
        world.sql("UPDATE trust_collections SET verified = 1").await;
        server::trust::verify_anew(&app.state, NOW).await;
    };
    upgrade().await;
    let prod = owned(app, GUN, &world.bob).await;
    let parts = [
        ("root", prod.root_file(1)),
        ("targets", world.signed.clone()),
    ];
    assert_eq!(said(&prod.publish(app, &parts).await), refused("targets"));
    // As it was brought there when nobody looked.
    world.sql("DELETE FROM trust_marks").await;
    prod.publish(app, &parts).await.expect(200);
    assert_eq!(signers(app).await, [by("targets", "bob")]);
    upgrade().await;
    assert_eq!(signers(app).await, [], "the older collection had it first");
    // It goes on with what is its own.
    let own = naming(&prod, 2, &[("a", &world.a), ("b", &world.a)]);
    prod.publish(app, &[("targets", own)]).await.expect(200);
    assert_eq!(signers(app).await, [by("targets", "bob")]);
}
