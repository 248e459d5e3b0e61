//! `signatures.json` was made with Python's `cryptography`; ids are those that the notary client shows.

use aws_lc_rs::rand::SystemRandom;
use proptest::prelude::*;
use time::macros::datetime;

use super::*;
use crate::json::decode;

const ALICE: &str = include_str!("../../testdata/notary/alice.crt");
const MESSAGE: &[u8] = br#"{"_type":"Targets"}"#;

#[derive(serde::Deserialize)]
struct Vector {
    note: String,
    keytype: String,
    public: String,
    method: String,
    sig: String,
    verifies: bool,
}

fn vectors() -> Vec<Vector> {
    serde_json::from_str(include_str!("../../testdata/signatures.json")).expect("vectors")
}

impl Vector {
    fn key(&self) -> PublicKey {
        let keytype = KeyType::parse(self.keytype.clone());
        PublicKey::new(keytype, decode(&self.public).expect("base64"))
    }

    fn signature(&self) -> (Method, Vec<u8>) {
        (
            Method::parse(&self.method),
            decode(&self.sig).expect("base64"),
        )
    }
}

#[test]
fn signatures_of_another_library() {
    for vector in vectors() {
        let (method, signature) = vector.signature();
        assert_eq!(
            vector.key().verifies(&method, MESSAGE, &signature),
            vector.verifies,
            "{}",
            vector.note
        );
    }
    let good = vectors().iter().filter(|vector| vector.verifies).count();
    assert_eq!((good, vectors().len()), (19, 66));
}

#[test]
fn a_signature_has_one_length() {
    for vector in vectors().iter().filter(|vector| vector.verifies) {
        let (method, signature) = vector.signature();
        let half = signature.len() / 2;
        for at in [0, half, signature.len()] {
            // Zeros that change no number.
            let mut longer = signature.clone();
            longer.insert(at, 0);
            assert!(
                !vector.key().verifies(&method, MESSAGE, &longer),
                "{}",
                vector.note
            );
        }
        assert!(
            !vector.key().verifies(&method, MESSAGE, &signature[1..]),
            "{}",
            vector.note
        );
    }
}

#[test]
fn ids_are_those_of_notary() {
    // The point with the private key 1.
    let generator = decode("MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==").expect("base64");
    let key = PublicKey::new(KeyType::Ecdsa, generator);
    let id = "2a4a3169341f90dec00876954704aaaf9377744a576e20b3e17d3950976a448d";
    assert_eq!(key.id().to_string(), id);
    assert_eq!(key.canonical_id(), Some(key.id()));
    assert_eq!(id.parse(), Ok(key.id()));

    let alice = PublicKey::new(KeyType::EcdsaX509, ALICE.into());
    assert_eq!(
        alice.id().to_string(),
        "daaa48d3d325c5b512faeb12f996c8fc64d951f24be5da98bce22e6e09c2624f"
    );
    assert_eq!(
        alice.canonical_id().expect("readable").to_string(),
        "fd628e367589872600c0079fb732cda2875ccfe55203b73d6e514e97397f5ff8"
    );
}

#[test]
fn what_is_no_id() {
    let id = "daaa48d3d325c5b512faeb12f996c8fc64d951f24be5da98bce22e6e09c2624f";
    for text in [
        "",
        &id[1..],
        &format!("{id}0"),
        &format!("{id}00"),
        &id.to_uppercase(),
        &id.replace('d', "g"),
    ] {
        assert_eq!(text.parse::<KeyId>(), Err(KeyIdError), "{text}");
    }
}

#[test]
fn a_certificate_and_its_bare_key_have_one_canonical_id() {
    for vector in vectors().iter().filter(|vector| vector.verifies) {
        let key = vector.key();
        if let Some(bare) = key.keytype().bare() {
            let spki = key.certificates().expect("readable")[0].spki_der().to_vec();
            assert_eq!(key.canonical_id(), Some(PublicKey::new(bare, spki).id()));
            assert_ne!(key.canonical_id(), Some(key.id()));
        } else {
            assert_eq!(key.canonical_id(), Some(key.id()));
            assert_eq!(key.certificates(), None);
        }
    }
}

#[test]
fn a_certificate_is_written_in_one_way() {
    let body = ALICE.trim_end();
    for text in [
        ALICE.replace('\n', "\r\n"),
        format!("comment\n{ALICE}"),
        format!("{ALICE}\n"),
        body.to_owned(),
        ALICE.replace(
            "-----BEGIN CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\na: b\n\n",
        ),
        ALICE.replace("CERTIFICATE", "TRUSTED CERTIFICATE"),
        format!("{ALICE}-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"),
        String::new(),
    ] {
        let key = PublicKey::new(KeyType::EcdsaX509, text.clone().into());
        assert_eq!(
            (key.certificates(), key.canonical_id()),
            (None, None),
            "{text}"
        );
    }
    let twice = PublicKey::new(KeyType::EcdsaX509, ALICE.repeat(2).into());
    assert_eq!(twice.certificates().map(|chain| chain.len()), Some(2));
}

#[test]
fn what_a_certificate_is_good_for() {
    let one = |pem: &str| {
        let key = PublicKey::new(KeyType::EcdsaX509, pem.into());
        key.certificates().expect("readable").remove(0)
    };
    let alice = one(ALICE);
    assert!(alice.is_ca());
    for (now, good) in [
        // A day before it begins is enough.
        (datetime!(2026-11-22 03:23:31 UTC), false),
        (datetime!(2026-11-22 03:23:32 UTC), true),
        (datetime!(2026-12-23 03:23:32 UTC), true),
        (datetime!(2026-12-23 03:23:33 UTC), false),
    ] {
        assert_eq!(alice.check(Some(now)).is_ok(), good, "{now}");
    }
    assert_eq!(alice.check(None), Ok(()));
    let expired = alice.check(Some(datetime!(2030-01-01 0:00 UTC)));
    assert_eq!(
        expired.expect_err("expired").to_string(),
        "certificate with CN alice is expired"
    );
    let weak = CertificateError::Weak("weak".to_owned());
    for (pem, error) in [
        (
            include_str!("../../testdata/weak/ec-sha1.crt"),
            weak.clone(),
        ),
        (
            include_str!("../../testdata/weak/rsa-sha1.crt"),
            weak.clone(),
        ),
        (include_str!("../../testdata/weak/rsa-md5.crt"), weak),
        (
            include_str!("../../testdata/weak/rsa-1024.crt"),
            CertificateError::ShortRsa,
        ),
    ] {
        assert_eq!(one(pem).check(None), Err(error));
    }
}

#[test]
fn our_own_keys() {
    let key = SigningKey::generate(&SystemRandom::new()).expect("key");
    let again = SigningKey::from_pkcs8(key.pkcs8_der()).expect("key");
    assert_eq!(again.id(), key.id());
    let signature = again.sign(MESSAGE).expect("signature");
    assert!(key.public().verifies(&Method::Ecdsa, MESSAGE, &signature));
    assert!(!key.public().verifies(&Method::Ecdsa, b"", &signature));
    let other = SigningKey::generate(&SystemRandom::new()).expect("key");
    assert!(!other.public().verifies(&Method::Ecdsa, MESSAGE, &signature));
    let shown = format!("{key:?}");
    assert_eq!(shown, format!("SigningKey {{ id: {}, .. }}", key.id()));
    assert_eq!(
        SigningKey::from_pkcs8(b"").err(),
        Some(SigningError::NotAKey)
    );
}

#[test]
fn keys_in_json() {
    let key = PublicKey::new(KeyType::Ed25519, vec![1; 32]);
    let json = key.to_json();
    assert_eq!(
        json,
        r#"{"keytype":"ed25519","keyval":{"public":"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=","private":null}}"#
    );
    let read = |json: &str| PublicKey::read(Value::read(json.as_bytes()).expect(json));
    assert_eq!(read(&json), Ok(key));
    for wrong in [
        json.replace("null", "\"AQE=\""),
        json.replace("\"AQE", "\"!QE"),
        json.replace("E=", "E"),
        json.replace("public", "Public"),
        json.replace("\"ed25519\"", "1"),
        "[]".to_owned(),
    ] {
        assert!(read(&wrong).is_err(), "{wrong}");
    }
}

proptest! {
    #[test]
    fn any_key_is_answered(
        keytype in "ecdsa|ecdsa-x509|rsa|rsa-x509|ed25519|x",
        method in "ecdsa|rsapss|rsapkcs1v15|eddsa|x",
        public in proptest::collection::vec(any::<u8>(), 0..120),
        signature in proptest::collection::vec(any::<u8>(), 0..140),
    ) {
        let key = PublicKey::new(KeyType::parse(keytype), public);
        prop_assert!(!key.verifies(&Method::parse(&method), MESSAGE, &signature));
        key.canonical_id();
    }

    #[test]
    fn a_changed_signature_verifies_nothing(which in 0usize..66, at in 0usize..1000, bit in 0u8..8) {
        let vector = &vectors()[which];
        let (method, mut signature) = vector.signature();
        prop_assume!(vector.verifies);
        let at = at % signature.len();
        signature[at] ^= 1 << bit;
        prop_assert!(!vector.key().verifies(&method, MESSAGE, &signature));
    }

    #[test]
    fn a_changed_certificate_is_unreadable_or_another_key(at in 0usize..1000, with in any::<u8>()) {
        let mut pem = ALICE.as_bytes().to_vec();
        let at = at % pem.len();
        prop_assume!(pem[at] != with);
        pem[at] = with;
        let key = PublicKey::new(KeyType::EcdsaX509, pem);
        prop_assert_ne!(key.id().to_string(), "daaa48d3d325c5b512faeb12f996c8fc64d951f24be5da98bce22e6e09c2624f");
        key.canonical_id();
    }
}
