//! notation's envelopes in COSE (RFC 9052, section 4.2: `COSE_Sign1`, tagged).

use ciborium::Value;
use time::OffsetDateTime;

use super::envelope::{AUTHENTIC_TIME, EXPIRY, Envelope, SCHEME, SIGNING_TIME};
use crate::{attached::Refused, x509::MAX_CERTIFICATES};

/// How deep values may lie in each other.
const MAX_DEPTH: usize = 16;
/// How many headers there may be.
const MAX_HEADERS: usize = 64;
/// RFC 9052, section 4.2
const SIGN1: u64 = 18;
/// RFC 8949, section 3.4.2: seconds since 1970
const EPOCH: u64 = 1;
/// RFC 9052, section 3.1
const ALGORITHM: i64 = 1;
const CRITICAL: i64 = 2;
const CONTENT_TYPE: i64 = 3;
/// RFC 9360, section 2
const X5CHAIN: i64 = 33;

pub(super) fn read(content: &[u8]) -> Result<Envelope, Refused> {
    let Value::Tag(SIGN1, message) = value(content)? else {
        return Err(shape());
    };
    let parts: [Value; 4] = array(*message)?.try_into().map_err(|_| shape())?;
    let [protected, unprotected, payload, signature] = parts;
    let (protected, payload) = (bytes(protected)?, bytes(payload)?);
    let mut headers = Map::of(value(&protected)?)?;
    let mut unprotected = Map::of(unprotected)?;
    Ok(Envelope {
        algorithm: algorithm(headers.take(ALGORITHM))?,
        content_type: text(headers.take(CONTENT_TYPE).ok_or_else(shape)?)?,
        critical: match headers.take(CRITICAL) {
            Some(names) => array(names)?
                .into_iter()
                .map(text)
                .collect::<Result<_, _>>()?,
            None => Vec::new(),
        },
        scheme: headers
            .take(SCHEME)
            .map(text)
            .transpose()?
            .unwrap_or_default(),
        signing_time: headers.take(SIGNING_TIME).map(time).transpose()?,
        authentic_time: headers.take(AUTHENTIC_TIME).map(time).transpose()?,
        expiry: headers.take(EXPIRY).map(time).transpose()?,
        chain: chain(unprotected.take(X5CHAIN))?,
        signed: signed(&protected, &payload)?,
        signature: bytes(signature)?,
        payload,
    })
}

/// One value, and nothing after it.
fn value(mut content: &[u8]) -> Result<Value, Refused> {
    let value = ciborium::de::from_reader_with_recursion_limit(&mut content, MAX_DEPTH)
        .map_err(|_| Refused::malformed("it is no CBOR, or none that is safe to read"))?;
    if content.is_empty() {
        Ok(value)
    } else {
        Err(Refused::malformed("something comes after it"))
    }
}

/// `Sig_structure` (RFC 9052, section 4.4).
fn signed(protected: &[u8], payload: &[u8]) -> Result<Vec<u8>, Refused> {
    let structure = Value::Array(vec![
        Value::Text("Signature1".to_owned()),
        Value::Bytes(protected.to_vec()),
        Value::Bytes(Vec::new()),
        Value::Bytes(payload.to_vec()),
    ]);
    let mut message = Vec::new();
    ciborium::into_writer(&structure, &mut message).map_err(|_| shape())?;
    Ok(message)
}

/// By JWS's name (RFC 9053, section 2.1; RFC 8230, section 2).
fn algorithm(value: Option<Value>) -> Result<String, Refused> {
    let number = value.and_then(|value| value.into_integer().ok());
    let name = match number.map(i128::from) {
        Some(-7) => "ES256",
        Some(-35) => "ES384",
        Some(-36) => "ES512",
        Some(-37) => "PS256",
        Some(-38) => "PS384",
        Some(-39) => "PS512",
        _ => return Err(Refused::Algorithm),
    };
    Ok(name.to_owned())
}

fn chain(value: Option<Value>) -> Result<Vec<Vec<u8>>, Refused> {
    let certificates = match value {
        None => Vec::new(),
        Some(Value::Bytes(one)) => vec![Value::Bytes(one)],
        Some(value) => array(value)?,
    };
    if certificates.len() > MAX_CERTIFICATES {
        return Err(Refused::Chain("it needs one to ten certificates"));
    }
    certificates.into_iter().map(bytes).collect()
}

/// The headers of a map, of which none comes twice.
struct Map(Vec<(Value, Value)>);

impl Map {
    fn of(value: Value) -> Result<Self, Refused> {
        let entries = value.into_map().map_err(|_| shape())?;
        if entries.len() > MAX_HEADERS {
            return Err(shape());
        }
        let mut keys = entries.iter().enumerate();
        let twice =
            keys.any(|(at, (key, _))| entries.iter().skip(at + 1).any(|(other, _)| other == key));
        if twice {
            return Err(shape());
        }
        Ok(Self(entries))
    }

    fn take(&mut self, key: impl Into<Value>) -> Option<Value> {
        let key = key.into();
        let at = self.0.iter().position(|(found, _)| *found == key)?;
        Some(self.0.swap_remove(at).1)
    }
}

fn shape() -> Refused {
    Refused::malformed("it is no COSE_Sign1 of notation")
}

fn array(value: Value) -> Result<Vec<Value>, Refused> {
    value.into_array().map_err(|_| shape())
}

fn bytes(value: Value) -> Result<Vec<u8>, Refused> {
    value.into_bytes().map_err(|_| shape())
}

fn text(value: Value) -> Result<String, Refused> {
    value.into_text().map_err(|_| shape())
}

fn time(value: Value) -> Result<OffsetDateTime, Refused> {
    let Value::Tag(EPOCH, value) = value else {
        return Err(shape());
    };
    let seconds = value.into_integer().map_err(|_| shape())?;
    let seconds = i64::try_from(seconds).map_err(|_| shape())?;
    OffsetDateTime::from_unix_timestamp(seconds).map_err(|_| shape())
}
