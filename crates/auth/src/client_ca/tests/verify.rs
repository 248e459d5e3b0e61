//! Certificates that are accepted, and those that somebody would like to be accepted.

use super::*;
use crate::public_key::{Uploaded, encode_pem};
use proptest::prelude::*;
use rcgen::{BasicConstraints, IsCa};

#[test]
fn refuses_a_certificate_outside_of_its_time() {
    let ca = ca();
    let der = signed(&ca, |_| {});
    for (seconds, expected) in [
        (-1, Some(ClientError::NotYet)),
        (0, None),
        (86_400, None),
        (86_401, Some(ClientError::Expired)),
    ] {
        let now = NOW + Duration::seconds(seconds);
        assert_eq!(ca.verify(&der, now).err(), expected, "{seconds}");
    }
}

#[test]
fn refuses_what_others_issued() {
    let ca = ca();
    let same_name = super::ca();
    let other_name = ClientCa::create("another", NOW).expect("authority");
    let verify = |der: &[u8]| ca.verify(der, NOW).err();
    assert_eq!(
        verify(issue(&same_name).certificate.der()),
        Some(ClientError::Signature),
        "the same name, another key"
    );
    assert_eq!(
        verify(issue(&other_name).certificate.der()),
        Some(ClientError::Issuer)
    );
    // One that the holder of a client certificate signed in the authority's name.
    let pair = KeyPair::generate().expect("key");
    let forged = CertificateParams::default().self_signed(&pair);
    assert_eq!(
        verify(forged.expect("certificate").der()),
        Some(ClientError::Issuer)
    );
    let server = CertificateAuthority::create("Plimsoll test client CA", NOW)
        .and_then(|ca| ca.issue_server(&["localhost".to_owned()], NOW))
        .expect("certificate");
    let server = pem::parse(server.cert_pem).expect("pem");
    assert_eq!(verify(server.contents()), Some(ClientError::Signature));
}

#[test]
fn refuses_its_own_that_are_not_for_clients() {
    let ca = ca();
    let verify = |der: &[u8]| ca.verify(der, NOW).err();
    let server = ca.authority.issue_server(&["localhost".to_owned()], NOW);
    let server = pem::parse(server.expect("certificate").cert_pem).expect("pem");
    assert_eq!(verify(server.contents()), Some(ClientError::Purpose));
    assert_eq!(verify(&ca.der), Some(ClientError::Purpose), "itself");
    assert_eq!(verify(&signed(&ca, |_| {})), None);
    for usages in [vec![], vec![ExtendedKeyUsagePurpose::Any]] {
        let der = signed(&ca, |params| params.extended_key_usages = usages);
        assert_eq!(verify(&der), Some(ClientError::Purpose));
    }
    let authority = signed(&ca, |params| {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    });
    assert_eq!(verify(&authority), Some(ClientError::Purpose));
    let uri = |text: &str| SanType::URI(text.try_into().expect("ascii"));
    for names in [
        vec![],
        vec![uri("urn:uuid:")],
        vec![uri("urn:uuid:ada")],
        vec![uri("https://registry.example/")],
        vec![SanType::DnsName(
            "registry.example".try_into().expect("ascii"),
        )],
        vec![
            uri(&format!("urn:uuid:{ACCOUNT}")),
            uri(&format!("urn:uuid:{}", Uuid::nil())),
        ],
    ] {
        let der = signed(&ca, |params| params.subject_alt_names = names);
        assert_eq!(verify(&der), Some(ClientError::NoAccount));
    }
}

#[test]
fn refuses_what_is_no_certificate_or_too_much_of_one() {
    let ca = ca();
    let der = issue(&ca).certificate.der().to_vec();
    for bytes in [
        &b""[..],
        b"certificate",
        &der[..der.len() - 1],
        &[&der[..], &[0]].concat(),
    ] {
        assert_eq!(ca.verify(bytes, NOW), Err(ClientError::Malformed));
    }
    let huge = [&der[..], &vec![0; 1 << 20]].concat();
    assert_eq!(ca.verify(&huge, NOW), Err(ClientError::TooLong));
}

#[test]
fn survives_its_files_and_prints_no_key() {
    let ca = ca();
    let issued = issue(&ca);
    let again = ClientCa::from_pem(ca.cert_pem(), &ca.key_pem()).expect("authority");
    assert!(again.verify(issued.certificate.der(), NOW).is_ok());
    assert!(ca.verify(issue(&again).certificate.der(), NOW).is_ok());
    assert!(matches!(
        ClientCa::from_pem(ca.cert_pem(), &super::ca().key_pem()),
        Err(ClientCaError::Authority(CaError::ForeignKey))
    ));
    for printed in [format!("{issued:?}"), format!("{ca:?}")] {
        assert!(!printed.contains("PRIVATE"), "{printed}");
    }
    assert!(matches!(
        public_key::parse(&issued.certificate.pem()),
        Ok(Uploaded::Certificate(found)) if found == issued.certificate
    ));
}

#[test]
fn no_changed_bit_makes_another_identity() {
    let ca = ca();
    let der = issue(&ca).certificate.der().to_vec();
    let (_, parsed) = x509_parser::parse_x509_certificate(&der).expect("readable");
    let signed = parsed.tbs_certificate.as_ref().len();
    let genuine = ca.verify(&der, NOW).expect("accepted");
    for bit in 0..der.len() * 8 {
        let mut changed = der.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let Ok(found) = ca.verify(&changed, NOW) else {
            continue;
        };
        // The wrapping has four bytes, and is not signed.
        assert!(!(4..4 + signed).contains(&(bit / 8)), "bit {bit} is signed");
        let ClientIdentity {
            account,
            serial,
            key_fingerprint,
            ..
        } = &genuine;
        assert_eq!(
            (&found.account, &found.serial, &found.key_fingerprint),
            (account, serial, key_fingerprint)
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let ca = ca();
        prop_assert!(ca.verify(&bytes, NOW).is_err());
        prop_assert!(issue_for_request(&ca, &encode_pem("CERTIFICATE REQUEST", &bytes)).is_err());
    }
}
