//! Whether two ways of writing name the same source, or the same commit.

/// The fewest characters that a commit is cut to (git's `--short`).
const SHORTEST: usize = 7;

/// A source as it is shown: without the prefix of SPDX's and pip's addresses (`git+https://…@ref`), and without who signs in to it.
pub(super) fn plain_source(uri: &str) -> Option<String> {
    let uri = uri.strip_prefix("git+").unwrap_or(uri);
    let uri = uri.split(['#', '?']).next().unwrap_or_default();
    let Some((scheme, rest)) = uri.split_once("://") else {
        return (!uri.is_empty()).then(|| uri.to_owned());
    };
    let (authority, path) = match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    let host = authority.rsplit('@').next().unwrap_or_default();
    let path = path.split('@').next().unwrap_or_default();
    (!host.is_empty()).then(|| format!("{scheme}://{host}{path}"))
}

/// Whether two addresses are those of one source repository: whatever the protocol, who signs in, and whether it ends in `.git`.
pub fn is_same_source(one: &str, other: &str) -> bool {
    bare(one) == bare(other)
}

/// Whether two ids are those of one commit; either may be cut.
pub fn is_same_commit(one: &str, other: &str) -> bool {
    let (one, other) = (one.to_ascii_lowercase(), other.to_ascii_lowercase());
    let shorter = one.len().min(other.len());
    one == other || shorter >= SHORTEST && (one.starts_with(&other) || other.starts_with(&one))
}

fn bare(source: &str) -> String {
    let plain = plain_source(source).unwrap_or_default().to_lowercase();
    let place = if let Some((_, place)) = plain.split_once("://") {
        place.to_owned()
    } else {
        // git@host:path
        let place = plain.rsplit('@').next().unwrap_or_default();
        place.replacen(':', "/", 1)
    };
    let place = place.trim_end_matches('/');
    place.strip_suffix(".git").unwrap_or(place).to_owned()
}
