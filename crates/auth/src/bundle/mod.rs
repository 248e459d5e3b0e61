//! Client bundles: a zip with a client certificate, its private key, what they are good for, and how to use them with docker,
//! notary and curl. Its files have the names that those of Docker's Universal Control Plane have.

#[cfg(test)]
mod tests;
mod text;

use std::io::{Cursor, Write as _};

use time::OffsetDateTime;
use zip::{CompressionMethod, DateTime, ZipWriter, write::SimpleFileOptions};

use crate::public_key::Certificate;

/// The longest account name, in characters, as in a certificate.
const MAX_ACCOUNT: usize = 64;
/// The longest address of a registry, in characters.
const MAX_URL: usize = 512;

/// A bundle could not be made.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the message of each says it")]
pub enum BundleError {
    #[error(
        "the account's name cannot be in a bundle: letters, digits, dots, dashes and underscores only"
    )]
    Account,
    #[error(
        "the registry's address cannot be in a bundle: https://, a host, perhaps a port and a path, without a slash at the end"
    )]
    Url,
    #[error("the bundle could not be written: {0}")]
    Zip(#[from] zip::result::ZipError),
    #[error("the bundle could not be written: {0}")]
    Io(#[from] std::io::Error),
}

/// What goes into a bundle.
#[derive(Clone, Copy)]
pub struct Bundle<'a> {
    /// The name of the account.
    pub account: &'a str,
    /// How clients reach the registry: `https://host:port`, without a slash at the end. What is behind `https://` is the
    /// host of image names.
    pub base_url: &'a str,
    /// The client certificate.
    pub certificate: &'a Certificate,
    /// Its private key, PEM, where it was made here and not by the person. Secret.
    pub key_pem: Option<&'a str>,
    /// The authority of the registry's *server* certificate, PEM, where it is our own, so that clients trust it. `None`
    /// where an operator's certificate is served: whom clients trust for that is not for us to say.
    pub ca_pem: Option<&'a str>,
}

impl Bundle<'_> {
    /// The bundle as a zip archive. `now` becomes the time of its files, in UTC.
    ///
    /// `cert.pem`, `cert.pub` (its public key), `key.pem` (only its owner may read it, which `docker trust key load` insists
    /// on), `ca.pem`, `env.sh`, `env.cmd`, `env.ps1` and `README.md`; `key.pem` and `ca.pem` only where there are such.
    ///
    /// Names and addresses that have a meaning in one of the scripts are refused, not quoted away.
    pub fn zip(&self, now: OffsetDateTime) -> Result<Vec<u8>, BundleError> {
        let host = self.check()?;
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .last_modified_time(dos_time(now));
        let mut add = |name: &str, mode: u32, content: &str| -> Result<(), BundleError> {
            zip.start_file(name, options.unix_permissions(mode))?;
            Ok(zip.write_all(content.as_bytes())?)
        };
        add("README.md", 0o644, &text::readme(self, host))?;
        add("cert.pem", 0o644, &self.certificate.pem())?;
        add("cert.pub", 0o644, &self.certificate.key().pem())?;
        if let Some(key) = self.key_pem {
            add("key.pem", 0o600, key)?;
        }
        if let Some(ca) = self.ca_pem {
            add("ca.pem", 0o644, ca)?;
        }
        add("env.sh", 0o644, &text::env_sh(self.base_url))?;
        add("env.cmd", 0o644, &text::env_cmd(self.base_url))?;
        add("env.ps1", 0o644, &text::env_ps1(self.base_url))?;
        Ok(zip.finish()?.into_inner())
    }

    /// Whether all of it may be written into scripts; the host if so.
    ///
    /// Nothing of what passes has a meaning between the quotes of a POSIX shell, PowerShell or cmd.exe, in Markdown code, or
    /// as a name of a folder.
    fn check(&self) -> Result<&str, BundleError> {
        let consists = |text: &str, of: &str| {
            text.chars()
                .all(|c| c.is_ascii_alphanumeric() || of.contains(c))
        };
        let begins = |text: &str| text.starts_with(|c: char| c.is_ascii_alphanumeric());
        if !begins(self.account)
            || !consists(self.account, "._-")
            || self.account.len() > MAX_ACCOUNT
        {
            return Err(BundleError::Account);
        }
        let rest = self
            .base_url
            .strip_prefix("https://")
            .ok_or(BundleError::Url)?;
        let (host, path) = rest.split_once('/').unwrap_or((rest, "-"));
        let is_host = (begins(host) || host.starts_with('[')) && consists(host, ".-_:[]");
        let is_path = !path.is_empty() && !path.ends_with('/') && consists(path, "._~-/");
        if is_host && is_path && rest.len() <= MAX_URL {
            Ok(host)
        } else {
            Err(BundleError::Url)
        }
    }
}

/// The private key does not print.
impl std::fmt::Debug for Bundle<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bundle")
            .field("account", &self.account)
            .field("base_url", &self.base_url)
            .finish_non_exhaustive()
    }
}

/// A time as zip archives can say it: from 1980 to 2107, else 1980.
fn dos_time(now: OffsetDateTime) -> DateTime {
    let now = now.to_offset(time::UtcOffset::UTC);
    u16::try_from(now.year())
        .ok()
        .and_then(|year| {
            let (hour, minute, second) = now.to_hms();
            DateTime::from_date_and_time(year, now.month().into(), now.day(), hour, minute, second)
                .ok()
        })
        .unwrap_or_default()
}
