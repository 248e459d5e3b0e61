//! The certificate authority of clients: it signs the certificates in client bundles, and knows its own when a client shows
//! one while a TLS connection is made (mutual TLS).
//!
//! It is not the authority that signs server certificates: who trusts that one trusts nothing that was made for a client.
//! Whose a certificate is stands in a `urn:uuid` name (RFC 9562, section 4) of the account's id, so that the certificate
//! stays right when the account is renamed; the common name is for people and for `docker trust`. Nothing that somebody
//! uploads gets into a certificate but the public key.

mod issue;
#[cfg(test)]
mod tests;

use std::fmt;

use time::{Duration, OffsetDateTime};
use uuid::Uuid;
use x509_parser::{certificate::X509Certificate, extensions::GeneralName};

use crate::{
    ca::{CaError, CertificateAuthority},
    public_key::{Certificate, PublicKeyError},
};

/// How long a client certificate lives if nobody says otherwise: thirteen months.
pub const DEFAULT_LIFETIME: Duration = Duration::days(398);
/// The longest client certificate that is looked at, in bytes of DER. Ours with an RSA key of 8192 bits has some 1.6 KiB.
pub const MAX_CERTIFICATE: usize = 8 * 1024;

/// A client certificate could not be made.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the message of each says it")]
pub enum ClientCaError {
    #[error(transparent)]
    Authority(#[from] CaError),
    #[error("a client certificate could not be made: {0}")]
    Make(#[from] rcgen::Error),
    #[error(transparent)]
    Key(#[from] PublicKeyError),
    #[error(
        "the upload is not one certificate signing request: a PEM block CERTIFICATE REQUEST (PKCS #10)"
    )]
    Request,
    #[error("the signature of the certificate signing request is not that of its own key")]
    RequestSignature,
    #[error(
        "the account's name cannot be in a certificate: it must have 1 to 64 characters, none of them a control character"
    )]
    Name,
    #[error("a certificate must live for some time")]
    Lifetime,
    #[error("the authority's own certificate has expired; a new authority is needed")]
    AuthorityExpired,
}

/// Why a certificate that a client shows is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the message of each says it")]
pub enum ClientError {
    #[error("the client certificate is longer than {MAX_CERTIFICATE} bytes")]
    TooLong,
    #[error("the client certificate is not readable")]
    Malformed,
    #[error("the client certificate was issued by somebody else")]
    Issuer,
    #[error("the client certificate's signature is wrong")]
    Signature,
    #[error("the certificate is not for clients")]
    Purpose,
    #[error("the client certificate is not valid yet")]
    NotYet,
    #[error("the client certificate has expired")]
    Expired,
    #[error("the client certificate does not say whose it is")]
    NoAccount,
}

/// For whom a certificate is.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The account's id.
    pub account: Uuid,
    /// The account's present name.
    pub name: &'a str,
}

/// A new client certificate.
#[derive(Clone)]
pub struct ClientCertificate {
    /// The certificate, which says its serial number, fingerprints and validity.
    pub certificate: Certificate,
    /// The private key, PEM of PKCS #8, where it was made here. Secret; it does not print, and is not kept.
    pub key_pem: Option<String>,
}

impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCertificate")
            .field("certificate", &self.certificate)
            .finish_non_exhaustive()
    }
}

/// Who shows a certificate. Whether it was revoked, and whether the account may still sign in, is for the caller to look up:
/// by serial number or key, which are signed. A list of *revoked* fingerprints would not do: the signature itself is not signed,
/// and anybody can turn the form (r, s) of it into (r, n − s).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientIdentity {
    /// The account's id.
    pub account: Uuid,
    /// The certificate's serial number, as in [`Certificate::serial`].
    pub serial: String,
    /// The certificate's fingerprint, as in [`Certificate::fingerprint`].
    pub fingerprint: String,
    /// The key's fingerprint, as in [`crate::public_key::PublicKey::fingerprint`].
    pub key_fingerprint: String,
}

/// A certificate authority for clients.
#[derive(Debug)]
pub struct ClientCa {
    authority: CertificateAuthority,
    /// The authority's certificate.
    der: Vec<u8>,
}

impl ClientCa {
    /// A new authority with a key of its own, on P-256, that lives for ten years.
    pub fn create(name: &str, now: OffsetDateTime) -> Result<Self, ClientCaError> {
        Self::new(CertificateAuthority::create(name, now)?)
    }

    /// The authority that [`Self::cert_pem`] and [`Self::key_pem`] were kept of.
    pub fn from_pem(cert_pem: &str, key_pem: &str) -> Result<Self, ClientCaError> {
        Self::new(CertificateAuthority::from_pem(cert_pem, key_pem)?)
    }

    fn new(authority: CertificateAuthority) -> Result<Self, ClientCaError> {
        let pem = crate::ca::read_pem(authority.cert_pem()).map_err(CaError::Certificate)?;
        Ok(Self {
            authority,
            der: pem.contents,
        })
    }

    /// The authority's certificate, PEM: what a TLS listener asks clients for.
    pub fn cert_pem(&self) -> &str {
        self.authority.cert_pem()
    }

    /// The authority's private key, PEM, to keep. Secret.
    pub fn key_pem(&self) -> String {
        self.authority.key_pem()
    }

    /// Who shows this certificate (DER), if this authority issued it for a client and it is valid at `now`: RFC 5280,
    /// section 6.1, for a path of one certificate. That the client has the private key was proven to TLS.
    pub fn verify(&self, der: &[u8], now: OffsetDateTime) -> Result<ClientIdentity, ClientError> {
        if der.len() > MAX_CERTIFICATE {
            return Err(ClientError::TooLong);
        }
        let (_, shown) =
            x509_parser::parse_x509_certificate(der).map_err(|_| ClientError::Malformed)?;
        self.check_signature(&shown)?;
        check_purpose(&shown)?;
        // It reads the same bytes again, and refuses what may follow them.
        let certificate = Certificate::from_der(der).map_err(|_| ClientError::Malformed)?;
        if now < certificate.not_before() {
            return Err(ClientError::NotYet);
        }
        if now > certificate.not_after() {
            return Err(ClientError::Expired);
        }
        Ok(ClientIdentity {
            account: account(&shown).ok_or(ClientError::NoAccount)?,
            serial: certificate.serial().to_owned(),
            fingerprint: certificate.fingerprint(),
            key_fingerprint: certificate.key().fingerprint(),
        })
    }

    /// The issuer's name is compared byte for byte: we wrote both.
    fn check_signature(&self, shown: &X509Certificate<'_>) -> Result<(), ClientError> {
        let (_, own) =
            x509_parser::parse_x509_certificate(&self.der).map_err(|_| ClientError::Issuer)?;
        if shown.issuer().as_raw() != own.subject().as_raw() {
            return Err(ClientError::Issuer);
        }
        if shown.signature_algorithm != shown.tbs_certificate.signature {
            return Err(ClientError::Signature);
        }
        shown
            .verify_signature(Some(own.public_key()))
            .map_err(|_| ClientError::Signature)
    }
}

/// It must be for clients, and expressly so, and no authority itself.
fn check_purpose(shown: &X509Certificate<'_>) -> Result<(), ClientError> {
    match shown.extended_key_usage() {
        Ok(Some(usage)) if usage.value.client_auth && !shown.is_ca() => Ok(()),
        Ok(_) => Err(ClientError::Purpose),
        Err(_) => Err(ClientError::Malformed),
    }
}

/// The id in the one name that the certificate has besides its common name.
fn account(shown: &X509Certificate<'_>) -> Option<Uuid> {
    let names = shown.subject_alternative_name().ok()??;
    match names.value.general_names.as_slice() {
        [GeneralName::URI(uri)] => Uuid::try_parse(uri.strip_prefix("urn:uuid:")?).ok(),
        _ => None,
    }
}
