//! The keys that the registry holds for collections, one or more for each of two roles (note, section 3.2).

use crate::{Gun, KeyId, PublicKey, Role, metadata::RoleKeys, metadata::Root};

/// A role that the registry can sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ServerRole {
    /// Where the client gave the snapshot's key to the registry: `docker` always does.
    Snapshot,
    /// Always.
    Timestamp,
}

impl ServerRole {
    /// As a role of the collection.
    pub fn role(self) -> Role {
        match self {
            Self::Snapshot => Role::Snapshot,
            Self::Timestamp => Role::Timestamp,
        }
    }
}

impl TryFrom<&Role> for ServerRole {
    type Error = ();

    fn try_from(role: &Role) -> Result<Self, ()> {
        match role {
            Role::Snapshot => Ok(Self::Snapshot),
            Role::Timestamp => Ok(Self::Timestamp),
            _ => Err(()),
        }
    }
}

/// The public part of a key that the registry holds. It signs for one collection and one role only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldKey {
    /// For which collection.
    pub gun: Gun,
    /// For which role.
    pub role: ServerRole,
    /// The key.
    pub key: PublicKey,
    /// Whether it ever signed. One that never did is pending, and handed out again.
    pub used: bool,
}

impl HeldKey {
    fn is_for(&self, gun: &Gun, role: ServerRole) -> bool {
        self.gun == *gun && self.role == role
    }

    /// The key that `GET …/<role>.key` answers: one that the root names, else a pending one. `None`: one has to be made.
    pub fn current<'a>(
        held: &'a [Self],
        gun: &Gun,
        role: ServerRole,
        root: Option<&Root>,
    ) -> Option<&'a Self> {
        let named = root.and_then(|root| root.keys(&role.role()));
        let is_named =
            |key: &Self| named.is_some_and(|named| named.keys.contains_key(&key.key.id()));
        held.iter()
            .find(|key| key.is_for(gun, role) && is_named(key))
            .or_else(|| Self::pending(held, gun, role))
    }

    /// The key that `POST …/<role>.key` answers: a pending one, so that who asks twice gets the same. `None`: one has to be
    /// made. It counts when the client publishes a root that names it.
    pub fn pending<'a>(held: &'a [Self], gun: &Gun, role: ServerRole) -> Option<&'a Self> {
        held.iter().find(|key| key.is_for(gun, role) && !key.used)
    }

    /// The keys to sign with, if they are enough.
    pub(crate) fn signers(
        held: &[Self],
        gun: &Gun,
        role: ServerRole,
        named: &RoleKeys,
    ) -> Option<Vec<KeyId>> {
        let held = held.iter().filter(|key| key.is_for(gun, role));
        let mut ids: Vec<_> = held.map(|key| key.key.id()).collect();
        ids.retain(|id| named.keys.contains_key(id));
        ids.sort();
        ids.dedup();
        (ids.len() >= named.threshold).then_some(ids)
    }
}
