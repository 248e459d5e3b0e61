//! The targets and delegations of an update, each signed by those whom the role above it names.

use std::collections::BTreeMap;

use time::OffsetDateTime;

use crate::{
    Collection, Invalid, Mark, Refusal, Role, UpdateError,
    metadata::{Envelope, Root, Signed, Targets},
    view::Signer,
};

/// What was uploaded, and what it is known by, for each of its valid signatures.
type Validated = (BTreeMap<Role, Signed<Targets>>, Vec<Mark>);

/// Checks all of them, those above first. Roles that are not uploaded are read where a role below them is, or where they have to
/// fit a new root; delegations that are not are left as they are, also when the role above them names other keys now.
pub(super) fn validate(
    root: &Root,
    root_is_new: bool,
    uploads: BTreeMap<Role, Envelope<Targets>>,
    stored: &Collection,
    now: OffsetDateTime,
) -> Result<Validated, Refusal> {
    let mut tree = Tree {
        root,
        loaded: BTreeMap::new(),
        uploaded: BTreeMap::new(),
    };
    let mut marks = Vec::new();
    // Upstream does not look, and leaves a collection that no client accepts (note, section 7.2).
    if root_is_new && !uploads.contains_key(&Role::Targets) {
        tree.load(&Role::Targets, stored)?;
    }
    for (role, upload) in uploads {
        let mut above: Vec<_> = role.ancestors().collect();
        above.reverse();
        for ancestor in &above {
            tree.load(ancestor, stored)?;
        }
        let (file, signers) = tree.check(upload).map_err(UpdateError::targets)?;
        file.check_expiry(now).map_err(UpdateError::targets)?;
        super::check_jump(&file, stored).map_err(UpdateError::targets)?;
        marks.extend(Mark::of(&file, &signers));
        tree.uploaded.insert(role, file);
    }
    Ok((tree.uploaded, marks))
}

struct Tree<'a> {
    root: &'a Root,
    /// Out of the store.
    loaded: BTreeMap<Role, Signed<Targets>>,
    uploaded: BTreeMap<Role, Signed<Targets>>,
}

impl Tree<'_> {
    fn get(&self, role: &Role) -> Option<&Signed<Targets>> {
        self.uploaded.get(role).or_else(|| self.loaded.get(role))
    }

    /// Takes a role out of the store, if it is there and not in the update. It may have expired.
    fn load(&mut self, role: &Role, stored: &Collection) -> Result<(), Refusal> {
        if self.get(role).is_some() {
            return Ok(());
        }
        if let Some(file) = stored.read::<Targets>(role)? {
            self.check_signatures(&file).map_err(UpdateError::targets)?;
            self.loaded.insert(role.clone(), file);
        }
        Ok(())
    }

    /// Checks structure and signatures, in Notary's order: of `targets` the signatures come first, of delegations the structure. Gives
    /// who signed, too.
    fn check(&self, upload: Envelope<Targets>) -> Result<(Signed<Targets>, Vec<Signer>), Invalid> {
        if upload.role == Role::Targets {
            let ids = upload.verify(&self.root.targets)?;
            return Ok((upload.checked()?, Signer::of(&self.root.targets, &ids)));
        }
        self.declared(&upload.role)?;
        let file = upload.checked()?;
        let signers = self.check_signatures(&file)?;
        Ok((file, signers))
    }

    fn check_signatures(&self, file: &Signed<Targets>) -> Result<Vec<Signer>, Invalid> {
        if *file.role() == Role::Targets {
            let keys = &self.root.targets;
            return Ok(Signer::of(keys, &keys.verify_file(file)?));
        }
        let declared = self.declared(file.role())?;
        Ok(Signer::of(&declared.signers, &declared.verify(file)?))
    }

    /// What the role above says of a delegation.
    fn declared(&self, role: &Role) -> Result<&crate::metadata::DelegatedRole, Invalid> {
        role.parent()
            .and_then(|parent| self.get(&parent))
            .and_then(|parent| parent.payload().delegation(role))
            .ok_or_else(|| Invalid::NoDelegation(role.clone()))
    }
}
