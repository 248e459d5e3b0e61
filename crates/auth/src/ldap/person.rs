//! A person as a directory knows them.

use data_encoding::HEXLOWER;

use super::{LdapError, Settings, connection::Entry};

/// Ids that stay when an entry is renamed or moved: RFC 4530, and Active Directory's (16 bytes).
const ENTRY_UUID: &str = "entryUUID";
const OBJECT_GUID: &str = "objectGUID";

/// A person in a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The entry's name. It changes when the entry is moved.
    pub dn: String,
    /// What does not change: `entryUUID`, or `objectGUID` in hexadecimal. Link accounts to this where there is one.
    pub id: Option<String>,
    /// The user's name, as the directory writes it, unchecked.
    pub username: String,
    /// The full name.
    pub full_name: Option<String>,
    /// The e-mail address. It proves nothing about an account.
    pub email: Option<String>,
}

impl Person {
    /// The attributes to ask for.
    pub(super) fn attributes(settings: &Settings) -> Vec<String> {
        let names = &settings.attributes;
        [
            names.username.as_str(),
            &names.full_name,
            &names.email,
            ENTRY_UUID,
            OBJECT_GUID,
        ]
        .map(str::to_owned)
        .to_vec()
    }

    /// The person of an entry, which must have a user name.
    pub(super) fn read(settings: &Settings, entry: &Entry) -> Result<Self, LdapError> {
        let names = &settings.attributes;
        let username = entry
            .text(&names.username)
            .ok_or_else(|| LdapError::NoUsername {
                dn: entry.dn.clone(),
                attribute: names.username.clone(),
            })?;
        let guid = || entry.values(OBJECT_GUID).next().map(|b| HEXLOWER.encode(b));
        Ok(Self {
            dn: entry.dn.clone(),
            id: entry.text(ENTRY_UUID).or_else(guid),
            username,
            full_name: entry.text(&names.full_name),
            email: entry.text(&names.email),
        })
    }
}
