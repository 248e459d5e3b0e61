//! How often an account may do what has requests made to receivers.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use axum::http::StatusCode;
use uuid::Uuid;

use crate::error::{ApiError, ApiResult};

const MINUTE: Duration = Duration::from_mins(1);
/// Accounts that are remembered.
const ACCOUNTS: usize = 10_000;

/// What an account does `MOST` times in a minute at most.
#[derive(Debug, Default)]
pub(crate) struct PerMinute<const MOST: u32>(Mutex<HashMap<Uuid, (Instant, u32)>>);

/// Samples that are sent to receivers.
pub(crate) type Trials = PerMinute<10>;
/// Deliveries that are sent again.
pub(crate) type Redeliveries = PerMinute<60>;

impl<const MOST: u32> PerMinute<MOST> {
    /// One more; 429 where there were too many within a minute.
    pub(super) fn begin(&self, account: Uuid) -> ApiResult<()> {
        let now = Instant::now();
        let mut done = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if done.len() >= ACCOUNTS {
            done.retain(|_, (began, _)| now.saturating_duration_since(*began) < MINUTE);
        }
        let (began, times) = done.entry(account).or_insert((now, 0));
        if now.saturating_duration_since(*began) >= MINUTE {
            (*began, *times) = (now, 0);
        }
        *times += 1;
        if *times > MOST {
            return Err(ApiError::new(
                StatusCode::TOO_MANY_REQUESTS,
                "TOO_MANY_REQUESTS",
                format!(
                    "You can have this sent to receivers {MOST} times in a minute; wait for a moment."
                ),
            ));
        }
        Ok(())
    }
}
