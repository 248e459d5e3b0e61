//! Why a signature does not count, in words for people.

/// Why a signature does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the message of each says it")]
pub enum Refused {
    #[error(
        "nothing in this manifest is a signature of cosign or notation, whatever it calls itself"
    )]
    NoSignature,
    #[error("it is no signature, and lies in one manifest with signatures")]
    Beside,
    #[error("it is longer than what is read of one of its kind, or of all of one manifest")]
    TooLong,
    #[error("what is stored is not what the manifest names")]
    Content,
    #[error("it cannot be read: {0}")]
    Malformed(String),
    #[error("it is of a kind that is not known here: {0}")]
    Unsupported(String),
    #[error("it has no signature")]
    Unsigned,
    #[error("it has {0} signatures where there may be one")]
    Several(usize),
    #[error("it signs {0}, not this image")]
    OtherImage(String),
    #[error("it signs the media type or the size of another image")]
    OtherDescriptor,
    #[error("no registered key has made this signature, or what it signs was changed")]
    NoKey,
    #[error("the image itself is not here, and this signature is made over its bytes")]
    NoImage,
    #[error("the signature does not fit its certificate, or what it signs was changed")]
    Signature,
    #[error("its algorithm is not the one that the key of its certificate asks for")]
    Algorithm,
    #[error("it says that {0:?} must be understood, which is not")]
    Critical(String),
    #[error("its protected header lacks {0}, or does not say that it must be understood")]
    Header(&'static str),
    #[error("its certificates are no chain: {0}")]
    Chain(&'static str),
    #[error("its certificate may not sign: {0}")]
    Usage(&'static str),
    #[error("none of its certificates is in a registered trust store")]
    Untrusted,
    #[error(
        "its certificate leads to none that is registered: a trust store has to hold those between its root and the one that signs as well, \
         since cosign leaves them out"
    )]
    Unlinked,
    #[error("its certificate is for {0}, who is not among the trusted identities")]
    Identity(String),
    #[error("it expired")]
    Expired,
    #[error("a certificate of its chain has expired, or is not valid yet")]
    CertificateExpired,
    #[error(
        "its certificate, or one above it, was not valid when it was pushed, and no transparency log or timestamp is asked when it was signed: sign anew with \
         a registered key, or a certificate that lasts (one for an identity, \"keyless\", ends after ten minutes)"
    )]
    NotNow,
}

impl Refused {
    /// What a reader of JSON or CBOR says, without what the text holds.
    pub(crate) fn malformed(what: impl std::fmt::Display) -> Self {
        Self::Malformed(what.to_string())
    }
}
