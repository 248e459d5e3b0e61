//! `/v2/`, area by area.

mod bad_input;
mod blobs;
mod manifests;
mod rights;
mod uploads;
