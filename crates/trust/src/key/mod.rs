//! Keys as Notary writes them, and their ids (notary `tuf/data/keys.go`, `tuf/utils/x509.go`).

mod certificate;
mod signing;
#[cfg(test)]
mod tests;
mod verify;

use std::{fmt, str::FromStr, sync::Arc};

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use data_encoding::HEXLOWER;

use crate::json::{Fields, Shape, Value};

pub(crate) use certificate::Certificate;
pub use certificate::CertificateError;
pub use signing::{SigningError, SigningKey};
pub use verify::Method;
pub(crate) use verify::{Curve, rsa_bits};

/// The id of a key: the SHA-256 of its canonical JSON. Its text is 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId([u8; 32]);

impl KeyId {
    /// The id of a key of this type (Notary's word, as in `ecdsa`) with these public bytes.
    pub fn of(keytype: &str, public: &[u8]) -> Self {
        let json = key_json(keytype, public).canonical();
        let mut id = [0; 32];
        for (to, from) in id.iter_mut().zip(digest(&SHA256, &json).as_ref()) {
            *to = *from;
        }
        Self(id)
    }
}

/// A text is no key id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a key id has 64 lower-case hexadecimal digits")]
pub struct KeyIdError;

impl FromStr for KeyId {
    type Err = KeyIdError;

    fn from_str(text: &str) -> Result<Self, KeyIdError> {
        let bytes = HEXLOWER.decode(text.as_bytes()).map_err(|_| KeyIdError)?;
        bytes.try_into().map(Self).map_err(|_| KeyIdError)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Bytes of a key, with its certificates.
pub const MAX_KEY: usize = 64 << 10;
/// Letters of a key type.
const MAX_TYPE: usize = 64;

/// What kind of key it is, in Notary's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyType {
    /// `ecdsa`: the public bytes are a `SubjectPublicKeyInfo`, DER.
    Ecdsa,
    /// `ecdsa-x509`: the public bytes are certificates, PEM, the key's own first.
    EcdsaX509,
    /// `rsa`: the public bytes are a `SubjectPublicKeyInfo`, DER.
    Rsa,
    /// `rsa-x509`: the public bytes are certificates, PEM, the key's own first.
    RsaX509,
    /// `ed25519`: the public bytes are the 32 bytes of the key.
    Ed25519,
    /// Any other. Such a key may be listed, and never verifies anything.
    Other(String),
}

impl KeyType {
    fn parse(text: String) -> Self {
        match text.as_str() {
            "ecdsa" => Self::Ecdsa,
            "ecdsa-x509" => Self::EcdsaX509,
            "rsa" => Self::Rsa,
            "rsa-x509" => Self::RsaX509,
            "ed25519" => Self::Ed25519,
            _ => Self::Other(text),
        }
    }

    /// Notary's word for it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Ecdsa => "ecdsa",
            Self::EcdsaX509 => "ecdsa-x509",
            Self::Rsa => "rsa",
            Self::RsaX509 => "rsa-x509",
            Self::Ed25519 => "ed25519",
            Self::Other(text) => text,
        }
    }

    /// The type of the key that a certificate of this type holds.
    fn bare(&self) -> Option<Self> {
        match self {
            Self::EcdsaX509 => Some(Self::Ecdsa),
            Self::RsaX509 => Some(Self::Rsa),
            _ => None,
        }
    }
}

/// A public key in a collection's metadata. Whether its bytes are a key at all is seen when it verifies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    keytype: KeyType,
    /// Shared: each role that a key may sign for has it.
    public: Arc<[u8]>,
    id: KeyId,
}

impl PublicKey {
    /// A key of this type with these public bytes, which [`KeyType`] describes.
    pub fn new(keytype: KeyType, public: Vec<u8>) -> Self {
        Self {
            id: KeyId::of(keytype.as_str(), &public),
            keytype,
            public: public.into(),
        }
    }

    /// What kind of key it is.
    pub fn keytype(&self) -> &KeyType {
        &self.keytype
    }

    /// The public bytes, which [`KeyType`] describes.
    pub fn public(&self) -> &[u8] {
        &self.public
    }

    /// The id, over the public bytes: for a certificate it is the certificate's.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// The id of the key itself, whichever certificate it comes with: what `docker trust inspect` shows, and what people are known
    /// by. `None` for a certificate that cannot be read.
    pub fn canonical_id(&self) -> Option<KeyId> {
        let Some(bare) = self.keytype.bare() else {
            return Some(self.id);
        };
        let chain = Certificate::chain(&self.public)?;
        let leaf = chain.first()?;
        Some(KeyId::of(bare.as_str(), leaf.spki_der()))
    }

    /// The certificates of a key of an `-x509` type, its own first. `None` for other types, and for what Go's encoder would not
    /// write in exactly these bytes: clients compute the key's id over the certificates as they write them.
    pub(crate) fn certificates(&self) -> Option<Vec<Certificate>> {
        self.keytype.bare()?;
        Certificate::chain(&self.public)
    }

    /// The key as the endpoint for server-held keys answers it. Not canonical: the fields are in Notary's order.
    pub fn to_json(&self) -> String {
        format!(
            r#"{{"keytype":{},"keyval":{{"public":"{}","private":null}}}}"#,
            serde_json::Value::from(self.keytype.as_str()),
            STANDARD.encode(&self.public)
        )
    }

    /// Reads a key of a `keys` object.
    pub(crate) fn read(value: Value) -> Result<Self, Shape> {
        let mut key = Fields::of(value, &["keytype", "keyval"])?;
        let keytype = key.string("keytype")?;
        if keytype.len() > MAX_TYPE {
            return Err(Shape::new("a key type is too long"));
        }
        let keytype = KeyType::parse(keytype);
        let mut pair = Fields::of(key.take("keyval"), &["private", "public"])?;
        if pair.take("private") != Value::Null {
            return Err(Shape::new("a private key was published"));
        }
        let public = pair.bytes("public")?;
        if public.len() > MAX_KEY {
            let size = public.len();
            let what = format!("a key of {size} bytes, and it may have {MAX_KEY}");
            return Err(Shape::new(what));
        }
        Ok(Self::new(keytype, public))
    }
}

/// The JSON that a key's id is computed over.
fn key_json(keytype: &str, public: &[u8]) -> Value {
    let public = Value::String(STANDARD.encode(public));
    let pair = [
        ("private".to_owned(), Value::Null),
        ("public".to_owned(), public),
    ];
    Value::object([
        ("keytype".to_owned(), Value::from(keytype)),
        ("keyval".to_owned(), Value::object(pair)),
    ])
}
