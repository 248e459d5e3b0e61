//! Users: the list, a new one, and one's settings — an administrator's view of anyone, and everybody's view of themselves.

pub mod edit;
pub mod identities;
pub mod keys;
pub mod list;
pub mod new;
mod token_scope;
pub mod tokens;
