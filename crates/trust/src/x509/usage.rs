//! What a certificate may be used for, by notation's rules ("Signature Specification", "Certificate Requirements") and by cosign's.
//!
//! cosign leaves that to Go's `x509` (sigstore/cosign `pkg/cosign/verify.go`, sigstore/sigstore-go `pkg/verify/certificate.go`): purposes
//! that are said have to hold signing of code all the way up, and only who may issue certificates does. Of the certificate that signs more is
//! asked here: that the purpose is said, and that it issues nothing. Bits of its key's usage that are in the way of neither may be there, as
//! many programs set them.

use x509_parser::{
    certificate::X509Certificate,
    extensions::{BasicConstraints, ExtendedKeyUsage, KeyUsage, ParsedExtension},
};

use crate::attached::Refused;

/// By whose rules certificates are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rules {
    /// notation's: what a certificate is for is said critically, and is nothing else.
    Notation,
    /// cosign's.
    Cosign,
}

/// The usage of its key, and whether it is critical.
fn key_usage<'a>(
    certificate: &'a X509Certificate<'_>,
) -> Result<Option<(&'a KeyUsage, bool)>, Refused> {
    let usage = certificate
        .key_usage()
        .map_err(|_| Refused::Usage("what its key is for cannot be read"))?;
    Ok(usage.map(|usage| (usage.value, usage.critical)))
}

fn critical_key_usage<'a>(certificate: &'a X509Certificate<'_>) -> Result<&'a KeyUsage, Refused> {
    match key_usage(certificate)? {
        Some((usage, true)) => Ok(usage),
        _ => Err(Refused::Usage(
            "it does not say, critically, what its key is for",
        )),
    }
}

fn purposes<'a>(
    certificate: &'a X509Certificate<'_>,
) -> Result<Option<&'a ExtendedKeyUsage<'a>>, Refused> {
    let purposes = certificate
        .extended_key_usage()
        .map_err(|_| Refused::Usage("its purposes cannot be read"))?;
    Ok(purposes.map(|purposes| purposes.value))
}

/// Its constraints, and whether they are critical.
fn constraints<'a>(
    certificate: &'a X509Certificate<'_>,
) -> Result<Option<(&'a BasicConstraints, bool)>, Refused> {
    let constraints = certificate
        .basic_constraints()
        .map_err(|_| Refused::Usage("its constraints cannot be read"))?;
    Ok(constraints.map(|constraints| (constraints.value, constraints.critical)))
}

/// Whether a certificate may sign images.
pub(super) fn check_leaf(leaf: &X509Certificate<'_>, rules: Rules) -> Result<(), Refused> {
    match rules {
        Rules::Notation => check_key_of_notation(leaf)?,
        Rules::Cosign => {
            let usage = key_usage(leaf)?;
            if usage.is_some_and(|(usage, _)| !usage.digital_signature() || usage.key_cert_sign()) {
                return Err(Refused::Usage("its key is not for signatures"));
            }
        }
    }
    if constraints(leaf)?.is_some_and(|(constraints, _)| constraints.ca) {
        return Err(Refused::Usage("it issues certificates"));
    }
    let purposes = purposes(leaf)?;
    match rules {
        Rules::Notation => {
            let wrong = |usage: &ExtendedKeyUsage<'_>| {
                usage.any
                    || usage.server_auth
                    || usage.client_auth
                    || usage.email_protection
                    || usage.time_stamping
            };
            if purposes.is_some_and(wrong) {
                return Err(Refused::Usage("it is for something else than signing code"));
            }
        }
        Rules::Cosign => {
            if !purposes.is_some_and(|purposes| purposes.code_signing) {
                return Err(Refused::Usage(
                    "it does not say that it is for signing code (extended key usage codeSigning)",
                ));
            }
        }
    }
    Ok(())
}

fn check_key_of_notation(leaf: &X509Certificate<'_>) -> Result<(), Refused> {
    let usage = critical_key_usage(leaf)?;
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
    Ok(())
}

/// Whether a certificate may issue. `below` is how many that issue are between it and the one that signs.
pub(super) fn check_issuer(
    issuer: &X509Certificate<'_>,
    below: usize,
    rules: Rules,
) -> Result<(), Refused> {
    let not = Refused::Usage("a certificate of its chain may not issue others");
    let constraints = match (constraints(issuer), rules) {
        (Ok(Some((found, true))), _) | (Ok(Some((found, false))), Rules::Cosign) if found.ca => {
            found
        }
        _ => return Err(not),
    };
    let allowed = constraints.path_len_constraint;
    let too_long = allowed.is_some_and(|most| usize::try_from(most).is_ok_and(|most| below > most));
    if too_long {
        return Err(Refused::Usage(
            "its chain is longer than a certificate of it allows",
        ));
    }
    let may_issue = match rules {
        Rules::Notation => critical_key_usage(issuer)?.key_cert_sign(),
        Rules::Cosign => key_usage(issuer)?.is_none_or(|(usage, _)| usage.key_cert_sign()),
    };
    if !may_issue {
        return Err(not);
    }
    match rules {
        Rules::Notation => Ok(()),
        Rules::Cosign => check_limits(issuer),
    }
}

/// What limits whom an issuer may speak for, of which nothing is overlooked: what is not understood here makes the chain none.
fn check_limits(issuer: &X509Certificate<'_>) -> Result<(), Refused> {
    let codes = |purposes: &ExtendedKeyUsage<'_>| purposes.any || purposes.code_signing;
    if !purposes(issuer)?.is_none_or(codes) {
        return Err(Refused::Usage(
            "a certificate of its chain issues none for signing code",
        ));
    }
    let limits = issuer
        .extensions()
        .iter()
        .any(|one| match one.parsed_extension() {
            ParsedExtension::NameConstraints(_) => true,
            ParsedExtension::PolicyConstraints(_)
            | ParsedExtension::PolicyMappings(_)
            | ParsedExtension::InhibitAnyPolicy(_) => one.critical,
            _ => false,
        });
    if limits {
        return Err(Refused::Usage(
            "a certificate of its chain limits names or policies, which is not looked at here",
        ));
    }
    Ok(())
}
