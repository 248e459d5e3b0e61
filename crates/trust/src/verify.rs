//! Verifying a file against those who may sign it (notary `tuf/signed/verify.go`, `trustpinning/certs.go`).

use std::collections::BTreeSet;

use time::OffsetDateTime;

use crate::{
    Gun, Invalid, KeyId, PublicKey, Role,
    key::Certificate,
    metadata::{DelegatedRole, Envelope, RoleKeys, Root, Signature, Signed, Targets},
};

impl RoleKeys {
    /// The keys that signed, if they are enough. A key counts once, however often it signed; keys of others are skipped.
    pub(crate) fn verify(
        &self,
        role: &Role,
        message: &[u8],
        signatures: &[Signature],
    ) -> Result<BTreeSet<KeyId>, Invalid> {
        if signatures.is_empty() {
            return Err(Invalid::NoSignatures);
        }
        let mut valid = BTreeSet::new();
        for signature in signatures {
            let Ok(id) = signature.key.parse() else {
                continue;
            };
            let Some(key) = self.keys.get(&id) else {
                continue;
            };
            if key.id() != id {
                return Err(Invalid::KeyId);
            }
            if !valid.contains(&id) && key.verifies(&signature.method, message, &signature.bytes) {
                valid.insert(id);
            }
        }
        if valid.len() < self.threshold {
            return Err(Invalid::Threshold(role.clone()));
        }
        Ok(valid)
    }

    /// As [`Self::verify`], of a file that was read.
    pub(crate) fn verify_file<T>(&self, file: &Signed<T>) -> Result<BTreeSet<KeyId>, Invalid> {
        self.verify(file.role(), file.message(), file.signatures())
    }
}

impl Root {
    /// Those who may sign the root of this collection: keys with a certificate of their own first, and only certificates that may
    /// issue others after it, in the collection's name. Only with a time it has to be valid.
    fn signers(&self, gun: &Gun, now: Option<OffsetDateTime>) -> Option<RoleKeys> {
        let usable = |key: &PublicKey| {
            let certificates = key.certificates()?;
            let (leaf, above) = certificates.split_first()?;
            let good = !leaf.is_ca() && above.iter().all(Certificate::is_ca);
            (good && leaf.is_for(gun) && leaf.check(now).is_ok()).then_some(())
        };
        let keys = self.root.keys.iter();
        let keys = keys.filter(|(_, key)| usable(key).is_some());
        let signers = RoleKeys {
            keys: keys.map(|(id, key)| (*id, key.clone())).collect(),
            threshold: self.root.threshold,
        };
        (!signers.keys.is_empty()).then_some(signers)
    }

    /// Checks a root against the one before it, and against itself; gives the keys that signed it. The certificates of the root
    /// before may have expired: upstream refuses that, and then nobody can ever replace it (note, section 7.2).
    pub(crate) fn verify(
        root: &Signed<Self>,
        gun: &Gun,
        before: Option<&Self>,
        now: Option<OffsetDateTime>,
    ) -> Result<BTreeSet<KeyId>, Invalid> {
        let no_leaf = Invalid::RootPath("unable to retrieve valid leaf certificates");
        let signers = root.payload().signers(gun, now).ok_or(no_leaf)?;
        if let Some(before) = before {
            let no_leaf =
                Invalid::RootPath("could not retrieve trusted certs from previous root role data");
            let trusted = before.signers(gun, None).ok_or(no_leaf)?;
            trusted.verify_file(root).map_err(|_| Invalid::Rotation)?;
        }
        let broken = Invalid::RootPath("failed to validate integrity of roots");
        signers.verify_file(root).map_err(|_| broken)
    }
}

impl DelegatedRole {
    /// Checks a delegation's file against what its parent says; gives the keys that signed it. That a certificate expired does not
    /// count: the role's own expiry does.
    pub(crate) fn verify(&self, file: &Signed<Targets>) -> Result<BTreeSet<KeyId>, Invalid> {
        for key in self.signers.keys.values() {
            let certificates = key.certificates().unwrap_or_default();
            certificates
                .first()
                .map_or(Ok(()), |leaf| leaf.check(None))?;
        }
        self.signers.verify_file(file)
    }
}

impl<T> Envelope<T> {
    /// As [`RoleKeys::verify`], before the structure is looked at: a file without signatures is answered so first.
    pub(crate) fn verify(&self, keys: &RoleKeys) -> Result<BTreeSet<KeyId>, Invalid> {
        self.outside.clone()?;
        if self.signatures.len() > crate::metadata::MAX_SIGNATURES {
            let what = format!("{} signatures are too many", self.signatures.len());
            return Err(Invalid::structure(&self.role, what));
        }
        keys.verify(&self.role, &self.message, &self.signatures)
    }
}
