//! Commands of `notary`, with where the trust data is, and how its certificate is known where the registry is its own authority.

use leptos::prelude::*;

use super::copy::Command;
use crate::boot::Env;

/// How `notary` is called here.
#[derive(Clone, Copy, Debug)]
pub struct Notary {
    /// Clients have to be told the authority of the registry's certificate.
    has_own_authority: bool,
}

impl Notary {
    /// As the page knows it.
    pub fn get() -> Self {
        Self {
            has_own_authority: Env::get().has_own_authority,
        }
    }

    /// A command about the trust data of that name.
    pub fn says(self, gun: &str, rest: &str) -> String {
        let host = host(gun);
        let authority = if self.has_own_authority {
            format!(" --tlscacert ~/.docker/tls/{host}/ca.crt")
        } else {
            String::new()
        };
        format!("notary -s https://{host}{authority} -d ~/.docker/trust {rest}")
    }

    /// What comes before all others, once on each machine; nothing where the certificate is known to everybody.
    pub fn first(self, gun: Signal<String>) -> Option<AnyView> {
        let text = Signal::derive(move || gun.with(|gun| authority(host(gun))));
        self.has_own_authority.then(|| {
            view! {
                <p class="muted">
                    "This registry's certificate is of its own authority. Docker and notary look for it here, once on each machine; it is fetched \
                    unchecked, so compare it with what your administrator gives you:"
                </p>
                <Command text />
            }
            .into_any()
        })
    }
}

fn host(gun: &str) -> &str {
    gun.split_once('/').map_or(gun, |(host, _)| host)
}

fn authority(host: &str) -> String {
    let folder = format!("~/.docker/tls/{host}");
    format!("mkdir -p {folder} && curl -fsko {folder}/ca.crt https://{host}/ca")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_authority_is_named_where_clients_do_not_know_it() {
        let says = |has_own_authority| {
            Notary { has_own_authority }
                .says("a.example:8443/ada/app", "list a.example:8443/ada/app")
        };
        assert_eq!(
            says(false),
            "notary -s https://a.example:8443 -d ~/.docker/trust list a.example:8443/ada/app"
        );
        assert_eq!(
            says(true),
            "notary -s https://a.example:8443 --tlscacert ~/.docker/tls/a.example:8443/ca.crt -d ~/.docker/trust list a.example:8443/ada/app"
        );
        assert_eq!(
            authority("a.example"),
            "mkdir -p ~/.docker/tls/a.example && curl -fsko ~/.docker/tls/a.example/ca.crt https://a.example/ca"
        );
    }
}
