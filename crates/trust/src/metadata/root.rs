//! The root: which keys may sign for which of the four roles.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Invalid, KeyId, PublicKey, Role,
    json::{Fields, Shape, Value},
};

use super::{MAX_SIGNATURES, Payload};

/// Who may sign for a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleKeys {
    /// The keys, by their ids as the metadata has them.
    pub keys: BTreeMap<KeyId, PublicKey>,
    /// How many of them have to sign, 1 at least.
    pub threshold: usize,
}

/// What a root says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root {
    /// Clients write `false`, and ask by hash all the same.
    pub consistent_snapshot: bool,
    /// All keys, also those of no role: certificates of former root keys stay here.
    pub keys: BTreeMap<KeyId, PublicKey>,
    /// Who signs the root itself.
    pub root: RoleKeys,
    /// Who signs `targets`.
    pub targets: RoleKeys,
    /// Who signs the snapshot: a client or the registry.
    pub snapshot: RoleKeys,
    /// Who signs the timestamp: the registry.
    pub timestamp: RoleKeys,
}

impl Root {
    /// Who may sign for a role; `None` for a delegation, of which its parent says so.
    pub fn keys(&self, role: &Role) -> Option<&RoleKeys> {
        match role {
            Role::Root => Some(&self.root),
            Role::Targets => Some(&self.targets),
            Role::Snapshot => Some(&self.snapshot),
            Role::Timestamp => Some(&self.timestamp),
            Role::Delegation(_) => None,
        }
    }
}

impl Payload for Root {
    const TYPE: &'static str = "Root";
    const FIELDS: &'static [&'static str] = &["consistent_snapshot", "keys", "roles"];

    fn read(role: &Role, fields: &mut Fields) -> Result<Self, Invalid> {
        let wrong = |shape: Shape| Invalid::structure(role, shape.to_string());
        let keys = read_keys(fields.object("keys").map_err(wrong)?).map_err(wrong)?;
        let mut roles: BTreeMap<_, _> =
            fields.object("roles").map_err(wrong)?.into_iter().collect();
        let mut of = |named: &Role| {
            let value = roles.remove(named.as_str()).unwrap_or(Value::Null);
            if value == Value::Null {
                let what = format!("missing {named} role specification");
                return Err(Invalid::structure(role, what));
            }
            let mut fields = Fields::of(value, &["keyids", "threshold"]).map_err(wrong)?;
            let of = read_role(named.as_str(), &mut fields, &keys).map_err(wrong)?;
            // Upstream accepts it, and nobody could sign any more.
            if of.threshold > of.keys.len() {
                return Err(Invalid::structure(
                    role,
                    bad_threshold(named.as_str(), of.threshold),
                ));
            }
            Ok(of)
        };
        Ok(Self {
            root: of(&Role::Root)?,
            targets: of(&Role::Targets)?,
            snapshot: of(&Role::Snapshot)?,
            timestamp: of(&Role::Timestamp)?,
            consistent_snapshot: fields.bool("consistent_snapshot").map_err(wrong)?,
            keys,
        })
    }
}

/// The keys of a `keys` object.
pub(super) fn read_keys(keys: Vec<(String, Value)>) -> Result<BTreeMap<KeyId, PublicKey>, Shape> {
    let key = |(id, value): (String, Value)| {
        let id = id
            .parse()
            .map_err(|error| Shape::new(format!("{error}, not {id:?}")))?;
        Ok((id, PublicKey::read(value)?))
    };
    keys.into_iter().map(key).collect()
}

/// The fields `keyids` and `threshold` of a role.
pub(super) fn read_role(
    name: &str,
    fields: &mut Fields,
    known: &BTreeMap<KeyId, PublicKey>,
) -> Result<RoleKeys, Shape> {
    let threshold = fields.integer("threshold")?;
    let threshold = usize::try_from(threshold)
        .ok()
        .filter(|threshold| *threshold > 0)
        .ok_or_else(|| Shape::new(bad_threshold(name, threshold)))?;
    let ids = fields.strings("keyids")?;
    if ids.len() > MAX_SIGNATURES {
        let what = format!(
            "{} keys for {name}, and there may be {MAX_SIGNATURES}",
            ids.len()
        );
        return Err(Shape::new(what));
    }
    let ids: BTreeSet<_> = ids.into_iter().collect();
    let key = |id: String| {
        let missing = || {
            Shape::new(format!(
                "key ID {id} specified in {name} without corresponding key"
            ))
        };
        let id: KeyId = id.parse().map_err(|_| missing())?;
        let key = known.get(&id).ok_or_else(missing)?;
        Ok((id, key.clone()))
    };
    Ok(RoleKeys {
        keys: ids.into_iter().map(key).collect::<Result<_, _>>()?,
        threshold,
    })
}

fn bad_threshold(name: &str, threshold: impl std::fmt::Display) -> String {
    format!("invalid threshold specified for {name}: {threshold} ")
}
