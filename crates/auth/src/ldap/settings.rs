//! How to reach a directory, and how to find people in it.

use std::{sync::Arc, time::Duration};

use ldap3::{LdapConnSettings, ldap_escape, parse_filter};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject as _},
};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// Stands for the user's name in a filter.
const PLACEHOLDER: &str = "{username}";

/// How far below the base a search goes (RFC 4511, section 4.5.1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// The whole tree.
    #[default]
    Subtree,
    /// The base's own children.
    OneLevel,
}

impl From<Scope> for ldap3::Scope {
    fn from(scope: Scope) -> Self {
        match scope {
            Scope::Subtree => Self::Subtree,
            Scope::OneLevel => Self::OneLevel,
        }
    }
}

/// Where in an entry to look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attributes {
    /// The user's name: `uid`, or `sAMAccountName` in Active Directory.
    pub username: String,
    /// The full name: `cn` or `displayName`.
    pub full_name: String,
    /// The e-mail address: `mail`.
    pub email: String,
}

impl Default for Attributes {
    fn default() -> Self {
        Self {
            username: "uid".to_owned(),
            full_name: "cn".to_owned(),
            email: "mail".to_owned(),
        }
    }
}

/// What an administrator says of a directory.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `ldap://host[:port]` or `ldaps://host[:port]`.
    pub url: String,
    /// Whether an `ldap://` connection is encrypted before anything is said on it (RFC 4511, section 4.14).
    pub start_tls: bool,
    /// The certificate authorities to trust, PEM; without them, those of the system.
    pub ca_pem: Option<String>,
    /// The account that searches; empty to search as nobody.
    pub reader_dn: String,
    /// Its password.
    pub reader_password: SecretString,
    /// Where people are.
    pub base_dn: String,
    /// How far below.
    pub scope: Scope,
    /// Finds a person by name (RFC 4515), with `{username}` where the name goes:
    /// `(&(objectClass=person)(uid={username}))`.
    pub user_filter: String,
    /// What to read of them.
    pub attributes: Attributes,
    /// How long a sign-in may take, and each step of a longer task.
    pub timeout: Duration,
}

/// Why a directory's settings do not serve.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the message of each says it")]
pub enum SettingsError {
    #[error("the address is not ldap://host[:port] or ldaps://host[:port]")]
    Url,
    #[error("an ldaps:// connection is encrypted from the start; leave StartTLS off")]
    StartTls,
    #[error("an encrypted connection needs a host name or an IPv4 address")]
    Ipv6,
    #[error("the certificate authorities are not certificates in PEM")]
    Ca,
    #[error("the reader has a name and no password, or a password and no name")]
    Reader,
    #[error("the base DN is empty")]
    Base,
    #[error("the user filter has no {PLACEHOLDER}")]
    NoPlaceholder,
    #[error("{PLACEHOLDER} must stand for a value: (attribute={PLACEHOLDER})")]
    Placeholder,
    #[error("the user filter is not an LDAP filter in parentheses")]
    Filter,
    #[error("{0:?} is not the name of an attribute")]
    Attribute(String),
    #[error("the time limit is not between a second and five minutes")]
    Timeout,
}

impl Settings {
    /// Whether the settings can be saved. Nothing is sent.
    pub fn check(&self) -> Result<(), SettingsError> {
        let url = self.parsed_url()?;
        if url.scheme() == "ldaps" && self.start_tls {
            return Err(SettingsError::StartTls);
        }
        if self.is_encrypted() && matches!(url.host(), Some(Host::Ipv6(_))) {
            return Err(SettingsError::Ipv6);
        }
        self.roots()?;
        if self.reader_dn.is_empty() != self.reader_password.expose_secret().is_empty() {
            return Err(SettingsError::Reader);
        }
        if self.base_dn.is_empty() {
            return Err(SettingsError::Base);
        }
        check_user_filter(&self.user_filter)?;
        let Attributes {
            username,
            full_name,
            email,
        } = &self.attributes;
        if let Some(wrong) = [username, full_name, email]
            .into_iter()
            .find(|name| !is_attribute(name))
        {
            return Err(SettingsError::Attribute(wrong.clone()));
        }
        if !(Duration::from_secs(1)..=Duration::from_mins(5)).contains(&self.timeout) {
            return Err(SettingsError::Timeout);
        }
        Ok(())
    }

    /// Whether passwords travel encrypted. The server should say so on the page where they do not.
    pub fn is_encrypted(&self) -> bool {
        self.start_tls || self.url.to_ascii_lowercase().starts_with("ldaps://")
    }

    pub(super) fn parsed_url(&self) -> Result<Url, SettingsError> {
        let url = Url::parse(&self.url).map_err(|_| SettingsError::Url)?;
        let plain = matches!(url.scheme(), "ldap" | "ldaps")
            && url.host_str().is_some_and(|host| !host.is_empty())
            && matches!(url.path(), "" | "/")
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        plain.then_some(url).ok_or(SettingsError::Url)
    }

    /// The filter that finds the user `username`. What is special in a filter is escaped (RFC 4515, section 3).
    pub(super) fn filter_for(&self, username: &str) -> String {
        self.user_filter
            .replace(PLACEHOLDER, &ldap_escape(username))
    }

    /// The filter that finds everybody who may sign in.
    pub(super) fn filter_for_all(&self) -> String {
        self.user_filter.replace(PLACEHOLDER, "*")
    }

    /// What `ldap3` needs to know for a connection. Without authorities of our own it takes the system's.
    pub(super) fn connection(&self) -> Result<LdapConnSettings, SettingsError> {
        let settings = LdapConnSettings::new()
            .set_starttls(self.start_tls)
            .set_conn_timeout(self.timeout);
        let Some(roots) = self.roots()? else {
            return Ok(settings);
        };
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|_| SettingsError::Ca)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(settings.set_config(Arc::new(config)))
    }

    fn roots(&self) -> Result<Option<RootCertStore>, SettingsError> {
        let Some(pem) = &self.ca_pem else {
            return Ok(None);
        };
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
            let certificate = certificate.map_err(|_| SettingsError::Ca)?;
            roots.add(certificate).map_err(|_| SettingsError::Ca)?;
        }
        (!roots.is_empty())
            .then_some(Some(roots))
            .ok_or(SettingsError::Ca)
    }
}

/// A filter that is one in itself, with the placeholder in the place of a value, where escaping holds.
fn check_user_filter(filter: &str) -> Result<(), SettingsError> {
    let mut parts = filter.split(PLACEHOLDER);
    let mut before = parts.next().unwrap_or_default().to_owned();
    let mut placeholders = 0;
    for part in parts {
        placeholders += 1;
        let item = before.rsplit(['(', ')']).next().unwrap_or_default();
        if !item.contains('=') || item.contains(":=") {
            return Err(SettingsError::Placeholder);
        }
        before.push_str("name");
        before.push_str(part);
    }
    if placeholders == 0 {
        return Err(SettingsError::NoPlaceholder);
    }
    let all = filter.replace(PLACEHOLDER, "*");
    if is_filter(&before) && is_filter(&all) {
        Ok(())
    } else {
        Err(SettingsError::Filter)
    }
}

/// Whether `text` is one filter, in its parentheses.
pub(super) fn is_filter(text: &str) -> bool {
    text.starts_with('(') && text.ends_with(')') && parse_filter(text).is_ok()
}

/// `keystring` or `numericoid` (RFC 4512, section 1.4).
pub(super) fn is_attribute(name: &str) -> bool {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'.';
    (1..=128).contains(&name.len()) && name.bytes().all(fits)
}

#[cfg(test)]
#[path = "settings_tests.rs"]
mod tests;
