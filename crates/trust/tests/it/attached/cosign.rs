//! Attacks on cosign's formats, with a key that is trusted.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use oci::Digest;
use serde_json::{Value, json};
use trust::attached::{Kind, Refused, Subject, Trusted, Verified, claims_to_be_one, found, verify};

use super::{Key, NOW, decide, digest, image, manifest, only, subject};

pub(super) const SIMPLE: &str = "application/vnd.dev.cosign.simplesigning.v1+json";
pub(super) const DSSE: &str = "application/vnd.dsse.envelope.v1+json";
const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
pub(super) const STATEMENT: &str = "https://in-toto.io/Statement/v1";
pub(super) const SIGN: &str = "https://sigstore.dev/cosign/sign/v1";

pub(super) fn payload(digest: &str, kind: &str) -> Vec<u8> {
    json!({
        "critical": {"identity": {"docker-reference": ""}, "image": {"docker-manifest-digest": digest}, "type": kind},
        "optional": null,
    })
    .to_string()
    .into_bytes()
}

pub(super) fn ours() -> Vec<u8> {
    payload(
        &subject().digest.to_string(),
        "cosign container image signature",
    )
}

fn simple(layer: &[u8], signature: &str, trusted: &Trusted) -> Result<Verified, Refused> {
    let annotations = json!({"dev.cosignproject.cosign/signature": signature});
    let manifest = manifest(SIMPLE, layer, annotations, "");
    decide(&only(&manifest), layer, trusted)
}

#[test]
fn simple_signing() {
    let key = Key::new();
    let layer = ours();
    let said = simple(&layer, &key.sign(&layer), &key.trusted());
    assert_eq!(said.map(|said| said.kind), Ok(Kind::Cosign));
    // as the specification's example spells it
    let capital = String::from_utf8(layer.clone()).expect("text");
    let capital = capital.replace("\"docker-manifest", "\"Docker-manifest");
    let signature = key.sign(capital.as_bytes());
    assert!(simple(capital.as_bytes(), &signature, &key.trusted()).is_ok());
    // pretty-printed it is other bytes, whatever it means
    let pretty: Value = serde_json::from_slice(&layer).expect("json");
    let pretty = serde_json::to_vec_pretty(&pretty).expect("json");
    let said = simple(&pretty, &key.sign(&layer), &key.trusted());
    assert_eq!(said, Err(Refused::NoKey));
    assert!(simple(&pretty, &key.sign(&pretty), &key.trusted()).is_ok());
}

#[test]
fn simple_signing_of_something_else() {
    let key = Key::new();
    let other = digest(b"another image").to_string();
    let layer = payload(&other, "cosign container image signature");
    let said = simple(&layer, &key.sign(&layer), &key.trusted());
    assert_eq!(said, Err(Refused::OtherImage(other)));
    let layer = payload(&subject().digest.to_string(), "atomic container signature");
    let said = simple(&layer, &key.sign(&layer), &key.trusted());
    let kind = "atomic container signature".to_owned();
    assert_eq!(said, Err(Refused::Unsupported(kind)));
    let layer = ours();
    let said = simple(&layer, &Key::new().sign(&layer), &key.trusted());
    assert_eq!(said, Err(Refused::NoKey));
    assert_eq!(simple(&layer, "", &key.trusted()), Err(Refused::Unsigned));
    for broken in ["!", "AAAA", &"A".repeat(4000)] {
        assert!(simple(&layer, broken, &key.trusted()).is_err());
    }
    let signed_twice = br#"{"critical":{"critical":1},"critical":{}}"#;
    let said = simple(signed_twice, &key.sign(signed_twice), &key.trusted());
    assert!(matches!(said, Err(Refused::Malformed(_))), "{said:?}");
}

pub(super) fn statement(digest: &Digest, predicate: &str, kind: &str) -> Vec<u8> {
    json!({
        "_type": kind,
        "subject": [{"digest": {"sha256": digest.hex()}}],
        "predicateType": predicate,
        "predicate": {"number": 1.5},
    })
    .to_string()
    .into_bytes()
}

pub(super) fn pae(kind: &str, payload: &[u8]) -> Vec<u8> {
    let mut message = format!("DSSEv1 {} {kind} {} ", kind.len(), payload.len()).into_bytes();
    message.extend(payload);
    message
}

pub(super) const IN_TOTO: &str = "application/vnd.in-toto+json";

pub(super) fn envelope(payload: &[u8], kind: &str, signatures: &[String]) -> Value {
    let signatures: Vec<Value> = signatures.iter().map(|sig| json!({ "sig": sig })).collect();
    json!({
        "payload": BASE64_STANDARD.encode(payload),
        "payloadType": kind,
        "signatures": signatures,
    })
}

fn read(media_type: &str, layer: &Value, trusted: &Trusted) -> Result<Verified, Refused> {
    let layer = layer.to_string().into_bytes();
    let manifest = manifest(media_type, &layer, json!({}), "");
    decide(&only(&manifest), &layer, trusted)
}

#[test]
fn envelopes() {
    let key = Key::new();
    let ours = statement(&subject().digest, SIGN, STATEMENT);
    let signature = key.sign(&pae(IN_TOTO, &ours));
    let say = |payload: &[u8], kind: &str, signatures: &[String]| {
        read(DSSE, &envelope(payload, kind, signatures), &key.trusted())
    };
    let good = say(&ours, IN_TOTO, std::slice::from_ref(&signature)).expect("good");
    assert_eq!(good.kind, Kind::Cosign);
    assert_eq!(say(&ours, IN_TOTO, &[]), Err(Refused::Unsigned));
    let two = [signature.clone(), signature.clone()];
    assert_eq!(say(&ours, IN_TOTO, &two), Err(Refused::Several(2)));
    let kind = "application/json";
    let other_kind = [key.sign(&pae(kind, &ours))];
    assert_eq!(
        say(&ours, kind, &other_kind),
        Err(Refused::Unsupported(kind.to_owned()))
    );
    // signed as it is, and not as DSSE says
    assert_eq!(say(&ours, IN_TOTO, &[key.sign(&ours)]), Err(Refused::NoKey));
    let tampered = statement(
        &subject().digest,
        "https://slsa.dev/provenance/v1",
        STATEMENT,
    );
    assert_eq!(
        say(&tampered, IN_TOTO, std::slice::from_ref(&signature)),
        Err(Refused::NoKey)
    );
    for (other, refused) in [
        (
            statement(&digest(b"other"), SIGN, STATEMENT),
            Refused::OtherImage(digest(b"other").to_string()),
        ),
        (
            statement(&subject().digest, SIGN, "https://in-toto.io/Statement/v9"),
            Refused::Unsupported("https://in-toto.io/Statement/v9".to_owned()),
        ),
    ] {
        let signature = key.sign(&pae(IN_TOTO, &other));
        assert_eq!(say(&other, IN_TOTO, &[signature]), Err(refused));
    }
}

fn bundle(content: Value) -> Value {
    let mut bundle = json!({
        "mediaType": BUNDLE,
        "verificationMaterial": {"publicKey": {"hint": ""}},
    });
    let fields = content.as_object().expect("fields").clone();
    bundle.as_object_mut().expect("fields").extend(fields);
    bundle
}

#[test]
fn bundles() {
    let key = Key::new();
    let ours = statement(
        &subject().digest,
        "https://slsa.dev/provenance/v1",
        STATEMENT,
    );
    let signed = envelope(&ours, IN_TOTO, &[key.sign(&pae(IN_TOTO, &ours))]);
    let say = |bundle: &Value| read(BUNDLE, bundle, &key.trusted());
    let good = bundle(json!({ "dsseEnvelope": signed }));
    assert_eq!(say(&good).map(|said| said.kind), Ok(Kind::Attestation));
    let snake = bundle(json!({ "dsse_envelope": signed }));
    assert!(say(&snake).is_ok());
    assert_eq!(say(&bundle(json!({}))), Err(Refused::Unsigned));
    let mut unknown = good.clone();
    unknown["mediaType"] = "application/vnd.dev.sigstore.bundle.v9+json".into();
    assert!(matches!(say(&unknown), Err(Refused::Unsupported(_))));
    let mut certificate = good.clone();
    certificate["verificationMaterial"] = json!({"certificate": {"rawBytes": ""}});
    assert!(say(&certificate).is_ok(), "by the key, whatever it brings");
    certificate["verificationMaterial"] = json!({"certificate": {}, "publicKey": {}});
    assert!(matches!(say(&certificate), Err(Refused::Malformed(_))));
}

#[test]
fn bundles_over_the_image_itself() {
    let key = Key::new();
    let message = |digest: &[u8], signature: String| {
        bundle(json!({"messageSignature": {
            "messageDigest": {"algorithm": "SHA2_256", "digest": BASE64_STANDARD.encode(digest)},
            "signature": signature,
        }}))
    };
    let own = subject().digest;
    let good = message(own.as_bytes(), key.sign(&image()));
    assert!(read(BUNDLE, &good, &key.trusted()).is_ok());
    let other = digest(b"other");
    let wrong = message(other.as_bytes(), key.sign(b"other"));
    assert_eq!(
        read(BUNDLE, &wrong, &key.trusted()),
        Err(Refused::OtherImage(other.to_string()))
    );
    let lying = message(own.as_bytes(), key.sign(b"other"));
    assert_eq!(read(BUNDLE, &lying, &key.trusted()), Err(Refused::NoKey));
    let layer = good.to_string().into_bytes();
    let manifest = manifest(BUNDLE, &layer, json!({}), "");
    let absent = Subject {
        content: None,
        ..subject()
    };
    let said = verify(&only(&manifest), &layer, &absent, &key.trusted(), NOW);
    assert_eq!(said, Err(Refused::NoImage));
}

#[test]
fn an_image_that_calls_itself_a_signature_is_none() {
    for artifact_type in [
        BUNDLE,
        "application/vnd.dev.cosign.artifact.sig.v1+json",
        "application/vnd.cncf.notary.signature",
    ] {
        let layer = b"a file system";
        let kind = "application/vnd.oci.image.layer.v1.tar+gzip";
        let manifest = manifest(kind, layer, json!({}), artifact_type);
        assert!(claims_to_be_one(&manifest));
        assert_eq!(found(&manifest), []);
    }
    let plain = manifest("application/vnd.oci.image.layer.v1.tar", b"", json!({}), "");
    assert!(!claims_to_be_one(&plain));
}

#[test]
fn deep_json_is_no_danger() {
    let key = Key::new();
    for depth in [100, 200, 100_000] {
        let deep = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let layer = format!(r#"{{"mediaType":"{BUNDLE}","x":{deep}}}"#).into_bytes();
        let manifest = manifest(BUNDLE, &layer, json!({}), "");
        assert!(decide(&only(&manifest), &layer, &key.trusted()).is_err());
    }
}
