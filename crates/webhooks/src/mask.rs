//! Hiding what looks secret in an address. When in doubt it hides: what is hidden needlessly costs a reader little, what is shown
//! needlessly costs a secret.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// What stands where something is hidden, whatever its length.
pub(crate) const MASK: &str = "•••";

/// A parameter with one of these in its name is secret.
const WITHIN: [&str; 11] = [
    "token",
    "secret",
    "key",
    "pass",
    "pwd",
    "auth",
    "cred",
    "signature",
    "jwt",
    "bearer",
    "session",
];
/// So is one whose name ends so.
const AT_END: [&str; 8] = ["sig", "code", "otp", "hmac", "sas", "tok", "tkn", "pw"];
/// So is one that is named so.
const EXACTLY: [&str; 2] = ["sid", "pin"];
/// In a path, what follows one of these is secret, as in `/with/key/…`.
const BEFORE: [&str; 7] = [
    "key", "apikey", "token", "secret", "password", "auth", "catch",
];
/// Services where whoever knows the path may post: Slack, Zapier, Teams.
const BY_PATH: [&str; 5] = [
    "hooks.slack.com",
    "hooks.slack-gov.com",
    "hooks.zapier.com",
    "outlook.office.com",
    "outlook.office365.com",
];
const BY_PATH_WITHIN: &str = ".webhook.office.com";
/// A run of letters and digits from this length on is no word.
const OPAQUE_RUN: usize = 20;
/// Base64 from this length on is no text.
const OPAQUE_BASE64: usize = 32;
/// How often something may be percent-encoded before it is looked at as it stands.
const DECODINGS: usize = 3;

/// A path of a host, with what looks secret hidden.
pub(crate) fn path(host: &str, path: &str) -> String {
    let by_path = is_by_path(host);
    let (mut before, mut last) = (String::new(), String::new());
    let mut masked = Vec::new();
    for (at, segment) in path.split('/').enumerate() {
        let text = decoded(segment).to_ascii_lowercase();
        let hidden = if by_path {
            at > 1 || !is_plain(segment)
        } else {
            follows_secret(&before, &last) || is_bot(&text) || is_opaque(segment)
        };
        masked.push(if segment.is_empty() {
            Cow::Borrowed("")
        } else if hidden {
            Cow::Borrowed(MASK)
        } else if text.contains('=') {
            Cow::Owned(query(segment))
        } else {
            Cow::Borrowed(segment)
        });
        if !text.is_empty() {
            before = std::mem::replace(&mut last, text);
        }
    }
    masked.join("/")
}

/// A query, without its `?`, with what looks secret hidden. Some servers take `;` for `&`.
pub(crate) fn query(query: &str) -> String {
    query
        .split_inclusive(['&', ';'])
        .map(|piece| {
            let ended = ["&", ";"]
                .into_iter()
                .find_map(|end| Some((piece.strip_suffix(end)?, end)));
            let (text, end) = ended.unwrap_or((piece, ""));
            pair(text) + end
        })
        .collect()
}

fn pair(pair: &str) -> String {
    let Some((name, value)) = pair.split_once('=') else {
        let shown = is_word(pair) || pair.is_empty();
        return String::from(if shown { pair } else { MASK });
    };
    let shown_name = if is_opaque(name) { MASK } else { name };
    let inner = decoded(value);
    let hidden =
        is_secret_name(name) || is_opaque(value) || (inner.contains('=') && is_secret_name(&inner));
    let shown_value = if hidden && !value.is_empty() {
        MASK
    } else {
        value
    };
    format!("{shown_name}={shown_value}")
}

fn is_by_path(host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    BY_PATH.contains(&host.as_str()) || host.ends_with(BY_PATH_WITHIN)
}

/// Whether what comes after these two segments is secret: as in Discord's `/api/webhooks/{id}/{token}`, or behind `key`.
fn follows_secret(before: &str, last: &str) -> bool {
    let discord = before == "webhooks" && last.bytes().all(|byte| byte.is_ascii_digit());
    discord || BEFORE.contains(&last)
}

/// Telegram's `/bot{id}:{token}/`.
fn is_bot(segment: &str) -> bool {
    segment
        .strip_prefix("bot")
        .and_then(|rest| rest.split_once(':'))
        .is_some_and(|(id, _)| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()))
}

fn is_secret_name(name: &str) -> bool {
    let mut plain = decoded(name).to_lowercase();
    plain.retain(char::is_alphanumeric);
    WITHIN.iter().any(|part| plain.contains(part))
        || AT_END.iter().any(|end| plain.ends_with(end))
        || EXACTLY.contains(&plain.as_str())
}

/// Letters and digits, and not many: `services`, `webhookb2`.
fn is_plain(text: &str) -> bool {
    text.len() < OPAQUE_RUN && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Nothing but letters, `_` and `-`: `debug`.
fn is_word(text: &str) -> bool {
    text.len() < OPAQUE_RUN
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'-'))
}

/// Whether it looks as nobody would name something: a UUID, a long run of letters and digits mixed, long Base64.
fn is_opaque(text: &str) -> bool {
    let text = decoded(text);
    let mixed = |part: &str| {
        part.bytes().any(|byte| byte.is_ascii_digit())
            && part.bytes().any(|byte| byte.is_ascii_alphabetic())
    };
    let run = text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .any(|run| run.len() >= OPAQUE_RUN && mixed(run));
    let encoded =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'_' | b'=');
    let base64 = text.len() >= OPAQUE_BASE64
        && mixed(&text)
        && text.bytes().all(encoded)
        && text.bytes().any(|byte| byte.is_ascii_lowercase())
        && text.bytes().any(|byte| byte.is_ascii_uppercase());
    run || base64 || text.split(['@', ':']).any(is_uuid)
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36 && uuid::Uuid::try_parse(text).is_ok()
}

/// Without percent-encoding, also where it was encoded more than once.
fn decoded(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    for _ in 0..DECODINGS {
        if !text.contains('%') {
            break;
        }
        text = Cow::Owned(percent_decode_str(&text).decode_utf8_lossy().into_owned());
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn parameters() {
        let cases = [
            ("token=XYZ&ref=main", "token=•••&ref=main"),
            ("ref=main&token=XYZ", "ref=main&token=•••"),
            ("a=1;token=XYZ;b=2", "a=1;token=•••;b=2"),
            ("PRIVATE_TOKEN=x", "PRIVATE_TOKEN=•••"),
            ("variables[DEPLOY_KEY]=x", "variables[DEPLOY_KEY]=•••"),
            ("variables%5Bapi-key%5D=x", "variables%5Bapi-key%5D=•••"),
            ("to%6ben=x", "to%6ben=•••"),
            ("to%256ben=x", "to%256ben=•••"),
            ("X-Amz-Signature=x&sig=y", "X-Amz-Signature=•••&sig=•••"),
            (
                "code=x&client_secret=y&pwd=z",
                "code=•••&client_secret=•••&pwd=•••",
            ),
            ("token=a=b", "token=•••"),
            ("token=", "token="),
            ("to=https%3A%2F%2Fx%2F%3Ftoken%3Dabc", "to=•••"),
            (
                "job=payments-ledger-2024&v=1.2.3",
                "job=payments-ledger-2024&v=1.2.3",
            ),
            ("id=0123456789abcdef0123", "id=•••"),
            ("c=K5oZfzN95Z9_Vu1EsfQmf-VNQhnk-Z2pj9o9-NDN_H-pI4", "c=•••"),
            ("0123456789abcdef0123=1", "•••=1"),
            ("debug", "debug"),
            ("hunter2", "•••"),
            ("", ""),
            ("&&", "&&"),
        ];
        for (given, masked) in cases {
            assert_eq!(query(given), masked, "{given}");
        }
    }

    #[test]
    fn paths_of_services_that_go_by_them() {
        let slack = "hooks.slack.com";
        let cases = [
            (slack, "/services/T0/B0/x", "/services/•••/•••/•••"),
            (slack, "/services%2FT0%2FB0", "/•••"),
            (
                "HOOKS.SLACK.COM.",
                "/workflows/T0/A0/1/x",
                "/workflows/•••/•••/•••/•••",
            ),
            (
                "discord.com",
                "/api/webhooks/123/x",
                "/api/webhooks/123/•••",
            ),
            (
                "discord.com",
                "/api/v10/webhooks/123/x/slack",
                "/api/v10/webhooks/123/•••/slack",
            ),
            (
                "relay.example",
                "/api/webhooks//123/x",
                "/api/webhooks//123/•••",
            ),
            (
                "x.webhook.office.com",
                "/webhookb2/a@b/IncomingWebhook/c/d",
                "/webhookb2/•••/•••/•••/•••",
            ),
            ("outlook.office.com", "/webhook/a", "/webhook/•••"),
            (
                "hooks.zapier.com",
                "/hooks/catch/1/x/",
                "/hooks/•••/•••/•••/",
            ),
        ];
        for (host, given, masked) in cases {
            assert_eq!(path(host, given), masked, "{host}{given}");
        }
    }

    #[test]
    fn other_paths() {
        let cases = [
            (
                "maker.ifttt.com",
                "/trigger/push/with/key/x",
                "/trigger/push/with/key/•••",
            ),
            (
                "api.telegram.org",
                "/bot12:x/sendMessage",
                "/•••/sendMessage",
            ),
            (
                "chat.example",
                "/hooks/4fd3a5w8b7gy8mbz1hpy7x9dqr",
                "/hooks/•••",
            ),
            ("x.example", "/7c1e3b5a-0000-4000-8000-000000000001", "/•••"),
            ("x.example", "/a;token=x/b", "/a;token=•••/b"),
            (
                "gitlab",
                "/api/v4/projects/1/trigger/pipeline",
                "/api/v4/projects/1/trigger/pipeline",
            ),
            (
                "ci.example",
                "/job/payments-ledger-build-2024/build",
                "/job/payments-ledger-build-2024/build",
            ),
            ("x.example", "/", "/"),
        ];
        for (host, given, masked) in cases {
            assert_eq!(path(host, given), masked, "{host}{given}");
        }
    }

    proptest! {
        #[test]
        fn nothing_breaks_it(host in ".{0,20}", text in ".{0,60}") {
            path(&host, &text);
            query(&text);
        }

        /// What is shown is masked already, and no parameter is lost.
        #[test]
        fn masking_again_changes_nothing(text in "[a-zA-Z0-9=&;%/:.-]{0,80}") {
            let once = query(&text);
            prop_assert_eq!(&query(&once), &once);
            let ends = |text: &str| text.matches(['&', ';']).count();
            prop_assert_eq!(ends(&once), ends(&text));
            let text = format!("/{text}");
            prop_assert_eq!(path("h", &text).matches('/').count(), text.matches('/').count());
        }
    }
}
