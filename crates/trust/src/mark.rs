//! What a signed file is known by wherever it turns up again. TUF's targets and delegations say neither the collection nor the role
//! that they were signed for, so a valid one is valid wherever its key is named: the registry remembers where it saw it first.

use aws_lc_rs::digest::{Context, SHA256, digest};
use data_encoding::HEXLOWER;

use crate::{KeyId, Role, metadata::Signed, view::Signer};

/// One key's valid signature on a file that names targets.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// As whose file it was brought.
    pub role: Role,
    /// The key's id in the metadata.
    pub key: KeyId,
    /// The SHA-256, in hexadecimal digits, over the id of the key itself and the SHA-256 of the canonical form of what it signed. So
    /// neither other bytes around it, nor other signatures, nor another certificate of the key make it something else.
    pub sha256: String,
}

impl Mark {
    /// Those of a file that these keys signed.
    pub(crate) fn of<T>(file: &Signed<T>, signers: &[Signer]) -> Vec<Self> {
        let message = digest(&SHA256, file.message());
        let mark = |signer: &Signer| {
            let mut context = Context::new(&SHA256);
            context.update(signer.canonical.unwrap_or(signer.id).to_string().as_bytes());
            context.update(message.as_ref());
            Self {
                role: file.role().clone(),
                key: signer.id,
                sha256: HEXLOWER.encode(context.finish().as_ref()),
            }
        };
        signers.iter().map(mark).collect()
    }
}
