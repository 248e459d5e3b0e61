//! What may be done in a repository, one by one: what registry tokens say, and what an access token may be limited to.

use sea_orm::DeriveValueType;

use crate::grants::Level;

/// What is done to a repository.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Action {
    /// Read.
    Pull,
    /// Write.
    Push,
    /// Delete tags, manifests and blobs.
    Delete,
    /// Change its settings and who may do what, and delete it.
    Admin,
}

impl Action {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Pull, Self::Push, Self::Delete, Self::Admin];

    /// Its name in the API and in registry tokens.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pull => "pull",
            Self::Push => "push",
            Self::Delete => "delete",
            Self::Admin => "admin",
        }
    }

    /// The level that an account needs for it.
    pub const fn level(self) -> Level {
        match self {
            Self::Pull => Level::ReadOnly,
            Self::Push | Self::Delete => Level::ReadWrite,
            Self::Admin => Level::Admin,
        }
    }

    const fn bit(self) -> i16 {
        match self {
            Self::Pull => 1,
            Self::Push => 2,
            Self::Delete => 4,
            Self::Admin => 8,
        }
    }
}

/// A set of actions. Who may do more than pull may pull, and who may do everything may do each.
#[derive(Clone, Copy, Debug, Default, DeriveValueType, Eq, PartialEq)]
pub struct Actions(i16);

impl Actions {
    /// Whether `action` is in it.
    pub const fn has(self, action: Action) -> bool {
        self.0 & action.bit() != 0
    }

    /// Those in it, from the least to the most.
    pub fn iter(self) -> impl Iterator<Item = Action> {
        Action::ALL
            .into_iter()
            .filter(move |action| self.has(*action))
    }

    /// The highest level that is wholly in it: deleting *and* pushing are read-write.
    pub fn level(self) -> Option<Level> {
        let all = |actions: &[Action]| actions.iter().all(|action| self.has(*action));
        if all(&[Action::Admin]) {
            Some(Level::Admin)
        } else if all(&[Action::Push, Action::Delete]) {
            Some(Level::ReadWrite)
        } else {
            all(&[Action::Pull]).then_some(Level::ReadOnly)
        }
    }
}

impl FromIterator<Action> for Actions {
    fn from_iter<T: IntoIterator<Item = Action>>(actions: T) -> Self {
        let bits = actions
            .into_iter()
            .fold(0, |bits, action| bits | action.bit());
        Self(if bits & Action::Admin.bit() != 0 {
            Action::ALL
                .iter()
                .fold(0, |bits, action| bits | action.bit())
        } else if bits != 0 {
            bits | Action::Pull.bit()
        } else {
            0
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_do_more_may_pull_and_the_level_is_the_highest_that_is_whole() {
        use Action::{Admin, Delete, Pull, Push};
        let set = |actions: &[Action]| actions.iter().copied().collect::<Actions>();
        for (actions, all, level) in [
            (&[][..], &[][..], None),
            (&[Pull], &[Pull], Some(Level::ReadOnly)),
            (&[Push], &[Pull, Push], Some(Level::ReadOnly)),
            (&[Delete], &[Pull, Delete], Some(Level::ReadOnly)),
            (
                &[Push, Delete],
                &[Pull, Push, Delete],
                Some(Level::ReadWrite),
            ),
            (&[Admin], &Action::ALL, Some(Level::Admin)),
        ] {
            let set = set(actions);
            assert_eq!(set.iter().collect::<Vec<_>>(), all, "{actions:?}");
            assert_eq!(set.level(), level, "{actions:?}");
        }
    }
}
