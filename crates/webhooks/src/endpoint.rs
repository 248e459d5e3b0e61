//! Where a hook's requests go. An address often holds a secret, so that nothing here shows it by accident.

use std::{fmt, net::Ipv6Addr, str::FromStr};

use http::Uri;

use crate::mask;

/// The longest address, in bytes.
pub const MAX_ENDPOINT: usize = 2048;

/// An `http` or `https` address that is sent to exactly as it was given, with any path and query: GitLab's
/// `https://gitlab/api/v4/projects/1/trigger/pipeline?token=…&ref=main`. It prints masked.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    text: Box<str>,
    uri: Uri,
}

/// Why an address cannot be one. It never says what the address was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the message of each says it")]
pub enum EndpointError {
    #[error("the address has {0} bytes, and may have {MAX_ENDPOINT}")]
    TooLong(usize),
    #[error(
        "an address has only visible ASCII characters and no \\: write others percent-encoded, and names of hosts in Punycode (xn--…)"
    )]
    Character,
    #[error("an address of a webhook has no # and nothing behind it: it would not be sent")]
    Fragment,
    #[error("this is no address: write https://host/path")]
    Malformed,
    #[error("an address of a webhook starts with https:// or http://")]
    Scheme,
    #[error(
        "an address of a webhook has no name or password before the host: send an Authorization header instead"
    )]
    UserInfo,
    #[error("the host is no name and no IP address")]
    Host,
    #[error("the port is no number from 1 to 65535")]
    Port,
}

impl Endpoint {
    /// The address, exactly as it was given, secrets and all.
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// The same for a request. It prints in full.
    pub const fn uri(&self) -> &Uri {
        &self.uri
    }

    /// Whether it is sent with TLS.
    pub fn is_https(&self) -> bool {
        self.uri.scheme() == Some(&http::uri::Scheme::HTTPS)
    }

    /// The host: a name, or an IP address, that of IPv6 in brackets.
    pub fn host(&self) -> &str {
        self.uri.host().unwrap_or_default()
    }

    /// The address for interface, log and events: with `•••` for the value of every parameter whose name looks secret (`token`, `key`,
    /// `sig`, …), for the parts of a path by which Slack, Discord, Teams, Telegram and Zapier know who may post, and for whatever looks
    /// random.
    pub fn masked(&self) -> String {
        let scheme = self.uri.scheme_str().unwrap_or_default();
        let authority = self.uri.authority().map_or("", |it| it.as_str());
        let path = mask::path(self.host(), self.uri.path());
        let query = self.uri.query().map(mask::query);
        let (mark, query) = query.map_or(("", String::new()), |query| ("?", query));
        format!("{scheme}://{authority}{path}{mark}{query}")
    }
}

impl FromStr for Endpoint {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Self, EndpointError> {
        if text.len() > MAX_ENDPOINT {
            return Err(EndpointError::TooLong(text.len()));
        }
        // Programs disagree on whether `\` is a `/`.
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) || text.contains('\\') {
            return Err(EndpointError::Character);
        }
        // `Uri` drops it silently.
        if text.contains('#') {
            return Err(EndpointError::Fragment);
        }
        let (scheme, _) = text.split_once("://").ok_or(EndpointError::Malformed)?;
        if !["http", "https"]
            .iter()
            .any(|it| scheme.eq_ignore_ascii_case(it))
        {
            return Err(EndpointError::Scheme);
        }
        let uri: Uri = text.parse().map_err(|_| EndpointError::Malformed)?;
        let authority = uri.authority().ok_or(EndpointError::Malformed)?.as_str();
        check_authority(authority)?;
        Ok(Self {
            text: text.into(),
            uri,
        })
    }
}

/// `host`, `host:port`. [`Uri`] takes more than that, and ports that are none.
fn check_authority(authority: &str) -> Result<(), EndpointError> {
    if authority.contains('@') {
        return Err(EndpointError::UserInfo);
    }
    let host_end = authority.rfind(']').map_or_else(
        || authority.find(':').unwrap_or(authority.len()),
        |bracket| bracket + 1,
    );
    let (host, port) = authority
        .split_at_checked(host_end)
        .ok_or(EndpointError::Host)?;
    if !is_host(host) {
        return Err(EndpointError::Host);
    }
    if port.is_empty() {
        return Ok(());
    }
    let number = port
        .strip_prefix(':')
        .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|digits| digits.parse::<u16>().ok());
    match number {
        Some(1..) => Ok(()),
        _ => Err(EndpointError::Port),
    }
}

fn is_host(host: &str) -> bool {
    let inner = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    if let Some(address) = inner {
        return address.parse::<Ipv6Addr>().is_ok();
    }
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    host.bytes().any(|byte| byte.is_ascii_alphanumeric()) && host.bytes().all(fits)
}

/// Masked.
impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({})", self.masked())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GITLAB: &str = "https://gitlab/api/v4/projects/1/trigger/pipeline?token=XYZ&ref=main";

    fn endpoint(text: &str) -> Endpoint {
        text.parse().unwrap_or_else(|e| panic!("{text}: {e}"))
    }

    #[test]
    fn gitlabs_trigger_goes_out_as_it_came_in() {
        let gitlab = endpoint(GITLAB);
        assert_eq!(gitlab.expose(), GITLAB);
        assert_eq!(gitlab.uri().to_string(), GITLAB);
        assert_eq!(
            gitlab.masked(),
            "https://gitlab/api/v4/projects/1/trigger/pipeline?token=•••&ref=main"
        );
        assert_eq!(
            format!("{gitlab:?}"),
            format!("Endpoint({})", gitlab.masked())
        );
        assert!(gitlab.is_https() && gitlab.host() == "gitlab");
    }

    #[test]
    fn what_is_an_address() {
        let odd = "/a/../b//c/%2e%2E/;x=1/~!$&'()*+,@:?a[b]=%7e&&c='|'?/";
        let tail = |text: &str| {
            endpoint(text)
                .uri()
                .path_and_query()
                .map(ToString::to_string)
        };
        assert_eq!(tail(&format!("http://h{odd}")).as_deref(), Some(odd));
        for good in [
            "http://10.0.0.7:8080",
            "http://[::1]:1/x",
            "https://svc_a.example.com.",
            "HTTPS://Example.com:65535/",
            "http://h?a=1",
        ] {
            assert_eq!(endpoint(good).expose(), good);
        }
        assert!(endpoint("HTTPS://h").is_https() && !endpoint("http://h").is_https());
        assert_eq!(endpoint("http://[::1]:1/x").host(), "[::1]");
    }

    #[test]
    fn what_is_none_and_why() {
        use EndpointError as E;
        let long = format!("https://h/{}", "x".repeat(MAX_ENDPOINT));
        let cases = [
            ("", E::Malformed),
            ("h/x", E::Malformed),
            ("/x", E::Malformed),
            ("https:h", E::Malformed),
            ("ftp://h", E::Scheme),
            ("javascript://h/%0aalert(1)", E::Scheme),
            ("file:///etc/passwd", E::Scheme),
            ("https://ada:hunter2@h/", E::UserInfo),
            ("https://ada@h/", E::UserInfo),
            ("https://@h/", E::UserInfo),
            ("https://h/#x", E::Fragment),
            ("https://h#", E::Fragment),
            ("https://h/a b", E::Character),
            ("https://h/\r\nX: y", E::Character),
            ("https://hé/", E::Character),
            ("https://h\\@x/", E::Character),
            ("https://h/\u{7f}", E::Character),
            ("https:///x", E::Malformed),
            ("https://", E::Malformed),
            ("https://:80/", E::Host),
            ("https://./", E::Host),
            ("https://a,b/", E::Host),
            ("https://[::1/", E::Malformed),
            ("https://[x]/", E::Host),
            ("https://h:0/", E::Port),
            ("https://h:/", E::Port),
            ("https://h:65536/", E::Port),
            ("https://[::1]8/", E::Port),
            (&long, E::TooLong(MAX_ENDPOINT + 10)),
        ];
        for (text, error) in cases {
            assert_eq!(text.parse::<Endpoint>(), Err(error), "{text}");
        }
        assert!("https://h:+8/".parse::<Endpoint>().is_err());
    }

    /// Where a secret can stand, with `{}` for it.
    const PLACES: [&str; 14] = [
        "https://h/x?token={}",
        "https://h/x?ref=main&Private_Token={}&x=1",
        "https://h/x?a=1;api_key={};b",
        "https://h/x?code={}&password={}",
        "https://h/x?variables%5BCI_SECRET%5D={}",
        "https://prod.westeurope.logic.azure.com/workflows/1/triggers/manual/run?sp=%2Frun&sig={}",
        "https://h/?{}",
        "https://hooks.slack.com/services/T1/B1/{}",
        "https://hooks.slack.com/services/{}/{}/{}",
        "https://discord.com/api/webhooks/123456/{}",
        "https://discordapp.com/api/v9/webhooks/123456/{}?wait=true",
        "https://acme.webhook.office.com/webhookb2/{}@x/IncomingWebhook/{}/y",
        "https://maker.ifttt.com/trigger/x/with/key/{}",
        "https://api.telegram.org/bot1:{}/sendMessage",
    ];

    proptest! {
        #[test]
        fn a_secret_never_shows(place in prop::sample::select(&PLACES[..]), secret in "7Z[A-Za-z0-9._~-]{6,60}") {
            let given = endpoint(&place.replace("{}", &secret));
            prop_assert!(given.expose().contains(&secret));
            prop_assert!(!given.masked().contains(&secret), "{}", given.masked());
            let shown = format!("{given:?} {given:#?}");
            prop_assert!(!shown.contains(&secret), "{}", shown);
            prop_assert!(given.masked().contains(mask::MASK));
        }

        /// Whatever is taken goes out byte for byte; what is not is refused, never changed.
        #[test]
        fn what_is_taken_is_sent_unchanged(path in "(/[!-~]{0,20}){1,3}", query in proptest::option::of("[!-~]{0,40}")) {
            let tail = query.map_or(path.clone(), |query| format!("{path}?{query}"));
            let text = format!("https://h:8443{tail}");
            if let Ok(given) = text.parse::<Endpoint>() {
                prop_assert_eq!(given.expose(), &text);
                let sent = given.uri().path_and_query().map(http::uri::PathAndQuery::as_str);
                prop_assert_eq!(sent, Some(tail.as_str()));
                prop_assert_eq!(given.host(), "h");
            }
        }

        /// Of what RFC 3986 has in paths and queries, everything is taken.
        #[test]
        fn everything_that_is_allowed_is_taken(path in "(/([A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-F]{2}){0,9}){1,4}", query in "([A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9a-f]{2}){0,40}") {
            let text = format!("http://h{path}?{query}");
            prop_assert!(text.parse::<Endpoint>().is_ok());
        }

        #[test]
        fn nothing_breaks_it(text in "(https?://)?.{0,60}") {
            if let Ok(given) = text.parse::<Endpoint>() {
                given.masked();
            }
        }
    }
}
