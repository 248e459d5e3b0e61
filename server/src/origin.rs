//! Where this registry is, as a client sees it: scheme and host for absolute URLs, and the client's own address.
//!
//! Neither is taken from what a client may write. The host of a request counts only when it is one of our own names; a
//! proxy's word counts only when the proxy is listed in the configuration (`trusted_proxies`).

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::ConnectInfo,
    http::{Extensions, HeaderMap, header, request::Parts, uri::Authority},
};

use crate::config::Config;

/// How the connection came in; each listener puts its own into the requests' extensions.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Scheme {
    /// Plain.
    Http,
    /// TLS, ended here.
    Https,
}

/// What is known of a request's way here.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Origin {
    /// `https://host:port`, without a slash at the end: how this client reaches us.
    pub base: String,
    /// The client spoke TLS, to us or to a trusted proxy.
    pub is_secure: bool,
    /// The client's address.
    pub client: IpAddr,
    /// A trusted proxy speaks for the client.
    pub by_proxy: bool,
}

impl Origin {
    /// Reads a request.
    pub fn of(config: &Config, parts: &Parts) -> Self {
        Self::find(config, &parts.headers, &parts.extensions)
    }

    /// Reads a request's headers and extensions.
    pub fn find(config: &Config, headers: &HeaderMap, extensions: &Extensions) -> Self {
        let peer = extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map_or(IpAddr::from([127, 0, 0, 1]), |info| {
                info.0.ip().to_canonical()
            });
        let tls = extensions.get::<Scheme>() == Some(&Scheme::Https);
        let by_proxy = config.trusts(peer);
        let is_secure = if by_proxy {
            last(headers, "x-forwarded-proto").is_some_and(|p| p == "https")
        } else {
            tls
        };
        let client = if by_proxy {
            forwarded_for(config, headers).unwrap_or(peer)
        } else {
            peer
        };
        let host = if by_proxy {
            last(headers, "x-forwarded-host")
        } else {
            None
        }
        .or_else(|| host(headers));
        let base = base(config, is_secure, host);
        let is_secure = is_secure || base.starts_with("https:");
        Self {
            base,
            is_secure,
            client,
            by_proxy,
        }
    }

    /// `https://host:port` by which this client reaches us, or could: as it came where that was by HTTPS, else our listener for
    /// HTTPS. `None` where there is neither.
    pub fn https(&self, config: &Config) -> Option<String> {
        if self.base.starts_with("https://") {
            return Some(self.base.clone());
        }
        let listener = config.https?;
        if !listener.ip().is_unspecified() {
            return Some(format!("https://{listener}"));
        }
        let authority: Option<Authority> = self
            .base
            .split_once("://")
            .and_then(|(_, authority)| authority.parse().ok());
        let host = authority.as_ref().map_or("localhost", Authority::host);
        Some(format!("https://{host}:{}", listener.port()))
    }
}

/// Where this registry is, for what no request asks for: the configured address, or that of a listener.
pub(crate) fn home(config: &Config) -> String {
    base(config, config.https.is_some(), None)
}

/// The configured address, or the host asked for where it is ours, or the first listener.
fn base(config: &Config, is_secure: bool, host: Option<&str>) -> String {
    if let Some(url) = &config.external_url {
        return url.as_str().trim_end_matches('/').to_owned();
    }
    let listener = if is_secure { config.https } else { config.http };
    let scheme = if is_secure { "https" } else { "http" };
    match (host, listener) {
        (Some(host), Some(listener)) if is_own(host, listener) => format!("{scheme}://{host}"),
        _ => match (config.http, config.https) {
            (_, Some(listener)) if is_secure => format!("https://{listener}"),
            (Some(listener), _) => format!("http://{listener}"),
            (None, Some(listener)) => format!("https://{listener}"),
            (None, None) => String::new(),
        },
    }
}

/// Whether `host` (`name:port`) is a name of this listener: its address, or a name of this machine where it listens on
/// loopback.
fn is_own(host: &str, listener: SocketAddr) -> bool {
    let Ok(authority) = host.parse::<Authority>() else {
        return false;
    };
    if authority.port_u16() != Some(listener.port())
        || authority.as_str() != host
        || host.contains('@')
    {
        return false;
    }
    let name = authority
        .host()
        .trim_start_matches('[')
        .trim_end_matches(']');
    match name.parse::<IpAddr>() {
        Ok(address) => address == listener.ip() || address.is_loopback(),
        Err(_) => name.eq_ignore_ascii_case("localhost"),
    }
}

/// Whether `host` (`name` or `name:port`) is what clients write before the names of our repositories: that of the configured address,
/// or, where none is configured, a name of a listener.
pub(crate) fn is_ours(config: &Config, host: &str) -> bool {
    if config.external_url.is_some() {
        return our_host(config) == host;
    }
    let mut listeners = [config.http, config.https].into_iter().flatten();
    listeners.any(|listener| is_own(host, listener))
}

/// [`is_ours`], for whoever asks about several.
pub(crate) fn ours(config: &Config) -> impl Fn(&str) -> bool + Sync {
    move |host| is_ours(config, host)
}

/// As [`is_ours`], of what a cluster would pull from here: letters may be large, and a port written that goes without saying.
pub(crate) fn reaches_us(config: &Config, host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let is_secure = home(config).starts_with("https:");
    let usual = if is_secure { ":443" } else { ":80" };
    let bare = host.strip_suffix(usual);
    let bare = bare.filter(|bare| !bare.contains(':') || bare.ends_with(']'));
    is_ours(config, bare.unwrap_or(&host))
}

/// The host that clients write before the names of our repositories, for what no request asks for.
pub(crate) fn our_host(config: &Config) -> String {
    let home = home(config);
    let host = home.split_once("://").map_or("", |(_, host)| host);
    host.to_owned()
}

fn host(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::HOST)?.to_str().ok()
}

/// The last value of a forwarded header: the one that the nearest proxy, which is trusted, wrote.
fn last<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let value = headers.get_all(name).iter().next_back()?.to_str().ok()?;
    value.rsplit(',').next().map(str::trim)
}

/// The nearest address in `X-Forwarded-For` that is not itself a trusted proxy.
fn forwarded_for(config: &Config, headers: &HeaderMap) -> Option<IpAddr> {
    let values: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect();
    let mut nearest = None;
    for value in values.iter().rev() {
        let address: IpAddr = value.trim().parse().ok()?;
        nearest = Some(address);
        if !config.trusts(address) {
            break;
        }
    }
    nearest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Environment;

    #[test]
    fn what_a_cluster_pulls_from_here_is_ours_however_our_host_is_written() {
        let at = |url: &str| {
            let variables = [("HOME", "/home/somebody"), ("PLIMSOLL_EXTERNAL_URL", url)];
            let variables = variables.map(|(name, value)| (name.into(), value.into()));
            Config::load(Environment {
                variables: variables.into(),
                ..Environment::default()
            })
            .unwrap()
        };
        for (url, ours, not) in [
            (
                "https://registry.example.com",
                [
                    "registry.example.com",
                    "registry.example.com:443",
                    "Registry.Example.COM",
                ],
                [
                    "registry.example.com:80",
                    "registry.example.com:4433",
                    "example.com",
                ],
            ),
            (
                "https://registry.example.com:8443",
                [
                    "registry.example.com:8443",
                    "REGISTRY.example.com:8443",
                    "registry.example.Com:8443",
                ],
                [
                    "registry.example.com",
                    "registry.example.com:443",
                    "registry.example.com:8443:443",
                ],
            ),
            (
                "http://registry.example.com",
                [
                    "registry.example.com",
                    "registry.example.com:80",
                    "REGISTRY.EXAMPLE.COM:80",
                ],
                [
                    "registry.example.com:443",
                    "evil.example@registry.example.com",
                    "",
                ],
            ),
        ] {
            let config = at(url);
            for host in ours {
                assert!(reaches_us(&config, host), "{host} is {url}");
            }
            for host in not {
                assert!(!reaches_us(&config, host), "{host} is not {url}");
            }
        }
    }
}
