//! One writer at a time for each upload.
//!
//! A request that is dropped may leave a last write running on another thread. Whoever comes next waits for that; only
//! a writer that is still at work makes others fail.

use crate::{Error, UploadKey};
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::sync::watch;
use uuid::Uuid;

#[derive(Clone, Default)]
pub(crate) struct Locks(Arc<Mutex<HashMap<UploadKey, Holder>>>);

/// Who is about to make the file of an upload, and how many of them: they count as open uploads already.
#[derive(Clone, Default)]
pub(crate) struct Admissions(Arc<Mutex<HashMap<Uuid, usize>>>);

/// A place among the open uploads of an owner, until there is a file.
pub(crate) struct Admission {
    all: Admissions,
    owner: Uuid,
}

impl Admissions {
    /// Takes a place, and says how many are taken now, this one included.
    pub(crate) fn take(&self, owner: Uuid) -> (Admission, usize) {
        let mut map = self.map();
        let taken = map.entry(owner).or_default();
        *taken += 1;
        let all = self.clone();
        (Admission { all, owner }, *taken)
    }

    fn map(&self) -> MutexGuard<'_, HashMap<Uuid, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        let mut map = self.all.map();
        if let Some(taken) = map.get_mut(&self.owner) {
            *taken -= 1;
            if *taken == 0 {
                map.remove(&self.owner);
            }
        }
    }
}

struct Holder {
    abandoned: Arc<AtomicBool>,
    /// Fails as soon as the guard is gone.
    released: watch::Receiver<()>,
}

/// The right to write to an upload.
pub(crate) struct Guard {
    locks: Locks,
    key: UploadKey,
    abandoned: Arc<AtomicBool>,
    _held: watch::Sender<()>,
}

/// Tells, when it is dropped, that nobody waits for the guard's work any more.
pub(crate) struct Owner(Arc<AtomicBool>);

impl Locks {
    /// Takes the lock, after an abandoned holder if need be.
    pub(crate) async fn lock(&self, key: UploadKey) -> Result<Guard, Error> {
        loop {
            match self.try_lock(key) {
                Ok(guard) => return Ok(guard),
                Err(Some(mut released)) => while released.changed().await.is_ok() {},
                Err(None) => return Err(Error::Busy),
            }
        }
    }

    /// Waits for a holder that was abandoned, if there is one.
    pub(crate) async fn settled(&self, key: UploadKey) {
        let abandoned = self.map().get(&key).and_then(Holder::abandoned);
        if let Some(mut released) = abandoned {
            while released.changed().await.is_ok() {}
        }
    }

    /// Takes the lock, or says what to wait for, if that makes sense.
    pub(crate) fn try_lock(&self, key: UploadKey) -> Result<Guard, Option<watch::Receiver<()>>> {
        let mut map = self.map();
        if let Some(holder) = map.get(&key) {
            return Err(holder.abandoned());
        }
        let (held, released) = watch::channel(());
        let abandoned = Arc::new(AtomicBool::new(false));
        map.insert(
            key,
            Holder {
                abandoned: abandoned.clone(),
                released,
            },
        );
        Ok(Guard {
            locks: self.clone(),
            key,
            abandoned,
            _held: held,
        })
    }

    fn map(&self) -> MutexGuard<'_, HashMap<UploadKey, Holder>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Holder {
    fn abandoned(&self) -> Option<watch::Receiver<()>> {
        self.abandoned
            .load(Ordering::Acquire)
            .then(|| self.released.clone())
    }
}

impl Guard {
    pub(crate) fn owner(&self) -> Owner {
        Owner(self.abandoned.clone())
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.locks.map().remove(&self.key);
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}
