//! Pushes images into `alice/app` and reads what the API says of them.

use oci::digest::{Algorithm, Digest};
use serde_json::{Value, json};

use crate::util::{MANIFEST, TestApp};

const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
pub(crate) const TAGS: &str = "/api/v0/repositories/alice/app/tags";
pub(crate) const MANIFESTS: &str = "/api/v0/repositories/alice/app/manifests";

pub(crate) struct Pusher {
    pub(crate) app: TestApp,
    token: String,
}

impl Pusher {
    pub(crate) async fn new() -> Self {
        let app = TestApp::new().await;
        let token = app
            .token("alice", &["repository:alice/app:pull,push"])
            .await;
        Self { app, token }
    }

    pub(crate) async fn put(&self, reference: &str, media_type: &str, manifest: &Value) -> Digest {
        let body = manifest.to_string();
        let digest = Digest::of(Algorithm::Sha256, body.as_bytes());
        let reference = if reference.is_empty() {
            digest.to_string()
        } else {
            reference.to_owned()
        };
        self.app
            .call("PUT", &format!("/v2/alice/app/manifests/{reference}"))
            .bearer(&self.token)
            .header("content-type", media_type)
            .body(body)
            .send()
            .await
            .expect(201);
        digest
    }

    pub(crate) async fn blob(&self, media_type: &str, content: &[u8]) -> Value {
        let digest = self.app.push_blob(&self.token, "alice/app", content).await;
        json!({"mediaType": media_type, "digest": digest, "size": content.len()})
    }

    /// Pushes an image of two layers with this configuration.
    pub(crate) async fn image(&self, reference: &str, config: &Value) -> Digest {
        let config = self.blob(CONFIG, config.to_string().as_bytes()).await;
        let one = self
            .blob(
                "application/vnd.oci.image.layer.v1.tar+gzip",
                b"first layer",
            )
            .await;
        let two = self
            .blob("application/vnd.oci.image.layer.v1.tar+gzip", b"second")
            .await;
        let manifest = json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [one, two]});
        self.put(reference, MANIFEST, &manifest).await
    }

    pub(crate) async fn json(&self, path: &str) -> Value {
        self.app
            .get(path)
            .by("alice")
            .send()
            .await
            .expect(200)
            .json()
    }
}

/// The configuration of an image that was built in three steps.
pub(crate) fn config(architecture: &str) -> Value {
    json!({
        "architecture": architecture, "os": "linux", "author": "Ann", "created": "2026-11-23T10:00:00Z",
        "rootfs": {"type": "layers", "diff_ids": []},
        "config": {
            "Env": ["A=1"], "Entrypoint": ["/run"], "Cmd": null, "User": "65532", "WorkingDir": "/srv",
            "ExposedPorts": {"80/tcp": {}}, "Labels": {"version": "1"},
        },
        "history": [
            {"created_by": "/bin/sh -c #(nop) ADD file:1 in / "},
            {"created_by": "ENV A=1", "empty_layer": true},
            {"created_by": "RUN /bin/sh -c make # buildkit"},
        ],
    })
}
