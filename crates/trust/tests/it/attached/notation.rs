//! Attacks on notation's envelopes, with chains of a root that is trusted.

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use base64::{
    Engine as _,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use serde_json::{Value, json};
use time::macros::datetime;
use trust::{
    attached::{Refused, Signer, TrustStore, Trusted, TrustedCertificate, Verified},
    notation::{Identities, Scheme},
    x509::Certificate,
};

use super::{NOW, decide, digest, manifest, only, subject};

const NOTATION: &str = "application/vnd.cncf.notary.signature";
const PAYLOAD: &str = "application/vnd.cncf.notary.payload.v1+json";
const SCHEME: &str = "io.cncf.notary.signingScheme";
const TIME: &str = "io.cncf.notary.signingTime";
const AUTHENTIC: &str = "io.cncf.notary.authenticSigningTime";
const EXPIRY: &str = "io.cncf.notary.expiry";

/// Parameters of a certificate that is valid in these days.
pub(super) fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    for (kind, value) in [
        (DnType::CountryName, "US"),
        (DnType::StateOrProvinceName, "WA"),
        (DnType::OrganizationName, "Plimsoll"),
        (DnType::CommonName, name),
    ] {
        params.distinguished_name.push(kind, value);
    }
    params.not_before = datetime!(2026-01-01 0:00 UTC);
    params.not_after = datetime!(2027-01-01 0:00 UTC);
    params
}

fn root() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = params("root");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("a root")
}

pub(super) fn leaf() -> CertificateParams {
    let mut params = params("build");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::CodeSigning];
    params
}

/// A signer with a chain.
struct Chained {
    key: KeyPair,
    chain: Vec<Vec<u8>>,
    root: Vec<u8>,
}

impl Chained {
    fn of(leaf: CertificateParams) -> Self {
        let (root, key) = (root(), KeyPair::generate().expect("a key"));
        let leaf = leaf.signed_by(&key, &root).expect("a certificate");
        let chain = vec![leaf.der().to_vec(), root.der().to_vec()];
        let root = root.der().to_vec();
        Self { key, chain, root }
    }

    fn good() -> Self {
        Self::of(leaf())
    }

    fn trusted(&self, scheme: Scheme, identities: &[&str]) -> Trusted {
        Trusted {
            keys: Vec::new(),
            stores: vec![TrustStore {
                id: "store".to_owned(),
                scheme,
                certificates: vec![Certificate::from_der(&self.root).expect("a root")],
                identities: Identities::parse(identities.iter().copied()).expect("identities"),
            }],
            certificates: Vec::new(),
        }
    }

    /// An envelope in JWS of that protected header.
    fn sign(&self, protected: &Value, payload: &Value) -> Vec<u8> {
        let protected = BASE64_URL_SAFE_NO_PAD.encode(protected.to_string());
        let payload = BASE64_URL_SAFE_NO_PAD.encode(payload.to_string());
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, self.key.serialized_der()).expect("a key");
        let message = format!("{protected}.{payload}");
        let signature = pair.sign(&SystemRandom::new(), message.as_bytes());
        let chain: Vec<String> = self
            .chain
            .iter()
            .map(|der| BASE64_STANDARD.encode(der))
            .collect();
        let jws = json!({
            "payload": payload,
            "protected": protected,
            "header": {"x5c": chain},
            "signature": BASE64_URL_SAFE_NO_PAD.encode(signature.expect("signed")),
        });
        jws.to_string().into_bytes()
    }

    fn say(&self, protected: &Value) -> Result<Verified, Refused> {
        let layer = self.sign(protected, &payload());
        read(&layer, &self.trusted(Scheme::X509, &["*"]))
    }
}

fn payload() -> Value {
    let subject = subject();
    json!({"targetArtifact": {
        "mediaType": subject.media_type, "digest": subject.digest, "size": subject.size,
    }})
}

fn protected() -> Value {
    json!({
        "alg": "ES256", "cty": PAYLOAD, "crit": [SCHEME],
        SCHEME: "notary.x509", TIME: "2026-11-27T20:48:40Z",
    })
}

/// The protected header with some fields set, or taken away by `null`.
fn with(fields: &Value) -> Value {
    let mut header = protected();
    let header_fields = header.as_object_mut().expect("fields");
    for (key, value) in fields.as_object().expect("fields") {
        if value.is_null() {
            header_fields.remove(key);
        } else {
            header_fields.insert(key.clone(), value.clone());
        }
    }
    header
}

fn read(layer: &[u8], trusted: &Trusted) -> Result<Verified, Refused> {
    let manifest = manifest("application/jose+json", layer, json!({}), NOTATION);
    decide(&only(&manifest), layer, trusted)
}

#[test]
fn a_good_one() {
    let signer = Chained::good();
    let verified = signer.say(&protected()).expect("good");
    assert_eq!(
        (verified.until, verified.certificates_until),
        (None, Some(datetime!(2027-01-01 0:00 UTC)))
    );
    let Signer::Certificate { store, subject, .. } = verified.signer else {
        panic!("it has a certificate");
    };
    assert_eq!(store, "store");
    assert!(subject.contains("CN=build"), "{subject}");
}

#[test]
fn protected_headers() {
    let signer = Chained::good();
    let header = |what| Err(Refused::Header(what));
    let scheme = "the signing scheme";
    for (fields, said) in [
        (json!({"alg": "ES384"}), Err(Refused::Algorithm)),
        (json!({"alg": "none"}), Err(Refused::Algorithm)),
        (
            json!({"cty": "text/plain"}),
            Err(Refused::Unsupported("text/plain".to_owned())),
        ),
        (
            json!({"crit": [SCHEME, "x"], "x": 1}),
            Err(Refused::Critical("x".to_owned())),
        ),
        (
            json!({"crit": [SCHEME, "io.cncf.notary.verificationPlugin"], "io.cncf.notary.verificationPlugin": "x"}),
            Err(Refused::Critical(
                "io.cncf.notary.verificationPlugin".to_owned(),
            )),
        ),
        (json!({"crit": []}), header(scheme)),
        (json!({"crit": null}), header(scheme)),
        (
            json!({"crit": [SCHEME, SCHEME]}),
            header("what it says must be understood"),
        ),
        (
            json!({"crit": [SCHEME, EXPIRY]}),
            header("what it says must be understood"),
        ),
        (json!({SCHEME: null}), header(scheme)),
        (
            json!({SCHEME: "x"}),
            Err(Refused::Unsupported("x".to_owned())),
        ),
        (json!({TIME: null}), header("the time of signing")),
        (
            json!({AUTHENTIC: "2026-11-27T20:48:40Z"}),
            header("a single time of signing"),
        ),
        (
            json!({EXPIRY: "2027-11-27T20:48:40Z"}),
            header("the expiry"),
        ),
        (
            json!({EXPIRY: "2026-11-27T20:48:41Z", "crit": [SCHEME, EXPIRY]}),
            Err(Refused::Expired),
        ),
        (
            json!({EXPIRY: "2026-11-27T20:48:40Z", "crit": [SCHEME, EXPIRY]}),
            Err(Refused::Malformed(
                "it expired before it was made".to_owned(),
            )),
        ),
    ] {
        assert_eq!(signer.say(&with(&fields)), said, "{fields}");
    }
    assert!(signer.say(&with(&json!({"other": "not critical"}))).is_ok());
}

#[test]
fn an_authority_is_another_kind_of_store() {
    let signer = Chained::good();
    let header = with(&json!({
        SCHEME: "notary.x509.signingAuthority", TIME: null, AUTHENTIC: "2026-11-27T20:48:40Z", "crit": [SCHEME, AUTHENTIC],
    }));
    let layer = signer.sign(&header, &payload());
    let x509 = signer.trusted(Scheme::X509, &["*"]);
    assert_eq!(read(&layer, &x509), Err(Refused::Untrusted));
    let authority = signer.trusted(Scheme::SigningAuthority, &["*"]);
    assert_eq!(
        read(&layer, &authority).map(|said| said.certificates_until),
        Ok(None)
    );
    let before = with(&json!({
        SCHEME: "notary.x509.signingAuthority", TIME: null, AUTHENTIC: "2025-11-27T20:48:40Z", "crit": [SCHEME, AUTHENTIC],
    }));
    let layer = signer.sign(&before, &payload());
    assert_eq!(read(&layer, &authority), Err(Refused::CertificateExpired));
}

#[test]
fn a_certificate_of_ones_own_counts_and_not_what_it_issued() {
    let chained = Chained::good();
    let leaf = chained.chain.first().expect("a leaf");
    let ending = |der: &[u8], until| Trusted {
        certificates: vec![TrustedCertificate {
            id: "alice".to_owned(),
            certificate: Certificate::from_der(der).expect("a certificate"),
            until,
        }],
        ..Trusted::default()
    };
    let own = |der: &[u8]| ending(der, None);
    let layer = chained.sign(&protected(), &payload());
    let verified = read(&layer, &own(leaf)).expect("verified");
    assert!(matches!(verified.signer, Signer::Certificate { store, .. } if store == "alice"));
    assert!(read(&layer, &ending(leaf, Some(NOW + time::Duration::SECOND))).is_ok());
    let ended = read(&layer, &ending(leaf, Some(NOW)));
    assert_eq!(ended, Err(Refused::Untrusted));
    assert_eq!(read(&layer, &own(&chained.root)), Err(Refused::Untrusted));
    let other = Chained::good();
    let other = other.chain.first().expect("a leaf");
    assert_eq!(read(&layer, &own(other)), Err(Refused::Untrusted));
}

#[test]
fn identities() {
    let signer = Chained::good();
    let layer = signer.sign(&protected(), &payload());
    for (identity, good) in [
        ("x509.subject: C=US, ST=WA, O=Plimsoll", true),
        ("x509.subject: C=US, ST=WA, O=Plimsoll, CN=build", true),
        ("x509.subject: C=US, ST=WA, O=Plimsoll, CN=root", false),
        ("x509.subject: C=US, ST=WA, O=plimsoll", false),
        ("x509.subject: C=US, ST=WA, O=Plimsoll, OU=x", false),
    ] {
        let said = read(&layer, &signer.trusted(Scheme::X509, &[identity]));
        assert_eq!(said.is_ok(), good, "{identity}: {said:?}");
    }
}

#[test]
fn what_a_certificate_may_be_used_for() {
    let usage = |usages: &[KeyUsagePurpose]| {
        let mut params = leaf();
        params.key_usages = usages.to_vec();
        params
    };
    let extended = |usage| {
        let mut params = leaf();
        params.extended_key_usages = vec![usage];
        params
    };
    let mut authority = leaf();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    for wrong in [
        usage(&[]),
        usage(&[KeyUsagePurpose::KeyEncipherment]),
        usage(&[
            KeyUsagePurpose::DigitalSignature,
            KeyUsagePurpose::KeyEncipherment,
        ]),
        usage(&[
            KeyUsagePurpose::DigitalSignature,
            KeyUsagePurpose::KeyCertSign,
        ]),
        extended(ExtendedKeyUsagePurpose::ServerAuth),
        extended(ExtendedKeyUsagePurpose::ClientAuth),
        extended(ExtendedKeyUsagePurpose::Any),
        extended(ExtendedKeyUsagePurpose::TimeStamping),
        extended(ExtendedKeyUsagePurpose::EmailProtection),
        authority,
    ] {
        let said = Chained::of(wrong).say(&protected());
        assert!(matches!(said, Err(Refused::Usage(_))), "{said:?}");
    }
    let mut plain = leaf();
    plain.extended_key_usages.clear();
    assert!(Chained::of(plain).say(&protected()).is_ok());
}

#[test]
fn times_of_certificates() {
    let mut expired = leaf();
    expired.not_after = NOW - time::Duration::seconds(1);
    let mut early = leaf();
    early.not_before = NOW + time::Duration::seconds(1);
    for params in [expired, early] {
        let said = Chained::of(params).say(&protected());
        assert_eq!(said, Err(Refused::CertificateExpired));
    }
}

#[test]
fn chains() {
    let good = Chained::good();
    let other = Chained::good();
    let chained = |chain: Vec<Vec<u8>>| Chained {
        key: KeyPair::try_from(good.key.serialized_der()).expect("a key"),
        chain,
        root: good.root.clone(),
    };
    let (leaf, root) = (good.chain[0].clone(), good.root.clone());
    for chain in [
        vec![],
        vec![leaf.clone()],
        vec![root.clone(), leaf.clone()],
        vec![leaf.clone(), other.root.clone()],
        vec![leaf.clone(), root.clone(), root.clone()],
        vec![leaf.clone(), root.clone(), other.root.clone()],
        vec![leaf.clone(); 11],
        vec![leaf[1..].to_vec(), root.clone()],
        vec![[&leaf[..], b"x"].concat(), root.clone()],
    ] {
        let said = chained(chain).say(&protected());
        assert!(matches!(said, Err(Refused::Chain(_))), "{said:?}");
    }
    // the chain of another key
    let said = chained(other.chain.clone()).say(&protected());
    assert_eq!(said, Err(Refused::Signature));
    let layer = good.sign(&protected(), &payload());
    assert_eq!(
        read(&layer, &other.trusted(Scheme::X509, &["*"])),
        Err(Refused::Untrusted)
    );
}

#[test]
fn payloads() {
    let signer = Chained::good();
    let trusted = signer.trusted(Scheme::X509, &["*"]);
    let mut other = payload();
    other["targetArtifact"]["digest"] = digest(b"other").to_string().into();
    let said = read(&signer.sign(&protected(), &other), &trusted);
    assert_eq!(said, Err(Refused::OtherImage(digest(b"other").to_string())));
    let mut larger = payload();
    larger["targetArtifact"]["size"] = 1.into();
    let said = read(&signer.sign(&protected(), &larger), &trusted);
    assert_eq!(said, Err(Refused::OtherDescriptor));
    // what was signed, in another place
    let good: Value = serde_json::from_slice(&signer.sign(&protected(), &payload())).expect("json");
    let mut swapped = good.clone();
    swapped["payload"] = BASE64_URL_SAFE_NO_PAD.encode(other.to_string()).into();
    let said = read(swapped.to_string().as_bytes(), &trusted);
    assert_eq!(said, Err(Refused::Signature));
    let mut unprotected = good;
    unprotected["protected"] = BASE64_URL_SAFE_NO_PAD
        .encode(with(&json!({TIME: "2026-11-28T00:00:00Z"})).to_string())
        .into();
    let said = read(unprotected.to_string().as_bytes(), &trusted);
    assert_eq!(said, Err(Refused::Signature));
}
