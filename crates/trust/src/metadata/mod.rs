//! The four kinds of signed files (notary `tuf/data`), read once, with the bytes that they were read from.

mod file_meta;
mod root;
mod snapshot;
mod targets;
#[cfg(test)]
mod tests;

use std::fmt;

use time::{OffsetDateTime, format_description::well_known::Rfc3339, macros::datetime};

use crate::{
    Invalid, Role,
    json::{Fields, JsonError, Shape, Value},
    key::Method,
};

pub use file_meta::FileMeta;
pub use root::{RoleKeys, Root};
pub use snapshot::{Snapshot, Timestamp};
pub use targets::{DelegatedRole, Delegations, Targets};

/// How many signatures one file may have. Each may have to be verified.
pub const MAX_SIGNATURES: usize = 64;
/// What Go takes an absent time for.
const NO_TIME: OffsetDateTime = datetime!(0001-01-01 0:00 UTC);

/// One signature of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Signature {
    /// The id of the key, as the signer says. Ids of keys that the role does not have are skipped, whatever they look like.
    pub(crate) key: String,
    pub(crate) method: Method,
    pub(crate) bytes: Vec<u8>,
}

/// What every kind has in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Common {
    /// `_type`.
    pub(crate) kind: String,
    pub(crate) expires: OffsetDateTime,
    pub(crate) version: i64,
}

/// What is signed.
pub(crate) trait Payload: Sized {
    /// `_type`.
    const TYPE: &'static str;
    /// The fields that are read, beside those that all kinds have.
    const FIELDS: &'static [&'static str];

    /// Reads what this kind has beside what all have. The messages are Notary's where it has some.
    fn read(role: &Role, fields: &mut Fields) -> Result<Self, Invalid>;
}

/// A file that is JSON of about the right shape: what Notary's upload looks at before it validates.
#[derive(Clone)]
pub(crate) struct Envelope<T> {
    pub(crate) role: Role,
    pub(crate) bytes: Vec<u8>,
    pub(crate) common: Common,
    pub(crate) signatures: Vec<Signature>,
    /// The canonical form of `signed`: what the signatures are over.
    pub(crate) message: Vec<u8>,
    /// Whether there is something in the file that no signature covers.
    pub(crate) outside: Result<(), Invalid>,
    pub(crate) payload: Result<T, Invalid>,
}

/// A file of metadata with the right structure. Whether its signatures and its expiry were checked is said where it comes from.
#[derive(Clone)]
pub struct Signed<T> {
    role: Role,
    bytes: Vec<u8>,
    common: Common,
    signatures: Vec<Signature>,
    message: Vec<u8>,
    payload: T,
}

impl<T> Signed<T> {
    /// The role that it is of.
    pub fn role(&self) -> &Role {
        &self.role
    }

    /// The file as it was uploaded, byte for byte: what is stored, served and hashed.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its version, 1 at least.
    pub fn version(&self) -> i64 {
        self.common.version
    }

    /// It is good up to and including this moment.
    pub fn expires(&self) -> OffsetDateTime {
        self.common.expires
    }

    /// What is signed.
    pub fn payload(&self) -> &T {
        &self.payload
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    pub(crate) fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    pub(crate) fn message(&self) -> &[u8] {
        &self.message
    }

    /// Fails after its expiry.
    pub(crate) fn check_expiry(&self, now: OffsetDateTime) -> Result<(), Invalid> {
        if now > self.common.expires {
            return Err(Invalid::Expired {
                role: self.role.clone(),
                at: self.common.expires,
            });
        }
        Ok(())
    }
}

impl<T> fmt::Debug for Signed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signed")
            .field("role", &self.role)
            .field("version", &self.common.version)
            .finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for Envelope<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Envelope")
            .field("role", &self.role)
            .field("version", &self.common.version)
            .finish_non_exhaustive()
    }
}

impl<T: Payload> Envelope<T> {
    /// Fails for what Notary's upload calls malformed JSON, and for what our reader does not read.
    pub(crate) fn read(role: Role, bytes: Vec<u8>) -> Result<Self, JsonError> {
        let (value, trailing) = Value::read_first(&bytes)?;
        let malformed = |shape: Shape| JsonError::Malformed(shape.to_string());
        let mut file = Fields::of(value, &["signatures", "signed"]).map_err(malformed)?;
        let signed = file.take("signed");
        let message = signed.canonical();
        let signatures = signatures(&mut file).map_err(malformed)?;
        let known: Vec<&str> = ["_type", "expires", "version"]
            .into_iter()
            .chain(T::FIELDS.iter().copied())
            .collect();
        let mut fields = Fields::of(signed, &known).map_err(malformed)?;
        let common = common(&mut fields).map_err(malformed)?;
        let outside = match (trailing, file.left()) {
            (Some(found), _) => Err(Invalid::Trailing(found)),
            (None, Some(field)) => {
                let what = format!("unknown field {field:?} beside signed and signatures");
                Err(Invalid::structure(&role, what))
            }
            (None, None) => Ok(()),
        };
        Ok(Self {
            payload: payload(&role, &common, &mut fields, signatures.len()),
            role,
            bytes,
            common,
            signatures,
            message,
            outside,
        })
    }

    /// The file, if its structure is right.
    pub(crate) fn checked(self) -> Result<Signed<T>, Invalid> {
        self.outside?;
        Ok(Signed {
            payload: self.payload?,
            role: self.role,
            bytes: self.bytes,
            common: self.common,
            signatures: self.signatures,
            message: self.message,
        })
    }
}

fn payload<T: Payload>(
    role: &Role,
    common: &Common,
    fields: &mut Fields,
    signatures: usize,
) -> Result<T, Invalid> {
    let kind = &common.kind;
    if kind != T::TYPE {
        let what = format!("expected type {}, not {kind}", T::TYPE);
        return Err(Invalid::structure(role, what));
    }
    if common.version < 1 {
        // The root's message says it with a digit.
        let one = if *role == Role::Root { "1" } else { "one" };
        let what = format!("version cannot be less than {one}");
        return Err(Invalid::structure(role, what));
    }
    if signatures > MAX_SIGNATURES {
        let what = format!("{signatures} signatures, and there may be {MAX_SIGNATURES}");
        return Err(Invalid::structure(role, what));
    }
    T::read(role, fields)
}

fn common(fields: &mut Fields) -> Result<Common, Shape> {
    let expires = match fields.take("expires") {
        Value::Null => NO_TIME,
        Value::String(text) => {
            time(&text).ok_or_else(|| Shape::new("\"expires\" is no time of RFC 3339"))?
        }
        _ => return Err(Shape::new("\"expires\" is not a string")),
    };
    Ok(Common {
        kind: fields.string("_type")?,
        expires,
        version: fields.integer("version")?,
    })
}

/// A time as Go reads it: RFC 3339, but with the capital letters that it has, and without leap seconds.
fn time(text: &str) -> Option<OffsetDateTime> {
    let strict = text.get(10..11)? == "T" && !text.ends_with('z') && text.get(17..19)? != "60";
    OffsetDateTime::parse(text, &Rfc3339)
        .ok()
        .filter(|_| strict)
}

fn signatures(file: &mut Fields) -> Result<Vec<Signature>, Shape> {
    let signatures = file.array("signatures")?.into_iter();
    let signature = |value| {
        let mut signature = Fields::of(value, &["keyid", "method", "sig"])?;
        Ok(Signature {
            key: signature.string("keyid")?,
            method: Method::parse(&signature.string("method")?),
            bytes: signature.bytes("sig")?,
        })
    };
    signatures.map(signature).collect()
}
