//! Every operation, tried with access tokens that are limited to one repository: each scope has what it names there, what is
//! public, and nothing else. What is not said here to be allowed has to be refused, new operations too.

use serde_json::json;

use super::{ROWS, Stage, company};
use crate::{company::ROLES, util::TestApp};

/// What tokens are limited to, in `alice/app` and in `acme/app`.
const SCOPES: [&[&str]; 4] = [&["pull"], &["push"], &["push", "delete"], &["admin"]];

/// What is open to everybody who came with a token, about no repository in particular.
const OPEN: &[&str] = &[
    "/api/v0/repositories",
    "/api/v0/repositories/{namespace}",
    "/api/v0/index/autocomplete",
    "/api/v0/index/dockersearch",
    "/api/v0/imagescan/where",
    "/api/v0/imagescan/updates/{generation}/images",
    "/api/v0/imagescan/scansummary/cve/{cve}",
    "/api/v0/imagescan/scansummary/component/{component}",
    "/api/v0/imagescan/scansummary/layer/{layer}",
    "/api/v0/imagescan/scansummary/license/{license}",
    "/api/v0/events/key",
    "/enzi/v0/id/",
    "/enzi/v0/id/providers",
];

/// Whether a scope is enough for an operation on the repository that it names.
fn is_enough(scope: &[&str], method: &str, template: &str) -> bool {
    let is_scan = template.starts_with("/api/v0/imagescan/scan/{namespace}");
    let is_content = template.contains("/tags/") || template.contains("/manifests/");
    // They are about two repositories, and the other one is not named; a policy goes on with all rights of who saves it.
    let is_about_two = template.ends_with("/promotionPolicies") || template.ends_with("/promotion");
    match method {
        "POST" if is_about_two => false,
        "GET"
            if template.ends_with("/teamAccess")
                || template.ends_with("/trustPolicy")
                || template.ends_with("/promotions")
                || template.ends_with("/promotionPolicies/test")
                || template.ends_with("/webhooks")
                || template.ends_with("/custody/bundle")
                || template.ends_with("/events") =>
        {
            scope == ["admin"]
        }
        "GET" => true,
        _ if is_scan => matches!(scope, ["admin"] | ["push", "delete"]),
        "DELETE" if is_content => matches!(scope, ["admin"] | ["push", "delete"]),
        _ => scope == ["admin"],
    }
}

/// The status for an operation, where `done` is what the owner of everything gets, and `public` what nobody gets.
fn expected(
    scope: &[&str],
    method: &str,
    template: &str,
    path: &str,
    (done, public): (u16, u16),
) -> u16 {
    let is_about_one = template.starts_with("/api/v0/repositories/{namespace}/{reponame}")
        || template.starts_with("/api/v0/imagescan/") && template.contains("/{namespace}/");
    let is_named = path.contains("/alice/app") || path.contains("/acme/app");
    if template.starts_with("/enzi/v0/id/log") {
        done
    } else if template.starts_with("/admission/v1") {
        // only with a token
        200
    } else if !is_about_one {
        let is_open = method == "GET" && OPEN.contains(&template)
            || template == "/api/v0/imagescan/scansummary/tags"
            || template == "/api/v0/trust/evaluate";
        if is_open { done } else { 403 }
    } else if is_named {
        if is_enough(scope, method, template) {
            done
        } else {
            403
        }
    } else if public == 401 {
        403
    } else {
        public
    }
}

async fn limited(app: &TestApp, owner: &str, repository: &str, scope: &[&str]) -> String {
    let form = json!({ "scope": [{ "repository": repository, "actions": scope }] });
    let made = app.call("POST", "/api/v0/api_tokens").by(owner).json(&form);
    let made = made.send().await.expect(200).json();
    made["token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn each_scope_opens_what_it_names_and_nothing_else() {
    let mut wrong = Vec::new();
    for scope in SCOPES {
        let mut stage = Stage::new().await;
        let mut token = limited(&stage.app, "alice", "alice/app", scope).await;
        for row in ROWS {
            let [nobody, _, alice, _] = row.statuses;
            let expected = expected(scope, row.method, row.template, row.path, (alice, nobody));
            let status = stage.answer(row, Some(&format!("Bearer {token}"))).await;
            if status != expected {
                wrong.push(format!(
                    "{} {} by {scope:?}: {status}, not {expected}",
                    row.method, row.path
                ));
            }
            if row.method != "GET" && status < 300 {
                stage = Stage::new().await;
                token = limited(&stage.app, "alice", "alice/app", scope).await;
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn each_scope_of_a_company_opens_what_it_names_and_nothing_else() {
    let owner = ROLES.iter().position(|role| *role == "olga").unwrap();
    let mut wrong = Vec::new();
    for scope in SCOPES {
        let (mut app, digest) = company::stage().await;
        let mut token = limited(&app, "olga", "acme/app", scope).await;
        for row in company::ROWS {
            let path = row.path.replace("DIGEST", &digest);
            let statuses = (row.statuses[owner], row.statuses[0]);
            let expected = expected(scope, row.method, row.template, row.path, statuses);
            let mut call = app.call(row.method, &path).bearer(&token);
            if !row.body.is_empty() {
                call = call
                    .header("content-type", "application/json")
                    .body(row.body);
            }
            let status = call.send().await.status.as_u16();
            if status != expected {
                wrong.push(format!(
                    "{} {} by {scope:?}: {status}, not {expected}",
                    row.method, row.path
                ));
            }
            if row.method != "GET" && status < 300 {
                (app, _) = company::stage().await;
                token = limited(&app, "olga", "acme/app", scope).await;
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
