//! What others publish about themselves, kept for a while: discovery documents and keys.

use std::{sync::Arc, time::Duration};

use auth::issuer::FetchError;
use moka::sync::Cache;
use tokio::{sync::Mutex, time::Instant};

/// What was fetched is fetched anew after so long; its keys refresh by themselves meanwhile.
const FRESH_FOR: Duration = Duration::from_hours(1);
/// Who did not answer is asked again after so long, however many want to know.
const ASK_EVERY: Duration = Duration::from_secs(5);
/// Issuers that are remembered; more are fetched more often, nothing else.
const REMEMBERED: u64 = 1000;

/// An issuer, and the extra certificate authorities that it was asked with.
type Key = (String, Option<String>);
type Outcome<T> = Result<Arc<T>, FetchError>;
/// The last outcome, and when it was. Who fetches holds the lock.
type Place<T> = Arc<Mutex<Option<(Instant, Outcome<T>)>>>;

/// What is known, by issuer.
pub(crate) struct Kept<T>(Cache<Key, Place<T>>);

impl<T: Send + Sync + 'static> Default for Kept<T> {
    fn default() -> Self {
        Self(
            Cache::builder()
                .max_capacity(REMEMBERED)
                .time_to_idle(FRESH_FOR)
                .build(),
        )
    }
}

impl<T: Send + Sync + 'static> Kept<T> {
    /// What `issuer` publishes: as it is known, or fetched now. Of several who want it, one fetches.
    pub(crate) async fn get(
        &self,
        issuer: &str,
        extra: Option<&str>,
        fetch: impl Future<Output = Result<T, FetchError>>,
    ) -> Outcome<T> {
        let key = (issuer.to_owned(), extra.map(str::to_owned));
        let place = self.0.get_with(key, Arc::default);
        let mut place = place.lock().await;
        if let Some((at, outcome)) = &*place {
            let serves_for = if outcome.is_ok() {
                FRESH_FOR
            } else {
                ASK_EVERY
            };
            if at.elapsed() < serves_for {
                return outcome.clone();
            }
        }
        let outcome = match (fetch.await, place.take()) {
            (Ok(fetched), _) => Ok(Arc::new(fetched)),
            // Its keys see to it that they are not trusted for too long.
            (Err(_), Some((_, Ok(old)))) => Ok(old),
            (Err(error), _) => Err(error),
        };
        *place = Some((Instant::now(), outcome.clone()));
        outcome
    }

    /// Forgets what is known, so that it is fetched anew.
    pub(crate) fn forget(&self, issuer: &str, extra: Option<&str>) {
        self.0
            .invalidate(&(issuer.to_owned(), extra.map(str::to_owned)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn asks_anew_when_it_is_time() {
        let kept = Kept::<u8>::default();
        let failed = || FetchError::Unreachable("away".to_owned());
        let get = async |outcome| kept.get("https://a", None, async { outcome }).await;
        assert!(get(Err(failed())).await.is_err());
        assert!(get(Ok(1)).await.is_err(), "asked a moment ago");
        tokio::time::advance(ASK_EVERY).await;
        assert_eq!(get(Ok(1)).await, Ok(Arc::new(1)));
        assert_eq!(get(Ok(2)).await, Ok(Arc::new(1)));
        tokio::time::advance(FRESH_FOR).await;
        assert_eq!(
            get(Err(failed())).await,
            Ok(Arc::new(1)),
            "the old one serves"
        );
        tokio::time::advance(FRESH_FOR).await;
        assert_eq!(get(Ok(3)).await, Ok(Arc::new(3)));
        kept.forget("https://a", None);
        assert_eq!(get(Ok(4)).await, Ok(Arc::new(4)));
    }
}
