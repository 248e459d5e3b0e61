//! What is issued, which rustls accepts too, and what is not.

use std::sync::Arc;

use super::*;
use crate::public_key::{Algorithm, MAX_PEM, encode_pem};
use rcgen::{BasicConstraints, IsCa};
use rustls::{
    RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, UnixTime},
    server::WebPkiClientVerifier,
};

#[test]
fn says_what_a_client_certificate_should() {
    let issued = issue(&ca());
    let (_, parsed) =
        x509_parser::parse_x509_certificate(issued.certificate.der()).expect("readable");
    assert_eq!(parsed.subject().to_string(), "CN=ada");
    assert_eq!(parsed.issuer().to_string(), "CN=Plimsoll test client CA");
    assert!(!parsed.is_ca());
    let usage = parsed.extended_key_usage().expect("ok").expect("present");
    assert!(usage.value.client_auth && !usage.value.server_auth && !usage.value.any);
    let usage = parsed.key_usage().expect("ok").expect("present");
    assert!(usage.value.digital_signature() && !usage.value.key_cert_sign());
    let names = parsed
        .subject_alternative_name()
        .expect("ok")
        .expect("present");
    assert_eq!(
        names.value.general_names,
        [GeneralName::URI(
            "urn:uuid:01935a4e-7c1f-7d20-8a4b-0c6d1e2f3a4b"
        )]
    );
}

#[test]
fn rustls_accepts_them_with_every_kind_of_key() {
    let ca = ca();
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from(ca.der.clone()))
        .expect("root");
    let verifier = WebPkiClientVerifier::builder_with_provider(
        Arc::new(roots),
        Arc::new(aws_lc_rs::default_provider()),
    )
    .build()
    .expect("verifier");
    let at = u64::try_from(NOW.unix_timestamp()).expect("positive");
    let at = UnixTime::since_unix_epoch(std::time::Duration::from_secs(at));
    for text in [
        include_str!("../../../testdata/p256.pub"),
        include_str!("../../../testdata/p384.pub"),
        include_str!("../../../testdata/ed25519.pub"),
        include_str!("../../../testdata/rsa2048.pub"),
    ] {
        let key = key(text);
        let issued = ca
            .issue_for_key(&key, ADA, DEFAULT_LIFETIME, NOW, &mut rand::rng())
            .expect("certificate");
        assert!(issued.key_pem.is_none());
        assert_eq!(issued.certificate.key(), &key);
        let identity = ca.verify(issued.certificate.der(), NOW).expect("accepted");
        assert_eq!(identity.key_fingerprint, key.fingerprint());
        verifier
            .verify_client_cert(&CertificateDer::from(issued.certificate.der()), &[], at)
            .expect("accepted by rustls");
    }
}

#[test]
fn takes_the_key_of_a_request_and_nothing_else() {
    let ca = ca();
    let pair = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).expect("key");
    let mut wishes = CertificateParams::new(vec!["registry.example".to_owned()]).expect("params");
    wishes.distinguished_name.push(DnType::CommonName, "admin");
    wishes.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    wishes.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let text = request(&wishes, &pair);
    for text in [
        text.replace("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"),
        text.replace('\n', "\r\n"),
    ] {
        let issued = issue_for_request(&ca, &text).expect("certificate");
        assert!(issued.key_pem.is_none());
        assert_eq!(issued.certificate.key(), &key(&pair.public_key_pem()));
        assert_eq!(issued.certificate.common_name(), Some("ada"));
        let identity = ca.verify(issued.certificate.der(), NOW).expect("accepted");
        assert_eq!(identity.account, ACCOUNT);
    }
}

#[test]
fn refuses_requests_that_prove_nothing() {
    let ca = ca();
    let pair = KeyPair::generate().expect("key");
    let params = CertificateParams::default();
    let text = request(&params, &pair);
    let der = pem::parse(&text).expect("pem").into_contents();
    let as_request = |der: &[u8]| encode_pem("CERTIFICATE REQUEST", der);

    let mut broken = der.clone();
    *broken.last_mut().expect("bytes") ^= 1;
    // The key of somebody else, in a request that another key has signed.
    let spki = rcgen::PublicKeyData::subject_public_key_info(&pair);
    let at = der
        .windows(spki.len())
        .position(|w| w == spki)
        .expect("key");
    let mut stolen = der.clone();
    stolen[at..at + spki.len()]
        .copy_from_slice(key(include_str!("../../../testdata/p256.pub")).spki_der());
    for der in [&broken, &stolen] {
        let error = issue_for_request(&ca, &as_request(der)).expect_err("refused");
        assert!(matches!(error, ClientCaError::RequestSignature), "{error}");
    }

    let mut trailing = der.clone();
    trailing.push(0);
    for text in [
        String::new(),
        as_request(b""),
        as_request(&trailing),
        format!("{text}{text}"),
        pair.public_key_pem(),
        ca.cert_pem().to_owned(),
        ca.cert_pem().replace("CERTIFICATE", "CERTIFICATE REQUEST"),
    ] {
        let error = issue_for_request(&ca, &text).expect_err("refused");
        assert!(matches!(error, ClientCaError::Request), "{text}: {error}");
    }

    let refused = |text: &str| match issue_for_request(&ca, text) {
        Err(ClientCaError::Key(error)) => error,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        refused(include_str!("../../../testdata/rsa1024.csr")),
        PublicKeyError::Unsupported("RSA with 1024 bits".to_owned())
    );
    let p521 = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P521_SHA512).expect("key");
    assert_eq!(
        refused(&request(&params, &p521)),
        PublicKeyError::Unsupported("ECDSA on P-521".to_owned())
    );
    assert_eq!(refused(&pair.serialize_pem()), PublicKeyError::PrivateKey);
    assert_eq!(refused(&"x".repeat(MAX_PEM + 1)), PublicKeyError::TooLong);
}

#[test]
fn refuses_names_and_lifetimes_that_make_no_sense() {
    let ca = ca();
    let mut rng = rand::rng();
    let mut named = |name: &str, lifetime: Duration, now: OffsetDateTime| {
        let subject = Subject {
            account: ACCOUNT,
            name,
        };
        ca.issue(subject, lifetime, now, &mut rng)
    };
    for name in ["", "a\nb", &"x".repeat(65)] {
        assert!(matches!(
            named(name, DEFAULT_LIFETIME, NOW),
            Err(ClientCaError::Name)
        ));
    }
    assert!(named(&"x".repeat(64), DEFAULT_LIFETIME, NOW).is_ok());
    for lifetime in [Duration::ZERO, Duration::seconds(-1), Duration::MIN] {
        assert!(matches!(
            named("ada", lifetime, NOW),
            Err(ClientCaError::Lifetime)
        ));
    }
    let end = NOW + Duration::days(3650);
    let longest = named("ada", Duration::MAX, NOW).expect("certificate");
    assert_eq!(
        longest.certificate.not_after(),
        end,
        "not longer than the authority"
    );
    assert!(matches!(
        named("ada", DEFAULT_LIFETIME, end),
        Err(ClientCaError::AuthorityExpired)
    ));
}

#[test]
fn issues_and_knows_its_own() {
    let ca = ca();
    let issued = issue(&ca);
    let certificate = &issued.certificate;
    assert_eq!(certificate.common_name(), Some("ada"));
    assert_eq!(certificate.key().algorithm(), Algorithm::EcdsaP256);
    assert_eq!(certificate.not_before(), NOW - Duration::hours(1));
    assert_eq!(certificate.not_after(), NOW + Duration::days(398));
    assert_eq!(
        ca.verify(certificate.der(), NOW),
        Ok(ClientIdentity {
            account: ACCOUNT,
            serial: certificate.serial().to_owned(),
            fingerprint: certificate.fingerprint(),
            key_fingerprint: certificate.key().fingerprint(),
        })
    );
    let pair = KeyPair::from_pem(issued.key_pem.as_deref().expect("a key")).expect("readable");
    assert_eq!(
        rcgen::PublicKeyData::subject_public_key_info(&pair),
        certificate.key().spki_der()
    );
    let other = issue(&ca).certificate;
    assert_ne!(certificate.serial(), other.serial());
    assert_ne!(certificate.key(), other.key());
}
