//! Snapshot and timestamp: which files belong together, and which of them is the newest.

use std::collections::BTreeMap;

use crate::{
    Invalid, Role,
    json::{Fields, Shape},
};

use super::{FileMeta, Payload};

/// The files that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Root, targets and delegations. The first two are always there.
    pub meta: BTreeMap<Role, FileMeta>,
}

/// The newest snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timestamp {
    /// The snapshot's file.
    pub snapshot: FileMeta,
}

impl Payload for Snapshot {
    const TYPE: &'static str = "Snapshot";
    const FIELDS: &'static [&'static str] = &["meta"];

    fn read(role: &Role, fields: &mut Fields) -> Result<Self, Invalid> {
        let meta = read_meta(role, fields)?;
        for required in [Role::Root, Role::Targets] {
            required_meta(&meta, &required, role)?;
        }
        for (of, file) in &meta {
            file.check_structure(of, role)?;
        }
        Ok(Self { meta })
    }
}

impl Payload for Timestamp {
    const TYPE: &'static str = "Timestamp";
    const FIELDS: &'static [&'static str] = &["meta"];

    fn read(role: &Role, fields: &mut Fields) -> Result<Self, Invalid> {
        let meta = read_meta(role, fields)?;
        Ok(Self {
            snapshot: required_meta(&meta, &Role::Snapshot, role)?,
        })
    }
}

fn read_meta(role: &Role, fields: &mut Fields) -> Result<BTreeMap<Role, FileMeta>, Invalid> {
    let wrong = |shape: Shape| Invalid::structure(role, shape.to_string());
    let entry = |(name, value): (String, _)| {
        let of = name
            .parse()
            .map_err(|_| Invalid::structure(role, format!("{name:?} is no role")))?;
        Ok((of, FileMeta::read(value).map_err(wrong)?))
    };
    let meta = fields.object("meta").map_err(wrong)?;
    meta.into_iter().map(entry).collect()
}

fn required_meta(
    meta: &BTreeMap<Role, FileMeta>,
    of: &Role,
    within: &Role,
) -> Result<FileMeta, Invalid> {
    let absent = FileMeta {
        length: 0,
        hashes: BTreeMap::new(),
        custom: None,
    };
    let file = meta.get(of).unwrap_or(&absent);
    file.check_structure(of, within)?;
    Ok(file.clone())
}
