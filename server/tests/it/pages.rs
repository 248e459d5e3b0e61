//! The interface's pages, drawn on the server.

use futures::future::join_all;

use crate::util::TestApp;

/// Pages about one image, of each kind of tab.
const PAGES: [&str; 6] = [
    "/repositories",
    "/repositories/alice/site/info",
    "/repositories/alice/site/tags",
    "/repositories/alice/site/1.0/linux/amd64/layers",
    "/repositories/alice/site/1.0/linux/amd64/manifest",
    "/repositories/alice/site/1.0/linux/amd64/referrers",
];

async fn with_image() -> TestApp {
    let app = TestApp::new().await;
    let token = app
        .token("alice", &["repository:alice/site:pull,push"])
        .await;
    app.push_image(&token, "alice/site", "1.0", b"a layer")
        .await;
    app
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_pages_at_once_are_all_drawn() {
    let app = with_image().await;
    for _ in 0..10 {
        let pages = PAGES.iter().cycle().take(24);
        let drawn = join_all(pages.map(async |path| (path, app.get(path).send().await))).await;
        for (path, answer) in drawn {
            let answer = answer.expect(200);
            let text = String::from_utf8_lossy(&answer.body);
            assert!(text.contains("</html>"), "{path} is not whole");
            assert!(
                text.contains("site") && !text.contains("Loading…"),
                "{path} lacks its data"
            );
        }
    }
}

#[tokio::test]
async fn a_page_may_run_only_its_own_script() {
    let app = with_image().await;
    let answer = app.get(PAGES[1]).send().await.expect(200);
    let policy = answer.header("content-security-policy").to_owned();
    let nonce = policy
        .split_once("'nonce-")
        .and_then(|(_, rest)| rest.split_once('\''))
        .map(|(nonce, _)| nonce)
        .expect("a nonce");
    assert!(!policy.contains("unsafe-inline"), "{policy}");
    assert!(policy.starts_with("default-src 'none';"), "{policy}");
    let text = String::from_utf8_lossy(&answer.body);
    for script in text.split("<script").skip(1) {
        let tag = script.split_once('>').map_or(script, |(tag, _)| tag);
        assert!(tag.contains(&format!("nonce=\"{nonce}\"")), "<script{tag}>");
    }
    let again = app.get(PAGES[1]).send().await.expect(200);
    assert!(
        !again.header("content-security-policy").contains(nonce),
        "a nonce is used once"
    );
}

#[tokio::test]
async fn a_private_repository_has_no_page_for_strangers() {
    let app = with_image().await;
    for tab in ["info", "tags", "settings", "1.0/linux/amd64/layers"] {
        let mut pages = vec![];
        for name in ["app", "none"] {
            let path = format!("/repositories/alice/{name}/{tab}");
            let answer = app
                .get(&path)
                .header("x-request-id", "the-same")
                .send()
                .await
                .expect(404);
            let text = String::from_utf8_lossy(&answer.body);
            let (_, main) = text.split_once("<main").unwrap();
            let (main, _) = main.split_once("</main>").unwrap();
            pages.push(main.replace(name, "…"));
        }
        assert_eq!(pages[0], pages[1], "{tab}");
    }
}
