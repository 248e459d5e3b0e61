//! Where the browser goes after signing in: a path of this site, and nothing that a browser could read as another site.

/// Home of the interface.
const HOME: &str = "/repositories";

/// The most bytes of a path that are kept.
const MAX_LENGTH: usize = 2000;

/// `wanted` if it is a path on this site, else [`HOME`].
///
/// A path begins with one `/` that neither `/` nor `\` follows (browsers read `//host` and `/\host` as another host), and holds
/// only visible ASCII but `\`, so neither a line break that would end the header nor a tab that browsers drop. The sign-in page
/// itself is no place to come back to.
pub(crate) fn safe(wanted: Option<&str>) -> &str {
    let Some(path) = wanted else { return HOME };
    let visible = path
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let rooted = path.starts_with('/') && !path.starts_with("//");
    let pointless = path == "/" || path.starts_with("/sign-in") || path.starts_with("/sign-out");
    if visible && rooted && !pointless && path.len() <= MAX_LENGTH {
        path
    } else {
        HOME
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_site_are_followed() {
        for good in [
            "/repositories",
            "/repositories/admin/app/tags?q=a%20b#x",
            "/a//b",
            "/@evil.example",
            "/users/x",
        ] {
            assert_eq!(safe(Some(good)), good);
        }
        let long = format!("/{}", "a".repeat(3000));
        for evil in [
            "",
            "/",
            "repositories",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/a\\b",
            "https://evil.example",
            "https:evil.example",
            "javascript:alert(1)",
            "/\t/evil.example",
            "/\n/evil.example",
            "/a\r\nSet-Cookie: x=y",
            " /repositories",
            "/repositories ",
            "/\u{2215}evil.example",
            "/sign-in?next=/sign-in",
            "/sign-out",
            &long,
        ] {
            assert_eq!(safe(Some(evil)), HOME, "{evil:?}");
        }
        assert_eq!(safe(None), HOME);
    }
}
