//! What it would take to make a team what a group is: shown as a dry run, then done.

use std::collections::BTreeSet;

/// The difference between a team and what it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan<T> {
    /// To be added.
    pub added: Vec<T>,
    /// To be removed.
    pub removed: Vec<T>,
    /// In both.
    pub unchanged: Vec<T>,
}

/// What to do so that `current` becomes `wanted`, in order. Names must be in one case on both sides.
pub fn plan<T: Ord + Clone>(current: &BTreeSet<T>, wanted: &BTreeSet<T>) -> Plan<T> {
    Plan {
        added: wanted.difference(current).cloned().collect(),
        removed: current.difference(wanted).cloned().collect(),
        unchanged: current.intersection(wanted).cloned().collect(),
    }
}

impl<T> Plan<T> {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty()
    }

    /// Whether a team that has members would have none: more often a mistake in a filter than what anybody wants.
    pub fn removes_everybody(&self) -> bool {
        !self.removed.is_empty() && self.unchanged.is_empty() && self.added.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn says_who_comes_and_goes() {
        let set = |names: &[&'static str]| names.iter().copied().collect::<BTreeSet<_>>();
        let of =
            |current: &[&'static str], wanted: &[&'static str]| plan(&set(current), &set(wanted));
        let plan = of(&["ada", "bob", "eve"], &["zoe", "bob", "ada"]);
        assert_eq!(plan.added, ["zoe"]);
        assert_eq!(plan.removed, ["eve"]);
        assert_eq!(plan.unchanged, ["ada", "bob"]);
        assert!(!plan.is_empty() && !plan.removes_everybody());
        assert!(of(&["ada"], &["ada"]).is_empty() && of(&[], &[]).is_empty());
        assert!(of(&["ada"], &[]).removes_everybody());
        assert!(!of(&["ada"], &["bob"]).removes_everybody());
        assert!(!of(&[], &[]).removes_everybody());
    }

    proptest! {
        #[test]
        fn carrying_it_out_gives_what_was_wanted(
            current: BTreeSet<u8>, wanted: BTreeSet<u8>,
        ) {
            let plan = plan(&current, &wanted);
            let mut team = current.clone();
            for gone in &plan.removed {
                prop_assert!(team.remove(gone));
            }
            prop_assert_eq!(team.iter().copied().collect::<Vec<_>>(), plan.unchanged.clone());
            for new in &plan.added {
                prop_assert!(team.insert(*new));
            }
            prop_assert_eq!(team, wanted);
        }
    }
}
