//! What happened, in the words of webhooks: made before it is done, so that it can be written down with it. Where nobody listens,
//! nothing is made.

mod image;
mod registry;
mod scan;

use db::{
    entities::{manifest, repository},
    webhooks::Told,
};

pub(crate) use ::webhooks::contents::RepositoryChange;
pub(crate) use image::{
    Pulled, Pushing, deleted_manifest, deleted_tag, hears_pulls, promoted, pulled, pushed,
};
pub(crate) use registry::{Telling, data_updated};
pub(crate) use scan::{Alone, Scanned, failed, known_already};

use crate::config::Config;

/// The registry's host, as image names say it: of the address that people use, where it is configured.
pub(super) fn host(config: &Config) -> String {
    let home = crate::origin::home(config);
    home.split_once("://")
        .map_or(home.clone(), |(_, host)| host.to_owned())
}

/// By what an image is pulled.
fn image_name(
    config: &Config,
    repository: &repository::Model,
    tag: Option<&str>,
    digest: &str,
) -> String {
    let host = host(config);
    let (namespace, name) = (&repository.namespace, &repository.name);
    match tag {
        Some(tag) => format!("{host}/{namespace}/{name}:{tag}"),
        None => format!("{host}/{namespace}/{name}@{digest}"),
    }
}

/// The platform of a manifest; empty for an index.
fn platform(row: &manifest::Model) -> (String, String) {
    (
        row.os.clone().unwrap_or_default(),
        row.architecture.clone().unwrap_or_default(),
    )
}
