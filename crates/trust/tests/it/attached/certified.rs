//! cosign's signatures that bring a certificate, in every layout: whose they are, until when, and what is no signature of its image.

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, IsCa, KeyPair,
    KeyUsagePurpose, SanType,
};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime, macros::datetime};
use trust::{
    attached::{
        Kind, Refused, Signer, TrustStore, Trusted, TrustedCertificate, Verified, VerifyingKey,
        verify,
    },
    notation::{Identities, Scheme},
    x509::Certificate,
};

use super::{
    NOW,
    cosign::{DSSE, IN_TOTO, SIGN, SIMPLE, STATEMENT, envelope, ours, pae, payload, statement},
    decide, digest, image, manifest,
    notation::{leaf, params},
    only, subject, trusted,
};

/// A root, and an authority below it that issues.
pub(super) struct Authority {
    pub(super) root: CertifiedIssuer<'static, KeyPair>,
    pub(super) issuing: CertifiedIssuer<'static, KeyPair>,
}

pub(super) fn issuer(name: &str) -> CertificateParams {
    let mut params = params(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

pub(super) fn key() -> KeyPair {
    KeyPair::generate().expect("a key")
}

impl Authority {
    pub(super) fn new() -> Self {
        Self::of(issuer("root"), issuer("issuing"))
    }

    pub(super) fn of(root: CertificateParams, issuing: CertificateParams) -> Self {
        let root = CertifiedIssuer::self_signed(root, key()).expect("a root");
        let issuing = CertifiedIssuer::signed_by(issuing, key(), &root).expect("an authority");
        Self { root, issuing }
    }

    pub(super) fn issue(&self, leaf: CertificateParams) -> Certified {
        let key = key();
        let leaf = leaf.signed_by(&key, &self.issuing).expect("a certificate");
        Certified {
            key,
            leaf: leaf.der().to_vec(),
            above: vec![self.issuing.der().to_vec(), self.root.der().to_vec()],
        }
    }
}

/// Who signs with a certificate, and what is brought with it.
pub(super) struct Certified {
    pub(super) key: KeyPair,
    pub(super) leaf: Vec<u8>,
    pub(super) above: Vec<Vec<u8>>,
}

pub(super) fn pem(der: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(der);
    format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
}

/// A store of these certificates.
pub(super) fn store(scheme: Scheme, identities: &[&str], certificates: &[&[u8]]) -> Trusted {
    let certificates = certificates.iter().map(|der| Certificate::from_der(der));
    Trusted {
        stores: vec![TrustStore {
            id: "store".to_owned(),
            scheme,
            certificates: certificates
                .collect::<Result<_, _>>()
                .expect("certificates"),
            identities: Identities::parse(identities.iter().copied()).expect("identities"),
        }],
        ..Trusted::default()
    }
}

/// A store that trusts everybody whom these issued.
pub(super) fn stored(certificates: &[&[u8]]) -> Trusted {
    store(Scheme::X509, &["*"], certificates)
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Layout {
    Simple,
    Envelope,
    /// Of that version.
    Bundle(&'static str),
    /// A bundle over the image itself.
    Message,
}

pub(super) const LAYOUTS: [Layout; 6] = [
    Layout::Simple,
    Layout::Envelope,
    Layout::Bundle("0.1"),
    Layout::Bundle("0.2"),
    Layout::Bundle("0.3"),
    Layout::Message,
];

impl Certified {
    pub(super) fn sign(&self, message: &[u8]) -> String {
        let algorithm = &ECDSA_P256_SHA256_ASN1_SIGNING;
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, self.key.serialized_der()).expect("a key");
        let signature = pair.sign(&SystemRandom::new(), message);
        BASE64_STANDARD.encode(signature.expect("signed"))
    }

    /// The annotations of a layer with that signature.
    pub(super) fn annotations(&self, signature: &str) -> Value {
        let above: Vec<String> = self.above.iter().map(|der| pem(der)).collect();
        json!({
            "dev.cosignproject.cosign/signature": signature,
            "dev.sigstore.cosign/certificate": pem(&self.leaf),
            "dev.sigstore.cosign/chain": above.concat(),
        })
    }

    /// What a bundle of that version brings.
    pub(super) fn material(&self, version: &str) -> Value {
        let raw = |der: &Vec<u8>| json!({"rawBytes": BASE64_STANDARD.encode(der)});
        if version == "0.3" {
            return json!({"certificate": raw(&self.leaf)});
        }
        let certificates: Vec<Value> = [&self.leaf]
            .into_iter()
            .chain(&self.above)
            .map(raw)
            .collect();
        json!({"x509CertificateChain": {"certificates": certificates}})
    }

    pub(super) fn bundle(&self, version: &str, content: &Value) -> Value {
        let kind = format!("application/vnd.dev.sigstore.bundle+json;version={version}");
        let mut bundle = json!({"mediaType": kind, "verificationMaterial": self.material(version)});
        let fields = content.as_object().expect("fields").clone();
        bundle.as_object_mut().expect("fields").extend(fields);
        bundle
    }

    /// What is said of a layer with a signature of the image with that digest.
    pub(super) fn says(&self, layout: Layout, trusted: &Trusted) -> Result<Verified, Refused> {
        self.says_of(layout, &subject().digest, trusted, NOW)
    }

    pub(super) fn says_of(
        &self,
        layout: Layout,
        signed: &oci::Digest,
        trusted: &Trusted,
        now: OffsetDateTime,
    ) -> Result<Verified, Refused> {
        let said = statement(signed, SIGN, STATEMENT);
        let enveloped = || envelope(&said, IN_TOTO, &[self.sign(&pae(IN_TOTO, &said))]);
        let (kind, layer, annotations) = match layout {
            Layout::Simple => {
                let layer = payload(&signed.to_string(), "cosign container image signature");
                let annotations = self.annotations(&self.sign(&layer));
                (SIMPLE, layer, annotations)
            }
            Layout::Envelope => {
                let layer = enveloped().to_string().into_bytes();
                (DSSE, layer, self.annotations(""))
            }
            Layout::Bundle(version) => {
                let bundle = self.bundle(version, &json!({"dsseEnvelope": enveloped()}));
                let kind = "application/vnd.dev.sigstore.bundle.v0.3+json";
                (kind, bundle.to_string().into_bytes(), json!({}))
            }
            Layout::Message => {
                let message = json!({"messageSignature": {
                    "messageDigest": {"algorithm": "SHA2_256", "digest": BASE64_STANDARD.encode(signed.as_bytes())},
                    "signature": self.sign(&image()),
                }});
                let kind = "application/vnd.dev.sigstore.bundle.v0.3+json";
                let bundle = self.bundle("0.2", &message);
                (kind, bundle.to_string().into_bytes(), json!({}))
            }
        };
        let manifest = manifest(kind, &layer, annotations, "");
        verify(&only(&manifest), &layer, &subject(), trusted, now)
    }

    /// As [`Self::says`] of simple signing, with other annotations.
    pub(super) fn annotated(
        &self,
        change: impl FnOnce(&mut Value),
        trusted: &Trusted,
    ) -> Result<Verified, Refused> {
        let layer = ours();
        let mut annotations = self.annotations(&self.sign(&layer));
        change(&mut annotations);
        let manifest = manifest(SIMPLE, &layer, annotations, "");
        decide(&only(&manifest), &layer, trusted)
    }
}

/// By whom, and as whom.
pub(super) fn by(said: Result<Verified, Refused>) -> (String, String) {
    match said.expect("it counts").signer {
        Signer::Certificate { store, subject, .. } => (store, subject),
        Signer::Key { id } => (id, "a key".to_owned()),
    }
}

#[test]
fn in_every_layout() {
    let authority = Authority::new();
    let signer = authority.issue(leaf());
    let root: &[u8] = authority.root.der();
    for layout in LAYOUTS {
        // since version 0.3 only the first certificate is brought
        let registered: &[&[u8]] = match layout {
            Layout::Bundle("0.3") => &[root, authority.issuing.der()],
            _ => &[root],
        };
        let verified = signer.says(layout, &stored(registered)).expect("good");
        assert_eq!(verified.kind, Kind::Cosign, "{layout:?}");
        assert_eq!(
            verified.certificates_until,
            Some(datetime!(2027-01-01 0:00 UTC))
        );
        let (store, subject) = by(Ok(verified));
        assert_eq!(store, "store");
        assert!(subject.contains("CN=build"), "{subject}");
        let other = digest(b"another image");
        let said = signer.says_of(layout, &other, &stored(registered), NOW);
        assert_eq!(
            said,
            Err(Refused::OtherImage(other.to_string())),
            "{layout:?}"
        );
        assert_eq!(
            signer.says(layout, &stored(&[Authority::new().root.der()])),
            Err(Refused::Unlinked)
        );
    }
}

#[test]
fn by_another_key_than_that_of_the_certificate() {
    let authority = Authority::new();
    let mut thief = authority.issue(leaf());
    thief.leaf = authority.issue(leaf()).leaf;
    let trusted = stored(&[authority.root.der(), authority.issuing.der()]);
    for layout in LAYOUTS {
        assert_eq!(
            thief.says(layout, &trusted),
            Err(Refused::Signature),
            "{layout:?}"
        );
    }
}

#[test]
fn a_registered_key_counts_whatever_certificate_comes_with_it() {
    let mut expired = leaf();
    expired.not_after = NOW - Duration::days(1);
    let mut signer = Authority::new().issue(expired);
    let key = VerifyingKey::from_pem(&signer.key.public_key_pem()).expect("a key");
    let trusted = trusted(key);
    for layout in LAYOUTS {
        let verified = signer.says(layout, &trusted).expect("good");
        assert_eq!(verified.certificates_until, None);
        assert_eq!(by(Ok(verified)).0, "key", "{layout:?}");
    }
    signer.leaf = b"garbage".to_vec();
    assert_eq!(by(signer.says(Layout::Simple, &trusted)).0, "key");
    assert_eq!(by(signer.says(Layout::Bundle("0.3"), &trusted)).0, "key");
}

#[test]
fn a_certificate_of_ones_own_counts_and_not_what_it_issued() {
    let authority = Authority::new();
    let signer = authority.issue(leaf());
    let own = |der: &[u8]| TrustedCertificate {
        id: "alice".to_owned(),
        certificate: Certificate::from_der(der).expect("a certificate"),
        until: None,
    };
    let mut trusted = stored(&[authority.root.der(), authority.issuing.der()]);
    trusted.certificates = vec![own(&signer.leaf)];
    for layout in LAYOUTS {
        // before a store that vouches for it, too: a person is in teams
        assert_eq!(by(signer.says(layout, &trusted)).0, "alice", "{layout:?}");
    }
    for issuer in [authority.root.der(), authority.issuing.der()] {
        let trusted = Trusted {
            certificates: vec![own(issuer)],
            ..Trusted::default()
        };
        let said = signer.says(Layout::Simple, &trusted);
        assert_eq!(said, Err(Refused::Unlinked));
    }
}

#[test]
fn who_may_sign_of_those_whom_a_store_vouches_for() {
    let authority = Authority::new();
    let signer = authority.issue(leaf());
    let certificates: [&[u8]; 2] = [authority.root.der(), authority.issuing.der()];
    for (identity, good) in [
        ("x509.subject: C=US, ST=WA, O=Plimsoll", true),
        ("x509.subject: C=US, ST=WA, O=Plimsoll, CN=build", true),
        ("x509.subject: C=US, ST=WA, O=Plimsoll, CN=issuing", false),
        ("x509.subject: C=US, ST=WA, O=Other", false),
    ] {
        let trusted = store(Scheme::X509, &[identity], &certificates);
        for layout in LAYOUTS {
            let said = signer.says(layout, &trusted);
            let refused = matches!(said, Err(Refused::Identity(_)));
            assert_eq!(
                (said.is_ok(), refused),
                (good, !good),
                "{identity}: {said:?}"
            );
        }
    }
    // another store of the same root trusts them, or one that has only the root
    let mut both = store(
        Scheme::X509,
        &["x509.subject: C=US, ST=WA, O=Other"],
        &certificates,
    );
    let mut second = stored(&[authority.root.der()]).stores.remove(0);
    second.id = "second".to_owned();
    both.stores.push(second);
    assert_eq!(by(signer.says(Layout::Bundle("0.3"), &both)).0, "second");
    // those of an authority that signs for others are notation's
    let other = store(Scheme::SigningAuthority, &["*"], &certificates);
    for layout in LAYOUTS {
        assert_eq!(signer.says(layout, &other), Err(Refused::Unlinked));
    }
}

#[test]
fn for_an_identity_at_a_provider_until_it_ends() {
    let authority = Authority::new();
    let mut keyless = leaf();
    keyless.distinguished_name = DistinguishedName::new();
    let name = "alice@example.com".try_into().expect("a name");
    keyless.subject_alt_names = vec![SanType::Rfc822Name(name)];
    keyless.not_before = NOW;
    keyless.not_after = NOW + Duration::minutes(10);
    let signer = authority.issue(keyless);
    let trusted = stored(&[authority.root.der(), authority.issuing.der()]);
    let at = |now, trusted: &Trusted| {
        signer.says_of(Layout::Bundle("0.3"), &subject().digest, trusted, now)
    };
    let verified = at(NOW, &trusted).expect("now");
    assert_eq!(
        verified.certificates_until,
        Some(NOW + Duration::minutes(10))
    );
    assert_eq!(by(Ok(verified)).1, "alice@example.com");
    let named = store(
        Scheme::X509,
        &["x509.subject: C=US, ST=WA, O=Plimsoll"],
        &[authority.root.der(), authority.issuing.der()],
    );
    let said = at(NOW, &named);
    assert_eq!(said, Err(Refused::Identity("alice@example.com".to_owned())));
    // whether its root is registered or not, it says so and what to do
    for trusted in [trusted, Trusted::default()] {
        let said = at(NOW + Duration::minutes(11), &trusted);
        assert_eq!(said, Err(Refused::NotNow));
    }
    let said = Refused::NotNow.to_string();
    assert!(said.contains("sign anew with a registered key"), "{said}");
    assert!(said.len() < 300, "the server keeps as much");
}
