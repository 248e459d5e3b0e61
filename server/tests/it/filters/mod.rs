//! Looking for a text in a list: by a part of a name in any case, page by page, and never more than the list shows without it.

mod organizations;
mod people;
mod things;

use serde_json::Value;

use crate::util::TestApp;

/// A list in which something is looked for.
struct List<'a> {
    app: &'a TestApp,
    /// Path, with a query or without one.
    path: &'a str,
    /// The parameter with the text: `filter` in DTR's lists, `contains` in eNZi's, which also page in their own way.
    parameter: &'a str,
    /// Where in the body the results are; where it is empty, the body is all of them.
    results: &'a str,
    /// What a result is called: a pointer into it.
    name: &'a str,
}

impl List<'_> {
    /// What is found, page by page.
    async fn pages(&self, who: &str, text: &str, size: usize) -> Vec<Vec<String>> {
        let (start, limit) = match self.parameter {
            "filter" => ("pageStart", "pageSize"),
            _ => ("start", "limit"),
        };
        let first = if self.path.contains('?') { '&' } else { '?' };
        let text = escape(text);
        let list = format!(
            "{}{first}{}={text}&{limit}={size}",
            self.path, self.parameter
        );
        let (mut pages, mut next) = (Vec::new(), String::new());
        loop {
            let call = self.app.get(&format!("{list}&{start}={}", escape(&next)));
            let answer = call.by(who).send().await.expect(200);
            let body = answer.json();
            let results = body.pointer(self.results).unwrap().as_array().unwrap();
            let name = |result: &Value| result.pointer(self.name).unwrap().as_str().unwrap().into();
            pages.push(results.iter().map(name).collect());
            let start = body["nextPageStart"].as_str();
            start
                .unwrap_or(answer.header("x-next-page-start"))
                .clone_into(&mut next);
            if next.is_empty() {
                return pages;
            }
            assert!(pages.len() < 20, "without end");
        }
    }

    /// Whoever asks for these texts finds these.
    async fn finds(&self, who: &str, expected: &[(&str, &[&str])]) {
        for (text, names) in expected {
            let found = self.pages(who, text, 1000).await;
            assert_eq!(found, [names.to_vec()], "{who} looks for {text}");
        }
    }

    /// None of the wildcards of LIKE finds what has no such letter, and a text of any length is no error.
    async fn knows_no_wildcards(&self, who: &str) {
        for text in ["%", "%%", "_", "\\", "\\%", "x'--", &"x".repeat(20_000)] {
            let found = self.pages(who, text, 10).await.concat();
            assert!(found.is_empty(), "{text}: {found:?}");
        }
    }
}

fn escape(text: &str) -> String {
    let letters: Vec<String> = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
    letters.concat()
}

async fn refused(app: &TestApp, who: &str, path: &str, status: u16) {
    let call = app.get(path);
    let call = if who.is_empty() { call } else { call.by(who) };
    call.send().await.expect(status);
}
