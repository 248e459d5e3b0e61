//! What a session is used with, in a few words that its owner recognises.

use axum::http::{HeaderMap, header};

use crate::caller;

/// Characters that are kept of what a client calls itself.
const MAX: usize = 200;

/// In the order in which they are looked for: browsers also name those that they descend from.
const BROWSERS: [(&str, &str); 5] = [
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];
const SYSTEMS: [(&str, &str); 7] = [
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
];

/// The device that sent these headers, as far as it says.
pub(super) fn of(headers: &HeaderMap) -> String {
    describe(caller::text(headers, header::USER_AGENT).unwrap_or_default())
}

fn describe(agent: &str) -> String {
    let agent: String = agent
        .chars()
        .filter(|c| !c.is_control())
        .take(MAX)
        .collect();
    let named = |names: &[(&str, &'static str)]| {
        let found = names.iter().find(|(mark, _)| agent.contains(mark));
        found.map(|(_, name)| *name)
    };
    if !agent.starts_with("Mozilla/") {
        return if agent.is_empty() {
            "Unknown".to_owned()
        } else {
            agent
        };
    }
    match (named(&BROWSERS), named(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        (None, Some(system)) => format!("Browser on {system}"),
        (None, None) => agent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_recognised_and_programs_keep_their_name() {
        for (agent, device) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
                "Firefox on Linux",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15",
                "Safari on macOS",
            ),
            (
                "Mozilla/5.0 (compatible; thing)",
                "Mozilla/5.0 (compatible; thing)",
            ),
            ("curl/8.5.0", "curl/8.5.0"),
            ("a\r\nb\u{7}", "ab"),
            ("", "Unknown"),
        ] {
            assert_eq!(describe(agent), device);
        }
        assert_eq!(describe(&"x".repeat(1000)).len(), MAX);
    }
}
