//! Passwords: what may be one, how it is kept (argon2id in a PHC string), and how it is checked without telling by the time
//! taken whether the account exists.
//!
//! [`hash`] and [`verify`] block for some 20 ms and use 19 MiB; requests go through [`Passwords`], which bounds how many run
//! at once and remembers recent successes for five minutes, so that Basic credentials on every request stay cheap.

use std::{num::NonZero, time::Duration};

use argon2::{
    Algorithm, Argon2, Block, Params, Version,
    password_hash::phc::{Output, ParamsString, PasswordHash, Salt},
};
use aws_lc_rs::hmac;
use moka::sync::Cache;
use rand::RngExt as _;
use tokio::sync::Semaphore;

/// The fewest characters in a password.
pub const MIN_CHARS: usize = 8;
/// The most bytes in a password; a longer one is never hashed.
pub const MAX_BYTES: usize = 1024;

/// How long a successful verification is remembered.
const REMEMBER: Duration = Duration::from_mins(5);
/// How many are remembered; each takes some 100 bytes.
const REMEMBER_AT_MOST: u64 = 10_000;

/// The parameters that OWASP's Password Storage Cheat Sheet gives first for argon2id: m = 19 MiB, t = 2, p = 1.
const PARAMS: Params = Params::DEFAULT;
const ALGORITHM: Algorithm = Algorithm::Argon2id;
const VERSION: Version = Version::V0x13;

/// What is asked of the system for one hash, in blocks of 1 KiB, though less is touched: glibc hands a piece of more than
/// 32 MiB back when it is freed, but keeps smaller ones for every thread that ever had one.
const RESERVED_BLOCKS: usize = 33 * 1024;

/// Stands for the hash of an account that does not exist, so that its check does the same work. Nobody's password makes it.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$cGxpbXNvbGwtbm9ib2R5$bm9ib2R5IGhhcyB0aGlzIHBhc3N3b3JkLCBub2JvZHk";

/// Why a text may not be somebody's password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the message of each says it")]
pub enum WeakPassword {
    #[error("the password has fewer than {MIN_CHARS} characters; choose a longer one")]
    TooShort,
    #[error("the password is longer than {MAX_BYTES} bytes; choose a shorter one")]
    TooLong,
    #[error("the password is the user's own name; choose another one")]
    SameAsName,
}

/// A password could not be hashed: it is too long, or the system gave no memory or randomness.
#[derive(Debug, thiserror::Error)]
#[error("the password could not be hashed: {0}")]
pub struct HashError(String);

/// Whether `password` may become the password of the user called `name`.
pub fn check_strength(name: &str, password: &str) -> Result<(), WeakPassword> {
    if password.chars().count() < MIN_CHARS {
        Err(WeakPassword::TooShort)
    } else if password.len() > MAX_BYTES {
        Err(WeakPassword::TooLong)
    } else if password.to_lowercase() == name.to_lowercase() {
        Err(WeakPassword::SameAsName)
    } else {
        Ok(())
    }
}

/// The PHC string to keep for a password, with a salt of its own. Blocks.
pub fn hash(password: &str) -> Result<String, HashError> {
    if password.len() > MAX_BYTES {
        return Err(HashError(WeakPassword::TooLong.to_string()));
    }
    let phc = || -> Result<PasswordHash, argon2::password_hash::Error> {
        let salt = Salt::new(&rand::rng().random::<[u8; 16]>())?;
        Ok(PasswordHash {
            algorithm: ALGORITHM.ident(),
            version: Some(VERSION.into()),
            params: ParamsString::try_from(&PARAMS)?,
            hash: Some(derive(password, &salt, PARAMS)?),
            salt: Some(salt),
        })
    };
    phc()
        .map(|phc| phc.to_string())
        .map_err(|e| HashError(e.to_string()))
}

/// Whether `password` is the one that `stored` was made of. Blocks, and as long when there is nothing stored (no such
/// account, or one without a password) or it is not readable. A password that is too long is refused at once.
pub fn verify(stored: Option<&str>, password: &str) -> bool {
    if password.len() > MAX_BYTES {
        return false;
    }
    let known = stored.and_then(read);
    let exists = known.is_some();
    let Some((params, salt, expected)) = known.or_else(|| read(NOBODY)) else {
        return false;
    };
    // `Output` compares in constant time.
    let right = derive(password, &salt, params).is_ok_and(|found| found == expected);
    right && exists
}

/// The parts of a PHC string, if it is of the kind that [`hash`] makes; its parameters may be others.
fn read(phc: &str) -> Option<(Params, Salt, Output)> {
    let phc = PasswordHash::new(phc).ok()?;
    let is_ours = phc.algorithm == ALGORITHM.ident() && phc.version == Some(VERSION.into());
    let params = Params::try_from(&phc).ok().filter(|_| is_ours)?;
    Some((params, phc.salt?, phc.hash?))
}

/// argon2id itself.
fn derive(
    password: &str,
    salt: &Salt,
    params: Params,
) -> Result<Output, argon2::password_hash::Error> {
    let mut memory: Vec<Block> = Vec::new();
    let blocks = params.block_count();
    memory
        .try_reserve_exact(blocks.max(RESERVED_BLOCKS))
        .map_err(|_| argon2::Error::OutOfMemory)?;
    memory.resize(blocks, Block::default());
    let mut out = [0; Output::MAX_LENGTH];
    let out = out
        .get_mut(..params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN))
        .ok_or(argon2::password_hash::Error::OutputSize)?;
    Argon2::new(ALGORITHM, VERSION, params).hash_password_into_with_memory(
        password.as_bytes(),
        salt,
        out,
        memory,
    )?;
    Ok(Output::new(out)?)
}

/// Hashes and verifies passwords for requests: off the async threads, a bounded number at once.
#[derive(Debug)]
pub struct Passwords {
    slots: Semaphore,
    recent: Cache<[u8; 32], ()>,
    key: hmac::Key,
}

impl Default for Passwords {
    fn default() -> Self {
        Self::new()
    }
}

impl Passwords {
    /// As many at once as the machine has processors; each needs 19 MiB while it runs.
    pub fn new() -> Self {
        let secret: [u8; 32] = rand::rng().random();
        Self {
            slots: Semaphore::new(std::thread::available_parallelism().map_or(2, NonZero::get)),
            recent: Cache::builder()
                .max_capacity(REMEMBER_AT_MOST)
                .time_to_live(REMEMBER)
                .build(),
            key: hmac::Key::new(hmac::HMAC_SHA256, &secret),
        }
    }

    /// [`hash`], without blocking the caller's thread.
    pub async fn hash(&self, password: String) -> Result<String, HashError> {
        self.blocking(move || hash(&password))
            .await
            .unwrap_or_else(|| Err(HashError("the program is stopping".to_owned())))
    }

    /// [`verify`], without blocking the caller's thread; at once where the same password was right for the same stored
    /// hash within the last five minutes. A changed password has another hash, so it is never answered from memory.
    pub async fn verify(&self, stored: Option<String>, password: String) -> bool {
        let Some(stored) = stored else {
            let verify = self.blocking(move || verify(None, &password));
            return verify.await.unwrap_or(false);
        };
        let key = self.fingerprint(&stored, &password);
        if self.recent.contains_key(&key) {
            return true;
        }
        let recent = self.recent.clone();
        // Of those who come with the same at once, one does the work, and the others take its answer.
        let verify = self.blocking(move || {
            let right = || verify(Some(&stored), &password).then_some(());
            recent.optionally_get_with(key, right).is_some()
        });
        verify.await.unwrap_or(false)
    }

    /// Runs `work` on a blocking thread when a slot is free; `None` if the runtime is shutting down.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let _slot = self.slots.acquire().await.ok()?;
        tokio::task::spawn_blocking(work).await.ok()
    }

    /// Stands for a pair of hash and password in memory; tells nothing of either without this process's random key.
    fn fingerprint(&self, stored: &str, password: &str) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(&(stored.len() as u64).to_be_bytes());
        context.update(stored.as_bytes());
        context.update(password.as_bytes());
        let mut fingerprint = [0; 32];
        fingerprint.copy_from_slice(context.sign().as_ref());
        fingerprint
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_for_a_new_password() {
        let cases = [
            ("alice", "1234567", Err(WeakPassword::TooShort)),
            ("alice", "ééééééé", Err(WeakPassword::TooShort)),
            ("alice", "12345678", Ok(())),
            ("alice", "éééééééé", Ok(())),
            ("longname", "LongName", Err(WeakPassword::SameAsName)),
        ];
        for (name, password, expected) in cases {
            assert_eq!(check_strength(name, password), expected, "{password}");
        }
        assert_eq!(check_strength("alice", &"x".repeat(MAX_BYTES)), Ok(()));
        assert_eq!(
            check_strength("alice", &"x".repeat(MAX_BYTES + 1)),
            Err(WeakPassword::TooLong)
        );
    }

    #[test]
    fn hashes_are_argon2id_with_owasp_parameters_and_their_own_salt() {
        let first = hash("correct horse").expect("hash");
        let second = hash("correct horse").expect("hash");
        assert!(
            first.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{first}"
        );
        assert_ne!(first, second);
        assert!(verify(Some(&first), "correct horse") && verify(Some(&second), "correct horse"));
        assert!(!verify(Some(&first), "correct horsf") && !verify(Some(&first), ""));
        assert!(hash(&"x".repeat(MAX_BYTES + 1)).is_err());
    }

    #[test]
    fn verifies_what_the_reference_implementation_made() {
        // argon2 0~20190702: `echo -n password | argon2 somesalt -id -t 2 -m 16 -p 1 -e`, from its own test suite.
        let reference = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        assert!(verify(Some(reference), "password"));
        assert!(!verify(Some(reference), "differentpassword"));
        for other in [
            reference.replace("argon2id", "argon2i"),
            reference.replace("v=19", "v=16"),
        ] {
            assert!(!verify(Some(&other), "password"), "{other}");
        }
    }

    #[test]
    fn nobody_has_a_password() {
        let nobody = PasswordHash::new(NOBODY).expect("the constant is a PHC string");
        let real = hash("correct horse").expect("hash");
        let real = PasswordHash::new(&real).expect("PHC string");
        assert_eq!(nobody.algorithm, real.algorithm);
        assert_eq!(nobody.version, real.version);
        assert_eq!(
            nobody.params, real.params,
            "the work for an unknown account is the work for a known one"
        );
        assert_eq!(nobody.hash.map(|h| h.len()), real.hash.map(|h| h.len()));
        assert!(!verify(None, "correct horse") && !verify(None, ""));
        for unreadable in ["", "!", "correct horse", "$argon2id$v=19$m=19456,t=2,p=1$"] {
            assert!(!verify(Some(unreadable), unreadable), "{unreadable}");
        }
        assert!(!verify(None, &"x".repeat(MAX_BYTES + 1)));
    }

    #[tokio::test]
    async fn remembers_success_only_and_only_for_the_same_hash() {
        let passwords = Passwords::new();
        let stored = passwords
            .hash("correct horse".to_owned())
            .await
            .expect("hash");
        assert!(
            !passwords
                .verify(Some(stored.clone()), "wrong horse".to_owned())
                .await
        );
        assert!(
            !passwords
                .recent
                .contains_key(&passwords.fingerprint(&stored, "wrong horse"))
        );

        assert!(
            passwords
                .verify(Some(stored.clone()), "correct horse".to_owned())
                .await
        );
        assert!(
            passwords
                .recent
                .contains_key(&passwords.fingerprint(&stored, "correct horse"))
        );
        assert!(
            passwords
                .verify(Some(stored), "correct horse".to_owned())
                .await
        );

        let changed = passwords
            .hash("battery staple".to_owned())
            .await
            .expect("hash");
        assert!(
            !passwords
                .verify(Some(changed), "correct horse".to_owned())
                .await
        );
        assert!(!passwords.verify(None, "correct horse".to_owned()).await);
    }

    #[tokio::test]
    async fn who_comes_at_once_with_the_same_gets_the_same_answer() {
        let passwords = Passwords::new();
        let stored = hash("correct horse").expect("hash");
        let come = |password: &str| {
            let verify = |_| passwords.verify(Some(stored.clone()), password.to_owned());
            futures::future::join_all((0..8).map(verify))
        };
        let (right, wrong) = tokio::join!(come("correct horse"), come("wrong horse"));
        assert_eq!(right, [true; 8]);
        assert_eq!(wrong, [false; 8]);
    }
}
