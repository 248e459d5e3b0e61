//! What a Kubernetes cluster is told, and that it fails closed.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};

use super::{POLICY, Stage, admissions, events};
use crate::util::Answer;

const HOST: &str = "127.0.0.1:8080";
const ADMIT: &str = "/admission/v1?timeout=10s";
const PIN: &str = "/admission/v1/pin?timeout=10s";

/// The stage, and a cluster with an access token of bob's.
struct Cluster {
    stage: Stage,
    token: String,
}

fn review(group: &str, kind: &str, object: Value) -> Value {
    let mut review = json!({
        "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
        "request": {
            "uid": "705ab4f5-6393-11e8-b7cc-42010a800002", "kind": {"group": group, "version": "v1", "kind": kind},
            "namespace": "shop", "name": "web", "operation": "CREATE",
        },
    });
    review["request"]["object"] = object;
    review
}

fn pod(images: &[&str]) -> Value {
    let containers = images
        .iter()
        .map(|image| json!({"name": "c", "image": image}));
    json!({"spec": {"containers": containers.collect::<Vec<_>>()}})
}

fn ours(rest: &str) -> String {
    format!("{HOST}/acme/site{rest}")
}

impl Cluster {
    async fn new() -> Self {
        let stage = Stage::enforced().await;
        let made = stage.app.call("POST", "/api/v0/api_tokens").by("bob");
        let made = made.json(&json!({"tokenLabel": "cluster"})).send();
        let token = made.await.expect(200).json()["token"]
            .as_str()
            .unwrap()
            .to_owned();
        Self { stage, token }
    }

    async fn post(&self, path: &str, body: impl Into<axum::body::Body>) -> Answer {
        let call = self.stage.app.call("POST", path).bearer(&self.token);
        let call = call.header("content-type", "application/json");
        call.body(body).send().await
    }

    async fn ask(&self, path: &str, review: &Value) -> Value {
        let answer = self.post(path, review.to_string()).await.expect(200).json();
        assert_eq!(answer["kind"], "AdmissionReview");
        assert_eq!(answer["response"]["uid"], review["request"]["uid"]);
        answer["response"].clone()
    }

    /// Whether a pod with these images may run.
    async fn runs(&self, images: &[&str]) -> bool {
        let response = self.ask(ADMIT, &review("", "Pod", pod(images))).await;
        response["allowed"].as_bool().unwrap()
    }
}

#[tokio::test]
async fn what_may_be_pulled_may_run() {
    let cluster = Cluster::new().await;
    let (signed, unsigned) = (cluster.stage.signed, cluster.stage.unsigned);
    assert!(cluster.runs(&[&ours(":a")]).await);
    assert!(cluster.runs(&[&ours(&format!("@{signed}"))]).await);
    assert!(
        cluster.runs(&[&ours(&format!(":b@{signed}"))]).await,
        "the digest is pulled"
    );
    for refused in [
        ours(":b"),
        ours(""),
        ours(&format!("@{unsigned}")),
        ours(&format!(":a@{unsigned}")),
        ours(":none"),
        ours("/deeper:a"),
        format!("{HOST}/acme/app:1"),
        // another registry's, whatever it is called
        "acme/site:a".to_owned(),
        "site:a".to_owned(),
        format!("evil.example/{HOST}/acme/site:a"),
        format!("{HOST}@evil.example/acme/site:a"),
        "docker.io/library/nginx".to_owned(),
    ] {
        assert!(!cluster.runs(&[&refused]).await, "{refused}");
        assert!(!cluster.runs(&[&ours(":a"), &refused]).await, "{refused}");
    }
    let response = cluster
        .ask(ADMIT, &review("", "Pod", pod(&[&ours(":b")])))
        .await;
    assert_eq!(response["status"]["code"], 403);
    assert_eq!(
        response["status"]["message"],
        format!(
            "{HOST}/acme/site:b may not run: the repository's policy needs a signature of 1 more team"
        )
    );
    let others = json!({"admitOtherRegistries": true});
    let app = &cluster.stage.app;
    app.by_admin("POST", "/api/v0/meta/settings", others, 202)
        .await;
    assert!(cluster.runs(&["docker.io/library/nginx"]).await);
    assert!(!cluster.runs(&[&ours(":b")]).await);
}

#[tokio::test]
async fn every_place_of_an_image_is_looked_at() {
    let cluster = Cluster::new().await;
    let (good, bad) = (ours(":a"), ours(":b"));
    let spec = |place: &str, image: &str| {
        let list = json!([{"name": "x", "image": image}]);
        let mut spec = json!({"containers": [{"name": "c", "image": good}]});
        if place == "volumes" {
            spec["volumes"] = json!([{"name": "v", "emptyDir": {}}, {"name": "i", "image": {"reference": image}}]);
        } else {
            spec[place] = list;
        }
        spec
    };
    for place in [
        "containers",
        "initContainers",
        "ephemeralContainers",
        "volumes",
    ] {
        for (image, allowed) in [(&good, true), (&bad, false)] {
            let spec = spec(place, image);
            let template = json!({"spec": {"template": {"spec": spec}}});
            for (group, kind, object) in [
                ("", "Pod", json!({"spec": spec})),
                ("", "PodTemplate", json!({"template": {"spec": spec}})),
                ("", "ReplicationController", template.clone()),
                ("apps", "Deployment", template.clone()),
                ("apps", "ReplicaSet", template.clone()),
                ("apps", "StatefulSet", template.clone()),
                ("apps", "DaemonSet", template.clone()),
                ("batch", "Job", template.clone()),
                (
                    "batch",
                    "CronJob",
                    json!({"spec": {"jobTemplate": template}}),
                ),
            ] {
                let response = cluster.ask(ADMIT, &review(group, kind, object)).await;
                assert_eq!(response["allowed"], allowed, "{kind} {place} {response}");
            }
        }
    }
}

#[tokio::test]
async fn what_ran_before_is_changed_and_nothing_new_is_run() {
    let cluster = Cluster::new().await;
    let (good, bad) = (ours(":a"), ours(":b"));
    let mut update = review("", "Pod", pod(&[&bad]));
    update["request"]["operation"] = json!("UPDATE");
    assert_eq!(
        cluster.ask(ADMIT, &update).await["allowed"],
        false,
        "nothing was before"
    );
    update["request"]["oldObject"] = pod(&[&good]);
    assert_eq!(cluster.ask(ADMIT, &update).await["allowed"], false);
    update["request"]["oldObject"] = pod(&[&bad]);
    assert_eq!(cluster.ask(ADMIT, &update).await["allowed"], true);
    let mut delete = review("", "Pod", Value::Null);
    delete["request"]["operation"] = json!("DELETE");
    assert_eq!(cluster.ask(ADMIT, &delete).await["allowed"], true);
}

#[tokio::test]
async fn what_cannot_be_read_is_not_run() {
    let cluster = Cluster::new().await;
    for (group, kind, object) in [
        ("", "Secret", pod(&[&ours(":a")])),
        ("evil.example", "Pod", pod(&[&ours(":a")])),
        ("", "Pod", Value::Null),
        ("", "Pod", json!({"spec": []})),
        ("apps", "Deployment", pod(&[&ours(":a")])),
        (
            "",
            "Pod",
            json!({"spec": {"containers": {"image": ours(":a")}}}),
        ),
        (
            "",
            "Pod",
            json!({"spec": {"containers": [{"image": [ours(":a")]}]}}),
        ),
        ("", "Pod", pod(&["x".repeat(2000).as_str()])),
        ("", "Pod", pod(&["a\u{0}b/c:\u{0}"])),
    ] {
        let response = cluster.ask(ADMIT, &review(group, kind, object)).await;
        assert_eq!(response["allowed"], false, "{kind}");
        assert_eq!(response["status"]["code"], 403, "{response}");
    }
    let many: Vec<String> = (0..101).map(|at| ours(&format!(":{at}"))).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert!(!cluster.runs(&many).await);
    let good = review("", "Pod", pod(&[&ours(":a")]));
    let with = |field: &str, value: Value| {
        let mut review = good.clone();
        review[field] = value;
        review.to_string()
    };
    for broken in [
        String::new(),
        "{".to_owned(),
        "[]".to_owned(),
        "[".repeat(100_000),
        with("apiVersion", json!("admission.k8s.io/v1beta1")),
        with("kind", json!("Pod")),
        with("request", Value::Null),
        with(
            "request",
            json!({"uid": "", "kind": {"kind": "Pod"}, "operation": "CREATE"}),
        ),
    ] {
        let answer = cluster.post(ADMIT, broken).await.expect(400);
        assert_eq!(answer.code(), "INVALID_REVIEW");
    }
    let large = cluster
        .post(ADMIT, vec![b' '; (8 << 20) + 1])
        .await
        .expect(413);
    assert!(large.message().contains("8 MiB"), "{}", large.message());
}

#[tokio::test]
async fn a_cluster_comes_with_a_token_and_sees_what_its_account_may_pull() {
    let cluster = Cluster::new().await;
    let app = &cluster.stage.app;
    let good = review("", "Pod", pod(&[&ours(":a")]));
    let call = || app.call("POST", ADMIT).json(&good);
    call().send().await.expect(401);
    call().bearer("nonsense").send().await.expect(401);
    call().by("bob").send().await.expect(403);
    let registry = app.token("bob", &["repository:acme/site:pull"]).await;
    call().bearer(&registry).send().await.expect(401);
    let form = app.call("POST", ADMIT).bearer(&cluster.token);
    let form = form
        .header("content-type", "text/plain")
        .body(good.to_string());
    form.send().await.expect(415);
    // acme/app is private: bob's cluster is not told that it is there.
    let private = review("", "Pod", pod(&[&format!("{HOST}/acme/app:1")]));
    let hidden = cluster.ask(ADMIT, &private).await["status"]["message"].clone();
    let none = review("", "Pod", pod(&[&format!("{HOST}/acme/xxx:1")]));
    let none = cluster.ask(ADMIT, &none).await["status"]["message"].clone();
    let none = none.as_str().unwrap().replace("acme/xxx", "acme/app");
    assert_eq!(hidden, none);
}

#[tokio::test]
async fn a_tag_is_pinned_to_what_was_judged() {
    let cluster = Cluster::new().await;
    let signed = cluster.stage.signed;
    let images = [ours(":a"), ours(&format!("@{signed}"))];
    let images: Vec<&str> = images.iter().map(String::as_str).collect();
    let mut asked = review("", "Pod", pod(&images));
    asked["request"]["object"]["spec"]["initContainers"] = json!([{"image": ours(":a")}]);
    let response = cluster.ask(PIN, &asked).await;
    assert_eq!(response["patchType"], "JSONPatch");
    let patch = STANDARD
        .decode(response["patch"].as_str().unwrap())
        .unwrap();
    let pinned = ours(&format!(":a@{signed}"));
    let replace = |path: &str| json!({"op": "replace", "path": path, "value": pinned});
    assert_eq!(
        serde_json::from_slice::<Value>(&patch).unwrap(),
        json!([
            replace("/spec/initContainers/0/image"),
            replace("/spec/containers/0/image")
        ])
    );
    assert!(cluster.runs(&[&pinned]).await);
    assert_eq!(cluster.ask(ADMIT, &asked).await["patch"], Value::Null);
    let refused = cluster
        .ask(PIN, &review("", "Pod", pod(&[&ours(":a"), &ours(":b")])))
        .await;
    assert_eq!(
        (&refused["allowed"], &refused["patch"]),
        (&json!(false), &Value::Null)
    );
    // What only its tag lets through is not pinned: its digest would not be pulled.
    let same = cluster
        .stage
        .app
        .push_image(&cluster.stage.push, "acme/site", "c", b"two");
    same.await;
    let asks = json!({"mode": "enforce", "exceptions": [{"pattern": "acme/site:b"}]});
    cluster.stage.set(POLICY, asks).await.expect(200);
    let excepted = cluster
        .ask(PIN, &review("", "Pod", pod(&[&ours(":b")])))
        .await;
    assert_eq!(
        (&excepted["allowed"], &excepted["patch"]),
        (&json!(true), &Value::Null)
    );
}

#[tokio::test]
async fn each_decision_is_recorded_and_a_warning_is_passed_on() {
    let cluster = Cluster::new().await;
    assert!(!cluster.runs(&[&ours(":b"), "nginx"]).await);
    cluster
        .stage
        .set(POLICY, json!({"mode": "warn"}))
        .await
        .expect(200);
    let response = cluster
        .ask(ADMIT, &review("", "Pod", pod(&[&ours(":b")])))
        .await;
    assert_eq!(response["allowed"], true);
    let warning = response["warnings"][0].as_str().unwrap();
    assert!(warning.contains("no registered signer"), "{warning}");
    // What is only tried leaves nothing behind.
    let mut tried = review("", "Pod", pod(&["redis"]));
    tried["request"]["dryRun"] = json!(true);
    assert_eq!(cluster.ask(ADMIT, &tried).await["allowed"], false);
    let all = events(&cluster.stage.app, "admission").await;
    let mut said: Vec<(&str, &str, &Value)> = all
        .iter()
        .map(|event| {
            let name = event["object"]["name"].as_str().unwrap();
            (
                event["type"].as_str().unwrap(),
                name,
                &event["detail"]["digest"],
            )
        })
        .collect();
    said.sort_by_key(|(kind, name, _)| (*kind, *name));
    let (b, digest) = (ours(":b"), json!(cluster.stage.unsigned));
    let null = Value::Null;
    assert_eq!(
        said,
        [
            ("FAIL", b.as_str(), &digest),
            ("FAIL", "nginx", &null),
            ("GET", b.as_str(), &digest)
        ]
    );
    assert_eq!(all[0]["detail"]["namespace"], "shop");
    let detail = all[0]["detail"].as_object().unwrap();
    assert!(
        !detail.contains_key("decision"),
        "it says only what was not decided"
    );
    let stations = [
        "Admitted to run in a cluster, as bob asked for Pod shop/web",
        "Refused: a cluster was told not to run it, as bob asked for Pod shop/web",
    ];
    let stations = stations.map(str::to_owned).into();
    assert_eq!(admissions(&cluster.stage.app, "b").await, stations);
}

#[tokio::test]
async fn who_asks_as_another_cluster_does_is_told_as_who_they_are() {
    let mut cluster = Cluster::new().await;
    let asked = async |cluster: &Cluster, namespace: &str, name: &str| {
        let mut review = review("", "Pod", pod(&[&ours(":a")]));
        review["request"]["namespace"] = json!(namespace);
        review["request"]["name"] = json!(name);
        assert_eq!(cluster.ask(ADMIT, &review).await["allowed"], true);
    };
    for name in ["web", "db", "web", ""] {
        asked(&cluster, "shop", name).await;
    }
    // another account, to which the image is public, makes the same up and more
    let made = cluster.stage.app.call("POST", "/api/v0/api_tokens");
    let made = made.by("mia").json(&json!({"tokenLabel": "x"})).send();
    let made = made.await.expect(200).json();
    cluster.token = made["token"].as_str().unwrap().to_owned();
    for (namespace, name) in [
        ("shop", "web"),
        ("shop", "web, as bob asked for Pod shop/web"),
        ("", "x"),
        ("a", "b"),
        ("a", "c"),
    ] {
        asked(&cluster, namespace, name).await;
    }
    let app = &cluster.stage.app;
    let last = events(app, "admission").await.remove(0);
    assert_eq!(last["actor"], "mia", "{last}");
    let of = ["kind", "namespace", "name"].map(|name| last["detail"][name].clone());
    assert_eq!(of, ["Pod", "a", "c"], "{last}");
    let stations = [
        "Admitted to run in a cluster, as bob asked for Pod in shop, Pod shop/web, Pod shop/db",
        "Admitted to run in a cluster, as mia asked for Pod a/c, Pod a/b, Pod x and 2 more",
    ];
    let stations = stations.map(str::to_owned).into();
    assert_eq!(admissions(app, "a").await, stations);
}

#[tokio::test]
async fn what_cannot_be_judged_is_not_run_and_said_to_be_that() {
    let cluster = Cluster::new().await;
    let connection = cluster.stage.app.connection().await;
    // As a newer version might have written it.
    let broken = "UPDATE trust_policies SET content = '{\"mode\":\"whatever\"}'";
    connection.execute_unprepared(broken).await.unwrap();
    let response = cluster
        .ask(ADMIT, &review("", "Pod", pod(&[&ours(":a")])))
        .await;
    assert_eq!(
        (&response["allowed"], &response["status"]["code"]),
        (&json!(false), &json!(500))
    );
    let all = events(&cluster.stage.app, "admission").await;
    let [event] = all.as_slice() else {
        panic!("{all:?}");
    };
    let detail = &event["detail"];
    assert_eq!(event["type"], "FAIL");
    assert_eq!(
        (&detail["decision"], &detail["namespace"]),
        (&json!("unjudged"), &json!("shop"))
    );
}
