//! A chain from the certificate that signed to the root.

use time::OffsetDateTime;
use x509_parser::{
    certificate::X509Certificate,
    extensions::{ExtendedKeyUsage, KeyUsage, ParsedExtension},
    x509::X509Version,
};

use super::{MAX_CERTIFICATE, name::Name};
use crate::attached::{Refused, VerifyingKey};

/// The longest chain.
pub(crate) const MAX_CERTIFICATES: usize = 10;

/// A chain whose certificates issued one another, and whose first one may sign.
pub(crate) struct Chain {
    /// The key that signs.
    pub(crate) key: VerifyingKey,
    /// Whose it is, for people.
    pub(crate) subject: String,
    /// Whose it is, to compare; `None` where the name is not fit for that.
    pub(crate) name: Option<Name>,
    /// When the last of them begins to be valid.
    not_before: OffsetDateTime,
    /// When the first of them ends.
    pub(crate) not_after: OffsetDateTime,
}

impl Chain {
    /// Reads and checks a chain, DER, the one that signs first and the root last.
    pub(crate) fn read(certificates: &[Vec<u8>]) -> Result<Self, Refused> {
        if certificates.is_empty() || certificates.len() > MAX_CERTIFICATES {
            return Err(Refused::Chain("it needs one to ten certificates"));
        }
        let parsed = certificates.iter().map(|der| parse(der));
        let parsed = parsed.collect::<Result<Vec<_>, _>>()?;
        let keys = parsed
            .iter()
            .map(|certificate| VerifyingKey::of(certificate.public_key()));
        let keys = keys
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| Refused::Usage("a key of its chain is not accepted"))?;
        check_issuers(&parsed, &keys)?;
        let (leaf, above) = parsed.split_first().ok_or(Refused::Chain("it is empty"))?;
        check_leaf(leaf)?;
        for (below, issuer) in above.iter().enumerate() {
            check_issuer(issuer, below)?;
        }
        let begins = parsed.iter().map(|one| one.validity().not_before);
        let ends = parsed.iter().map(|one| one.validity().not_after);
        Ok(Self {
            key: keys
                .into_iter()
                .next()
                .ok_or(Refused::Chain("it is empty"))?,
            subject: leaf.subject().to_string(),
            name: Name::of(leaf.subject()),
            not_before: begins
                .map(|at| at.to_datetime())
                .max()
                .ok_or(Refused::Chain("it is empty"))?,
            not_after: ends
                .map(|at| at.to_datetime())
                .min()
                .ok_or(Refused::Chain("it is empty"))?,
        })
    }

    /// Whether all of them are valid.
    pub(crate) fn is_valid(&self, at: OffsetDateTime) -> bool {
        self.not_before <= at && at <= self.not_after
    }
}

fn parse(der: &[u8]) -> Result<X509Certificate<'_>, Refused> {
    let unreadable = Refused::Chain("a certificate cannot be read");
    if der.len() > MAX_CERTIFICATE {
        return Err(Refused::Chain("a certificate is too long"));
    }
    let (rest, parsed) =
        x509_parser::parse_x509_certificate(der).map_err(|_| unreadable.clone())?;
    if !rest.is_empty() || parsed.version() != X509Version::V3 {
        return Err(unreadable);
    }
    // DER has one way to write a signature of whole bytes
    if parsed.signature_value.unused_bits != 0 {
        return Err(unreadable);
    }
    if parsed.signature_algorithm != parsed.tbs_certificate.signature {
        return Err(Refused::Chain("a certificate names two algorithms"));
    }
    let unknown = parsed.extensions().iter().any(|extension| {
        let parsed = extension.parsed_extension();
        extension.critical
            && (parsed.unsupported() || matches!(parsed, ParsedExtension::ParseError { .. }))
    });
    // RFC 5280, section 4.2: an extension comes once
    if unknown || parsed.extensions_map().is_err() {
        return Err(Refused::Chain(
            "a certificate has extensions that are not understood",
        ));
    }
    Ok(parsed)
}

/// Each is issued by the next one, and the last, only, by itself.
fn check_issuers(chain: &[X509Certificate<'_>], keys: &[VerifyingKey]) -> Result<(), Refused> {
    let broken = Refused::Chain("one certificate is not issued by the next");
    let is_issued =
        |certificate: &X509Certificate<'_>, issuer: &X509Certificate<'_>, key: &VerifyingKey| {
            let algorithm = certificate.signature_algorithm.algorithm.to_id_string();
            let message = certificate.tbs_certificate.as_ref();
            certificate.issuer().as_raw() == issuer.subject().as_raw()
                && key.issued(&algorithm, message, &certificate.signature_value.data)
        };
    let certificates = chain.iter().zip(keys);
    let issuers = certificates.clone().skip(1);
    for ((certificate, own), (issuer, key)) in certificates.zip(issuers) {
        if is_issued(certificate, certificate, own) {
            return Err(Refused::Chain("it goes on behind a root"));
        }
        if !is_issued(certificate, issuer, key) {
            return Err(broken);
        }
    }
    match chain.last().zip(keys.last()) {
        Some((root, key)) if is_issued(root, root, key) => Ok(()),
        _ => Err(Refused::Chain("it does not end in a root")),
    }
}

fn key_usage<'a>(certificate: &'a X509Certificate<'_>) -> Result<&'a KeyUsage, Refused> {
    match certificate.key_usage() {
        Ok(Some(usage)) if usage.critical => Ok(usage.value),
        _ => Err(Refused::Usage(
            "it does not say, critically, what its key is for",
        )),
    }
}

fn check_leaf(leaf: &X509Certificate<'_>) -> Result<(), Refused> {
    let usage = key_usage(leaf)?;
    let more = usage.key_encipherment()
        || usage.data_encipherment()
        || usage.key_agreement()
        || usage.key_cert_sign()
        || usage.crl_sign()
        || usage.encipher_only()
        || usage.decipher_only();
    if !usage.digital_signature() || more {
        return Err(Refused::Usage("its key is not for signatures alone"));
    }
    let constraints = leaf
        .basic_constraints()
        .map_err(|_| Refused::Usage("its constraints cannot be read"))?;
    if constraints.is_some_and(|constraints| constraints.value.ca) {
        return Err(Refused::Usage("it issues certificates"));
    }
    let extended = leaf
        .extended_key_usage()
        .map_err(|_| Refused::Usage("its purposes cannot be read"))?;
    let wrong = |usage: &ExtendedKeyUsage<'_>| {
        usage.any
            || usage.server_auth
            || usage.client_auth
            || usage.email_protection
            || usage.time_stamping
    };
    if extended.is_some_and(|extended| wrong(extended.value)) {
        return Err(Refused::Usage("it is for something else than signing code"));
    }
    Ok(())
}

/// `below` is how many certificates that issue are between it and the one that signs.
fn check_issuer(issuer: &X509Certificate<'_>, below: usize) -> Result<(), Refused> {
    let not = Refused::Usage("a certificate of its chain may not issue others");
    let constraints = match issuer.basic_constraints() {
        Ok(Some(constraints)) if constraints.critical && constraints.value.ca => constraints.value,
        _ => return Err(not),
    };
    let allowed = constraints.path_len_constraint;
    let too_long = allowed.is_some_and(|most| usize::try_from(most).is_ok_and(|most| below > most));
    if too_long {
        return Err(Refused::Usage(
            "its chain is longer than a certificate of it allows",
        ));
    }
    if !key_usage(issuer)?.key_cert_sign() {
        return Err(not);
    }
    Ok(())
}
