//! How texts that others wrote are shown in errors and reasons: cut short, and with nothing that a terminal or a log obeys.

/// The most characters that are shown.
const MAX_SHOWN: usize = 100;

/// In quotation marks, escaped, and cut short.
pub(crate) fn quoted(text: &str) -> String {
    let clipped = clipped(text);
    format!("{clipped:?}")
}

/// Escaped and cut short.
pub(crate) fn plain(text: &str) -> String {
    let clipped = clipped(text);
    if clipped.contains(|c: char| c.is_control() || is_invisible(c)) {
        clipped.escape_debug().to_string()
    } else {
        clipped
    }
}

/// What changes how the text around it is read, and is no control character: directions and joiners.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn clipped(text: &str) -> String {
    match text.char_indices().nth(MAX_SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_short_and_plain() {
        assert_eq!(quoted("a\"\n\u{1b}[31m"), r#""a\"\n\u{1b}[31m""#);
        assert_eq!(plain("openssl"), "openssl");
        assert_eq!(plain("a\nb"), r"a\nb");
        assert_eq!(plain("a\u{202e}b"), r"a\u{202e}b");
        assert_eq!(plain(&"é".repeat(101)), format!("{}…", "é".repeat(100)));
        assert_eq!(plain(&"é".repeat(100)), "é".repeat(100));
    }
}
