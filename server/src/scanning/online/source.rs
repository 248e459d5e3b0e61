//! Where vulnerability data is fetched from, as an administrator sets it.

use api::settings::{UpdateVulnerabilitySource, VulnerabilitySource};
use serde::{Deserialize, Serialize};
use url::{Host, Url};

use crate::{
    error::ApiResult,
    input::{bad_field, one_line},
    outgoing::{self, KeptProxy, Reach},
    state::AppState,
};

use super::bucket::Bucket;

/// The key of the row: its name in the API.
pub(crate) const KEY: &str = "vulnerabilitySource";
/// OSV's own.
const OSV: &str = "https://osv-vulnerabilities.storage.googleapis.com";
/// What OSV has of what the matcher compares and the scanner finds.
const ECOSYSTEMS: &[&str] = &[
    "AlmaLinux",
    "Alpine",
    "Azure Linux",
    "Bitnami",
    "Chainguard",
    "Debian",
    "Go",
    "Maven",
    "NuGet",
    "Packagist",
    "PyPI",
    "Red Hat",
    "Rocky Linux",
    "RubyGems",
    "SUSE",
    "Ubuntu",
    "Wolfi",
    "crates.io",
    "npm",
    "openSUSE",
];
/// What the proxy is for: its credentials are sealed for that.
const PROXY_OF: &str = "vulnerability";
/// Characters of an address.
const MAX_URL: usize = 2048;
/// Bytes of extra certificates.
const MAX_PEM: usize = 64 * 1024;
/// Ecosystems, and characters of the name of one.
const MAX_ECOSYSTEMS: usize = 100;
const MAX_NAME: usize = 64;

/// The setting, as it is kept. What is `None` is as it comes with the program.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Source {
    url: Option<String>,
    ecosystems: Option<Vec<String>>,
    #[serde(flatten)]
    proxy: KeptProxy,
    ca_certificates: Option<String>,
}

impl Source {
    /// As it is set.
    pub(crate) async fn read(state: &AppState) -> db::Result<Self> {
        Ok(db::settings::get(&state.db, KEY).await?.unwrap_or_default())
    }

    /// As it is shown.
    pub(crate) fn shown(&self) -> VulnerabilitySource {
        VulnerabilitySource {
            url: self.url().to_owned(),
            ecosystems: self.ecosystems(),
            proxy: self.proxy.address(),
            proxy_has_credentials: self.proxy.has_credentials(),
            ca_certificates: self.ca_certificates.clone().unwrap_or_default(),
        }
    }

    /// With what the form names; also the form as it is recorded.
    pub(crate) fn set(
        mut self,
        state: &AppState,
        form: UpdateVulnerabilitySource,
    ) -> ApiResult<(Self, UpdateVulnerabilitySource)> {
        let mut recorded = form.clone();
        if let Some(text) = form.url {
            self.url = url(text)?.filter(|url| url != OSV);
        }
        if let Some(names) = form.ecosystems {
            self.ecosystems = ecosystems(names)?;
        }
        if let Some(text) = form.proxy {
            self.proxy.set(state, (PROXY_OF, "proxy"), text)?;
            recorded.proxy = Some(self.proxy.address());
        }
        if let Some(pem) = form.ca_certificates {
            self.ca_certificates = certificates(pem)?;
        }
        Ok((self, recorded))
    }

    /// Its address.
    pub(super) fn url(&self) -> &str {
        self.url.as_deref().unwrap_or(OSV)
    }

    /// What is fetched.
    pub(super) fn ecosystems(&self) -> Vec<String> {
        match &self.ecosystems {
            Some(names) => names.clone(),
            None => ECOSYSTEMS.iter().map(|&name| name.to_owned()).collect(),
        }
    }

    /// The way to it. An administrator's word leads anywhere but to what only a cloud's own machines should ask.
    pub(super) fn bucket(&self, state: &AppState) -> Result<Bucket, String> {
        let extra = self.ca_certificates.as_deref();
        let client = state.outgoing.client(Reach::Administrator, extra);
        let client = client.map_err(|error| error.to_string())?;
        let proxy = self.proxy.open(state, PROXY_OF)?;
        let url = Url::parse(self.url()).map_err(|error| error.to_string())?;
        Ok(Bucket::new(client, proxy, url))
    }
}

fn url(text: String) -> ApiResult<Option<String>> {
    let text = one_line("url", text, MAX_URL)?;
    let text = text.trim().trim_end_matches('/');
    if text.is_empty() {
        return Ok(None);
    }
    let wrong = |why: &str| bad_field("url", format!("url: {why}."));
    let url = Url::parse(text).map_err(|_| wrong("it is not an address"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("it holds a name or a password, and is not secret"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("it ends with a path, without ? and #"));
    }
    let is_here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    if !(url.scheme() == "https" || url.scheme() == "http" && is_here) {
        return Err(wrong(
            "it begins with https:// (http:// is only for this machine)",
        ));
    }
    Ok(Some(url.as_str().trim_end_matches('/').to_owned()))
}

fn ecosystems(names: Vec<String>) -> ApiResult<Option<Vec<String>>> {
    if names.len() > MAX_ECOSYSTEMS {
        return Err(bad_field(
            "ecosystems",
            format!("There are at most {MAX_ECOSYSTEMS} ecosystems."),
        ));
    }
    let mut kept = Vec::with_capacity(names.len());
    for name in names {
        let name = name.trim();
        let is_name = name
            .chars()
            .all(|c| c.is_alphanumeric() || " .-_".contains(c))
            && name.starts_with(char::is_alphanumeric)
            && name.len() <= MAX_NAME;
        if !is_name {
            return Err(bad_field(
                "ecosystems",
                "An ecosystem is named as OSV names it, without a release: Debian, not Debian:12.",
            ));
        }
        kept.push(name.to_owned());
    }
    kept.sort_unstable();
    kept.dedup();
    Ok(Some(kept).filter(|kept| !kept.is_empty() && kept != ECOSYSTEMS))
}

fn certificates(pem: String) -> ApiResult<Option<String>> {
    if pem.trim().is_empty() {
        return Ok(None);
    }
    let checked = if pem.len() > MAX_PEM {
        Err(format!("more than {MAX_PEM} bytes"))
    } else {
        outgoing::certificates(&pem).map(drop)
    };
    checked.map_err(|reason| bad_field("caCertificates", format!("caCertificates: {reason}.")))?;
    Ok(Some(pem))
}
