//! A proxy as an administrator sets it: its address, and its credentials, which are sealed for it.

use serde::{Deserialize, Serialize};
use url::Url;

use super::Proxy;
use crate::{
    error::{ApiError, ApiResult},
    input::{bad_field, one_line},
    sealed,
    state::AppState,
};

/// Characters of an address.
const MAX_URL: usize = 2048;

/// A proxy, or none, as it is kept in a setting.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct KeptProxy {
    /// Without its credentials…
    proxy: Option<String>,
    /// …which are sealed for it.
    proxy_credentials: Option<String>,
}

impl KeptProxy {
    /// Its address without credentials; empty where there is none.
    pub(crate) fn address(&self) -> String {
        self.proxy.clone().unwrap_or_default()
    }

    /// Whether it is shown a name and a password.
    pub(crate) fn has_credentials(&self) -> bool {
        self.proxy_credentials.is_some()
    }

    /// Becomes what `text` of the form's `field` says. The proxy of `what` it is: what is sealed for one is not shown to another.
    pub(crate) fn set(
        &mut self,
        state: &AppState,
        (what, field): (&str, &'static str),
        text: String,
    ) -> ApiResult<()> {
        let Some((proxy, credentials)) = read(field, text)? else {
            *self = Self::default();
            return Ok(());
        };
        if self.proxy.as_ref() != Some(&proxy) {
            self.proxy_credentials = None;
        }
        if let Some(credentials) = credentials {
            let kept = sealed::seal(&state.seal_key, &place(what, &proxy), &credentials)?;
            self.proxy_credentials = Some(kept);
        }
        self.proxy = Some(proxy);
        Ok(())
    }

    /// The proxy, to be used.
    pub(crate) fn open(&self, state: &AppState, what: &str) -> Result<Option<Proxy>, String> {
        let Some(proxy) = &self.proxy else {
            return Ok(None);
        };
        let kept = self.proxy_credentials.clone();
        let credentials =
            kept.and_then(|kept| sealed::open(&state.seal_key, &place(what, proxy), kept));
        let url = Url::parse(proxy).map_err(|error| error.to_string())?;
        let proxy = Proxy::new(&url, credentials.as_deref());
        proxy.map(Some).map_err(|error| error.to_string())
    }
}

/// Where a proxy's credentials are shown.
fn place(what: &str, proxy: &str) -> String {
    format!("{what} proxy {proxy}")
}

/// A proxy's address without its credentials, and they.
fn read(field: &'static str, text: String) -> ApiResult<Option<(String, Option<String>)>> {
    let text = one_line(field, text, MAX_URL)?;
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let wrong = || -> ApiError {
        bad_field(
            field,
            format!(
                "{field}: an address as http://proxy.example:3128, also with name:password@ before the host, and without a path."
            ),
        )
    };
    let mut url = Url::parse(text).map_err(|_| wrong())?;
    let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() || !is_bare {
        return Err(wrong());
    }
    let decoded = |text: &str| {
        let decoded = percent_encoding::percent_decode_str(text).decode_utf8();
        decoded.map(String::from).map_err(|_| wrong())
    };
    let password = decoded(url.password().unwrap_or_default())?;
    let credentials = match decoded(url.username())? {
        name if name.is_empty() && password.is_empty() => None,
        name if name.contains(':') => return Err(wrong()),
        name => Some(format!("{name}:{password}")),
    };
    url.set_username("").map_err(|()| wrong())?;
    url.set_password(None).map_err(|()| wrong())?;
    Ok(Some((
        url.as_str().trim_end_matches('/').to_owned(),
        credentials,
    )))
}
