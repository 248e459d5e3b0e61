//! What people want to know of a role: who may sign it, who did, until when, and whether it counts.

use std::collections::BTreeSet;

use time::OffsetDateTime;

use super::{DelegatedRole, Invalid, KeyId, KeyType, PublicKey, Role, RoleKeys, Signed, Targets};

/// A key that may sign, or has signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer {
    /// The id in the metadata; of a certificate it is the certificate's.
    pub id: KeyId,
    /// The id of the key itself, by which people are known. `None` for a certificate that cannot be read.
    pub canonical: Option<KeyId>,
    /// What kind of key it is.
    pub keytype: KeyType,
}

impl Signer {
    fn new((id, key): (&KeyId, &PublicKey)) -> Self {
        Self {
            id: *id,
            canonical: key.canonical_id(),
            keytype: key.keytype().clone(),
        }
    }

    /// Those of a role's keys that are among `ids`.
    pub(crate) fn of(keys: &RoleKeys, ids: &BTreeSet<KeyId>) -> Vec<Self> {
        let keys = keys.keys.iter().filter(|(id, _)| ids.contains(id));
        keys.map(Self::new).collect()
    }
}

/// How it stands with a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleStatus {
    /// The role.
    pub role: Role,
    /// Who may sign it.
    pub keys: Vec<Signer>,
    /// How many have to.
    pub threshold: usize,
    /// What it may name starts with one of these, after what its parent may; `[""]` is all. Empty for root, snapshot and timestamp.
    pub paths: Vec<String>,
    /// The file that counts, or why none does. [`Invalid::Absent`]: nobody has published one yet.
    pub file: Result<FileStatus, Invalid>,
}

/// A valid file of a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileStatus {
    /// Its version.
    pub version: i64,
    /// It is good up to and including this moment.
    pub expires: OffsetDateTime,
    /// Who signed it.
    pub signers: Vec<Signer>,
}

impl FileStatus {
    fn of<T>(file: &Signed<T>, signers: Vec<Signer>) -> Self {
        Self {
            version: file.version(),
            expires: file.expires(),
            signers,
        }
    }
}

impl RoleStatus {
    pub(super) fn base<T>(file: &Signed<T>, keys: &RoleKeys, signed: &BTreeSet<KeyId>) -> Self {
        let paths = (*file.role() == Role::Targets).then(String::new);
        Self {
            role: file.role().clone(),
            keys: keys.keys.iter().map(Signer::new).collect(),
            threshold: keys.threshold,
            paths: paths.into_iter().collect(),
            file: Ok(FileStatus::of(file, Signer::of(keys, signed))),
        }
    }

    pub(super) fn delegation(
        declared: &DelegatedRole,
        paths: &[String],
        checked: &Result<(Signed<Targets>, Vec<Signer>), Invalid>,
    ) -> Self {
        let file = checked.as_ref();
        let file = file.map(|(file, signers)| FileStatus::of(file, signers.clone()));
        Self {
            role: declared.role.clone(),
            keys: declared.signers.keys.iter().map(Signer::new).collect(),
            threshold: declared.signers.threshold,
            paths: paths.to_vec(),
            file: file.map_err(Clone::clone),
        }
    }
}
