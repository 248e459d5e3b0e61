//! An issuer's keys, kept for a while and fetched anew when they are old or a token names one that is not among them: issuers
//! rotate keys (OIDC Core 1.0, section 10.1.1), and a key that was taken back must not be trusted for ever.

use std::sync::{Arc, PoisonError, RwLock};

use openidconnect::JsonWebKeySet;
use time::{Duration, OffsetDateTime};
use url::Url;

use super::{Fetch, FetchError, fetch::get, jwk::Jwk};

pub(crate) type KeySet = JsonWebKeySet<Jwk>;

/// Keys that are older are fetched anew before they are used.
const FRESH_FOR: Duration = Duration::HOUR;
/// While the issuer does not answer, the old keys serve so long.
const TRUSTED_FOR: Duration = Duration::DAY;
/// An issuer is asked at most so often: tokens with unknown keys cost nobody anything to make.
const ASK_EVERY: Duration = Duration::seconds(30);

/// The keys of one issuer. Shared between requests.
#[derive(Debug)]
pub(crate) struct Keys {
    address: Url,
    state: RwLock<State>,
}

#[derive(Debug, Clone)]
struct State {
    set: Arc<KeySet>,
    fetched: OffsetDateTime,
    asked: OffsetDateTime,
}

impl Keys {
    /// Fetches the keys at `address` for the first time.
    pub(crate) async fn fetch(
        address: Url,
        fetch: &dyn Fetch,
        now: OffsetDateTime,
    ) -> Result<Self, FetchError> {
        let set = Arc::new(get(fetch, &address, None).await?);
        let state = RwLock::new(State {
            set,
            fetched: now,
            asked: now,
        });
        Ok(Self { address, state })
    }

    /// The keys, not older than an hour where the issuer answers, and never older than a day.
    pub(crate) async fn current(
        &self,
        fetch: &dyn Fetch,
        now: OffsetDateTime,
    ) -> Result<Arc<KeySet>, FetchError> {
        let state = self.read();
        if now - state.fetched < FRESH_FOR {
            return Ok(state.set);
        }
        match self.newer(fetch, now).await {
            Ok(Some(set)) => Ok(set),
            _ if now - state.fetched < TRUSTED_FOR => Ok(state.set),
            Ok(None) => Err(FetchError::Unreachable(
                "the issuer's keys are more than a day old, and it did not answer just now"
                    .to_owned(),
            )),
            Err(e) => Err(e),
        }
    }

    /// The keys as they are now; `None` if the issuer was asked within the last half minute.
    pub(crate) async fn newer(
        &self,
        fetch: &dyn Fetch,
        now: OffsetDateTime,
    ) -> Result<Option<Arc<KeySet>>, FetchError> {
        {
            let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
            if now - state.asked < ASK_EVERY {
                return Ok(None);
            }
            state.asked = now;
        }
        let set: Arc<KeySet> = Arc::new(get(fetch, &self.address, None).await?);
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.set = Arc::clone(&set);
        state.fetched = now;
        Ok(Some(set))
    }

    fn read(&self) -> State {
        self.state
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}
