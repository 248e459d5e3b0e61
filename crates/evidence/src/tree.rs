//! Merkle trees as RFC 6962, section 2.1, has them: leaves and nodes are hashed apart, so that none can pass for the other.

use sha2::{Digest as _, Sha256};

use crate::Hash;

/// The hash of a leaf.
pub fn leaf(bytes: &[u8]) -> Hash {
    let mut hash = Sha256::new();
    hash.update([0]);
    hash.update(bytes);
    Hash(hash.finalize().into())
}

fn node(left: Hash, right: Hash) -> Hash {
    let mut hash = Sha256::new();
    hash.update([1]);
    hash.update(left.0);
    hash.update(right.0);
    Hash(hash.finalize().into())
}

/// The root over leaves; of none, the hash of nothing.
pub fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Hash(Sha256::digest([]).into()),
        [only] => *only,
        _ => {
            let (left, right) = leaves.split_at(half(leaves.len()));
            node(root(left), root(right))
        }
    }
}

/// The largest power of two below `count`, which is 2 or more.
fn half(count: usize) -> usize {
    count.next_power_of_two() / 2
}

/// What proves that a leaf is in the tree: the hashes beside its way to the root, the lowest first. `None` where there is no such leaf.
pub fn path(leaves: &[Hash], index: usize) -> Option<Vec<Hash>> {
    if index >= leaves.len() {
        return None;
    }
    if leaves.len() == 1 {
        return Some(Vec::new());
    }
    let (left, right) = leaves.split_at(half(leaves.len()));
    let (mut below, beside) = match index.checked_sub(left.len()) {
        None => (path(left, index)?, root(right)),
        Some(index) => (path(right, index)?, root(left)),
    };
    below.push(beside);
    Some(below)
}

/// The root of a tree of `count` leaves in which `leaf` is at `index`, by its path; `None` where no path of that length leads there.
pub fn root_by_path(leaf: Hash, index: u64, count: u64, path: &[Hash]) -> Option<Hash> {
    // RFC 9162, section 2.1.3.2
    if index >= count {
        return None;
    }
    let (mut at, mut last, mut root) = (index, count - 1, leaf);
    for beside in path {
        if last == 0 {
            return None;
        }
        if at % 2 == 1 || at == last {
            root = node(*beside, root);
            while at % 2 == 0 && at != 0 {
                at /= 2;
                last /= 2;
            }
        } else {
            root = node(root, *beside);
        }
        at /= 2;
        last /= 2;
    }
    (last == 0).then_some(root)
}
