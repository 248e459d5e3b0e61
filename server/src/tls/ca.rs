//! The certificate of the registry's own authority, for people to trust.

use std::{io, path::PathBuf};

use axum::{
    Router,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};

use super::{CA, folder};
use crate::config::Config;

/// `GET /ca`: the certificate of our own authority, for people to trust; 404 where the operator's certificate is served.
pub fn router<S: Clone + Send + Sync + 'static>(config: &Config) -> Router<S> {
    let own = own_ca(config);
    Router::new().route("/ca", get(move || serve(own.clone())))
}

/// Whether HTTPS is served with a certificate of our own authority.
pub(crate) fn has_own_ca(config: &Config) -> bool {
    own_ca(config).is_some()
}

/// The file with the certificate of our own authority; none where the operator's certificate is served.
fn own_ca(config: &Config) -> Option<PathBuf> {
    (config.tls.is_none() && config.https.is_some()).then(|| folder(config).join(CA))
}

/// The certificate of our own authority, PEM, where it is the one that signs what HTTPS is served with.
pub(crate) async fn own_ca_pem(config: &Config) -> io::Result<Option<String>> {
    let Some(path) = own_ca(config) else {
        return Ok(None);
    };
    match tokio::fs::read_to_string(path).await {
        Ok(pem) => Ok(Some(pem)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

pub(super) async fn serve(own: Option<PathBuf>) -> Response {
    let Some(path) = own else {
        return (
            StatusCode::NOT_FOUND,
            "This registry has no certificate authority of its own.\n",
        )
            .into_response();
    };
    match tokio::fs::read(path).await {
        Ok(pem) => ([(header::CONTENT_TYPE, "application/x-pem-file")], pem).into_response(),
        Err(error) => {
            tracing::error!(%error, "the certificate authority's certificate cannot be read");
            (
                StatusCode::NOT_FOUND,
                "The certificate of this registry's authority is not there.\n",
            )
                .into_response()
        }
    }
}
