//! What signing keys are sealed with in the database: a key that the configuration names (`trust.key`), so that the database alone can
//! sign nothing, or, where it names none, the registry's own, which is in the database too. What was sealed with the key before
//! (`trust.previous_key`) is opened with that, and sealed anew.

use std::{
    fs,
    path::{Path, PathBuf},
};

use auth::seal::SealKey;
use sha2::{Digest as _, Sha256};

use crate::{config::Config, sealed};

/// What rows say that are sealed with the registry's own key.
const OWN: &str = "database";
/// Bytes that the configured file has at least, and of which it is read.
const SIZES: std::ops::RangeInclusive<usize> = 32..=4096;

/// The configured keys, if there are any, each with its name.
#[derive(Debug)]
pub(crate) struct Sealing {
    configured: Option<(SealKey, String)>,
    /// Opens only.
    previous: Option<(SealKey, String)>,
}

impl Sealing {
    /// Reads the files that the configuration names. What is in them is random; its form does not matter.
    pub(crate) fn open(config: &Config) -> anyhow::Result<Self> {
        let read = |path: &Option<PathBuf>, key| path.as_deref().map(|path| read(path, key));
        Ok(Self {
            configured: read(&config.trust_key, "trust.key").transpose()?,
            previous: read(&config.trust_previous_key, "trust.previous_key").transpose()?,
        })
    }

    /// What rows say that are sealed with the key that seals now.
    pub(crate) fn name(&self) -> &str {
        self.configured.as_ref().map_or(OWN, |(_, name)| name)
    }

    /// Seals `secret` for a place; `own` is the registry's own key.
    pub(crate) fn seal(
        &self,
        own: &SealKey,
        place: &str,
        secret: &str,
    ) -> crate::error::ApiResult<String> {
        let key = self.configured.as_ref().map_or(own, |(key, _)| key);
        sealed::seal(key, place, secret)
    }

    /// What was sealed with the key of that name; `None`, with a line in the log, where it cannot be opened.
    pub(crate) fn open_kept(
        &self,
        own: &SealKey,
        place: &str,
        (kept, with): (&str, &str),
    ) -> Option<String> {
        let mut configured = self.configured.iter().chain(&self.previous);
        let found = configured.find(|(_, name)| name == with);
        let key = match found {
            _ if with == OWN => own,
            Some((key, _)) => key,
            None => {
                tracing::error!(
                    place,
                    with,
                    "a signing key is sealed with a key that neither `trust.key` nor `trust.previous_key` names"
                );
                return None;
            }
        };
        sealed::open(key, place, kept.to_owned())
    }
}

/// `key` is the setting that names it.
fn read(path: &Path, key: &str) -> anyhow::Result<(SealKey, String)> {
    let name = path.display();
    let content = fs::read(path)
        .map_err(|error| anyhow::anyhow!("`{key}`: {name} cannot be read: {error}"))?;
    if !SIZES.contains(&content.len()) {
        anyhow::bail!(
            "`{key}`: {name} has to hold {} to {} random bytes, as made by: head -c 32 /dev/urandom > {name}",
            SIZES.start(),
            SIZES.end()
        );
    }
    let derive = |what: &str| {
        let mut hash = Sha256::new();
        hash.update(what.as_bytes());
        hash.update([0]);
        hash.update(&content);
        <[u8; 32]>::from(hash.finalize())
    };
    let key = SealKey::new(&derive("plimsoll: seals signing keys"))?;
    // Tells keys apart and says nothing of them.
    let name = derive("plimsoll: names the key that seals signing keys");
    let name = name.iter().take(8).fold(String::new(), |mut text, byte| {
        use std::fmt::Write as _;
        // writing to a String does not fail
        let _ = write!(text, "{byte:02x}");
        text
    });
    Ok((key, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own() -> SealKey {
        SealKey::new(&[7; auth::seal::KEY_LEN]).expect("a key")
    }

    fn sealing(content: &[u8]) -> anyhow::Result<Sealing> {
        let file = tempfile::NamedTempFile::new().expect("a file");
        fs::write(file.path(), content).expect("written");
        let configured = Some(read(file.path(), "trust.key")?);
        Ok(Sealing {
            configured,
            previous: None,
        })
    }

    #[test]
    fn what_one_key_sealed_no_other_opens() {
        let none = Sealing {
            configured: None,
            previous: None,
        };
        let (a, b) = (sealing(&[1; 32]).expect("a"), sealing(&[2; 32]).expect("b"));
        let all = [&none, &a, &b];
        for sealing in all {
            let kept = sealing.seal(&own(), "here", "hush").expect("sealed");
            let kept = (kept.as_str(), sealing.name());
            for other in all {
                let opened = other.open_kept(&own(), "here", kept);
                // What the registry's own key sealed can be opened with it, whatever is configured later.
                let opens = other.name() == sealing.name() || sealing.name() == OWN;
                assert_eq!(opened.as_deref() == Some("hush"), opens);
            }
            assert_eq!(sealing.open_kept(&own(), "elsewhere", kept), None);
        }
    }

    #[test]
    fn a_short_key_is_refused() {
        for content in [&b""[..], &[1; 31], &[1; 5000]] {
            assert!(sealing(content).is_err());
        }
        assert!(sealing(&[1; 32]).is_ok());
    }
}
