//! Turns a README in Markdown into HTML that is safe to put into a page.
//!
//! Two nets: comrak renders `CommonMark` with GitHub's tables, strikethrough and autolinks, and ammonia then keeps only a list of
//! harmless elements and attributes. No images: they would tell a foreign host who reads the page (and the
//! Content-Security-Policy refuses them anyway), so an image becomes a link to it. No ids or classes, so nothing in a README can
//! be mistaken for a part of the page. Relative links lead nowhere here and lose their address.

use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};
use comrak::{
    Arena, Options,
    arena_tree::NodeEdge,
    format_html,
    nodes::{AstNode, NodeValue},
    parse_document,
};

/// Headings of a README stand below the page's `h1` and the section's `h2`.
const HEADING_OFFSET: u8 = 2;

/// Deeper than anything that someone wrote by hand. The time an HTML parser needs grows with the square of the depth, so what
/// lies deeper is shown as plain text.
const MAX_DEPTH: usize = 1000;

static SANITISER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut sanitiser = Builder::default();
    sanitiser
        .rm_tags([
            "img", "map", "area", "article", "aside", "footer", "header", "nav",
        ])
        .url_schemes(["http", "https", "mailto"].into())
        .url_relative(UrlRelative::Deny)
        // A long line scrolls, and must do so by keyboard too.
        .set_tag_attribute_value("pre", "tabindex", "0")
        .link_rel(Some("nofollow noopener noreferrer"));
    sanitiser
});

/// Renders `markdown`. The result holds no script, no style, no image, no form and no frame.
pub(crate) fn to_safe_html(markdown: &str) -> String {
    let arena = Arena::new();
    let options = options();
    let document = parse_document(&arena, markdown, &options);
    adapt(document);
    let mut html = String::new();
    // Writing into a string cannot fail; should it, half a document is still a safe one.
    let _ = format_html(document, &options, &mut html);
    if is_too_deep(&html) {
        return format!(
            "<pre tabindex=\"0\">{}</pre>",
            ammonia::clean_text(markdown)
        );
    }
    SANITISER.clean(&html).to_string()
}

/// Elements lie more than [`MAX_DEPTH`] deep in each other. What is looked at is not yet clean, so this is an estimate: an end
/// tag counts only where it closes the element that was opened last.
fn is_too_deep(html: &str) -> bool {
    let mut open: Vec<&str> = Vec::new();
    for tag in html.split('<').skip(1) {
        let (closes, tag) = tag
            .strip_prefix('/')
            .map_or((false, tag), |tag| (true, tag));
        let end = tag.find(|letter: char| !letter.is_ascii_alphanumeric());
        let name = tag.get(..end.unwrap_or(tag.len())).unwrap_or_default();
        if closes
            && open
                .last()
                .is_some_and(|last| last.eq_ignore_ascii_case(name))
        {
            open.pop();
        } else if !closes && !name.is_empty() && !matches!(name, "br" | "hr" | "img" | "input") {
            open.push(name);
            if open.len() > MAX_DEPTH {
                return true;
            }
        }
    }
    false
}

fn options() -> Options<'static> {
    let mut options = Options::default();
    options.extension.table = true;
    options.extension.strikethrough = true;
    options.extension.autolink = true;
    // HTML in a README is common; the sanitiser comes after.
    options.render.r#unsafe = true;
    options
}

/// Shifts headings and turns images into links. One walk over the tree, however deep it is.
fn adapt<'a>(document: &'a AstNode<'a>) {
    let mut links: usize = 0;
    for edge in document.traverse() {
        match edge {
            NodeEdge::Start(node) => {
                let value = &mut node.data.borrow_mut().value;
                match value {
                    NodeValue::Heading(heading) => {
                        heading.level = heading.level.saturating_add(HEADING_OFFSET).min(6);
                    }
                    // A link in a link is none: there the image's text is enough.
                    NodeValue::Image(image) if links > 0 => image.url.clear(),
                    _ => {}
                }
                if let NodeValue::Image(image) = value {
                    *value = NodeValue::Link(std::mem::take(image));
                }
                if matches!(value, NodeValue::Link(_)) {
                    links += 1;
                }
            }
            NodeEdge::End(node) => {
                if matches!(node.data.borrow().value, NodeValue::Link(_)) {
                    links = links.saturating_sub(1);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_becomes_html() {
        for (markdown, html) in [
            ("# Title", "<h3>Title</h3>\n"),
            ("###### Small", "<h6>Small</h6>\n"),
            (
                "*a* **b** `c` ~~d~~",
                "<p><em>a</em> <strong>b</strong> <code>c</code> <del>d</del></p>\n",
            ),
            (
                "[x](https://example.com)",
                "<p><a href=\"https://example.com\" rel=\"nofollow noopener noreferrer\">x</a></p>\n",
            ),
            (
                "![logo](https://example.com/l.png)",
                "<p><a href=\"https://example.com/l.png\" rel=\"nofollow noopener noreferrer\">logo</a></p>\n",
            ),
            (
                "[x](docs/readme.md)",
                "<p><a rel=\"nofollow noopener noreferrer\">x</a></p>\n",
            ),
            (
                "```sh\ndocker pull x\n```",
                "<pre tabindex=\"0\"><code>docker pull x\n</code></pre>\n",
            ),
            ("", ""),
        ] {
            assert_eq!(to_safe_html(markdown), html, "{markdown}");
        }
        assert!(to_safe_html("|a|b|\n|-|-:|\n|1|2|").contains("<td align=\"right\">2</td>"));
    }

    /// What a browser could run, load, send or be misled by, in any of the ways known to slip through.
    const HOSTILE: &[&str] = &[
        "<script>alert(1)</script>",
        "<ScRiPt src=//evil.example></sCrIpT>",
        "<img src=x onerror=alert(1)>",
        "<svg/onload=alert(1)>",
        "<svg><a xlink:href=\"javascript:alert(1)\"><text>x</text></a></svg>",
        "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
        "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
        "<a href=\"javascript:alert(1)\">x</a>",
        "<a href=\" &#14; javascript:alert(1)\">x</a>",
        "<a href=\"jav&#x09;ascript:alert(1)\">x</a>",
        "<a href=\"data:text/html;base64,PHNjcmlwdD4=\">x</a>",
        "<a href=\"vbscript:msgbox(1)\">x</a>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x](data:text/html,<script>alert(1)</script>)",
        "![x](javascript:alert(1))",
        "![x](https://evil.example/\"onerror=\"alert(1))",
        "<javascript:alert(1)>",
        "<iframe src=https://evil.example></iframe>",
        "<iframe srcdoc=\"<script>alert(1)</script>\"></iframe>",
        "<object data=x></object><embed src=x>",
        "<base href=https://evil.example/>",
        "<meta http-equiv=refresh content=\"0;url=https://evil.example\">",
        "<link rel=stylesheet href=//evil.example/x.css>",
        "<style>*{display:none}</style>",
        "<p style=\"position:fixed;inset:0\" class=\"dialog\" id=\"main\">x</p>",
        "<form action=/sign-out method=post><button>x</button><input name=a></form>",
        "<details open ontoggle=alert(1)><summary>x</summary></details>",
        "<body onload=alert(1)>",
        "<video><source onerror=alert(1)></video><audio src=x onerror=alert(1)>",
        "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
        "<template><script>alert(1)</script></template>",
        "<xmp><p title=\"</xmp><img src=x onerror=alert(1)>\"></xmp>",
        "<textarea><p title=\"</textarea><script>alert(1)</script>\">",
        "<!--><script>alert(1)</script>-->",
        "<?xml-stylesheet href=\"javascript:alert(1)\"?>",
        "```<script>\nx\n```",
        "`<script>`\n\n    <script>alert(1)</script>",
        "[x]: javascript:alert(1)\n[x]",
        "| <script>alert(1)</script> |\n|-|\n| <img src=x onerror=alert(1)> |",
        "<a href=\"https://ok.example\" target=_top onclick=alert(1) ping=//evil.example>x</a>",
    ];

    #[test]
    fn nothing_hostile_comes_through() {
        for markdown in HOSTILE {
            let html = to_safe_html(markdown);
            for tag in tags(&html) {
                let name: String = tag
                    .chars()
                    .take_while(char::is_ascii_alphanumeric)
                    .collect();
                let allowed = [
                    "a", "code", "details", "h3", "p", "pre", "summary", "table", "tbody", "td",
                    "th", "thead", "tr",
                ];
                assert!(
                    allowed.contains(&name.as_str()),
                    "{name} of {markdown} in {html}"
                );
                let attributes = tag.get(name.len()..).unwrap_or_default();
                for bad in [
                    " on",
                    "javascript:",
                    "data:",
                    "vbscript:",
                    "style=",
                    "class=",
                    "id=",
                    "src=",
                    "target=",
                    "ping=",
                ] {
                    assert!(!attributes.contains(bad), "{bad} of {markdown} in {html}");
                }
            }
        }
    }

    /// What stands between `<` and `>` of each opening tag; text is escaped, so each `<` begins a tag.
    fn tags(html: &str) -> impl Iterator<Item = &str> {
        html.split('<')
            .skip(1)
            .filter_map(|rest| rest.split('>').next())
            .filter(|tag| !tag.starts_with('/'))
    }

    #[test]
    fn deep_nesting_exhausts_neither_stack_nor_time() {
        for piece in [">", "- ", "[", "![", "<div>", "**a ", "<b>", "![a](b)"] {
            let html = to_safe_html(&piece.repeat(100_000 / piece.len()));
            assert!(!html.contains("<script"), "{piece}");
        }
        let deep = to_safe_html(&">".repeat(20_000));
        assert!(
            deep.starts_with("<pre tabindex=\"0\">&gt;"),
            "{}",
            &deep[..20]
        );
    }
}
