//! The certificate authority of a registry that was given no certificate: made at first start, it signs the server's
//! certificate, and people who want to trust it fetch its own at `/ca`.
//!
//! Keys are ECDSA on P-256. A server certificate lives 397 days, the most that browsers accept (CA/Browser Forum Baseline
//! Requirements, section 6.3.2), and is made anew when fewer than 30 remain or the names have changed.

use std::net::IpAddr;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use time::{Duration, OffsetDateTime};
use x509_parser::{extensions::GeneralName, pem::Pem};

const CA_LIFE: Duration = Duration::days(3650);
const SERVER_LIFE: Duration = Duration::days(397);
const RENEW_BEFORE: Duration = Duration::days(30);
/// Certificates are valid from a little before they are made, for clients whose clocks are behind.
pub(crate) const BACKDATE: Duration = Duration::hours(1);

/// A certificate could not be made or read.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the message of each says it")]
pub enum CaError {
    #[error("a certificate could not be made: {0}")]
    Make(#[from] rcgen::Error),
    #[error("the certificate authority's own certificate is not readable: {0}")]
    Certificate(String),
    #[error("the certificate authority's private key does not belong to its certificate")]
    ForeignKey,
}

/// A certificate with its private key, both PEM. The key is secret; it does not print.
#[derive(Clone)]
pub struct Issued {
    /// The certificate.
    pub cert_pem: String,
    /// The private key, PKCS #8.
    pub key_pem: String,
}

impl std::fmt::Debug for Issued {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Issued")
            .field("cert_pem", &self.cert_pem)
            .finish_non_exhaustive()
    }
}

/// A certificate authority that can issue server certificates.
#[derive(Debug)]
pub struct CertificateAuthority {
    cert_pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl CertificateAuthority {
    /// A new authority with a key of its own. `name` is what people see in the list of certificates they trust.
    pub fn create(name: &str, now: OffsetDateTime) -> Result<Self, CaError> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.not_before = now - BACKDATE;
        params.not_after = now + CA_LIFE;
        let cert_pem = params.self_signed(&key)?.pem();
        Ok(Self {
            cert_pem,
            issuer: Issuer::new(params, key),
        })
    }

    /// The authority that [`Self::cert_pem`] and [`Self::key_pem`] were kept of.
    pub fn from_pem(cert_pem: &str, key_pem: &str) -> Result<Self, CaError> {
        let key = KeyPair::from_pem(key_pem)?;
        let pem = read_pem(cert_pem).map_err(CaError::Certificate)?;
        let certificate = pem
            .parse_x509()
            .map_err(|e| CaError::Certificate(e.to_string()))?;
        if certificate.public_key().subject_public_key.data != rcgen::PublicKeyData::der_bytes(&key)
        {
            return Err(CaError::ForeignKey);
        }
        Ok(Self {
            cert_pem: cert_pem.to_owned(),
            issuer: Issuer::from_ca_cert_pem(cert_pem, key)?,
        })
    }

    /// The authority's certificate, for people to trust.
    pub fn cert_pem(&self) -> &str {
        &self.cert_pem
    }

    /// The authority's private key, to keep. Secret.
    pub fn key_pem(&self) -> String {
        self.issuer.key().serialize_pem()
    }

    /// What signs: the authority's name and key.
    pub(crate) fn issuer(&self) -> &Issuer<'static, KeyPair> {
        &self.issuer
    }

    /// A certificate for a server that answers to `names`: host names and addresses.
    pub fn issue_server(&self, names: &[String], now: OffsetDateTime) -> Result<Issued, CaError> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(names)?;
        let common = names.first().map_or("plimsoll", String::as_str);
        params.distinguished_name.push(DnType::CommonName, common);
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        params.not_before = now - BACKDATE;
        params.not_after = now + SERVER_LIFE;
        let certificate = params.signed_by(&key, &self.issuer)?;
        Ok(Issued {
            cert_pem: certificate.pem(),
            key_pem: key.serialize_pem(),
        })
    }

    /// Whether a server certificate still serves: this authority signed it, it names all of `names`, and it is valid at
    /// `now` for at least 30 days more.
    pub fn covers(&self, cert_pem: &str, names: &[String], now: OffsetDateTime) -> bool {
        let (Ok(ours), Ok(pem)) = (read_pem(&self.cert_pem), read_pem(cert_pem)) else {
            return false;
        };
        let (Ok(ours), Ok(certificate)) = (ours.parse_x509(), pem.parse_x509()) else {
            return false;
        };
        let validity = certificate.validity();
        let Ok(Some(found)) = certificate.subject_alternative_name() else {
            return false;
        };
        certificate
            .verify_signature(Some(ours.public_key()))
            .is_ok()
            && validity.not_before.to_datetime() <= now
            && validity.not_after.to_datetime() >= now + RENEW_BEFORE
            && names.iter().all(|name| {
                found
                    .value
                    .general_names
                    .iter()
                    .any(|found| is_name(found, name))
            })
    }
}

fn is_name(found: &GeneralName<'_>, name: &str) -> bool {
    match (found, name.parse::<IpAddr>()) {
        (GeneralName::IPAddress(bytes), Ok(IpAddr::V4(ip))) => *bytes == ip.octets(),
        (GeneralName::IPAddress(bytes), Ok(IpAddr::V6(ip))) => *bytes == ip.octets(),
        (GeneralName::DNSName(found), Err(_)) => found.eq_ignore_ascii_case(name),
        _ => false,
    }
}

pub(crate) fn read_pem(text: &str) -> Result<Pem, String> {
    let (_, pem) = x509_parser::pem::parse_x509_pem(text.as_bytes()).map_err(|e| e.to_string())?;
    Ok(pem)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: OffsetDateTime = time::macros::datetime!(2026-11-23 12:00 UTC);

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    fn ca() -> CertificateAuthority {
        CertificateAuthority::create("Plimsoll test CA", NOW).expect("authority")
    }

    #[test]
    fn issues_a_certificate_for_the_names() {
        let ca = ca();
        let names = names(&["localhost", "127.0.0.1", "::1", "registry.example"]);
        let issued = ca.issue_server(&names, NOW).expect("certificate");
        assert!(ca.covers(&issued.cert_pem, &names, NOW));

        let pem = read_pem(&issued.cert_pem).expect("pem");
        let certificate = pem.parse_x509().expect("certificate");
        assert!(!certificate.is_ca());
        assert_eq!(certificate.issuer().to_string(), "CN=Plimsoll test CA");
        let usage = certificate
            .extended_key_usage()
            .expect("extension")
            .expect("present");
        assert!(usage.value.server_auth && !usage.value.any && !usage.value.client_auth);
        let life = certificate.validity().not_after.timestamp()
            - certificate.validity().not_before.timestamp();
        assert!(life <= Duration::days(398).whole_seconds(), "{life}");

        let pem = read_pem(ca.cert_pem()).expect("pem");
        let own = pem.parse_x509().expect("certificate");
        assert!(own.is_ca());
        assert_eq!(own.subject().to_string(), "CN=Plimsoll test CA");
    }

    #[test]
    fn a_certificate_is_renewed_in_time_and_for_new_names() {
        let ca = ca();
        let old = names(&["localhost", "127.0.0.1"]);
        let cert = ca.issue_server(&old, NOW).expect("certificate").cert_pem;
        assert!(ca.covers(&cert, &old, NOW + Duration::days(366)));
        assert!(
            !ca.covers(&cert, &old, NOW + Duration::days(368)),
            "fewer than 30 days remain"
        );
        assert!(
            !ca.covers(&cert, &old, NOW - Duration::days(1)),
            "not valid yet"
        );
        assert!(ca.covers(&cert, &names(&["LOCALHOST"]), NOW));
        assert!(!ca.covers(&cert, &names(&["localhost", "registry.example"]), NOW));
        assert!(!ca.covers(&cert, &names(&["127.0.0.2"]), NOW));
        assert!(!ca.covers(&cert, &names(&["::1"]), NOW));
    }

    #[test]
    fn only_its_own_certificates_count() {
        let (one, two) = (ca(), ca());
        let names = names(&["localhost"]);
        let cert = one.issue_server(&names, NOW).expect("certificate").cert_pem;
        assert!(
            !two.covers(&cert, &names, NOW),
            "the same name, another key"
        );
        assert!(!one.covers("", &names, NOW));
        assert!(!one.covers(
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            &names,
            NOW
        ));
    }

    #[test]
    fn survives_its_files() {
        let ca = ca();
        let again =
            CertificateAuthority::from_pem(ca.cert_pem(), &ca.key_pem()).expect("authority");
        assert_eq!(again.cert_pem(), ca.cert_pem());
        let names = names(&["localhost"]);
        let issued = again.issue_server(&names, NOW).expect("certificate");
        assert!(ca.covers(&issued.cert_pem, &names, NOW));
    }

    #[test]
    fn refuses_files_that_do_not_belong_together() {
        let (one, two) = (ca(), ca());
        let load = |cert: &str, key: &str| CertificateAuthority::from_pem(cert, key).map(|_| ());
        assert!(matches!(
            load(one.cert_pem(), &two.key_pem()),
            Err(CaError::ForeignKey)
        ));
        assert!(matches!(
            load("nothing", &one.key_pem()),
            Err(CaError::Certificate(_))
        ));
        assert!(matches!(
            load(one.cert_pem(), "nothing"),
            Err(CaError::Make(_))
        ));
    }

    #[test]
    fn refuses_names_that_cannot_be_in_a_certificate() {
        assert!(
            ca().issue_server(&names(&["régistre.example"]), NOW)
                .is_err()
        );
    }
}
