//! `plimsoll verify`: is every stored blob still what its name says, and is every one there that should be?

use std::{
    fmt,
    io::{self, IsTerminal as _, Write as _},
    process::ExitCode,
};

use anyhow::Result;
use blobs::{BlobStore, Verification};
use db::Db;
use oci::Digest;
use tokio::sync::mpsc;

use super::say;
use crate::{config::Config, serve};

/// Digests that are asked of the database at once.
const PAGE: u64 = 1000;

#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    blobs: u64,
    bytes: u64,
    corrupt: u64,
    missing: u64,
}

/// Reads every blob, and looks for every blob that a repository holds. Fails, with 1, where one is corrupt or missing;
/// that it is damaged is said as soon as it is known. With `quarantine`, what is corrupt is taken out of service.
pub(super) async fn run(config: &Config, quarantine: bool) -> Result<ExitCode> {
    let (db, blobs) = serve::open(config).await?;
    let mut check = Check {
        quarantine,
        report: &mut |line| say(&format!("{line}\n")),
        tally: Tally::default(),
    };
    check.stored(&blobs).await?;
    check.small(&db).await?;
    check.missing(&db, &blobs).await?;
    let tally = check.tally;
    say(&format!("{tally}\n"))?;
    Ok(if tally.corrupt + tally.missing == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// One look at everything.
struct Check<'r> {
    /// Whether what is corrupt is taken out of service.
    quarantine: bool,
    report: &'r mut dyn FnMut(&str) -> Result<()>,
    tally: Tally,
}

impl Check<'_> {
    /// Reads every blob in the store.
    async fn stored(&mut self, blobs: &BlobStore) -> Result<()> {
        let (sender, mut digests) = mpsc::channel::<Result<Digest, blobs::Error>>(64);
        let mut found = blobs.digests();
        let lister = tokio::task::spawn_blocking(move || {
            found.all(|digest| sender.blocking_send(digest).is_ok())
        });
        while let Some(digest) = digests.recv().await {
            let digest = digest?;
            match blobs.verify(&digest).await? {
                Verification::Good { size } => self.tally.count(size),
                Verification::Corrupt { actual, size } => {
                    self.corrupt(&digest, &actual, size)?;
                    if self.quarantine {
                        blobs.quarantine(&digest).await?;
                    }
                }
                // Deleted since it was listed.
                Verification::Missing => {}
            }
            progress(self.tally.blobs);
        }
        lister.await?;
        progress_end();
        Ok(())
    }

    /// Looks at every small blob in the database.
    async fn small(&mut self, db: &Db) -> Result<()> {
        let mut last: Option<String> = None;
        loop {
            let page = db::blob_links::contents(db, last.as_deref(), PAGE).await?;
            if page.is_empty() {
                return Ok(());
            }
            for row in page {
                let digest: Digest = row.digest.parse()?;
                let size = row.content.len() as u64;
                let actual = Digest::of(digest.algorithm(), &row.content);
                if actual == digest {
                    self.tally.count(size);
                } else {
                    self.corrupt(&digest, &actual, size)?;
                    if self.quarantine {
                        db::blob_links::delete_content(db, &row.digest).await?;
                    }
                }
                last = Some(row.digest);
            }
        }
    }

    fn corrupt(&mut self, digest: &Digest, actual: &Digest, size: u64) -> Result<()> {
        self.tally.count(size);
        self.tally.corrupt += 1;
        let done = if self.quarantine {
            "; it is not served any more"
        } else {
            ""
        };
        (self.report)(&format!(
            "{digest} is corrupt: {size} bytes with the digest {actual}{done}"
        ))
    }

    /// Counts the blobs that a repository holds, and neither the store nor the database has.
    async fn missing(&mut self, db: &Db, blobs: &BlobStore) -> Result<()> {
        let mut last: Option<String> = None;
        loop {
            let page = db::blob_links::digests_in_store(db, last.as_deref(), PAGE).await?;
            if page.is_empty() {
                return Ok(());
            }
            for digest in page {
                if blobs.open_blob(&digest.parse()?).await?.is_none() {
                    self.tally.missing += 1;
                    (self.report)(&format!(
                        "{digest} is missing: push an image that has it again"
                    ))?;
                }
                last = Some(digest);
            }
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            blobs,
            bytes,
            corrupt,
            missing,
        } = self;
        write!(f, "{blobs} blobs, {bytes} bytes: ")?;
        match (corrupt, missing) {
            (0, 0) => f.write_str("all good"),
            _ => write!(f, "{corrupt} corrupt, {missing} missing"),
        }
    }
}

impl Tally {
    fn count(&mut self, size: u64) {
        self.blobs += 1;
        self.bytes += size;
    }
}

/// A line that overwrites itself, for a person who waits.
fn progress(blobs: u64) {
    if blobs.is_multiple_of(100) && io::stderr().is_terminal() {
        _ = write!(io::stderr(), "\r{blobs} blobs read");
    }
}

fn progress_end() {
    if io::stderr().is_terminal() {
        _ = write!(io::stderr(), "\r\x1b[K");
    }
}

#[cfg(test)]
mod tests {
    use blobs::Limits;
    use bytes::Bytes;
    use futures::stream;

    use super::*;

    #[tokio::test]
    async fn a_flipped_bit_is_found() {
        let dir = tempfile::tempdir().expect("directory");
        let blobs = BlobStore::open(dir.path()).expect("store");
        let mut digests = Vec::new();
        for content in ["one", "two", "three"] {
            let digest = Digest::of(oci::Algorithm::Sha256, content.as_bytes());
            let body = stream::iter([Ok::<_, io::Error>(Bytes::from_static(content.as_bytes()))]);
            blobs
                .put(body, &digest, uuid::Uuid::nil(), Limits::default())
                .await
                .expect("blob");
            digests.push(digest);
        }
        let (tally, lines) = check(&blobs, false).await;
        assert_eq!(lines, [""; 0]);
        assert_eq!(
            tally,
            Tally {
                blobs: 3,
                bytes: 11,
                corrupt: 0,
                missing: 0,
            }
        );

        let hex = digests[1].hex();
        let path = dir.path().join("blobs/sha256").join(&hex[..2]).join(&hex);
        let mut bytes = std::fs::read(&path).expect("file");
        bytes[0] ^= 1;
        std::fs::remove_file(&path).expect("removed");
        std::fs::write(&path, bytes).expect("written");
        let (tally, lines) = check(&blobs, true).await;
        assert_eq!(
            tally,
            Tally {
                blobs: 3,
                bytes: 11,
                corrupt: 1,
                missing: 0,
            }
        );
        assert_eq!(lines.len(), 1);
        assert!(
            lines[0].starts_with(&format!(
                "{} is corrupt: 3 bytes with the digest sha256:",
                digests[1]
            )),
            "{lines:?}"
        );
        let after = blobs.open_blob(&digests[1]).await.expect("store");
        assert!(after.is_none(), "it is not served any more");
        assert_eq!(check(&blobs, true).await.0.corrupt, 0);
    }

    async fn check(blobs: &BlobStore, quarantine: bool) -> (Tally, Vec<String>) {
        let mut lines = Vec::new();
        let mut check = Check {
            quarantine,
            report: &mut |line| {
                lines.push(line.to_owned());
                Ok(())
            },
            tally: Tally::default(),
        };
        check.stored(blobs).await.expect("verified");
        (check.tally, lines)
    }
}
