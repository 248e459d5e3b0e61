//! What cosign 3.1.1 and notation 1.3.2 made (testdata/README.md says how).

use time::macros::datetime;
use trust::{
    attached::{
        Format, Found, Kind, Refused, Signer, TrustStore, Trusted, TrustedKey, Verified,
        VerifyingKey, claims_to_be_one, subject_of, verify,
    },
    notation::{Identities, Scheme},
    x509::Certificate,
};

use super::{NOW, decide, digest, only, subject};

const KEYS: [&str; 5] = ["p256", "p384", "p521", "rsa", "ed25519"];

fn file(name: &str) -> Vec<u8> {
    std::fs::read(format!("testdata/signatures/{name}")).expect(name)
}

fn text(name: &str) -> String {
    String::from_utf8(file(name)).expect(name)
}

/// The signature of that name, and the content of its layer.
fn recorded(name: &str) -> (Found, Vec<u8>) {
    let manifest = oci::manifest::parse(None, &file(&format!("{name}.manifest.json")));
    let manifest = manifest.expect(name);
    assert!(claims_to_be_one(&manifest));
    (only(&manifest), file(&format!("{name}.layer")))
}

fn everybody() -> Trusted {
    let keys = KEYS.iter().map(|name| TrustedKey {
        id: (*name).to_owned(),
        key: VerifyingKey::from_pem(&text(&format!("{name}.pub"))).expect(name),
        until: None,
    });
    let stores = [
        ("notep256", text("notep256-ca.crt")),
        ("notersa", text("notersa-ca.crt")),
        (
            "cosign",
            text("cosign-root.crt") + &text("cosign-issuing.crt"),
        ),
    ];
    let stores = stores.map(|(name, pem)| TrustStore {
        id: name.to_owned(),
        scheme: Scheme::X509,
        certificates: Certificate::from_pem(&pem, 2).expect(name),
        identities: Identities::parse(["x509.subject: C=US, ST=WA, O=Plimsoll"]).expect(name),
    });
    Trusted {
        keys: keys.collect(),
        stores: stores.into(),
        certificates: Vec::new(),
    }
}

fn recorded_says(name: &str) -> Result<Verified, Refused> {
    let (found, layer) = recorded(name);
    decide(&found, &layer, &everybody())
}

fn key(id: &str) -> Signer {
    Signer::Key { id: id.to_owned() }
}

#[test]
fn keys_of_every_kind_verify_what_cosign_signed() {
    for name in KEYS {
        let verified = recorded_says(&format!("bundle-{name}")).expect(name);
        let expected = Verified {
            signer: key(name),
            kind: Kind::Cosign,
            predicate_type: None,
            until: None,
            certificates_until: None,
        };
        assert_eq!(verified, expected);
    }
    let (found, _) = recorded("tag-sig");
    assert_eq!(found.format, Format::SimpleSigning);
    let verified = recorded_says("tag-sig").expect("the tag's");
    assert_eq!(
        (verified.signer, verified.kind),
        (key("p256"), Kind::Cosign)
    );
}

#[test]
fn an_attestation_is_no_signature() {
    for name in ["bundle-attestation", "tag-att"] {
        let verified = recorded_says(name).expect(name);
        assert_eq!(verified.kind, Kind::Attestation);
        let about = Some("https://slsa.dev/provenance/v0.2".to_owned());
        assert_eq!(verified.predicate_type, about);
        let (found, layer) = recorded(name);
        assert_eq!(trust::attached::predicate_type(&found, &layer), about);
    }
}

#[test]
fn certificates_verify_what_notation_signed() {
    for (name, store) in [
        ("notation-p256-jws", "notep256"),
        ("notation-p256-cose", "notep256"),
        ("notation-rsa-jws", "notersa"),
        ("notation-rsa-cose", "notersa"),
    ] {
        let verified = recorded_says(name).expect(name);
        let Signer::Certificate {
            store: found,
            subject,
            ..
        } = verified.signer
        else {
            panic!("{name} has a certificate");
        };
        assert_eq!((found.as_str(), verified.kind), (store, Kind::Notation));
        assert!(subject.contains(&format!("CN={store}")), "{subject}");
        assert!(verified.certificates_until.expect("it ends") > NOW);
    }
}

#[test]
fn certificates_verify_what_cosign_signed() {
    for (name, kind, subject) in [
        ("bundle-certp256", Kind::Cosign, "CN=certp256"),
        ("bundle-certrsa", Kind::Cosign, "CN=certrsa"),
        ("bundle-certattestation", Kind::Attestation, "CN=certp256"),
        ("tag-certsig", Kind::Cosign, "CN=certp256"),
        ("tag-certatt", Kind::Attestation, "CN=certp256"),
    ] {
        let verified = recorded_says(name).expect(name);
        let Signer::Certificate {
            store, subject: of, ..
        } = verified.signer
        else {
            panic!("{name} has a certificate");
        };
        assert_eq!((store.as_str(), verified.kind), ("cosign", kind), "{name}");
        assert!(of.contains(subject), "{of}");
        assert!(verified.certificates_until.expect("it ends") > NOW);
        let mut others = everybody();
        others.stores.retain(|store| store.id != "cosign");
        let (found, layer) = recorded(name);
        assert_eq!(decide(&found, &layer, &others), Err(Refused::Unlinked));
    }
}

#[test]
fn what_expires_says_when() {
    // notation was asked for 24 hours
    let end = datetime!(2026-11-28 20:48:40 UTC);
    let (found, layer) = recorded("notation-expiry-cose");
    let at = |now| verify(&found, &layer, &subject(), &everybody(), now);
    let before = at(end - time::Duration::seconds(1)).expect("in time");
    assert_eq!(before.until, Some(end));
    assert_eq!(at(end), Err(Refused::Expired));
}

#[test]
fn a_key_that_ended_before_it_arrived_verifies_nothing() {
    let (found, layer) = recorded("bundle-p256");
    let ends = |end| {
        let mut trusted = everybody();
        for key in &mut trusted.keys {
            key.until = Some(end);
        }
        decide(&found, &layer, &trusted).map(|said| said.signer)
    };
    assert_eq!(ends(NOW), Err(Refused::NoKey));
    let after = NOW + time::Duration::seconds(1);
    assert_eq!(ends(after), Ok(key("p256")));
}

#[test]
fn without_its_key_nothing_is_verified() {
    for name in KEYS {
        let mut others = everybody();
        others.keys.retain(|key| key.id != name);
        let (found, layer) = recorded(&format!("bundle-{name}"));
        assert_eq!(decide(&found, &layer, &others), Err(Refused::NoKey));
    }
    let (found, layer) = recorded("notation-p256-jws");
    let nobody = Trusted::default();
    assert_eq!(decide(&found, &layer, &nobody), Err(Refused::Untrusted));
}

#[test]
fn of_another_image_nothing_is_verified() {
    for name in [
        "bundle-p256",
        "bundle-attestation",
        "bundle-certp256",
        "tag-sig",
        "tag-att",
        "tag-certsig",
        "tag-certatt",
        "notation-p256-jws",
        "notation-rsa-cose",
    ] {
        let (found, layer) = recorded(name);
        let mut other = subject();
        other.digest = digest(b"another image");
        let said = verify(&found, &layer, &other, &everybody(), NOW);
        let signed = subject().digest.to_string();
        assert_eq!(said, Err(Refused::OtherImage(signed)), "{name}");
    }
}

#[test]
fn of_another_descriptor_notation_verifies_nothing() {
    for (media_type, size) in [(oci::manifest::OCI_MANIFEST, 0), ("", 1)] {
        let mut other = subject();
        other.size += size;
        if !media_type.is_empty() {
            other.media_type = media_type.to_owned();
        }
        let (found, layer) = recorded("notation-p256-cose");
        let said = verify(&found, &layer, &other, &everybody(), NOW);
        assert_eq!(said, Err(Refused::OtherDescriptor));
    }
}

#[test]
fn a_layer_is_what_its_manifest_names() {
    let (found, mut layer) = recorded("bundle-p256");
    layer.push(b' ');
    assert_eq!(decide(&found, &layer, &everybody()), Err(Refused::Content));
    let long = vec![b' '; 9 << 20];
    assert_eq!(decide(&found, &long, &everybody()), Err(Refused::TooLong));
}

/// The same signature around other content: what no manifest holds back.
fn forged(found: &Found, layer: &[u8]) -> Found {
    Found {
        digest: digest(layer),
        size: layer.len() as u64,
        ..found.clone()
    }
}

#[test]
fn what_is_cut_short_is_refused() {
    let trusted = everybody();
    for name in [
        "bundle-p256",
        "bundle-certp256",
        "tag-sig",
        "tag-att",
        "notation-p256-jws",
        "notation-p256-cose",
    ] {
        let (found, layer) = recorded(name);
        for length in 0..layer.len() {
            let cut = &layer[..length];
            let said = decide(&forged(&found, cut), cut, &trusted);
            assert!(said.is_err(), "{name} cut at {length}");
        }
    }
}

#[test]
fn what_is_changed_is_refused_or_says_the_same() {
    let trusted = everybody();
    for name in [
        "tag-sig",
        "tag-att",
        "bundle-ed25519",
        "bundle-certp256",
        "tag-certsig",
        "notation-p256-jws",
        "notation-p256-cose",
    ] {
        let (found, layer) = recorded(name);
        let good = decide(&found, &layer, &trusted).expect(name);
        for at in 0..layer.len() {
            let mut changed = layer.clone();
            changed[at] ^= 1;
            let said = decide(&forged(&found, &changed), &changed, &trusted);
            // what is outside of the signature may change, such as the hint of a key or the name of a program
            assert!(said.is_err() || said == Ok(good.clone()), "{name} at {at}");
        }
    }
}

#[test]
fn tags_name_images() {
    let image = subject().digest;
    let name = image.to_string().replace(':', "-");
    for suffix in [".sig", ".att"] {
        let tag = format!("{name}{suffix}").parse().expect("a tag");
        assert_eq!(subject_of(&tag), Some(image));
    }
    for other in [&name[..], "sha256-0.sig", "1.sig", &format!("{name}.sbom")] {
        assert_eq!(subject_of(&other.parse().expect("a tag")), None, "{other}");
    }
}
