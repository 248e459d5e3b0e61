//! Names that addresses of ours have where an account's or a repository's would stand: nobody takes them any more. Whoever has one
//! from before keeps it.

use oci::RepositoryName;

/// `/repositories/new` and `/orgs/new` are forms, and below `/api/v0/repositories/scan` is an operation.
const ACCOUNTS: [&str; 2] = ["new", "scan"];
/// `/api/v0/repositories/scan/toggle`: an account of before may be called `scan`.
const REPOSITORY: &str = "scan/toggle";

/// Why no account takes that name, if that is so.
pub(crate) fn account(name: &str) -> Option<String> {
    ACCOUNTS.contains(&name).then(|| reason(name))
}

/// Why no repository takes that name, if that is so.
pub(crate) fn repository(name: &RepositoryName) -> Option<String> {
    (name.as_str() == REPOSITORY).then(|| reason(REPOSITORY))
}

fn reason(name: &str) -> String {
    format!("{name} stands in addresses of this registry itself; choose another name")
}
