//! A collection as a client verifies it: from the root over timestamp and snapshot to the targets, with signatures, thresholds,
//! hashes and expiry (note, sections 3.3 and 5.2).

mod signed;
mod status;

use std::collections::BTreeMap;

use time::OffsetDateTime;

use crate::{
    Collection, Gun, Invalid, KeyId, KeyType, Mark, PublicKey, Role, Unreadable,
    metadata::{
        DelegatedRole, Envelope, FileMeta, Payload, RoleKeys, Root, Signed, Snapshot, Targets,
        Timestamp,
    },
};

pub use signed::{SignedTag, TagSignature};
pub use status::{FileStatus, RoleStatus, Signer};

/// Why nothing of a collection can be believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Untrusted {
    /// One of the four roles is not valid.
    #[error("{role}: {why}")]
    Invalid {
        /// Which.
        role: Role,
        /// What is wrong.
        why: Invalid,
    },
    /// A stored file is not what was stored.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
}

/// A verified collection.
#[derive(Debug, Clone)]
pub struct View {
    root: Signed<Root>,
    snapshot: Signed<Snapshot>,
    /// `targets`, and those delegations that are valid.
    valid: BTreeMap<Role, Valid>,
    statuses: Vec<RoleStatus>,
}

/// A role that names targets, verified.
#[derive(Debug, Clone)]
struct Valid {
    file: Signed<Targets>,
    signers: Vec<Signer>,
    /// What it may name starts with one of these.
    paths: Vec<String>,
}

impl Valid {
    fn permits(&self, name: &str) -> bool {
        self.paths.iter().any(|path| name.starts_with(path))
    }

    /// What it says of a name, if it may.
    fn target(&self, name: &str) -> Option<&FileMeta> {
        let target = self.file.payload().targets.get(name);
        target.filter(|_| self.permits(name))
    }
}

impl View {
    /// Verifies all of a collection at that moment, whose files are all given with their bytes. Fails where a client would believe
    /// nothing; a delegation that is not valid is only left out, and [`Self::roles`] says why.
    pub fn of(gun: &Gun, stored: &Collection, now: OffsetDateTime) -> Result<Self, Untrusted> {
        let root: Signed<Root> = read(stored, Role::Root)?;
        let signed_root = Root::verify(&root, gun, None, Some(now));
        let root_signers = signed_root
            .and_then(|ids| root.check_expiry(now).map(|()| ids))
            .map_err(untrusted(&Role::Root))?;
        let keys = root.payload();
        let timestamp: Signed<Timestamp> = read(stored, Role::Timestamp)?;
        let timestamp_signers = base(&timestamp, &keys.timestamp, None, now)?;
        let snapshot: Signed<Snapshot> = read(stored, Role::Snapshot)?;
        let listed = &timestamp.payload().snapshot;
        let snapshot_signers = base(&snapshot, &keys.snapshot, Some(listed), now)?;
        let meta = &snapshot.payload().meta;
        let of_root = meta.get(&Role::Root);
        of_root
            .map_or(Ok(()), |file| file.check(&Role::Root, root.bytes()))
            .map_err(untrusted(&Role::Root))?;
        let targets: Signed<Targets> = read(stored, Role::Targets)?;
        let targets_signers = base(&targets, &keys.targets, meta.get(&Role::Targets), now)?;
        let statuses = vec![
            RoleStatus::base(&root, &keys.root, &root_signers),
            RoleStatus::base(&targets, &keys.targets, &targets_signers),
            RoleStatus::base(&snapshot, &keys.snapshot, &snapshot_signers),
            RoleStatus::base(&timestamp, &keys.timestamp, &timestamp_signers),
        ];
        let targets = Valid {
            signers: Signer::of(&keys.targets, &targets_signers),
            file: targets,
            paths: vec![String::new()],
        };
        let mut view = Self {
            root,
            snapshot,
            valid: BTreeMap::new(),
            statuses,
        };
        view.walk(targets, stored, now);
        Ok(view)
    }

    /// The root.
    pub fn root(&self) -> &Signed<Root> {
        &self.root
    }

    /// Every role: the four, then the delegations, each after the one that declares it.
    pub fn roles(&self) -> &[RoleStatus] {
        &self.statuses
    }

    /// What the files of valid roles that name targets are known by, for each of their signatures.
    pub fn marks(&self) -> Vec<Mark> {
        let files = self.valid.values();
        files
            .flat_map(|valid| Mark::of(&valid.file, &valid.signers))
            .collect()
    }

    /// The names that a valid role may give and gives, and what they are the names of.
    pub fn targets<'a>(
        &'a self,
        role: &Role,
    ) -> impl Iterator<Item = (&'a str, &'a FileMeta)> + use<'a> {
        self.valid.get(role).into_iter().flat_map(|valid| {
            let targets = valid.file.payload().targets.iter();
            targets
                .filter(|(name, _)| valid.permits(name))
                .map(|(name, file)| (name.as_str(), file))
        })
    }

    /// Takes in a role and, those above first, all below it.
    fn walk(&mut self, targets: Valid, stored: &Collection, now: OffsetDateTime) {
        let mut left = vec![(Role::Targets, targets)];
        while let Some((role, parent)) = left.pop() {
            let mut below = Vec::new();
            for declared in &parent.file.payload().delegations.roles {
                // Only the role directly above may declare one.
                if declared.role.parent().as_ref() != Some(&role) {
                    continue;
                }
                let paths = restricted(&parent.paths, &declared.paths);
                let checked = self.delegation(declared, stored, now);
                self.statuses
                    .push(RoleStatus::delegation(declared, &paths, &checked));
                if let Ok((file, signers)) = checked {
                    let valid = Valid {
                        file,
                        signers,
                        paths,
                    };
                    below.push((declared.role.clone(), valid));
                }
            }
            left.extend(below.into_iter().rev());
            self.valid.insert(role, parent);
        }
    }

    fn delegation(
        &self,
        declared: &DelegatedRole,
        stored: &Collection,
        now: OffsetDateTime,
    ) -> Result<(Signed<Targets>, Vec<Signer>), Invalid> {
        let role = &declared.role;
        let absent = || Invalid::Absent(role.clone());
        let listed = self.snapshot.payload().meta.get(role).ok_or_else(absent)?;
        let bytes = stored.bytes(role).ok_or_else(absent)?;
        listed.check(role, bytes)?;
        let file = Envelope::read(role.clone(), bytes.to_vec())
            .map_err(|error| Invalid::structure(role, error.to_string()))?
            .checked()?;
        let signers = declared.verify(&file)?;
        file.check_expiry(now)?;
        Ok((file, Signer::of(&declared.signers, &signers)))
    }
}

fn read<T: Payload>(stored: &Collection, role: Role) -> Result<Signed<T>, Untrusted> {
    let file = stored.read(&role)?;
    file.ok_or_else(|| untrusted(&role)(Invalid::Absent(role.clone())))
}

fn untrusted(role: &Role) -> impl Fn(Invalid) -> Untrusted + use<> {
    let role = role.clone();
    move |why| Untrusted::Invalid {
        role: role.clone(),
        why,
    }
}

/// Verifies one of the three roles whose keys the root names; gives the keys that signed.
fn base<T>(
    file: &Signed<T>,
    keys: &RoleKeys,
    listed: Option<&FileMeta>,
    now: OffsetDateTime,
) -> Result<std::collections::BTreeSet<KeyId>, Untrusted> {
    let check = || {
        listed.map_or(Ok(()), |listed| listed.check(file.role(), file.bytes()))?;
        let signers = keys.verify_file(file)?;
        file.check_expiry(now)?;
        Ok(signers)
    };
    check().map_err(untrusted(file.role()))
}

/// The paths of a role that its parent may give away.
fn restricted(parent: &[String], child: &[String]) -> Vec<String> {
    let within = |path: &&String| parent.iter().any(|above| path.starts_with(above.as_str()));
    child.iter().filter(within).cloned().collect()
}
