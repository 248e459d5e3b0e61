//! Ids were computed with Python's `cryptography` and `hashlib`; those of `alice.crt` are also what the notary client shows.

use super::*;
use proptest::prelude::*;
use rcgen::{CertificateParams, DnType, KeyPair, PublicKeyData as _};

const P256: &str = include_str!("../../testdata/p256.pub");
const P384: &str = include_str!("../../testdata/p384.pub");
const ED25519_KEY: &str = include_str!("../../testdata/ed25519.pub");
const RSA2048: &str = include_str!("../../testdata/rsa2048.pub");
const ALICE: &str = include_str!("../../testdata/alice.crt");

fn key(text: &str) -> PublicKey {
    match parse(text).expect("readable") {
        Uploaded::Key(key) => key,
        Uploaded::Certificate(_) => panic!("a certificate"),
    }
}

#[test]
fn reads_the_accepted_kinds_and_computes_their_ids() {
    let cases = [
        (
            P256,
            "ECDSA P-256",
            "ea86beb3cfdc1e1db925139d4f3660bf6483804deb1447773e81ec0ade8bcdaa",
            "98de8299267e39378232b47aa01640e34a37c60d542262f658ecb1fb9138b672",
        ),
        (
            P384,
            "ECDSA P-384",
            "39128999659aeac9c2d55ff4946c4e349642f671cb0fdd12391513dcc12d7917",
            "2fa2a7062527244ed271d59cd28d8222da6aabacfc0545e46e760dfa39452316",
        ),
        (
            ED25519_KEY,
            "Ed25519",
            "5ec2726dbb54b513cf5d59913689dc6a40490fc7036582b749ef85d0798055cd",
            "2a864b8bd953a5140d16d8cd03646cb010e9483a3717d69b2b4952107946da6a",
        ),
        (
            RSA2048,
            "RSA 2048",
            "e6017e28ccbc347375ab83834c19a33573550d5f4c6405fe75d00bea2c97a033",
            "01f6b59d0cb026a8b69fbd9ff94b7db7ee7f7e60f01299e56937090afff59121",
        ),
    ];
    for (text, name, fingerprint, id) in cases {
        let key = key(text);
        assert_eq!(key.algorithm().to_string(), name);
        assert_eq!(key.fingerprint(), fingerprint, "{name}");
        assert_eq!(key.tuf_key_id(), id, "{name}");
        assert_eq!(key.pem(), text, "{name}");
        assert_eq!(PublicKey::from_spki_der(key.spki_der()), Ok(key));
    }
}

#[test]
fn ids_are_those_of_notary() {
    // The point with the private key 1.
    let generator = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt\n6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==\n-----END PUBLIC KEY-----\n";
    assert_eq!(
        key(generator).tuf_key_id(),
        "2a4a3169341f90dec00876954704aaaf9377744a576e20b3e17d3950976a448d"
    );
    let Ok(Uploaded::Certificate(alice)) = parse(ALICE) else {
        panic!("a certificate");
    };
    assert_eq!(
        alice.tuf_key_id().as_deref(),
        Some("daaa48d3d325c5b512faeb12f996c8fc64d951f24be5da98bce22e6e09c2624f")
    );
    assert_eq!(
        alice.key().tuf_key_id(),
        "fd628e367589872600c0079fb732cda2875ccfe55203b73d6e514e97397f5ff8"
    );
}

#[test]
fn reads_what_a_certificate_says() {
    let uploaded = parse(&ALICE.replace('\n', "\r\n")).expect("certificate");
    let Uploaded::Certificate(alice) = &uploaded else {
        panic!("a certificate");
    };
    assert_eq!(uploaded.key(), alice.key());
    assert_eq!(alice.key().algorithm(), Algorithm::EcdsaP256);
    assert_eq!(
        alice.key().fingerprint(),
        "d4e9716d54cbe8968b2cf4dac94fa2ad958647b8182455676ec77f50aa694371"
    );
    assert_eq!(
        alice.fingerprint(),
        "c540a52fbd52bc4db3797fd82e524536b6f2ed94958ce8e15513ca5930c697a0"
    );
    assert_eq!(alice.serial(), "368c474c3e5ff58287e7d6cd8611b330ddc8c268");
    assert_eq!(alice.common_name(), Some("alice"));
    assert_eq!(
        (alice.not_before(), alice.not_after()),
        (
            time::macros::datetime!(2026-11-23 03:23:32 UTC),
            time::macros::datetime!(2026-12-23 03:23:32 UTC)
        )
    );
    assert_eq!(alice.pem(), ALICE);
    assert_eq!(Certificate::from_der(alice.der()).as_ref(), Ok(alice));
}

#[test]
fn reads_what_tools_write_around_a_key() {
    let body = P256.split_once('\n').expect("lines").1;
    for text in [
        // docker trust key generate
        format!("-----BEGIN PUBLIC KEY-----\nrole: jeff\n\n{body}"),
        format!("\u{feff}a comment\n{P256}\nanother\n"),
        P256.trim_end().replace('\n', "\r\n"),
    ] {
        assert_eq!(key(&text), key(P256), "{text}");
    }
    let chain = format!("{ALICE}{ALICE}");
    assert_eq!(parse(&chain), parse(ALICE));
}

#[test]
fn refuses_other_kinds_and_says_what_is_accepted() {
    for (text, found) in [
        (include_str!("../../testdata/p521.pub"), "ECDSA on P-521"),
        (
            include_str!("../../testdata/secp256k1.pub"),
            "ECDSA on the curve 1.3.132.0.10",
        ),
        (
            include_str!("../../testdata/p256-explicit.pub"),
            "ECDSA on a curve without a name",
        ),
        (
            include_str!("../../testdata/ed448.pub"),
            "of the kind 1.3.101.113",
        ),
        (
            include_str!("../../testdata/x25519.pub"),
            "of the kind 1.3.101.110",
        ),
        (
            include_str!("../../testdata/rsa1024.pub"),
            "RSA with 1024 bits",
        ),
        (
            include_str!("../../testdata/rsa2047.pub"),
            "RSA with 2047 bits",
        ),
        (
            include_str!("../../testdata/rsapss2048.pub"),
            "of the kind 1.2.840.113549.1.1.10",
        ),
    ] {
        let error = parse(text).expect_err(found);
        assert_eq!(error, PublicKeyError::Unsupported(found.to_owned()));
        assert!(error.to_string().ends_with(
            "accepted are ECDSA on P-256 or P-384, Ed25519, and RSA with 2048 to 8192 bits"
        ));
    }
}

#[test]
fn one_key_has_one_encoding() {
    let compressed = include_str!("../../testdata/p256-compressed.pub");
    assert_eq!(parse(compressed), Err(PublicKeyError::Malformed));

    let spki = key(P256).spki_der().to_vec();
    let mut trailing = spki.clone();
    trailing.push(0);
    // The outer length in two bytes where one is enough.
    let mut long_length = spki.clone();
    long_length.insert(1, 0x81);
    // 7 bits of the last byte that count.
    let mut unused_bit = spki.clone();
    let at = spki.len() - 66;
    assert_eq!(unused_bit[at], 0, "unused bits");
    unused_bit[at] = 1;
    let mut off_the_curve = spki.clone();
    *off_the_curve.last_mut().expect("bytes") ^= 1;
    for der in [&trailing, &long_length, &unused_bit, &off_the_curve] {
        assert_eq!(
            PublicKey::from_spki_der(der),
            Err(PublicKeyError::Malformed),
            "{der:02x?}"
        );
    }

    // An RSA key whose algorithm lacks the NULL that RFC 3279 asks for.
    let rsa = key(RSA2048).spki_der().to_vec();
    let null = rsa.windows(2).position(|w| w == [5, 0]).expect("NULL");
    let mut without = rsa.clone();
    without.drain(null..null + 2);
    without[5] -= 2;
    without[3] -= 2;
    assert_eq!(
        PublicKey::from_spki_der(&without),
        Err(PublicKeyError::Malformed)
    );
}

#[test]
fn refuses_what_is_not_one_public_key() {
    let pair = KeyPair::generate().expect("key");
    let request = CertificateParams::default()
        .serialize_request(&pair)
        .and_then(|request| request.pem())
        .expect("request");
    let private = pair.serialize_pem();
    let cases = [
        (String::new(), PublicKeyError::NotPem),
        (
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 ada".to_owned(),
            PublicKeyError::NotPem,
        ),
        (
            P256.replace("END PUBLIC", "END OTHER"),
            PublicKeyError::NotPem,
        ),
        (P256.replace("MFk", "M*k"), PublicKeyError::NotPem),
        (request, PublicKeyError::NotPem),
        (private.clone(), PublicKeyError::PrivateKey),
        (format!("{P256}{private}"), PublicKeyError::PrivateKey),
        (format!("{P256}{P256}"), PublicKeyError::Several),
        (format!("{ALICE}{P256}"), PublicKeyError::Several),
        (format!("{P256}{ALICE}"), PublicKeyError::Several),
        (
            ALICE.replace("CERTIFICATE", "PUBLIC KEY"),
            PublicKeyError::Malformed,
        ),
        (
            P256.replace("PUBLIC KEY", "CERTIFICATE"),
            PublicKeyError::Certificate,
        ),
        ("x".repeat(MAX_PEM + 1), PublicKeyError::TooLong),
    ];
    for (text, expected) in cases {
        let error = parse(&text).expect_err("refused");
        assert_eq!(error, expected, "{text}");
        assert!(!error.to_string().contains("MFk"), "{error}");
    }
    assert_eq!(
        Certificate::from_der(&vec![0x30; MAX_PEM + 1]),
        Err(PublicKeyError::TooLong)
    );
}

#[test]
fn a_certificate_of_a_weak_or_foreign_key_is_refused_too() {
    let pair = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P521_SHA512).expect("key");
    let certificate = CertificateParams::default()
        .self_signed(&pair)
        .expect("certificate");
    assert_eq!(
        parse(&certificate.pem()),
        Err(PublicKeyError::Unsupported("ECDSA on P-521".to_owned()))
    );
}

#[test]
fn strange_common_names_count_as_none() {
    let pair = KeyPair::generate().expect("key");
    let named = |name: &str| {
        let mut params = CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        let certificate = params.self_signed(&pair).expect("certificate");
        let certificate = Certificate::from_der(certificate.der()).expect("readable");
        assert_eq!(certificate.key().spki_der(), pair.subject_public_key_info());
        certificate.common_name().map(str::to_owned)
    };
    assert_eq!(named("ada"), Some("ada".to_owned()));
    assert_eq!(named(&"é".repeat(64)), Some("é".repeat(64)));
    assert_eq!(named(&"x".repeat(65)), None);
    assert_eq!(named("ada\nadmin"), None);
}

proptest! {
    #[test]
    fn any_text_is_answered(text in "\\PC{0,200}") {
        prop_assert!(parse(&text).is_err());
    }

    #[test]
    fn any_bytes_in_a_block_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..300), tag in "(PUBLIC KEY|CERTIFICATE)") {
        prop_assert!(parse(&encode_pem(&tag, &bytes)).is_err());
    }

    #[test]
    fn a_changed_certificate_is_refused_or_another_one(at in 0usize..10_000, with in any::<u8>()) {
        let Ok(Uploaded::Certificate(alice)) = parse(ALICE) else { panic!("a certificate") };
        let mut der = alice.der().to_vec();
        let at = at % der.len();
        prop_assume!(der[at] != with);
        der[at] = with;
        if let Ok(other) = Certificate::from_der(&der) {
            prop_assert_ne!(other.fingerprint(), alice.fingerprint());
        }
    }

    #[test]
    fn a_changed_key_is_refused_or_another_one(at in 0usize..10_000, with in any::<u8>()) {
        for text in [P256, P384, ED25519_KEY, RSA2048] {
            let key = key(text);
            let mut der = key.spki_der().to_vec();
            let at = at % der.len();
            prop_assume!(der[at] != with);
            der[at] = with;
            if let Ok(other) = PublicKey::from_spki_der(&der) {
                prop_assert_eq!(other.spki_der(), &der[..]);
                prop_assert_ne!(other.tuf_key_id(), key.tuf_key_id());
            }
        }
    }
}
