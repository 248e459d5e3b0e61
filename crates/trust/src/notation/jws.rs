//! notation's envelopes in JWS (RFC 7515, section 7.2.2: flattened JSON).

use base64::{Engine as _, engine::general_purpose::STANDARD, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::Deserialize;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::envelope::Envelope;
use crate::{attached::Refused, x509::MAX_CERTIFICATES};

#[derive(Deserialize)]
struct Jws {
    payload: String,
    protected: String,
    header: Header,
    signature: String,
}

#[derive(Deserialize)]
struct Header {
    #[serde(default)]
    x5c: Vec<String>,
}

#[derive(Deserialize)]
struct Protected {
    alg: String,
    cty: String,
    #[serde(default)]
    crit: Vec<String>,
    #[serde(default, rename = "io.cncf.notary.signingScheme")]
    scheme: String,
    #[serde(rename = "io.cncf.notary.signingTime")]
    signing_time: Option<String>,
    #[serde(rename = "io.cncf.notary.authenticSigningTime")]
    authentic_time: Option<String>,
    #[serde(rename = "io.cncf.notary.expiry")]
    expiry: Option<String>,
}

pub(super) fn read(content: &[u8]) -> Result<Envelope, Refused> {
    let jws: Jws = serde_json::from_slice(content).map_err(Refused::malformed)?;
    let protected: Protected =
        serde_json::from_slice(&decode(&jws.protected)?).map_err(Refused::malformed)?;
    if jws.header.x5c.len() > MAX_CERTIFICATES {
        return Err(Refused::Chain("it needs one to ten certificates"));
    }
    let chain = jws.header.x5c.iter().map(|text| STANDARD.decode(text));
    let chain = chain
        .collect::<Result<_, _>>()
        .map_err(|_| Refused::Chain("a certificate cannot be read"))?;
    Ok(Envelope {
        algorithm: protected.alg,
        content_type: protected.cty,
        critical: protected.crit,
        scheme: protected.scheme,
        signing_time: time(protected.signing_time)?,
        authentic_time: time(protected.authentic_time)?,
        expiry: time(protected.expiry)?,
        chain,
        payload: decode(&jws.payload)?,
        signature: decode(&jws.signature)?,
        signed: format!("{}.{}", jws.protected, jws.payload).into_bytes(),
    })
}

fn decode(text: &str) -> Result<Vec<u8>, Refused> {
    let decoded = BASE64_URL_SAFE_NO_PAD.decode(text);
    decoded.map_err(|_| Refused::malformed("something in it is not base64url"))
}

fn time(text: Option<String>) -> Result<Option<OffsetDateTime>, Refused> {
    let time = text.map(|text| OffsetDateTime::parse(&text, &Rfc3339));
    time.transpose()
        .map_err(|_| Refused::malformed("a time in it is not of RFC 3339"))
}
