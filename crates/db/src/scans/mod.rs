//! What is in images and what is wrong with it: reports of layers, components and their findings, scans and their queue.
//!
//! An image is stored as chains: one for each of its layers, with the components that this layer brings to what lies below. Images
//! that begin with the same layers share those chains, so that a base image is stored once, and a new finding in it is a few rows
//! whichever number of images have it. Where a later layer takes a component away, the image has an exception.

pub mod base;
pub(crate) mod candidates;
pub mod changed;
pub mod components;
pub mod contents;
pub mod days;
mod findings;
pub mod forget;
mod images;
pub mod known;
pub mod layers;
pub mod overrides;
pub mod places;
pub mod queue;
pub mod rematch;
pub mod sought;
pub mod store;
pub mod summary;

pub use summary::announce;

use sea_orm::{ConnectionTrait, DatabaseBackend, DatabaseTransaction};

use crate::{Result, entities::image_sum};

/// Rows or bound values of one statement, under both databases' limits.
const LOT: usize = 500;

/// DTR's code of a scan's state (`scanStatus`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum State {
    /// It went wrong; the row says why.
    Failed = 0,
    /// Nobody asked.
    Unscanned = 1,
    /// Its layers are being read.
    Scanning = 2,
    /// It waits.
    Pending = 3,
    /// Read, not yet judged.
    Scanned = 4,
    /// Being judged.
    Checking = 5,
    /// Done.
    Completed = 6,
}

impl State {
    /// As it is stored.
    pub const fn code(self) -> i16 {
        self as i16
    }
}

/// Findings by severity: what is summed up for components, images and the registry.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Sums {
    /// Of this severity.
    pub critical: i32,
    /// Of this severity.
    pub major: i32,
    /// Of this severity.
    pub minor: i32,
    /// Of which nobody said how bad they are.
    pub unspecified: i32,
    /// With a version that has the fix.
    pub fixable: i32,
}

impl Sums {
    /// With one more finding of this severity, as [`crate::entities::finding`] stores it.
    #[must_use]
    pub fn with(mut self, severity: i16, is_fixable: bool) -> Self {
        let counter = match severity {
            3 => &mut self.critical,
            2 => &mut self.major,
            1 => &mut self.minor,
            _ => &mut self.unspecified,
        };
        *counter += 1;
        self.fixable += i32::from(is_fixable);
        self
    }

    /// Both together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            critical: self.critical + other.critical,
            major: self.major + other.major,
            minor: self.minor + other.minor,
            unspecified: self.unspecified + other.unspecified,
            fixable: self.fixable + other.fixable,
        }
    }

    /// The larger of each.
    #[must_use]
    pub fn worst(self, other: Self) -> Self {
        Self {
            critical: self.critical.max(other.critical),
            major: self.major.max(other.major),
            minor: self.minor.max(other.minor),
            unspecified: self.unspecified.max(other.unspecified),
            fixable: self.fixable.max(other.fixable),
        }
    }

    /// What has to be added to `before` to have these.
    #[must_use]
    pub const fn since(self, before: Self) -> Self {
        Self {
            critical: self.critical - before.critical,
            major: self.major - before.major,
            minor: self.minor - before.minor,
            unspecified: self.unspecified - before.unspecified,
            fixable: self.fixable - before.fixable,
        }
    }

    /// Whether there is nothing.
    pub fn is_zero(self) -> bool {
        self == Self::default()
    }
}

impl From<image_sum::Model> for Sums {
    fn from(row: image_sum::Model) -> Self {
        Self {
            critical: row.critical,
            major: row.major,
            minor: row.minor,
            unspecified: row.unspecified,
            fixable: row.fixable,
        }
    }
}

/// Key of the advisory lock by which judging and a change of the data exclude each other on `PostgreSQL`: "advisory".
const JUDGING_LOCK: i64 = 0x6164_7669_736f_7279;

/// While `transaction` lasts, the vulnerability data that counts stays the same; with `alone`, nobody judges by it meanwhile.
/// On `SQLite` there is one writer anyway.
pub(crate) async fn lock_judging(transaction: &DatabaseTransaction, alone: bool) -> Result<()> {
    if transaction.get_database_backend() == DatabaseBackend::Postgres {
        let function = if alone {
            "pg_advisory_xact_lock"
        } else {
            "pg_advisory_xact_lock_shared"
        };
        let statement = format!("SELECT {function}({JUDGING_LOCK})");
        transaction.execute_unprepared(&statement).await?;
    }
    Ok(())
}
