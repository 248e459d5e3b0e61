//! Targets: names and what they are the names of, and to whom the right to say so is given.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Invalid, KeyId, PublicKey, Role,
    json::{Fields, Shape, Value},
};

use super::{
    FileMeta, Payload, RoleKeys,
    root::{read_keys, read_role},
};

/// Roles that one role may delegate to.
const MAX_DELEGATIONS: usize = 1000;
/// Paths of a role: each of a file's is compared with each of its parent's.
const MAX_PATHS: usize = 256;

/// What `targets`, or a role that it delegates to, says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Targets {
    /// By name: of an image, its tag.
    pub targets: BTreeMap<String, FileMeta>,
    /// To whom it delegates.
    pub delegations: Delegations,
}

/// The roles that one role delegates to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delegations {
    /// All keys, those of no role among them.
    pub keys: BTreeMap<KeyId, PublicKey>,
    /// In the order in which they are written.
    pub roles: Vec<DelegatedRole>,
}

/// A role as its parent declares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DelegatedRole {
    /// The role.
    pub role: Role,
    /// Who may sign for it. A role whose last key was taken away has none, and cannot be signed until it has one again.
    pub signers: RoleKeys,
    /// It may name what starts with one of these, as far as its parent may: `[""]` is all, and none is nothing.
    pub paths: Vec<String>,
}

impl Targets {
    /// What it says of a role that it delegates to directly.
    pub fn delegation(&self, role: &Role) -> Option<&DelegatedRole> {
        self.delegations
            .roles
            .iter()
            .find(|delegated| delegated.role == *role)
    }
}

impl Payload for Targets {
    const TYPE: &'static str = "Targets";
    const FIELDS: &'static [&'static str] = &["delegations", "targets"];

    fn read(role: &Role, fields: &mut Fields) -> Result<Self, Invalid> {
        read(fields).map_err(|shape| Invalid::structure(role, shape.to_string()))
    }
}

fn read(fields: &mut Fields) -> Result<Targets, Shape> {
    let target = |(name, value)| Ok((name, FileMeta::read(value)?));
    let targets = fields.object("targets")?.into_iter().map(target);
    let mut delegations = Fields::of(fields.take("delegations"), &["keys", "roles"])?;
    let keys = read_keys(delegations.object("keys")?)?;
    let roles = delegations.array("roles")?;
    at_most("delegations", roles.len(), MAX_DELEGATIONS)?;
    let roles: Vec<_> = roles
        .into_iter()
        .map(|value| read_delegation(value, &keys))
        .collect::<Result<_, _>>()?;
    let mut seen = BTreeSet::new();
    if let Some(twice) = roles.iter().find(|delegated| !seen.insert(&delegated.role)) {
        return Err(Shape::new(format!(
            "delegation role {} comes twice",
            twice.role
        )));
    }
    Ok(Targets {
        targets: targets.collect::<Result<_, _>>()?,
        delegations: Delegations { keys, roles },
    })
}

fn read_delegation(
    value: Value,
    keys: &BTreeMap<KeyId, PublicKey>,
) -> Result<DelegatedRole, Shape> {
    let mut fields = Fields::of(value, &["keyids", "name", "paths", "threshold"])?;
    let name = fields.string("name")?;
    let role = name.parse().ok();
    let role = role
        .filter(|role| matches!(role, Role::Delegation(_)))
        .ok_or_else(|| Shape::new(format!("delegation role {name} invalid")))?;
    let signers = read_role(&name, &mut fields, keys)?;
    let paths = fields.strings("paths")?;
    at_most("paths", paths.len(), MAX_PATHS)?;
    Ok(DelegatedRole {
        role,
        signers,
        paths,
    })
}

fn at_most(what: &str, count: usize, most: usize) -> Result<(), Shape> {
    if count > most {
        return Err(Shape::new(format!(
            "{count} {what}, and there may be {most}"
        )));
    }
    Ok(())
}
