//! The whole chain of custody of one image: made from a base, pushed, scanned, promoted, judged by newer vulnerability data, signed in
//! Notary, admitted to a cluster and pulled; each station with its standing, and with its event where something recorded it.

use serde_json::json;
use time::OffsetDateTime;

use super::{
    Owner,
    client::{self, Key},
    signed::naming,
    signers::register,
};
use crate::{
    custody::{line, of},
    promotion::{flaw, none_wrong, policy, settle, stage},
    pusher::{Pusher, config},
    scanning::{CRITICAL, LAYER, base, base::push_base, debian, dpkg, load, tar},
    util::{MANIFEST, TestApp},
};

const FLASK: &str = "127.0.0.1:8080/alice/flask";

/// `alice/app:1`, made from `alice/base:12` and without its flaw.
async fn push(pusher: &Pusher) -> oci::Digest {
    let mut configuration = config("amd64");
    configuration["config"]["Labels"] = json!({
        "org.opencontainers.image.source": "https://git.example/pay/ledger",
        "org.opencontainers.image.revision": "9f2c1ab",
    });
    let configuration = configuration.to_string();
    let kind = "application/vnd.oci.image.config.v1+json";
    let configuration = pusher.blob(kind, configuration.as_bytes()).await;
    let status = dpkg(&[("libssl3", "3.0.11-1~deb12u2")]);
    let above = tar(&[("var/lib/dpkg/status", &status)]);
    let layers = [
        pusher.blob(LAYER, &base()).await,
        pusher.blob(LAYER, &above).await,
    ];
    let manifest = json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": configuration, "layers": layers});
    pusher.put("1", MANIFEST, &manifest).await
}

/// Signs `alice/flask:1` in Notary with a signing key of alice's, after a first publication without it.
async fn sign(app: &TestApp, image: &oci::Digest) {
    let key = Key::ecdsa();
    register(app, "alice", &key, true).await;
    let owner = Owner {
        targets: key,
        ..Owner::new(app, FLASK).await
    };
    let first = client::file(&client::targets(1, &[]), &[&owner.targets]);
    let parts = [("root", owner.root_file(1)), ("targets", first)];
    let now = OffsetDateTime::now_utc;
    owner.publish_at(app, &parts, now()).await.expect(200);
    let parts = [("targets", naming(&owner, 2, &[("1", image)]))];
    owner.publish_at(app, &parts, now()).await.expect(200);
}

/// A cluster with an access token of alice's asks whether it may run the image, and pulls it.
async fn run(app: &TestApp, image: &oci::Digest) {
    let made = app.call("POST", "/api/v0/api_tokens").by("alice");
    let made = made.json(&json!({"tokenLabel": "cluster"})).send().await;
    let token = made.expect(200).json();
    let review = json!({
        "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
        "request": {
            "uid": "705ab4f5", "kind": {"group": "", "version": "v1", "kind": "Pod"}, "namespace": "shop", "name": "web",
            "operation": "CREATE", "object": {"spec": {"containers": [{"name": "c", "image": format!("{FLASK}:1")}]}},
        },
    });
    let asked = app.call("POST", "/admission/v1").json(&review);
    let asked = asked.bearer(token["token"].as_str().unwrap()).send().await;
    let answer = asked.expect(200).json();
    assert_eq!(answer["response"]["allowed"], true, "{answer}");
    let token = app.token("alice", &["repository:alice/flask:pull"]).await;
    let path = format!("/v2/alice/flask/manifests/{image}");
    app.get(&path).bearer(&token).send().await.expect(200);
    // what was used is recorded when the program ends, if not before
    let stop = tokio_util::sync::CancellationToken::new();
    stop.cancel();
    server::housekeeping::run(app.state.clone(), stop).await;
}

#[tokio::test]
async fn every_station_stands_in_its_place_and_has_its_event() {
    let pusher = stage(&["flask"]).await;
    let app = &pusher.app;
    push_base(&pusher).await;
    policy(&pusher, &none_wrong("alice/flask", "%n")).await;
    let image = push(&pusher).await;
    settle(&pusher).await;
    let newer = debian("CVE-2026-0002", "3.0.14-1", Some(CRITICAL));
    load(app, &[flaw(), newer]).await;
    sign(app, &image).await;
    run(app, &image).await;

    let line = line(app, "alice", "flask", "1").await;
    let stations = line["stations"].as_array().unwrap();
    let told: Vec<(&str, &str, &str, bool)> = stations
        .iter()
        .map(|one| {
            let word = |name: &str| one[name].as_str().unwrap();
            (
                word("kind"),
                word("standing"),
                word("what"),
                one["event"].is_string(),
            )
        })
        .collect();
    let unattested = "No attestation says how and where it was built. Attach one with cosign attest --type slsaprovenance1, or \
                      build with docker buildx build --provenance.";
    let promoted = "Promoted from alice/app:1 to alice/flask:1, by revision 1 of a policy";
    let expected = [
        (
            "source",
            "claimed",
            "Built from commit 9f2c1ab of https://git.example/pay/ledger",
            false,
        ),
        ("build", "missing", unattested, false),
        ("content", "recorded", "2 layers, 6.1 kB in all", false),
        (
            "content",
            "recorded",
            "Made from an image of alice/base: it begins with the same 1 layer",
            false,
        ),
        ("push", "recorded", "Pushed as 1", true),
        ("scan", "recorded", "Scanned: nothing found", true),
        ("promotion", "recorded", promoted, true),
        // from the list of updates of the vulnerability data, to which it leads
        (
            "scan",
            "recorded",
            "New vulnerability data: +1 critical",
            false,
        ),
        ("scan", "recorded", "Judged last: 1 critical", false),
        (
            "signature",
            "verified",
            "Signed in Notary as 1 in 127.0.0.1:8080/alice/flask",
            true,
        ),
        (
            "admission",
            "recorded",
            "Admitted to run in a cluster, as alice asked for Pod shop/web",
            true,
        ),
        ("pull", "recorded", "Pulled", true),
    ];
    assert_eq!(told, expected);
    let update = stations.iter().find(|one| one["generation"].is_number());
    assert_eq!(update.map(|one| &one["generation"]), Some(&json!(2)));
    // each event is in the list of what happened where the station says that it is
    for station in stations.iter().filter(|one| one["event"].is_string()) {
        let place = ["eventRepository", "repository"].map(|name| station[name].as_str());
        let place = place.into_iter().flatten().next().unwrap_or("alice/flask");
        let event = station["event"].as_str().unwrap();
        let path = format!("/api/v0/repositories/{place}/events?eventId={event}");
        let events = pusher.json(&path).await;
        assert_eq!(events["events"][0]["id"], event, "{station}");
    }
    // the signature's is the publication that named the tag, not the first one
    let signature = of(&line, "signature")[0]["event"].as_str().unwrap();
    let path = "/api/v0/repositories/alice/flask/events?objectType=trustData";
    let published = pusher.json(path).await;
    assert_eq!(
        published["events"].as_array().unwrap().len(),
        2,
        "{published}"
    );
    assert_eq!(published["events"][0]["id"], signature);
}
