//! A chain from the certificate that signed to the root, or to one below it that is trusted itself.

use time::OffsetDateTime;
use x509_parser::{
    certificate::X509Certificate,
    extensions::{GeneralName, ParsedExtension},
    x509::X509Version,
};

use super::{
    Certificate, MAX_CERTIFICATE,
    name::Name,
    usage::{Rules, check_issuer, check_leaf},
};
use crate::attached::{Refused, VerifyingKey};

/// The longest chain.
pub(crate) const MAX_CERTIFICATES: usize = 10;

/// A chain whose certificates issued one another, and whose first one may sign.
#[derive(Debug)]
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
    /// Reads and checks a chain of notation's, DER, the one that signs first and the root last.
    pub(crate) fn read(certificates: &[Vec<u8>]) -> Result<Self, Refused> {
        if certificates.is_empty() || certificates.len() > MAX_CERTIFICATES {
            return Err(Refused::Chain("it needs one to ten certificates"));
        }
        let parsed = certificates.iter().map(|der| parse(der));
        let parsed = parsed.collect::<Result<Vec<_>, _>>()?;
        let keys = keys(&parsed)?;
        check_issuers(&parsed, &keys)?;
        Self::of(&parsed, keys, Rules::Notation)
    }

    /// Checks a chain of cosign's of which it is known already that each is issued by the next one. Where it ends is for who asks.
    pub(crate) fn climbed(certificates: &[&Certificate]) -> Result<Self, Refused> {
        let parsed = certificates.iter().map(|one| parse(one.der()));
        let parsed = parsed.collect::<Result<Vec<_>, _>>()?;
        let keys = keys(&parsed)?;
        Self::of(&parsed, keys, Rules::Cosign)
    }

    fn of(
        parsed: &[X509Certificate<'_>],
        keys: Vec<VerifyingKey>,
        rules: Rules,
    ) -> Result<Self, Refused> {
        let empty = || Refused::Chain("it is empty");
        let (leaf, above) = parsed.split_first().ok_or_else(empty)?;
        check_leaf(leaf, rules)?;
        for (below, issuer) in above.iter().enumerate() {
            check_issuer(issuer, below, rules)?;
        }
        let begins = parsed.iter().map(|one| one.validity().not_before);
        let ends = parsed.iter().map(|one| one.validity().not_after);
        Ok(Self {
            key: keys.into_iter().next().ok_or_else(empty)?,
            subject: whose(leaf),
            name: Name::of(leaf.subject()),
            not_before: begins.map(|at| at.to_datetime()).max().ok_or_else(empty)?,
            not_after: ends.map(|at| at.to_datetime()).min().ok_or_else(empty)?,
        })
    }

    /// Whether all of them are valid.
    pub(crate) fn is_valid(&self, at: OffsetDateTime) -> bool {
        self.not_before <= at && at <= self.not_after
    }
}

/// The subject, or, where a certificate has none, as those for an identity at a provider, the first name beside it.
fn whose(leaf: &X509Certificate<'_>) -> String {
    let subject = leaf.subject().to_string();
    let names = leaf.subject_alternative_name().ok().flatten();
    let name = names.and_then(|names| names.value.general_names.first());
    match name {
        Some(
            GeneralName::RFC822Name(name) | GeneralName::URI(name) | GeneralName::DNSName(name),
        ) if subject.is_empty() => (*name).to_owned(),
        _ => subject,
    }
}

fn keys(chain: &[X509Certificate<'_>]) -> Result<Vec<VerifyingKey>, Refused> {
    let keys = chain.iter().map(|one| VerifyingKey::of(one.public_key()));
    keys.collect::<Result<_, _>>()
        .map_err(|_| Refused::Usage("a key of its chain is not accepted"))
}

pub(super) fn parse(der: &[u8]) -> Result<X509Certificate<'_>, Refused> {
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

/// Whether a certificate names another one as its issuer, and carries a signature of that one's key.
pub(super) fn is_issued(
    certificate: &X509Certificate<'_>,
    issuer: &X509Certificate<'_>,
    key: &VerifyingKey,
) -> bool {
    let algorithm = certificate.signature_algorithm.algorithm.to_id_string();
    let message = certificate.tbs_certificate.as_ref();
    certificate.issuer().as_raw() == issuer.subject().as_raw()
        && key.issued(&algorithm, message, &certificate.signature_value.data)
}

/// Each is issued by the next one, and the last, only, by itself.
fn check_issuers(chain: &[X509Certificate<'_>], keys: &[VerifyingKey]) -> Result<(), Refused> {
    let broken = Refused::Chain("one certificate is not issued by the next");
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
