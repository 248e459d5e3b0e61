//! How it stands with the roles of a collection, as it was verified when it was published: kept, so that nobody verifies 32 MiB to look
//! at it.

use ::trust::{Invalid, View, view};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// All of it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Standing {
    /// Why clients believe nothing of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) untrusted: Option<String>,
    /// The four roles, then the delegations.
    pub(super) roles: Vec<Role>,
}

/// A role.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Role {
    pub(super) name: String,
    pub(super) threshold: usize,
    pub(super) paths: Vec<String>,
    pub(super) keys: Vec<Key>,
    pub(super) file: File,
}

/// A key that may sign a role.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Key {
    pub(super) id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) canonical: Option<String>,
    pub(super) algorithm: String,
}

/// The newest file of a role.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum File {
    /// It is valid.
    Valid {
        version: i64,
        #[serde(with = "time::serde::timestamp")]
        expires_at: OffsetDateTime,
        signed_by: Vec<String>,
    },
    /// Nobody has published one.
    Absent,
    /// It does not count, and why.
    Invalid(String),
}

impl Standing {
    /// Of a collection that no client would believe.
    pub(super) fn untrusted(why: &view::Untrusted) -> Self {
        Self {
            untrusted: Some(why.to_string()),
            roles: Vec::new(),
        }
    }

    /// Of a verified collection.
    pub(super) fn of(view: &View) -> Self {
        Self {
            untrusted: None,
            roles: view.roles().iter().map(Role::of).collect(),
        }
    }

    /// As it is kept.
    pub(super) fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl Role {
    fn of(status: &view::RoleStatus) -> Self {
        let key = |key: &view::Signer| Key {
            id: key.id.to_string(),
            canonical: key.canonical.map(|id| id.to_string()),
            algorithm: key.keytype.as_str().to_owned(),
        };
        Self {
            name: status.role.to_string(),
            threshold: status.threshold,
            paths: status.paths.clone(),
            keys: status.keys.iter().map(key).collect(),
            file: match &status.file {
                Ok(file) => File::Valid {
                    version: file.version,
                    expires_at: file.expires,
                    signed_by: file
                        .signers
                        .iter()
                        .map(|signer| signer.id.to_string())
                        .collect(),
                },
                Err(Invalid::Absent(_)) => File::Absent,
                Err(why) => File::Invalid(why.to_string()),
            },
        }
    }
}
