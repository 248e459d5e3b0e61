//! What JWS and COSE have in common.

use time::OffsetDateTime;

use super::Scheme;
use crate::attached::Refused;

pub(super) const SCHEME: &str = "io.cncf.notary.signingScheme";
pub(super) const SIGNING_TIME: &str = "io.cncf.notary.signingTime";
pub(super) const AUTHENTIC_TIME: &str = "io.cncf.notary.authenticSigningTime";
pub(super) const EXPIRY: &str = "io.cncf.notary.expiry";
const CONTENT_TYPE: &str = "application/vnd.cncf.notary.payload.v1+json";

/// A signature that was read. Nothing of it is verified.
#[derive(Debug)]
pub(super) struct Envelope {
    /// By JWS's name.
    pub(super) algorithm: String,
    pub(super) content_type: String,
    /// The protected headers that have to be understood.
    pub(super) critical: Vec<String>,
    pub(super) scheme: String,
    pub(super) signing_time: Option<OffsetDateTime>,
    pub(super) authentic_time: Option<OffsetDateTime>,
    pub(super) expiry: Option<OffsetDateTime>,
    /// Certificates, DER, the one that signed first.
    pub(super) chain: Vec<Vec<u8>>,
    pub(super) payload: Vec<u8>,
    /// What the signature is made over.
    pub(super) signed: Vec<u8>,
    pub(super) signature: Vec<u8>,
}

/// What an envelope says of times.
pub(super) struct Times {
    pub(super) scheme: Scheme,
    /// The word of the signer, or of the authority.
    pub(super) signed: OffsetDateTime,
    pub(super) expiry: Option<OffsetDateTime>,
}

impl Envelope {
    /// Whether the protected headers are those that the specification asks for, and nothing has to be understood that is not.
    pub(super) fn check(&self) -> Result<Times, Refused> {
        if self.content_type != CONTENT_TYPE {
            return Err(Refused::Unsupported(self.content_type.clone()));
        }
        let scheme = match self.scheme.as_str() {
            "notary.x509" => Scheme::X509,
            "notary.x509.signingAuthority" => Scheme::SigningAuthority,
            "" => return Err(Refused::Header("the signing scheme")),
            other => return Err(Refused::Unsupported(other.to_owned())),
        };
        let (signed, other) = match scheme {
            Scheme::X509 => (self.signing_time, self.authentic_time),
            Scheme::SigningAuthority => (self.authentic_time, self.signing_time),
        };
        let signed = signed.ok_or(Refused::Header("the time of signing"))?;
        if other.is_some() {
            return Err(Refused::Header("a single time of signing"));
        }
        self.check_critical(scheme)?;
        if self.expiry.is_some_and(|expiry| expiry <= signed) {
            return Err(Refused::malformed("it expired before it was made"));
        }
        Ok(Times {
            scheme,
            signed,
            expiry: self.expiry,
        })
    }

    fn check_critical(&self, scheme: Scheme) -> Result<(), Refused> {
        for (at, name) in self.critical.iter().enumerate() {
            let is_here = match name.as_str() {
                SCHEME => true,
                EXPIRY => self.expiry.is_some(),
                AUTHENTIC_TIME => self.authentic_time.is_some(),
                _ => return Err(Refused::Critical(name.clone())),
            };
            let twice = self.critical.iter().skip(at + 1).any(|other| other == name);
            if !is_here || twice {
                return Err(Refused::Header("what it says must be understood"));
            }
        }
        let has = |name: &str| self.critical.iter().any(|critical| critical == name);
        if !has(SCHEME) {
            return Err(Refused::Header("the signing scheme"));
        }
        if self.expiry.is_some() && !has(EXPIRY) {
            return Err(Refused::Header("the expiry"));
        }
        if scheme == Scheme::SigningAuthority && !has(AUTHENTIC_TIME) {
            return Err(Refused::Header("the authentic time of signing"));
        }
        Ok(())
    }
}
