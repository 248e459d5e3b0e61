//! What a TLS listener does about certificates of clients: it asks for one of our own authority, and takes the handshake with or
//! without one.
//!
//! Whether a certificate is good for anything is asked at each request (`keys::visitor`), not here: so a certificate that was
//! revoked or has ended is refused in words, on connections and in resumed sessions too; and a browser or a proxy that shows the
//! certificate of another authority is a client like any other, not one that is shut out. What is proven here is that the client
//! has the private key. The authority's name goes into the request as a hint, so that a browser asks nobody to choose who has
//! no certificate of it.

use auth::client_ca::MAX_CERTIFICATE;
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, RootCertStore,
    SignatureScheme,
    client::danger::HandshakeSignatureValid,
    crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, UnixTime, pem::PemObject as _},
    server::danger::{ClientCertVerified, ClientCertVerifier},
};

use super::{TlsError, current_provider};

/// Asks for certificates of one authority.
#[derive(Debug)]
pub(super) struct Clients {
    hints: Vec<DistinguishedName>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Clients {
    /// `authority` is its certificate, PEM.
    pub(super) fn new(authority: &str) -> Result<Self, TlsError> {
        let unusable = |_| Error::General("the authority's certificate is not PEM".to_owned());
        let authority = CertificateDer::from_pem_slice(authority.as_bytes()).map_err(unusable)?;
        let mut roots = RootCertStore::empty();
        roots.add(authority)?;
        Ok(Self {
            hints: roots.subjects(),
            algorithms: current_provider().signature_verification_algorithms,
        })
    }
}

impl ClientCertVerifier for Clients {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &self.hints
    }

    /// Only its size is limited: it is kept with the connection, and in the tickets by which sessions are resumed.
    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let length: usize = intermediates.iter().map(|found| found.len()).sum();
        if end_entity.len() + length > MAX_CERTIFICATE {
            return Err(CertificateError::BadEncoding.into());
        }
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
