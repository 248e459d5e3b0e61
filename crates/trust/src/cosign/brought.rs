//! The certificates that a signature brings, and whose they are.

use std::collections::BTreeMap;

use time::OffsetDateTime;

use super::{Made, decode};
use crate::{
    attached::{Message, Refused, Trusted, signer},
    notation::Scheme,
    x509::{Certificate, Chain, MAX_CERTIFICATE, MAX_CERTIFICATES, Step, climb},
};

const CERTIFICATE: &str = "dev.sigstore.cosign/certificate";
const CHAIN: &str = "dev.sigstore.cosign/chain";
/// Base64 of the longest certificate has so many characters at most, with the lines of PEM around it.
const MAX_TEXT: usize = MAX_CERTIFICATE * 3 / 2;

/// Certificates as they are brought, the one that signed first. Nobody has read them.
pub(super) enum Brought<'a> {
    /// None.
    Nothing,
    /// PEM: the one that signed, and those above it.
    Pem(&'a str, &'a str),
    /// DER in Base64.
    Der(Vec<&'a str>),
}

impl<'a> Brought<'a> {
    /// What the annotations of a layer say. cosign 3 leaves the chain empty.
    pub(super) fn beside(annotations: &'a BTreeMap<String, String>) -> Self {
        let text = |name| annotations.get(name).map_or("", String::as_str);
        match text(CERTIFICATE) {
            "" => Self::Nothing,
            certificate => Self::Pem(certificate, text(CHAIN)),
        }
    }

    fn read(&self) -> Result<Vec<Certificate>, Refused> {
        let unreadable = || Refused::Chain("a certificate cannot be read");
        match self {
            Self::Nothing => Ok(Vec::new()),
            Self::Pem(certificate, chain) => {
                let most = MAX_CERTIFICATES - 1;
                if certificate.len() > MAX_TEXT || chain.len() > most * MAX_TEXT {
                    return Err(Refused::Chain("it is too long"));
                }
                let mut all = Certificate::from_pem(certificate, 1).map_err(|_| unreadable())?;
                if !chain.trim().is_empty() {
                    all.extend(Certificate::from_pem(chain, most).map_err(|_| unreadable())?);
                }
                Ok(all)
            }
            Self::Der(all) => {
                if all.is_empty() || all.len() > MAX_CERTIFICATES {
                    return Err(Refused::Chain("it needs one to ten certificates"));
                }
                let all = all.iter().map(|text| {
                    if text.len() > MAX_TEXT {
                        return Err(Refused::Chain("a certificate is too long"));
                    }
                    Certificate::from_der(&decode(text)?).map_err(|_| unreadable())
                });
                all.collect()
            }
        }
    }

    /// Whose signature it is by its certificate: that of who registered the certificate, or of a trust store that it leads to.
    pub(super) fn made(
        &self,
        message: &Message<'_>,
        signature: &[u8],
        trusted: &Trusted,
        arrived: OffsetDateTime,
    ) -> Result<Made, Refused> {
        let certificates = self.read()?;
        let (leaf, above) = certificates.split_first().ok_or(Refused::NoKey)?;
        let alone = Chain::climbed(&[leaf])?;
        if !alone.key.verifies_cosign(message, signature) {
            return Err(Refused::Signature);
        }
        if !alone.is_valid(arrived) {
            return Err(Refused::NotNow);
        }
        let registered = trusted.stores.iter().flat_map(|store| &store.certificates);
        let known: Vec<&Certificate> = registered.chain(above).collect();
        let mut why = None;
        let made = climb(leaf, &known, &mut |path| {
            let step = judge(path, trusted, arrived);
            step.unwrap_or_else(|(refused, step)| {
                why.get_or_insert(refused);
                step
            })
        });
        made.ok_or_else(|| why.unwrap_or(Refused::Unlinked))
    }
}

/// What a chain from the certificate that signed is worth, or why nothing, and whether one that goes on may be worth more.
fn judge(
    path: &[&Certificate],
    trusted: &Trusted,
    arrived: OffsetDateTime,
) -> Result<Step<Made>, (Refused, Step<Made>)> {
    let chain = Chain::climbed(path).map_err(|refused| (refused, Step::Down))?;
    let certificates: Vec<&[u8]> = path.iter().map(|one| one.der()).collect();
    match signer(&chain, &certificates, trusted, (Scheme::X509, arrived)) {
        Ok(_) if !chain.is_valid(arrived) => Err((Refused::NotNow, Step::Down)),
        Ok(signer) => Ok(Step::Found(Made {
            signer,
            until: Some(chain.not_after),
        })),
        Err(Refused::Untrusted) => Ok(Step::Up),
        Err(refused) => Err((refused, Step::Up)),
    }
}
