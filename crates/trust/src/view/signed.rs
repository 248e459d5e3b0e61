//! What counts as signed (note, section 5.2).

use oci::Digest;
use time::OffsetDateTime;

use crate::{FileMeta, Role};

use super::{Signer, Valid, View};

/// A tag that is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedTag {
    /// Where it is released: `targets/releases`, else `targets`.
    pub role: Role,
    /// The manifest.
    pub digest: Digest,
    /// All that is said of the manifest: its length, and its hashes.
    pub target: FileMeta,
    /// When the first of the files that say so expires; the timestamp does not count, which the registry renews.
    pub expires: OffsetDateTime,
    /// Everybody who signed that this tag is this manifest, in the role where it is released and in others: `targets`, and what it
    /// delegates to directly. The role's name proves nothing: the keys do.
    pub signatures: Vec<TagSignature>,
}

/// One key's signature on a role that says what a tag is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagSignature {
    /// In which role.
    pub role: Role,
    /// Whose key.
    pub signer: Signer,
}

impl View {
    /// What a tag is signed as, in the order in which `docker` looks: what `targets/releases` says of it, else what `targets` says.
    pub fn signed(&self, tag: &str) -> Option<SignedTag> {
        let (role, file) = [Role::releases(), Role::Targets]
            .into_iter()
            .find_map(|role| Some((role.clone(), self.valid.get(&role)?.target(tag)?)))?;
        let sha256 = file.sha256()?;
        let digest = format!("sha256:{}", data_encoding::HEXLOWER.encode(&sha256));
        Some(SignedTag {
            digest: digest.parse().ok()?,
            target: file.clone(),
            expires: self.expires(&role),
            signatures: self.signatures(tag, sha256),
            role,
        })
    }

    /// Every tag that is released, with what it is signed as. Once each, in no order that means anything.
    pub fn tags(&self) -> impl Iterator<Item = &str> {
        let releases = self.targets(&Role::releases()).map(|(name, _)| name);
        let releases_has = |name: &str| {
            let releases = self.valid.get(&Role::releases());
            releases.is_some_and(|releases| releases.target(name).is_some())
        };
        let targets = self.targets(&Role::Targets).map(|(name, _)| name);
        releases.chain(targets.filter(move |name| !releases_has(name)))
    }

    fn signatures(&self, tag: &str, sha256: [u8; 32]) -> Vec<TagSignature> {
        let direct = |role: &Role| role.parent().is_none_or(|parent| parent == Role::Targets);
        let says = |valid: &Valid| valid.target(tag).and_then(FileMeta::sha256) == Some(sha256);
        let roles = self.valid.iter();
        let roles = roles.filter(|(role, valid)| direct(role) && says(valid));
        roles
            .flat_map(|(role, valid)| {
                valid.signers.iter().map(|signer| TagSignature {
                    role: role.clone(),
                    signer: signer.clone(),
                })
            })
            .collect()
    }

    fn expires(&self, role: &Role) -> OffsetDateTime {
        let above: Vec<_> = role.ancestors().collect();
        let targets = above.iter().chain([role]);
        let targets = targets.filter_map(|role| self.valid.get(role));
        targets
            .map(|valid| valid.file.expires())
            .chain([self.snapshot.expires()])
            .fold(self.root.expires(), OffsetDateTime::min)
    }
}
