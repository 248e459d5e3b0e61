//! Issuing client certificates: for a key that is made here, or for one whose private half we never see.

use rand::{CryptoRng, RngExt as _};
use rcgen::{
    CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose,
    PublicKeyData, SanType, SerialNumber, SubjectPublicKeyInfo,
};
use time::{Duration, OffsetDateTime};
use x509_parser::{certification_request::X509CertificationRequest, prelude::FromDer as _};

use super::{ClientCa, ClientCaError, ClientCertificate, Subject};
use crate::{
    ca::BACKDATE,
    public_key::{Certificate, PublicKey, PublicKeyError, read_blocks},
};

/// The longest common name: `ub-common-name` of RFC 5280, appendix A.1.
const MAX_NAME: usize = 64;

impl ClientCa {
    /// A certificate with a new key pair, ECDSA on P-256. It lives for `lifetime`, but not longer than the authority.
    pub fn issue(
        &self,
        subject: Subject<'_>,
        lifetime: Duration,
        now: OffsetDateTime,
        rng: &mut impl CryptoRng,
    ) -> Result<ClientCertificate, ClientCaError> {
        let pair = KeyPair::generate()?;
        Ok(ClientCertificate {
            certificate: self.sign(&pair, subject, lifetime, now, rng)?,
            key_pem: Some(pair.serialize_pem()),
        })
    }

    /// A certificate for the key of a certificate signing request (RFC 2986), PEM. The request proves that who made it has
    /// the private key; the subject and the extensions that it asks for are not looked at.
    pub fn issue_for_request(
        &self,
        request: &str,
        subject: Subject<'_>,
        lifetime: Duration,
        now: OffsetDateTime,
        rng: &mut impl CryptoRng,
    ) -> Result<ClientCertificate, ClientCaError> {
        let key = requested_key(request)?;
        self.issue_for_key(&key, subject, lifetime, now, rng)
    }

    /// A certificate for a public key that somebody uploaded (see [`crate::public_key::parse`]). Nothing proves that they
    /// have the private key: the caller must refuse one that another account has registered.
    pub fn issue_for_key(
        &self,
        key: &PublicKey,
        subject: Subject<'_>,
        lifetime: Duration,
        now: OffsetDateTime,
        rng: &mut impl CryptoRng,
    ) -> Result<ClientCertificate, ClientCaError> {
        let key = SubjectPublicKeyInfo::from_der(key.spki_der())?;
        Ok(ClientCertificate {
            certificate: self.sign(&key, subject, lifetime, now, rng)?,
            key_pem: None,
        })
    }

    fn sign(
        &self,
        key: &impl PublicKeyData,
        subject: Subject<'_>,
        lifetime: Duration,
        now: OffsetDateTime,
        rng: &mut impl CryptoRng,
    ) -> Result<Certificate, ClientCaError> {
        let length = subject.name.chars().count();
        if length == 0 || length > MAX_NAME || subject.name.chars().any(char::is_control) {
            return Err(ClientCaError::Name);
        }
        if !lifetime.is_positive() {
            return Err(ClientCaError::Lifetime);
        }
        let end = Certificate::from_der(&self.der)?.not_after();
        if now >= end {
            return Err(ClientCaError::AuthorityExpired);
        }
        let mut params = CertificateParams::default();
        params
            .distinguished_name
            .push(DnType::CommonName, subject.name);
        let account = format!("urn:uuid:{}", subject.account.hyphenated());
        params.subject_alt_names = vec![SanType::URI(account.try_into()?)];
        params.serial_number = Some(SerialNumber::from_slice(&rng.random::<[u8; 16]>()));
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.use_authority_key_identifier_extension = true;
        params.not_before = now.saturating_sub(BACKDATE);
        params.not_after = now.saturating_add(lifetime).min(end);
        let certificate = params.signed_by(key, self.authority.issuer())?;
        Ok(Certificate::from_der(certificate.der())?)
    }
}

/// The key of a certificate signing request, if it is of an accepted kind and has signed the request.
fn requested_key(text: &str) -> Result<PublicKey, ClientCaError> {
    let blocks = read_blocks(text).map_err(|error| match error {
        PublicKeyError::NotPem => ClientCaError::Request,
        other => other.into(),
    })?;
    let block = match blocks.as_slice() {
        // The second is what some older programs write (RFC 7468, section 7).
        [block] if ["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"].contains(&block.tag()) => {
            block
        }
        _ => return Err(ClientCaError::Request),
    };
    let (rest, request) =
        X509CertificationRequest::from_der(block.contents()).map_err(|_| ClientCaError::Request)?;
    if !rest.is_empty() {
        return Err(ClientCaError::Request);
    }
    let key = PublicKey::from_spki_der(request.certification_request_info.subject_pki.raw)?;
    request
        .verify_signature()
        .map_err(|_| ClientCaError::RequestSignature)?;
    Ok(key)
}
