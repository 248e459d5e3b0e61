//! Chains of cosign's certificates: what may be in one, where it may end, and attacks on all of it.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, GeneralSubtree,
    IsCa, KeyPair, KeyUsagePurpose, NameConstraints,
};
use serde_json::{Value, json};
use time::{Duration, macros::datetime};
use trust::attached::{Refused, Trusted, Verified};

use super::{
    NOW,
    certified::{Authority, Certified, LAYOUTS, Layout, by, issuer, key, pem, stored},
    cosign::{IN_TOTO, SIGN, STATEMENT, envelope, pae, statement},
    decide, manifest,
    notation::leaf,
    only, subject,
};

#[test]
fn where_a_chain_may_end() {
    let authority = Authority::new();
    let mut signer = authority.issue(leaf());
    let (root, issuing, own) = (
        authority.root.der().to_vec(),
        authority.issuing.der().to_vec(),
        signer.leaf.clone(),
    );
    for registered in [
        &[&root[..], &issuing][..],
        &[&issuing[..]],
        &[&own[..]],
        &[&own[..], &root],
    ] {
        for layout in LAYOUTS {
            assert_eq!(by(signer.says(layout, &stored(registered))).0, "store");
        }
    }
    assert!(signer.says(Layout::Simple, &stored(&[&root])).is_ok());
    // in whatever order, and with others among them
    signer.above = vec![
        root.clone(),
        own,
        Authority::new().root.der().to_vec(),
        issuing,
    ];
    assert!(signer.says(Layout::Simple, &stored(&[&root])).is_ok());
    // the one between is missing
    signer.above = vec![root.clone()];
    for layout in LAYOUTS {
        let said = signer.says(layout, &stored(&[&root]));
        assert_eq!(said, Err(Refused::Unlinked), "{layout:?}");
    }
    signer.above.clear();
    assert_eq!(
        signer.says(Layout::Simple, &stored(&[&root])),
        Err(Refused::Unlinked)
    );
    // cosign 3 leaves an empty annotation
    assert!(
        signer
            .says(Layout::Simple, &stored(&[authority.issuing.der()]))
            .is_ok()
    );
}

#[test]
fn a_root_of_ones_own_making_proves_nothing() {
    let (ours, theirs) = (Authority::new(), Authority::new());
    let mut signer = theirs.issue(leaf());
    let trusted = stored(&[ours.root.der(), ours.issuing.der()]);
    for layout in LAYOUTS {
        assert_eq!(signer.says(layout, &trusted), Err(Refused::Unlinked));
    }
    // of the same names, with the registered certificates beside
    signer
        .above
        .extend([ours.issuing.der().to_vec(), ours.root.der().to_vec()]);
    assert_eq!(
        signer.says(Layout::Simple, &trusted),
        Err(Refused::Unlinked)
    );
    // a certificate that signs issues no others, whoever it is
    let middle = ours.issue(leaf());
    let middle = KeyPair::try_from(middle.key.serialized_der()).map(|key| (key, middle.leaf));
    let (key, above) = middle.expect("a key");
    let params = leaf();
    let above_it = rcgen::Issuer::from_params(&params, &key);
    let own = self::key();
    let forged = leaf().signed_by(&own, &above_it).expect("a certificate");
    let signer = Certified {
        key: own,
        leaf: forged.der().to_vec(),
        above: vec![above, ours.issuing.der().to_vec(), ours.root.der().to_vec()],
    };
    for layout in [Layout::Simple, Layout::Bundle("0.1")] {
        let said = signer.says(layout, &trusted);
        assert!(matches!(said, Err(Refused::Usage(_))), "{said:?}");
    }
}

#[test]
fn what_the_certificate_that_signs_is_for() {
    let authority = Authority::new();
    let trusted = stored(&[authority.root.der(), authority.issuing.der()]);
    let says = |change: &dyn Fn(&mut CertificateParams)| {
        let mut params = leaf();
        change(&mut params);
        let signer = authority.issue(params);
        LAYOUTS.map(|layout| signer.says(layout, &trusted))
    };
    let purposes = |purposes: &[ExtendedKeyUsagePurpose]| {
        let purposes = purposes.to_vec();
        says(&move |params: &mut CertificateParams| params.extended_key_usages = purposes.clone())
    };
    let usages = |usages: &[KeyUsagePurpose]| {
        let usages = usages.to_vec();
        says(&move |params: &mut CertificateParams| params.key_usages = usages.clone())
    };
    let authority = says(&|params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained));
    for wrong in [
        purposes(&[]),
        purposes(&[ExtendedKeyUsagePurpose::ServerAuth]),
        purposes(&[ExtendedKeyUsagePurpose::Any]),
        usages(&[KeyUsagePurpose::KeyEncipherment]),
        usages(&[
            KeyUsagePurpose::DigitalSignature,
            KeyUsagePurpose::KeyCertSign,
        ]),
        authority,
    ] {
        for said in wrong {
            assert!(matches!(said, Err(Refused::Usage(_))), "{said:?}");
        }
    }
    // as many programs make them
    for good in [
        usages(&[]),
        usages(&[
            KeyUsagePurpose::DigitalSignature,
            KeyUsagePurpose::KeyEncipherment,
        ]),
        usages(&[
            KeyUsagePurpose::DigitalSignature,
            KeyUsagePurpose::ContentCommitment,
        ]),
        purposes(&[
            ExtendedKeyUsagePurpose::CodeSigning,
            ExtendedKeyUsagePurpose::ClientAuth,
        ]),
        says(&|params| params.is_ca = IsCa::ExplicitNoCa),
    ] {
        for said in good {
            assert!(said.is_ok(), "{said:?}");
        }
    }
}

/// With an authority that is changed, or a root that is.
fn issued_by(
    change: impl FnOnce(&mut CertificateParams, &mut CertificateParams),
) -> Result<Verified, Refused> {
    let (mut root, mut issuing) = (issuer("root"), issuer("issuing"));
    change(&mut root, &mut issuing);
    let authority = Authority::of(root, issuing);
    let signer = authority.issue(leaf());
    signer.says(Layout::Simple, &stored(&[authority.root.der()]))
}

#[test]
fn who_may_issue() {
    for said in [
        issued_by(|_, issuing| issuing.is_ca = IsCa::NoCa),
        issued_by(|_, issuing| issuing.is_ca = IsCa::ExplicitNoCa),
        issued_by(|_, issuing| issuing.key_usages = vec![KeyUsagePurpose::DigitalSignature]),
        issued_by(|root, _| root.key_usages = vec![KeyUsagePurpose::CrlSign]),
        issued_by(|root, _| root.is_ca = IsCa::Ca(BasicConstraints::Constrained(0))),
        issued_by(|_, issuing| {
            issuing.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        }),
        issued_by(|root, _| root.extended_key_usages = vec![ExtendedKeyUsagePurpose::TimeStamping]),
        issued_by(|_, issuing| {
            issuing.name_constraints = Some(NameConstraints {
                permitted_subtrees: vec![GeneralSubtree::DnsName("example.com".to_owned())],
                excluded_subtrees: Vec::new(),
            });
        }),
    ] {
        assert!(matches!(said, Err(Refused::Usage(_))), "{said:?}");
    }
    for said in [
        issued_by(|root, issuing| {
            root.is_ca = IsCa::Ca(BasicConstraints::Constrained(1));
            issuing.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        }),
        // openssl's roots do not say what their key is for
        issued_by(|root, _| root.key_usages.clear()),
        issued_by(|_, issuing| {
            issuing.extended_key_usages = vec![ExtendedKeyUsagePurpose::CodeSigning];
        }),
        issued_by(|_, issuing| issuing.extended_key_usages = vec![ExtendedKeyUsagePurpose::Any]),
    ] {
        assert!(said.is_ok(), "{said:?}");
    }
}

#[test]
fn when_they_are_valid() {
    let authority = Authority::new();
    let trusted = stored(&[authority.root.der(), authority.issuing.der()]);
    let mut expired = leaf();
    expired.not_after = NOW - Duration::seconds(1);
    let mut early = leaf();
    early.not_before = NOW + Duration::seconds(1);
    for params in [expired, early] {
        let signer = authority.issue(params);
        for layout in LAYOUTS {
            let said = signer.says(layout, &trusted);
            assert_eq!(said, Err(Refused::NotNow), "{layout:?}");
        }
    }
    for said in [
        issued_by(|_, issuing| issuing.not_after = NOW - Duration::seconds(1)),
        issued_by(|_, issuing| issuing.not_before = NOW + Duration::seconds(1)),
        issued_by(|root, _| root.not_after = NOW - Duration::seconds(1)),
    ] {
        assert_eq!(said, Err(Refused::NotNow));
    }
    // the one that ends first says until when
    let end = datetime!(2026-12-24 0:00 UTC);
    let said = issued_by(|_, issuing| issuing.not_after = end);
    assert_eq!(said.map(|said| said.certificates_until), Ok(Some(end)));
}

#[test]
fn of_two_certificates_of_an_issuer_one_may_have_ended() {
    let root = CertifiedIssuer::self_signed(issuer("root"), key()).expect("a root");
    let shared = key();
    let with = |params: CertificateParams| {
        let key = KeyPair::try_from(shared.serialized_der()).expect("a key");
        CertifiedIssuer::signed_by(params, key, &root).expect("an authority")
    };
    let mut old = issuer("issuing");
    old.not_after = NOW - Duration::days(1);
    let (old, new) = (with(old), with(issuer("issuing")));
    let own = key();
    let certificate = leaf().signed_by(&own, &new).expect("a certificate");
    let mut signer = Certified {
        key: own,
        leaf: certificate.der().to_vec(),
        above: vec![old.der().to_vec(), new.der().to_vec()],
    };
    assert!(signer.says(Layout::Simple, &stored(&[root.der()])).is_ok());
    signer.above.pop();
    let said = signer.says(Layout::Simple, &stored(&[root.der()]));
    assert_eq!(said, Err(Refused::NotNow));
}

#[test]
fn searching_for_a_chain_ends() {
    // two that issued each other, and many of the same name
    let (a, b) = (key(), key());
    let of = |name: &str, own: &KeyPair, issuer_name: &str, issuer_key: &KeyPair| {
        let above = issuer(issuer_name);
        let above = rcgen::Issuer::from_params(&above, issuer_key);
        let der = issuer(name).signed_by(own, &above).expect("a certificate");
        der.der().to_vec()
    };
    let circle = [of("issuing", &a, "b", &b), of("b", &b, "issuing", &a)];
    let own = key();
    let above = issuer("issuing");
    let certificate = leaf()
        .signed_by(&own, &rcgen::Issuer::from_params(&above, &a))
        .expect("a certificate");
    let mut above = circle.to_vec();
    above.extend((0..7).map(|_| of("issuing", &key(), "b", &b)));
    let signer = Certified {
        key: own,
        leaf: certificate.der().to_vec(),
        above,
    };
    let authority = Authority::new();
    let said = signer.says(Layout::Simple, &stored(&[authority.root.der()]));
    assert_eq!(said, Err(Refused::Unlinked));
    assert!(signer.says(Layout::Simple, &stored(&[&circle[1]])).is_ok());
    // those of the store are looked at first, so that what is brought is in the way of nothing
    let mut good = authority.issue(leaf());
    good.above = (0..9).map(|_| of("issuing", &key(), "b", &b)).collect();
    let trusted = stored(&[authority.root.der(), authority.issuing.der()]);
    assert!(good.says(Layout::Simple, &trusted).is_ok());
}

#[test]
fn what_is_brought_is_limited_before_it_is_read() {
    let authority = Authority::new();
    let signer = authority.issue(leaf());
    let trusted = stored(&[authority.root.der(), authority.issuing.der()]);
    let certificate = "dev.sigstore.cosign/certificate";
    let chain = "dev.sigstore.cosign/chain";
    let (own, above) = (pem(&signer.leaf), pem(authority.issuing.der()));
    let private = signer.key.serialize_pem();
    let says = |name: &str, text: &str| {
        signer.annotated(|annotations| annotations[name] = text.into(), &trusted)
    };
    for (name, text) in [
        (certificate, "garbage".to_owned()),
        (certificate, own.repeat(2)),
        (certificate, format!("{own}{private}")),
        (certificate, private.clone()),
        (certificate, own.replace("MII", "AII")),
        (certificate, " ".repeat(30_000)),
        (certificate, format!("{own}{}", "\n".repeat(30_000))),
        (certificate, pem(&vec![0x30; 17 << 10])),
        (chain, "garbage".to_owned()),
        (chain, above.repeat(10)),
        (chain, format!("{above}{private}")),
        (chain, "-----BEGIN CERTIFICATE-----\n".repeat(8_000)),
        (chain, "\n".repeat(300_000) + &above),
    ] {
        let said = says(name, &text);
        assert!(matches!(said, Err(Refused::Chain(_))), "{name}: {said:?}");
    }
    assert!(says(chain, &above.repeat(9)).is_ok());
    assert!(says(chain, " \n").is_ok());
    assert_eq!(says(certificate, ""), Err(Refused::NoKey));
}

#[test]
fn what_bundles_bring() {
    let authority = Authority::new();
    let signer = authority.issue(leaf());
    let trusted = stored(&[authority.root.der(), authority.issuing.der()]);
    let said = statement(&subject().digest, SIGN, STATEMENT);
    let enveloped = envelope(&said, IN_TOTO, &[signer.sign(&pae(IN_TOTO, &said))]);
    let says = |version: &str, material: Value, trusted: &Trusted| {
        let mut bundle = signer.bundle(version, &json!({"dsseEnvelope": enveloped}));
        bundle["verificationMaterial"] = material;
        let layer = bundle.to_string().into_bytes();
        let kind = "application/vnd.dev.sigstore.bundle.v0.3+json";
        decide(
            &only(&manifest(kind, &layer, json!({}), "")),
            &layer,
            trusted,
        )
    };
    let raw = |der: &[u8]| json!({"rawBytes": BASE64_STANDARD.encode(der)});
    let own = raw(&signer.leaf);
    let chain = |all: Vec<Value>| json!({"x509CertificateChain": {"certificates": all}});
    let snake =
        json!({"x509_certificate_chain": {"certificates": [{"raw_bytes": own["rawBytes"]}]}});
    for (version, material) in [
        ("0.1", chain(vec![own.clone()])),
        ("0.1", snake),
        ("0.2", json!({"certificate": own})),
        ("0.2", chain(vec![own.clone(); 10])),
    ] {
        let said = says(version, material.clone(), &trusted);
        assert!(said.is_ok(), "{material}: {said:?}");
    }
    for material in [
        chain(vec![]),
        chain(vec![own.clone(); 11]),
        chain(vec![own.clone(), raw(b"garbage")]),
        chain(vec![own.clone(), json!({"rawBytes": "A".repeat(30_000)})]),
        chain(vec![json!({})]),
        json!({"certificate": {}}),
        json!({"certificate": raw(b"garbage")}),
        json!({"certificate": raw(&[&signer.leaf[..], b"x"].concat())}),
    ] {
        let said = says("0.2", material.clone(), &trusted);
        assert!(
            matches!(said, Err(Refused::Chain(_))),
            "{material}: {said:?}"
        );
    }
    for (version, material) in [
        ("0.3", chain(vec![own.clone()])),
        (
            "0.2",
            json!({"certificate": own, "publicKey": {"hint": ""}}),
        ),
        (
            "0.2",
            json!({"certificate": own, "x509CertificateChain": {"certificates": [own]}}),
        ),
        ("0.2", json!({"certificate": {"rawBytes": "!"}})),
        ("0.2", json!({})),
    ] {
        let said = says(version, material.clone(), &trusted);
        assert!(
            matches!(said, Err(Refused::Malformed(_))),
            "{material}: {said:?}"
        );
    }
    // a bundle that says it was made with a key is none of a certificate's
    let said = says("0.3", json!({"publicKey": {"hint": ""}}), &trusted);
    assert_eq!(said, Err(Refused::NoKey));
}
