//! Who answers for a certificate that signed, by notation's rules for trust stores; cosign's certificates are in the same ones.

use time::OffsetDateTime;

use super::{Refused, Signer, Trusted};
use crate::{
    notation::Scheme,
    x509::{Certificate, Chain},
};

/// Whose a signature is that was made with the first certificate of `chain`: of who registered that very certificate, or else of a store
/// of that scheme that has one of `certificates`, DER, which are the chain's, and trusts whom the first one is for.
///
/// # Errors
/// [`Refused::Untrusted`] where no store has one of them, and [`Refused::Identity`] where those that do are for others.
pub(crate) fn signer(
    chain: &Chain,
    certificates: &[&[u8]],
    trusted: &Trusted,
    (scheme, arrived): (Scheme, OffsetDateTime),
) -> Result<Signer, Refused> {
    let id = match own(certificates, trusted, (scheme, arrived)) {
        Some(id) => id,
        None => store(chain, certificates, trusted, scheme)?,
    };
    Ok(Signer::Certificate {
        store: id.clone(),
        subject: chain.subject.clone(),
        fingerprint: chain.key.fingerprint(),
    })
}

/// Whose own certificate it is. A signing authority vouches for others, so it takes a store.
fn own<'t>(
    certificates: &[&[u8]],
    trusted: &'t Trusted,
    (scheme, arrived): (Scheme, OffsetDateTime),
) -> Option<&'t String> {
    let leaf = certificates.first().filter(|_| scheme == Scheme::X509)?;
    let mut certificates = trusted.certificates.iter();
    let found = certificates.find(|trusted| {
        trusted.certificate.der() == *leaf && trusted.until.is_none_or(|end| arrived < end)
    })?;
    Some(&found.id)
}

fn store<'t>(
    chain: &Chain,
    certificates: &[&[u8]],
    trusted: &'t Trusted,
    scheme: Scheme,
) -> Result<&'t String, Refused> {
    let has = |certificate: &Certificate| certificates.contains(&certificate.der());
    let stores = trusted.stores.iter();
    let stores: Vec<_> = stores
        .filter(|store| store.scheme == scheme && store.certificates.iter().any(has))
        .collect();
    let mut fitting = stores.iter();
    match fitting.find(|store| store.identities.has(chain.name.as_ref())) {
        Some(store) => Ok(&store.id),
        None if stores.is_empty() => Err(Refused::Untrusted),
        None => Err(Refused::Identity(chain.subject.clone())),
    }
}
