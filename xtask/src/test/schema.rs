//! Requests made up from the OpenAPI document, by schemathesis: no answer may be a 5xx, of a status or type that the document does
//! not know, or of another shape than it says.

use std::process::Command;

use anyhow::{Context, Result};
use base64::{Engine, prelude::BASE64_STANDARD};

use super::Tally;
use crate::{
    http::Connection,
    process,
    progress::say,
    serve::{PASSWORD, Plimsoll, basic},
    setup,
    workspace::{Profile, Workspace},
};

const VERSION: &str = "4.32.5";
/// The stream of events has no end.
const ENDLESS: &str = "changes$";
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                      response_schema_conformance";

/// Runs it as an administrator and as a user, each against a server of their own.
pub(super) fn schemathesis(workspace: &Workspace) -> Result<Tally> {
    let Some(program) = setup::pip_install(workspace, "schemathesis", VERSION) else {
        return Ok(Tally::skip(
            "schemathesis is a Python program, and Python or its package index is not there",
        ));
    };
    let mut tally = Tally::default();
    for who in ["admin", "alice"] {
        let folder = tempfile::tempdir()?;
        let server = Plimsoll::start(
            &workspace.program(Profile::Dev),
            &folder.path().join("data"),
        )?;
        people(&server)?;
        let credentials = BASE64_STANDARD.encode(format!("{who}:{PASSWORD}"));
        let document = format!("http://127.0.0.1:{}/api/v0/openapi.json", server.http);
        let mut command = Command::new(&program);
        command
            .current_dir(folder.path())
            .args(["run", &document])
            .args(["-H", &format!("Authorization: Basic {credentials}")])
            .args(["--checks", CHECKS])
            .args(["--exclude-path-regex", ENDLESS])
            .args(["--phases", "examples,coverage,fuzzing"])
            .args(["--max-examples", "20", "--seed", "1"])
            .args(["--request-timeout", "20", "--continue-on-failure"]);
        let (status, log) = process::output(&mut command)?;
        let cases = log.lines().find(|line| line.contains(" generated, "));
        say(&format!(
            "as {who}: {}",
            cases.unwrap_or("no summary").trim()
        ));
        tally.add(&Tally::one(if status.success() {
            Ok(())
        } else {
            Err(anyhow::anyhow!("as {who}:\n{log}"))
        }));
    }
    Ok(tally)
}

/// Somebody and something to find: a user, an organization with a team and a repository.
fn people(server: &Plimsoll) -> Result<()> {
    let basic = basic();
    let headers = [
        ("Authorization", basic.as_str()),
        ("Content-Type", "application/json"),
    ];
    let alice = serde_json::json!({ "name": "alice", "password": PASSWORD });
    let acme = serde_json::json!({ "name": "acme", "isOrg": true });
    let owner = serde_json::json!({ "isAdmin": true });
    let app = serde_json::json!({ "name": "app" });
    let team = serde_json::json!({ "name": "readers" });
    for (method, path, body, status) in [
        ("POST", "/enzi/v0/accounts", &alice, 201),
        ("POST", "/enzi/v0/accounts", &acme, 201),
        ("PUT", "/enzi/v0/accounts/acme/members/alice", &owner, 200),
        ("POST", "/enzi/v0/accounts/acme/teams", &team, 201),
        ("POST", "/api/v0/repositories/acme", &app, 201),
        ("POST", "/api/v0/repositories/alice", &app, 201),
    ] {
        Connection::open(server.http)?
            .send(method, path, &headers, body.to_string().as_bytes())?
            .expect(status, path)
            .context("people for schemathesis")?;
    }
    Ok(())
}
