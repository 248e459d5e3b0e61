//! One style sheet from many: `style/main.css` names its parts with `@import "part.css";`, in their order. Addresses of
//! fonts and pictures become the names with hashes, comments and needless white space go.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};

/// Joins the parts. `files` maps what a style sheet may refer to (`fonts/x.woff2`) to its published name.
pub(super) fn bundle(
    style: &BTreeMap<String, Vec<u8>>,
    files: &BTreeMap<&str, String>,
) -> Result<String> {
    let mut whole = String::new();
    for line in text(style, "main.css")?.lines() {
        match line
            .trim()
            .strip_prefix("@import \"")
            .and_then(|rest| rest.strip_suffix("\";"))
        {
            Some(part) => whole.push_str(text(style, part)?),
            None => whole.push_str(line),
        }
        whole.push('\n');
    }
    let small = minify(&whole);
    if small.contains("@import") {
        bail!("only style/main.css imports, by lines of the form: @import \"part.css\";");
    }
    resolve(&small, files)
}

fn text<'s>(style: &'s BTreeMap<String, Vec<u8>>, name: &str) -> Result<&'s str> {
    let content = style
        .get(name)
        .with_context(|| format!("style/{name} is imported and does not exist"))?;
    std::str::from_utf8(content).with_context(|| format!("style/{name} is not UTF-8"))
}

/// Replaces `url(fonts/x.woff2)` by the published name, which lies in the same folder as the published style sheet.
fn resolve(css: &str, files: &BTreeMap<&str, String>) -> Result<String> {
    let mut resolved = String::with_capacity(css.len());
    let mut rest = css;
    while let Some((before, after)) = rest.split_once("url(") {
        let (address, behind) = after
            .split_once(')')
            .context("`url(` without `)` in the style sheet")?;
        let path = address.trim().trim_matches(['"', '\'']);
        resolved.push_str(before);
        resolved.push_str("url(");
        if path.starts_with("data:") || path.starts_with('#') {
            resolved.push_str(address);
        } else {
            let name = path.trim_start_matches("./");
            let file = files.get(name).with_context(|| {
                format!("the style sheet refers to style/{name}, which is not there")
            })?;
            resolved.push_str(file);
        }
        resolved.push(')');
        rest = behind;
    }
    resolved.push_str(rest);
    Ok(resolved)
}

/// Removes comments, and white space where it means nothing. Strings stay as they are.
fn minify(css: &str) -> String {
    let mut small = String::with_capacity(css.len());
    let mut rest = css;
    while let Some(first) = rest.chars().next() {
        if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.split_once("*/").map_or("", |(_, behind)| behind);
        } else if first == '"' || first == '\'' {
            let length = string_length(rest, first);
            small.push_str(&rest[..length]);
            rest = &rest[length..];
        } else if first.is_whitespace() {
            rest = rest.trim_start();
            let after_separator =
                small.ends_with(['{', '}', ';', ',', ':', ' ']) || small.is_empty();
            if !after_separator && !rest.starts_with(['{', '}', ';', ',']) {
                small.push(' ');
            }
        } else {
            if first == '}' && small.ends_with(';') {
                small.pop();
            }
            if matches!(first, '{' | '}' | ';' | ',') && small.ends_with(' ') {
                small.pop();
            }
            small.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    small
}

/// Bytes of the string that `text` begins with, quotes included.
fn string_length(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (index, letter) in text.char_indices().skip(1) {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if letter == quote => return index + letter.len_utf8(),
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn style(parts: &[(&str, &str)]) -> BTreeMap<String, Vec<u8>> {
        parts
            .iter()
            .map(|(name, content)| ((*name).to_owned(), content.as_bytes().to_vec()))
            .collect()
    }

    #[test]
    fn minify_keeps_meaning() {
        for (css, small) in [
            ("a { color: red; }\n", "a{color:red}"),
            (
                "a :hover , b > c {\n margin: 0 auto;\n}",
                "a :hover,b > c{margin:0 auto}",
            ),
            (
                "/* x */ .a::before { content: \"a  /* b */ ;\"; }",
                ".a::before{content:\"a  /* b */ ;\"}",
            ),
            ("a{width:calc(1px + 2px)}", "a{width:calc(1px + 2px)}"),
            (
                "@media (min-width: 1px) and (max-width: 2px) { a { b: c } }",
                "@media (min-width:1px) and (max-width:2px){a{b:c}}",
            ),
            ("a /* between */ b { c: 'it\\'s' }", "a b{c:'it\\'s'}"),
        ] {
            assert_eq!(minify(css), small);
        }
    }

    #[test]
    fn parts_come_in_order_and_addresses_are_replaced() {
        let style = style(&[
            ("main.css", "@import \"b.css\";\n@import \"a.css\";\n"),
            ("a.css", "a { src: url(\"fonts/x.woff2\") }"),
            ("b.css", "b { c: url(data:x) }"),
        ]);
        let files = BTreeMap::from([("fonts/x.woff2", "x-1.woff2".to_owned())]);
        assert_eq!(
            bundle(&style, &files).unwrap(),
            "b{c:url(data:x)}a{src:url(x-1.woff2)}"
        );
    }

    #[test]
    fn what_is_missing_is_named() {
        let error = bundle(
            &style(&[("main.css", "@import \"gone.css\";")]),
            &BTreeMap::new(),
        )
        .unwrap_err();
        assert!(error.to_string().contains("style/gone.css"), "{error}");
        let lost = style(&[("main.css", "a { b: url(fonts/gone.woff2) }")]);
        let error = bundle(&lost, &BTreeMap::new()).unwrap_err();
        assert!(error.to_string().contains("fonts/gone.woff2"), "{error}");
        let nested = style(&[
            ("main.css", "@import \"a.css\";"),
            ("a.css", "@import \"b.css\";"),
        ]);
        assert!(bundle(&nested, &BTreeMap::new()).is_err());
    }
}
