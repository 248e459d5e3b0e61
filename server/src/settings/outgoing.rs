//! Where requests to receivers of webhooks may go: networks that are not public, and the proxy that they go through.

use serde::{Deserialize, Serialize};

use crate::{
    config::Network,
    error::ApiResult,
    input::bad_field,
    outgoing::{KeptProxy, Proxy},
    state::AppState,
};

/// The key of the row.
pub(crate) const KEY: &str = "outgoing";
/// Networks that may be named.
const MAX_NETWORKS: usize = 100;
/// What the proxy is for: its credentials are sealed for that.
const PROXY_OF: &str = "outgoing";

/// The setting, as it is kept.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Outgoing {
    /// Networks, as an administrator wrote them.
    networks: Vec<String>,
    #[serde(flatten)]
    pub(super) proxy: KeptProxy,
}

impl Outgoing {
    /// As it is set.
    pub(crate) async fn read(state: &AppState) -> db::Result<Self> {
        Ok(db::settings::get(&state.db, KEY).await?.unwrap_or_default())
    }

    /// The networks as they are shown.
    pub(super) fn shown(&self) -> Vec<String> {
        self.networks.clone()
    }

    /// The networks that may be asked besides public addresses.
    pub(crate) fn networks(&self) -> Vec<Network> {
        let networks = self.networks.iter();
        networks
            .filter_map(|text| Network::parse(text).ok())
            .collect()
    }

    /// The proxy that requests go through.
    pub(crate) fn proxy(&self, state: &AppState) -> Result<Option<Proxy>, String> {
        self.proxy.open(state, PROXY_OF)
    }

    pub(super) fn set_networks(&mut self, texts: Vec<String>) -> ApiResult<()> {
        const FIELD: &str = "outgoingAllowedNetworks";
        if texts.len() > MAX_NETWORKS {
            let message = format!("At most {MAX_NETWORKS} networks can be allowed.");
            return Err(bad_field(FIELD, message));
        }
        let mut networks = Vec::with_capacity(texts.len());
        for text in texts {
            let text = text.trim();
            Network::parse(text).map_err(|reason| bad_field(FIELD, format!("{reason}.")))?;
            networks.push(text.to_owned());
        }
        networks.sort_unstable();
        networks.dedup();
        self.networks = networks;
        Ok(())
    }

    pub(super) fn set_proxy(&mut self, state: &AppState, text: String) -> ApiResult<()> {
        self.proxy.set(state, (PROXY_OF, "outgoingProxy"), text)
    }
}
