//! The root of an update: signed by the one before it and by itself.

use time::OffsetDateTime;

use crate::{
    Collection, Gun, Invalid, Refusal, Role, Unreadable, UpdateError,
    metadata::{Envelope, Root, Signed},
};

/// The stored root. It may have expired, and so may its certificates.
pub(super) fn current(gun: &Gun, stored: &Collection) -> Result<Option<Signed<Root>>, Unreadable> {
    let Some(root) = stored.read::<Root>(&Role::Root)? else {
        return Ok(None);
    };
    Root::verify(&root, gun, None, None).map_err(|error| Unreadable::new(&Role::Root, error))?;
    Ok(Some(root))
}

/// An uploaded root. One of the current version passes here: that it is not new is found as for any other role.
pub(super) fn validate(
    gun: &Gun,
    current: Option<&Signed<Root>>,
    uploaded: Envelope<Root>,
    now: OffsetDateTime,
) -> Result<Signed<Root>, Refusal> {
    // A first root may be the second: its owner rotated a key before publishing it.
    let version = current.map_or(1, Signed::version);
    let new = uploaded.common.version;
    if new != version && new != version.saturating_add(1) {
        let current = version;
        return Err(UpdateError::root(Invalid::RootVersion { current, new }));
    }
    let check = || {
        let root = uploaded.checked()?;
        let before = current.map(Signed::payload);
        Root::verify(&root, gun, before, Some(now))?;
        root.check_expiry(now)?;
        Ok(root)
    };
    check().map_err(UpdateError::root)
}
