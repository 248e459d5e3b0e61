//! Slows down guessing: after some failures, the account or the address has to wait, twice as long each time.
//!
//! Everything is in memory and bounded; the time comes in as a parameter. The password check takes its time, during which
//! more guesses may have arrived: ask [`Throttle::check`] before it and once more after it, and refuse even the right
//! password if the second answer is "wait". The wait is the same whether or not the account exists.

use std::{
    collections::HashMap,
    hash::Hash,
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// The longest wait.
const MAX_WAIT: Duration = Duration::from_mins(15);
/// Failures are forgotten when none was added for so long.
const FORGET: Duration = Duration::from_hours(1);
/// Failures of one account before it waits.
const ACCOUNT_FREE: u32 = 5;
/// Failures from one address before it waits; many people may share one.
const ADDRESS_FREE: u32 = 20;
/// Accounts, and addresses, that are remembered.
const CAPACITY: usize = 100_000;

/// Try again after this much time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many failed attempts; try again in {} s", self.seconds())]
pub struct RetryAfter(pub Duration);

impl RetryAfter {
    /// Whole seconds, rounded up, as for the header `Retry-After` (RFC 9110, section 10.2.3).
    pub fn seconds(self) -> u64 {
        self.0.as_secs() + u64::from(self.0.subsec_nanos() > 0)
    }
}

/// Counts failed attempts per account and per address.
#[derive(Debug)]
pub struct Throttle {
    accounts: Mutex<Counters<String>>,
    addresses: Mutex<Counters<IpAddr>>,
}

impl Default for Throttle {
    fn default() -> Self {
        Self::new()
    }
}

impl Throttle {
    /// Nobody has failed yet.
    pub fn new() -> Self {
        Self::with_capacity(CAPACITY)
    }

    fn with_capacity(capacity: usize) -> Self {
        Self {
            accounts: Mutex::new(Counters::new(ACCOUNT_FREE, capacity)),
            addresses: Mutex::new(Counters::new(ADDRESS_FREE, capacity)),
        }
    }

    /// Whether an attempt on `account` from `address` may be made now.
    pub fn check(&self, account: &str, address: IpAddr, now: Instant) -> Result<(), RetryAfter> {
        let account = lock(&self.accounts).wait(&account_key(account), now);
        let address = lock(&self.addresses).wait(&address_key(address), now);
        account
            .max(address)
            .map_or(Ok(()), |wait| Err(RetryAfter(wait)))
    }

    /// An attempt on `account` from `address` failed.
    pub fn failed(&self, account: &str, address: IpAddr, now: Instant) {
        lock(&self.accounts).failed(account_key(account), now);
        lock(&self.addresses).failed(address_key(address), now);
    }

    /// An attempt on `account` succeeded: its failures are forgotten. The address keeps its own, or else somebody with one
    /// account could use it to guess the passwords of all others.
    pub fn succeeded(&self, account: &str) {
        lock(&self.accounts).entries.remove(&account_key(account));
    }
}

/// A panic elsewhere cannot leave the counters half-changed in a way that matters.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Account names are compared without regard to case; a name longer than any account's is cut, so that memory is bounded.
fn account_key(account: &str) -> String {
    account.chars().take(64).collect::<String>().to_lowercase()
}

/// One subscriber usually has a whole IPv6 /64 (RFC 6177), so that is what counts as one address.
fn address_key(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64))),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[derive(Debug)]
struct Counters<K> {
    entries: HashMap<K, Entry>,
    /// Failures that cost nothing.
    free: u32,
    capacity: usize,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    failures: u32,
    last: Instant,
}

impl Entry {
    /// 1 s after the last free failure, then twice as long after each further one.
    fn until(self, free: u32) -> Option<Instant> {
        let over = self.failures.checked_sub(free)?;
        let wait =
            Duration::from_secs(1u64.checked_shl(over.min(20)).unwrap_or(u64::MAX)).min(MAX_WAIT);
        Some(self.last + wait)
    }

    fn forgotten(self, now: Instant) -> bool {
        now.saturating_duration_since(self.last) > FORGET
    }
}

impl<K: Eq + Hash + Clone> Counters<K> {
    fn new(free: u32, capacity: usize) -> Self {
        Self {
            entries: HashMap::new(),
            free,
            capacity,
        }
    }

    fn wait(&self, key: &K, now: Instant) -> Option<Duration> {
        let until = self.entries.get(key)?.until(self.free)?;
        Some(until.saturating_duration_since(now)).filter(|wait| !wait.is_zero())
    }

    fn failed(&mut self, key: K, now: Instant) {
        if self.entries.len() >= self.capacity && !self.entries.contains_key(&key) {
            self.make_room(now);
        }
        let entry = self.entries.entry(key).or_insert(Entry {
            failures: 0,
            last: now,
        });
        if entry.forgotten(now) {
            entry.failures = 0;
        }
        entry.failures = entry.failures.saturating_add(1);
        entry.last = now;
    }

    /// Drops what is forgotten, and if that is not enough, the quarter with the fewest failures, oldest first: a flood of
    /// made-up names pushes itself out before it pushes out the one account that is under attack.
    fn make_room(&mut self, now: Instant) {
        self.entries.retain(|_, entry| !entry.forgotten(now));
        let keep = self.capacity * 3 / 4;
        let Some(excess) = self
            .entries
            .len()
            .checked_sub(keep)
            .filter(|&excess| excess > 0)
        else {
            return;
        };
        let mut order: Vec<_> = self
            .entries
            .iter()
            .map(|(key, entry)| (entry.failures, entry.last, key.clone()))
            .collect();
        if excess < order.len() {
            order.select_nth_unstable_by_key(excess, |&(failures, last, _)| (failures, last));
        }
        for (_, _, key) in order.into_iter().take(excess) {
            self.entries.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    fn secs(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    #[test]
    fn waits_grow_from_the_fifth_failure_and_end_at_a_quarter_of_an_hour() {
        let throttle = Throttle::new();
        let mut now = Instant::now();
        for _ in 0..4 {
            throttle.failed("alice", ip("192.0.2.1"), now);
            assert_eq!(throttle.check("alice", ip("192.0.2.1"), now), Ok(()));
        }
        for expected in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900] {
            throttle.failed("alice", ip("192.0.2.1"), now);
            assert_eq!(
                throttle.check("alice", ip("198.51.100.7"), now),
                Err(RetryAfter(secs(expected))),
                "from anywhere"
            );
            assert_eq!(
                throttle.check("ALICE", ip("192.0.2.1"), now),
                Err(RetryAfter(secs(expected)))
            );
            let almost = now + Duration::from_millis(expected * 1000 - 1);
            assert_eq!(
                throttle
                    .check("alice", ip("192.0.2.1"), almost)
                    .map_err(RetryAfter::seconds),
                Err(1)
            );
            now += secs(expected);
            assert_eq!(throttle.check("alice", ip("192.0.2.1"), now), Ok(()));
        }
    }

    #[test]
    fn others_do_not_wait_and_success_forgives_the_account() {
        let throttle = Throttle::new();
        let now = Instant::now();
        for _ in 0..6 {
            throttle.failed("alice", ip("192.0.2.1"), now);
        }
        assert!(throttle.check("alice", ip("192.0.2.1"), now).is_err());
        assert_eq!(throttle.check("bob", ip("192.0.2.1"), now), Ok(()));
        throttle.succeeded("Alice");
        assert_eq!(throttle.check("alice", ip("192.0.2.1"), now), Ok(()));
    }

    #[test]
    fn an_address_waits_whatever_names_it_tries_and_whatever_it_succeeds_in() {
        let throttle = Throttle::new();
        let now = Instant::now();
        for n in 0..20 {
            assert_eq!(
                throttle.check(&format!("user{n}"), ip("192.0.2.1"), now),
                Ok(())
            );
            throttle.failed(&format!("user{n}"), ip("192.0.2.1"), now);
            throttle.succeeded("mallory");
        }
        assert_eq!(
            throttle.check("fresh", ip("192.0.2.1"), now),
            Err(RetryAfter(secs(1)))
        );
        assert_eq!(
            throttle.check("fresh", ip("::ffff:192.0.2.1"), now),
            Err(RetryAfter(secs(1))),
            "the same address"
        );
        assert_eq!(throttle.check("fresh", ip("192.0.2.2"), now), Ok(()));
    }

    #[test]
    fn an_ipv6_network_counts_as_one_address() {
        let throttle = Throttle::new();
        let now = Instant::now();
        for n in 0..20 {
            throttle.failed(
                &format!("user{n}"),
                ip(&format!("2001:db8:0:1::{n:x}")),
                now,
            );
        }
        assert!(
            throttle
                .check("fresh", ip("2001:db8:0:1:ffff::1"), now)
                .is_err()
        );
        assert_eq!(throttle.check("fresh", ip("2001:db8:0:2::1"), now), Ok(()));
    }

    #[test]
    fn failures_are_forgotten_after_an_hour_without_one() {
        let throttle = Throttle::new();
        let now = Instant::now();
        for _ in 0..10 {
            throttle.failed("alice", ip("192.0.2.1"), now);
        }
        let later = now + FORGET + secs(1);
        throttle.failed("alice", ip("192.0.2.1"), later);
        assert_eq!(throttle.check("alice", ip("192.0.2.1"), later), Ok(()));
    }

    #[test]
    fn a_flood_of_names_stays_bounded_and_does_not_free_the_account_under_attack() {
        let throttle = Throttle::with_capacity(100);
        let now = Instant::now();
        for _ in 0..8 {
            throttle.failed("alice", ip("192.0.2.1"), now);
        }
        for n in 0..1000 {
            throttle.failed(
                &format!("{}{n}", "x".repeat(10)),
                ip(&format!("10.0.{}.{}", n / 250, n % 250)),
                now + secs(1),
            );
            assert!(lock(&throttle.accounts).entries.len() <= 100);
            assert!(lock(&throttle.addresses).entries.len() <= 100);
        }
        assert!(
            throttle
                .check("alice", ip("198.51.100.7"), now + secs(1))
                .is_err()
        );
        let long = "x".repeat(1 << 20);
        throttle.failed(&long, ip("192.0.2.9"), now);
        assert!(
            lock(&throttle.accounts)
                .entries
                .keys()
                .all(|name| name.len() <= 256)
        );
    }
}
