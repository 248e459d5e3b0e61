//! The ways in which cosign hangs signatures on images that the recorded ones do not show: OCI 1.1 referrers of simple signing, and a
//! signature that is there before its image; and a tag that is set anew with each signature.

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::{DOCKER, IMAGE, KEYS, NO_KEY, SETTINGS, Signed, end_key, file, key, sig, text};
use crate::{pusher::Pusher, util::MANIFEST};

#[tokio::test]
async fn simple_signing_as_a_referrer() {
    let signed = Signed::new().await;
    signed.trust(&key()).await;
    let mut manifest: Value = serde_json::from_slice(&file("tag-sig.manifest.json")).unwrap();
    manifest["artifactType"] = "application/vnd.dev.cosign.artifact.sig.v1+json".into();
    manifest["subject"] =
        json!({"mediaType": DOCKER, "digest": IMAGE, "size": file("image.json").len()});
    signed.0.blob("", &file("tag-sig.config")).await;
    signed.0.blob("", &file("tag-sig.layer")).await;
    signed.0.put("", MANIFEST, &manifest).await;
    signed.settle().await;
    assert_eq!(signed.said("1").await, ["cosign verified ci"]);
}

#[tokio::test]
async fn a_signature_that_is_there_before_its_image() {
    let signed = Signed(Pusher::new().await);
    signed.trust(&key()).await;
    signed.attach("tag-sig", &sig()).await;
    signed.attach("bundle-p256", "").await;
    signed.settle().await;
    for blob in ["image.config", "image.layer"] {
        signed.0.blob("", &file(blob)).await;
    }
    signed.put("1", DOCKER, &file("image.json")).await;
    signed.settle().await;
    let verified = "cosign verified ci";
    assert_eq!(signed.said("1").await, [verified; 2]);
}

#[tokio::test]
async fn a_signature_came_when_its_tag_first_had_it() {
    let signed = Signed::new().await;
    let form = json!({"label": "laptop", "publicKey": text("p256.pub"), "kind": "cosign"});
    let made = signed.call("POST", KEYS, "alice", &form).await.expect(201);
    let id = made.json()["id"].as_str().unwrap().to_owned();
    signed.prove(&id).await;
    let form = json!({"signatureCertificatesValidNow": false});
    let set = signed.call("POST", SETTINGS, "admin", &form).await;
    set.expect(202);
    signed.attach("tag-sig", &sig()).await;
    end_key(&signed.0.app, &id, OffsetDateTime::now_utc()).await;
    // as cosign does when somebody else signs: all signatures in a manifest of their own
    let mut manifest: Value = serde_json::from_slice(&file("tag-sig.manifest.json")).unwrap();
    let mut another = manifest["layers"][0].clone();
    another["annotations"]["by"] = "the same key, when it had ended".into();
    manifest["layers"].as_array_mut().unwrap().push(another);
    signed.0.put(&sig(), MANIFEST, &manifest).await;
    signed.settle().await;
    let late = format!("cosign refused {NO_KEY}");
    assert_eq!(
        signed.said("1").await,
        [late.as_str(), "cosign verified alice"]
    );
}
