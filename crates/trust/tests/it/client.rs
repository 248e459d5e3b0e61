//! A client: keys, certificates and signed files, made without the crate's own JSON, so that each checks the other.

use std::fmt::Write as _;

use aws_lc_rs::{
    digest::{SHA256, SHA512, digest},
    encoding::AsDer as _,
    rand::SystemRandom,
    rsa::KeySize,
    signature::{
        ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED_SIGNING,
        ECDSA_P521_SHA256_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair,
        KeyPair as _, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaKeyPair,
    },
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use rcgen::{CertificateParams, DnType, IsCa};
use serde_json::{Value, json};
use time::{OffsetDateTime, macros::datetime};
use trust::{Gun, KeyType, PublicKey, SigningKey};

pub(crate) const NOW: OffsetDateTime = datetime!(2026-11-27 12:00 UTC);
/// In the future of [`NOW`].
pub(crate) const LATER: &str = "2029-11-27T12:00:00Z";
/// In its past.
pub(crate) const BEFORE: &str = "2020-01-01T00:00:00Z";

pub(crate) fn gun() -> Gun {
    "dtr.example.com/dev/nginx".parse().expect("gun")
}

/// A key of a client. A clone signs with the same private key.
#[derive(Clone)]
pub(crate) struct Key {
    pub(crate) keytype: &'static str,
    pub(crate) public: Vec<u8>,
    pub(crate) method: &'static str,
    signer: Signer,
}

#[derive(Clone)]
enum Signer {
    Ecdsa(&'static EcdsaSigningAlgorithm, Vec<u8>),
    Ed25519(Vec<u8>),
    Rsa(Vec<u8>),
}

impl Key {
    pub(crate) fn ecdsa() -> Self {
        Self::on(&ECDSA_P256_SHA256_FIXED_SIGNING)
    }

    pub(crate) fn p521() -> Self {
        Self::on(&ECDSA_P521_SHA256_FIXED_SIGNING)
    }

    fn on(curve: &'static EcdsaSigningAlgorithm) -> Self {
        let pair = EcdsaKeyPair::generate(curve).expect("key");
        let pkcs8 = pair.to_pkcs8v1().expect("key").as_ref().to_vec();
        Self {
            keytype: "ecdsa",
            public: pair.public_key().as_der().expect("key").as_ref().to_vec(),
            method: "ecdsa",
            signer: Signer::Ecdsa(curve, pkcs8),
        }
    }

    pub(crate) fn ed25519() -> Self {
        let pair = Ed25519KeyPair::generate().expect("key");
        Self {
            keytype: "ed25519",
            public: pair.public_key().as_ref().to_vec(),
            method: "eddsa",
            signer: Signer::Ed25519(pair.to_pkcs8v1().expect("key").as_ref().to_vec()),
        }
    }

    pub(crate) fn rsa(size: KeySize, method: &'static str) -> Self {
        let pair = RsaKeyPair::generate(size).expect("key");
        let pkcs8 = pair.as_der().expect("key");
        Self {
            keytype: "rsa",
            public: pair.public_key().as_der().expect("key").as_ref().to_vec(),
            method,
            signer: Signer::Rsa(pkcs8.as_ref().to_vec()),
        }
    }

    /// What proves that the key is there: the signature that OpenSSL makes, of a key on P-256.
    pub(crate) fn proof(&self, statement: &str) -> String {
        let Signer::Ecdsa(_, pkcs8) = &self.signer else {
            panic!("not on P-256")
        };
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8).expect("key");
        let signature = pair.sign(&SystemRandom::new(), statement.as_bytes());
        STANDARD.encode(signature.expect("signature"))
    }

    /// The same key as the registry knows it.
    pub(crate) fn server(key: &SigningKey) -> Self {
        Self {
            keytype: "ecdsa",
            public: key.public().public().to_vec(),
            method: "ecdsa",
            signer: Signer::Ecdsa(&ECDSA_P256_SHA256_FIXED_SIGNING, key.pkcs8_der().to_vec()),
        }
    }

    /// The same key in a certificate, as a client makes one for a root: self-signed, for ten years.
    pub(crate) fn certified(&self, common_name: &str) -> Self {
        self.certified_with(common_name, |params| {
            params.not_before = datetime!(2026-11-01 0:00 UTC);
            params.not_after = datetime!(2036-11-01 0:00 UTC);
        })
    }

    pub(crate) fn certified_with(
        &self,
        common_name: &str,
        change: impl FnOnce(&mut CertificateParams),
    ) -> Self {
        let (Signer::Ecdsa(_, pkcs8) | Signer::Ed25519(pkcs8) | Signer::Rsa(pkcs8)) = &self.signer;
        let pair = rcgen::KeyPair::try_from(pkcs8.as_slice()).expect("key");
        let mut params = CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params
            .distinguished_name
            .push(DnType::CommonName, common_name);
        params.is_ca = IsCa::ExplicitNoCa;
        change(&mut params);
        let certificate = params.self_signed(&pair).expect("certificate");
        Self {
            keytype: if self.keytype == "rsa" {
                "rsa-x509"
            } else {
                "ecdsa-x509"
            },
            public: certificate.pem().into(),
            ..self.clone()
        }
    }

    /// The same private key, with other public bytes.
    pub(crate) fn with_public(&self, public: Vec<u8>) -> Self {
        Self {
            public,
            ..self.clone()
        }
    }

    pub(crate) fn json(&self) -> Value {
        json!({"keytype": self.keytype, "keyval": {"private": null, "public": STANDARD.encode(&self.public)}})
    }

    pub(crate) fn id(&self) -> String {
        hex(digest(&SHA256, &serde_json::to_vec(&self.json()).expect("json")).as_ref())
    }

    pub(crate) fn public_key(&self) -> PublicKey {
        let keytype = match self.keytype {
            "ecdsa" => KeyType::Ecdsa,
            "ecdsa-x509" => KeyType::EcdsaX509,
            "rsa" => KeyType::Rsa,
            "rsa-x509" => KeyType::RsaX509,
            _ => KeyType::Ed25519,
        };
        PublicKey::new(keytype, self.public.clone())
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Value {
        let random = SystemRandom::new();
        let signature = match &self.signer {
            Signer::Ecdsa(curve, pkcs8) => {
                let pair = EcdsaKeyPair::from_pkcs8(curve, pkcs8).expect("key");
                pair.sign(&random, message)
                    .expect("signature")
                    .as_ref()
                    .to_vec()
            }
            Signer::Ed25519(pkcs8) => {
                let pair = Ed25519KeyPair::from_pkcs8(pkcs8).expect("key");
                pair.sign(message).as_ref().to_vec()
            }
            Signer::Rsa(pkcs8) => {
                let pair = RsaKeyPair::from_pkcs8(pkcs8).expect("key");
                let mut signature = vec![0; pair.public_modulus_len()];
                let padding = if self.method == "rsapss" {
                    &RSA_PSS_SHA256
                } else {
                    &RSA_PKCS1_SHA256
                };
                pair.sign(padding, &random, message, &mut signature)
                    .expect("signature");
                signature
            }
        };
        json!({"keyid": self.id(), "method": self.method, "sig": STANDARD.encode(signature)})
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("text");
        text
    })
}

/// What `signed` is signed as: of these values `serde_json` writes the canonical form.
pub(crate) fn message(signed: &Value) -> Vec<u8> {
    serde_json::to_vec(signed).expect("json")
}

/// A file, signed.
pub(crate) fn file(signed: &Value, keys: &[&Key]) -> Vec<u8> {
    let message = message(signed);
    let signatures: Vec<_> = keys.iter().map(|key| key.sign(&message)).collect();
    file_with(signed, &signatures)
}

pub(crate) fn file_with(signed: &Value, signatures: &[Value]) -> Vec<u8> {
    serde_json::to_vec(&json!({"signed": signed, "signatures": signatures})).expect("json")
}

pub(crate) fn keys(keys: &[&Key]) -> Value {
    keys.iter()
        .map(|key| (key.id(), key.json()))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

pub(crate) fn role(keys: &[&Key], threshold: i64) -> Value {
    let ids: Vec<_> = keys.iter().map(|key| key.id()).collect();
    json!({"keyids": ids, "threshold": threshold})
}

pub(crate) fn delegation(name: &str, keys: &[&Key], paths: &[&str]) -> Value {
    let mut role = role(keys, 1);
    role["name"] = name.into();
    role["paths"] = json!(paths);
    role
}

/// `targets`, or a delegation: tags with the content that they are the digest of, and what is delegated to whom.
pub(crate) fn targets(version: i64, tags: &[(&str, &str)]) -> Value {
    let targets: serde_json::Map<_, _> = tags
        .iter()
        .map(|(tag, content)| ((*tag).to_owned(), target(content)))
        .collect();
    json!({
        "_type": "Targets", "delegations": {"keys": {}, "roles": []}, "expires": LATER, "targets": targets, "version": version,
    })
}

/// As [`targets`], with delegations to these roles of these keys.
pub(crate) fn delegating(
    version: i64,
    tags: &[(&str, &str)],
    all: &[&Key],
    roles: &[Value],
) -> Value {
    let mut signed = targets(version, tags);
    signed["delegations"] = json!({"keys": keys(all), "roles": roles});
    signed
}

/// As `docker` writes it.
pub(crate) fn target(content: &str) -> Value {
    let hash = digest(&SHA256, content.as_bytes());
    json!({"hashes": {"sha256": STANDARD.encode(hash)}, "length": content.len()})
}

/// A file of metadata in a snapshot.
pub(crate) fn meta(bytes: &[u8]) -> Value {
    let (sha256, sha512) = (digest(&SHA256, bytes), digest(&SHA512, bytes));
    let hashes = json!({"sha256": STANDARD.encode(sha256), "sha512": STANDARD.encode(sha512)});
    json!({"hashes": hashes, "length": bytes.len()})
}

pub(crate) fn snapshot(version: i64, files: &[(&str, &[u8])]) -> Value {
    let meta: serde_json::Map<_, _> = files
        .iter()
        .map(|(role, bytes)| ((*role).to_owned(), meta(bytes)))
        .collect();
    json!({"_type": "Snapshot", "expires": LATER, "meta": meta, "version": version})
}
