//! The ways in which cosign hangs signatures on images that the recorded ones do not show: OCI 1.1 referrers of simple signing, and a
//! signature that is there before its image.

use serde_json::{Value, json};

use super::{DOCKER, IMAGE, Signed, file, key, sig};
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
