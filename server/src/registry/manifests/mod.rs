//! Manifests: pushed and pulled byte for byte (OCI Distribution Specification 1.1, "Pulling manifests", "Pushing
//! Manifests", "Deleting tags", "Deleting Manifests").

mod delete;
mod get;
mod put;

pub(super) use delete::delete;
pub(super) use get::{Served, get};
pub(super) use put::put;
