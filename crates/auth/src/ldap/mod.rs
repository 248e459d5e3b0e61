//! Sign-in and team membership by an LDAP directory: `OpenLDAP`, Active Directory and their like (RFC 4510 and what it names), by
//! way of the crate `ldap3`.
//!
//! [`sign_in`] searches for the person with a reader's account and then binds as them. [`members`] says who is in a group, for
//! [`sync::plan`] to compare with a team. [`test`] goes through the same steps and says how far it came. Each call opens a
//! connection of its own and has a time limit; nothing is kept.
//!
//! The directory is trusted to say who people are. What it sends is bounded all the same, and an answer that `ldap3` cannot
//! read (it panics there) ends the call and nothing else.

mod connection;
mod dn;
mod error;
mod groups;
mod person;
mod probe;
mod settings;
mod sign_in;
pub mod sync;

pub use connection::MAX_ENTRIES;
pub use error::LdapError;
pub use groups::{MemberSync, MemberSyncError, members};
pub use person::Person;
pub use probe::{Stage, Step, test};
pub use settings::{Attributes, Scope, Settings, SettingsError};
pub use sign_in::{find, sign_in};
