//! The settings of the program: one table that the command line, the environment, the file and `--help` are made of.

/// A setting. Its option is `--a-b-c`, its variable `PLIMSOLL_A_B_C`, for the file's key `a_b.c` or `a.b_c`.
#[derive(Debug)]
pub(crate) struct Key {
    /// As in the file; a dot stands for a table.
    pub(crate) name: &'static str,
    /// What stands for the value in `--help`.
    pub(crate) value: &'static str,
    /// One line for `--help`, with the default.
    pub(crate) help: &'static str,
}

const fn key(name: &'static str, value: &'static str, help: &'static str) -> Key {
    Key { name, value, help }
}

/// Every setting, in the order of `--help` and of `plimsoll config`.
pub(crate) const KEYS: [Key; 21] = [
    key(
        "data_dir",
        "DIR",
        "Where images, certificates and the SQLite database are kept [default: plimsoll/ in $XDG_DATA_HOME or ~/.local/share]",
    ),
    key(
        "http",
        "ADDR",
        "Address for HTTP, or off [default: 127.0.0.1:8080]",
    ),
    key(
        "https",
        "ADDR",
        "Address for HTTPS, or off [default: 127.0.0.1:8443]",
    ),
    key(
        "external_url",
        "URL",
        "The address people and docker use, such as https://registry.example.com [default: that of the request's connection]",
    ),
    key(
        "database_url",
        "URL",
        "postgres://user:password@host/name, or sqlite:FILE [default: plimsoll.db in the data directory]",
    ),
    key(
        "tls.certificate",
        "FILE",
        "PEM certificate chain for HTTPS, reread when it changes [default: made by an own CA]",
    ),
    key("tls.key", "FILE", "PEM private key of that certificate"),
    key(
        "trust.key",
        "FILE",
        "32 random bytes or more that seal the signing keys of content trust, the same for all replicas [default: a key in the database]",
    ),
    key(
        "trust.previous_key",
        "FILE",
        "What sealed them before: they are opened with it, and sealed with trust.key within an hour [default: none]",
    ),
    key(
        "trusted_proxies",
        "LIST",
        "Addresses or networks whose X-Forwarded-* headers are believed, such as 10.0.0.0/8 [default: none]",
    ),
    key(
        "outgoing_networks",
        "LIST",
        "Networks that are not public and that organizations may trust an issuer of ID tokens in, such as 10.1.0.0/16 [default: none]",
    ),
    key(
        "metrics",
        "ADDR",
        "Serve /metrics on an address of its own, to everybody who reaches it [default: off]",
    ),
    key("log.format", "FORMAT", "text or json [default: text]"),
    key(
        "log.level",
        "LEVEL",
        "error, warn, info, debug, trace, or a filter such as server=debug,info [default: info]",
    ),
    key(
        "shutdown_grace",
        "SECONDS",
        "How long running requests may go on after the order to stop [default: 30]",
    ),
    key(
        "sessions.idle",
        "SECONDS",
        "Who is signed in and does nothing for so long has to sign in again [default: 86400, a day]",
    ),
    key(
        "sessions.lifetime",
        "SECONDS",
        "Who signed in so long ago has to sign in again, whatever they do [default: 604800, a week]",
    ),
    key(
        "limits.uploads_per_account",
        "COUNT",
        "Unfinished uploads that one account may have [default: 100]",
    ),
    key(
        "limits.upload_idle",
        "SECONDS",
        "An upload that sends nothing for so long is closed [default: 60]",
    ),
    key(
        "limits.download_idle",
        "SECONDS",
        "A client that takes nothing of an answer for so long is disconnected [default: 60]",
    ),
    key(
        "limits.connections",
        "COUNT",
        "Connections that are served at once, on all addresses [default: 4096]",
    ),
];

/// Variables that begin with `PLIMSOLL_` and are no settings: where the file is, the first administrator's password (see
/// `plimsoll serve --help`), and where the build finds the web assets.
pub(crate) const OTHER_VARIABLES: [&str; 3] = [
    "PLIMSOLL_CONFIG",
    "PLIMSOLL_ADMIN_PASSWORD",
    "PLIMSOLL_ASSETS_DIR",
];

impl Key {
    /// `--option`, without the dashes.
    pub(crate) fn option(&self) -> String {
        self.name.replace(['.', '_'], "-")
    }

    /// `PLIMSOLL_VARIABLE`.
    pub(crate) fn variable(&self) -> String {
        format!("PLIMSOLL_{}", self.name.replace('.', "_").to_uppercase())
    }
}

/// The one of `known` that `wrong` was probably meant to be: at most two letters differ.
pub(crate) fn nearest<'a>(
    wrong: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let closest = known
        .into_iter()
        .map(|name| (distance(wrong, name), name))
        .min()?;
    (closest.0 <= 2).then_some(closest.1)
}

/// Levenshtein's distance between two names.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut left = i + 1;
        let mut next = vec![left];
        for (above, to) in row.windows(2).zip(b.chars()) {
            let [diagonal, up] = *above else { continue };
            left = (diagonal + usize::from(from != to))
                .min(up + 1)
                .min(left + 1);
            next.push(left);
        }
        row = next;
    }
    row.pop().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn options_and_variables_are_distinct() {
        let options: HashSet<_> = KEYS.iter().map(Key::option).collect();
        let variables: HashSet<_> = KEYS.iter().map(Key::variable).collect();
        assert_eq!(options.len(), KEYS.len());
        assert_eq!(variables.len(), KEYS.len());
        assert!(
            OTHER_VARIABLES
                .iter()
                .all(|&other| !variables.contains(other))
        );
        assert!(
            variables.contains("PLIMSOLL_TLS_CERTIFICATE") && options.contains("tls-certificate")
        );
    }

    #[test]
    fn measures_misspellings() {
        assert_eq!(distance("https", "https"), 0);
        assert_eq!(distance("htps", "https"), 1);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", ""), 3);
        let names = || KEYS.iter().map(|key| key.name);
        assert_eq!(nearest("htpps", names()), Some("https"));
        assert_eq!(nearest("datadir", names()), Some("data_dir"));
        assert_eq!(nearest("storage", names()), None);
    }
}
