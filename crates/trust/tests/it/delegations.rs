//! Updates of delegations.

use serde_json::{Value, json};

use crate::{
    client::{Key, delegation, file, keys, meta, targets},
    server::{Repository, answer},
};

#[test]
fn delegations_below_delegations() {
    let (alice, carol) = (Key::ecdsa(), Key::ecdsa());
    let mut repository = Repository::delegated(&alice);
    let below = |version, key: &Key| {
        let mut signed = targets(version, &[]);
        signed["delegations"] = json!({"keys": keys(&[key]), "roles": [delegation("targets/alice/carol", &[key], &[""])]});
        signed
    };
    let carols = file(&targets(1, &[("c", "c")]), &[&carol]);
    let alices = file(&below(2, &carol), &[&alice]);
    let parts = [("targets/alice/carol", carols.clone())];
    assert!(answer(&repository.refused(&parts)).ends_with("delegation does not exist"));
    // In one update, in whichever order its parts are.
    repository
        .publish(&[("targets/alice/carol", carols), ("targets/alice", alices)])
        .expect("both");
    // The parents are read from the store.
    let parts = [("targets/alice/carol", file(&targets(2, &[]), &[&carol]))];
    repository.publish(&parts).expect("only the one below");
    let parts = [("targets/alice/carol", file(&targets(3, &[]), &[&alice]))];
    assert!(answer(&repository.refused(&parts)).ends_with("threshold for targets/alice/carol"));
    // What is not uploaded is not looked at, also when its keys are others now.
    repository
        .publish(&[("targets/alice", file(&below(3, &Key::ecdsa()), &[&alice]))])
        .expect("published");
    let parts = [("targets/alice/carol", file(&targets(3, &[]), &[&carol]))];
    assert!(answer(&repository.refused(&parts)).ends_with("threshold for targets/alice/carol"));
    let meta_of = &repository.json("snapshot")["signed"]["meta"];
    assert_eq!(
        meta_of["targets/alice/carol"],
        meta(&repository.file("targets/alice/carol").bytes)
    );
    assert_eq!(meta_of.as_object().map(serde_json::Map::len), Some(5));
}

/// `docker trust signer remove` takes the last key of `targets/releases` away.
#[test]
fn a_delegation_without_keys() {
    let alice = Key::ecdsa();
    let mut repository = Repository::delegated(&alice);
    let mut signed = targets(3, &[]);
    let mut releases = delegation("targets/releases", &[], &[""]);
    releases["keyids"] = Value::Null;
    signed["delegations"] = json!({"keys": {}, "roles": [releases]});
    repository
        .publish(&[("targets", file(&signed, &[&repository.targets]))])
        .expect("published");
    let parts = [("targets/releases", file(&targets(2, &[]), &[&alice]))];
    assert!(answer(&repository.refused(&parts)).ends_with("threshold for targets/releases"));
}
