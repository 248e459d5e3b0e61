//! Statements as builders write them, and as somebody writes them who means harm.

use oci::Algorithm;
use serde_json::{Value, json};

use super::*;

const SHA: &str = "9f2c1ab0c4d7e8f90123456789abcdef01234567";

fn image() -> Digest {
    Digest::of(Algorithm::Sha256, b"image")
}

fn statement(version: &str, predicate: &Value) -> Value {
    json!({
        "_type": "https://in-toto.io/Statement/v0.1",
        "subject": [{"name": "pkg:docker/ledger", "digest": {"sha256": image().hex()}}],
        "predicateType": format!("https://slsa.dev/provenance/{version}"),
        "predicate": predicate,
    })
}

fn read(statement: &Value) -> Result<Provenance, Unreadable> {
    Provenance::read(statement.to_string().as_bytes(), &image())
}

/// `docker buildx build --provenance mode=max`, from a directory and from a repository.
#[test]
fn buildkits_version_0_2_says_commit_and_source() {
    let directory = json!({
        "builder": {"id": "https://git.example/pay/ledger/-/jobs/9"},
        "buildType": "https://mobyproject.org/buildkit@v1",
        "materials": [{"uri": "pkg:docker/alpine@3.22", "digest": {"sha256": "aa".repeat(32)}}],
        "invocation": {
            "configSource": {"entryPoint": "Dockerfile"},
            "parameters": {"frontend": "dockerfile.v0", "locals": [{"name": "context"}]},
            "environment": {"platform": "linux/amd64"},
        },
        "buildConfig": {"llbDefinition": [{"id": "step0", "op": {"Op": {"source": {}}}}]},
        "metadata": {
            "buildInvocationID": "wzl1",
            "buildStartedOn": "2026-11-25T12:00:00.5Z",
            "buildFinishedOn": "2026-11-25T12:01:00Z",
            "completeness": {"parameters": true},
            "https://mobyproject.org/buildkit@v1#metadata": {
                "vcs": {"revision": SHA, "source": "https://ci:secret@git.example/pay/ledger.git"},
                "layers": {},
            },
        },
    });
    let said = read(&statement("v0.2", &directory)).unwrap();
    assert_eq!(
        said.builder.as_deref(),
        Some("https://git.example/pay/ledger/-/jobs/9")
    );
    assert_eq!(
        said.build_type.as_deref(),
        Some("https://mobyproject.org/buildkit@v1")
    );
    assert_eq!(
        said.source.as_deref(),
        Some("https://git.example/pay/ledger.git")
    );
    assert_eq!(said.commit.as_deref(), Some(SHA));
    assert_eq!(said.entry_point.as_deref(), Some("Dockerfile"));
    assert_eq!(said.invocation.as_deref(), Some("wzl1"));
    assert_eq!(said.started, moment("2026-11-25T12:00:00.5Z"));
    assert_eq!(said.finished, moment("2026-11-25T12:01:00Z"));

    let repository = json!({"builder": {"id": ""}, "materials": null, "invocation": {"configSource": {
        "uri": "https://git.example/pay/ledger.git#refs/heads/main", "digest": {"sha1": SHA}, "entryPoint": "Dockerfile"}}});
    let said = read(&statement("v0.2", &repository)).unwrap();
    assert_eq!(
        said.source.as_deref(),
        Some("https://git.example/pay/ledger.git")
    );
    assert_eq!(
        (said.commit.as_deref(), said.builder.as_deref()),
        (Some(SHA), None)
    );
}

#[test]
fn version_1_of_github_gitlab_and_buildkit_says_commit_and_source() {
    let github = json!({
        "buildDefinition": {
            "buildType": "https://actions.github.io/buildtypes/workflow/v1",
            "externalParameters": {"workflow": {
                "ref": "refs/heads/main", "repository": "https://github.com/pay/ledger", "path": ".github/workflows/b.yml"}},
            "internalParameters": {"github": {"event_name": "push"}},
            "resolvedDependencies": [
                {"uri": "pkg:npm/left-pad@1", "digest": {"sha1": "b".repeat(40)}},
                {"uri": "git+https://github.com/pay/ledger@refs/heads/main", "digest": {"gitCommit": SHA}},
            ],
        },
        "runDetails": {
            "builder": {"id": "https://github.com/actions/runner/github-hosted"},
            "metadata": {"invocationId": "https://github.com/pay/ledger/actions/runs/1/attempts/1"},
        },
    });
    let said = read(&statement("v1", &github)).unwrap();
    assert_eq!(
        said.source.as_deref(),
        Some("https://github.com/pay/ledger")
    );
    assert_eq!(said.commit.as_deref(), Some(SHA));
    assert_eq!(said.entry_point.as_deref(), Some(".github/workflows/b.yml"));
    let run = "https://github.com/pay/ledger/actions/runs/1/attempts/1";
    assert_eq!(said.invocation.as_deref(), Some(run));

    let gitlab = json!({
        "buildDefinition": {
            "externalParameters": {"CI": "true", "entryPoint": "build", "source": "https://gitlab.example/pay/ledger"},
            "resolvedDependencies": [{"uri": "https://gitlab.example/pay/ledger", "digest": {"sha256": SHA}}],
        },
        "runDetails": {"builder": {"id": "https://gitlab.example/-/runners/3"}, "metadata": {"invocationID": "77"}},
    });
    let said = read(&statement("v1", &gitlab)).unwrap();
    assert_eq!(
        said.source.as_deref(),
        Some("https://gitlab.example/pay/ledger")
    );
    assert_eq!(
        (said.commit.as_deref(), said.entry_point.as_deref()),
        (Some(SHA), Some("build"))
    );
    assert_eq!(said.invocation.as_deref(), Some("77"));

    let buildkit = json!({
        "buildDefinition": {
            "externalParameters": {"configSource": {"path": "Dockerfile"}, "request": {"frontend": "dockerfile.v0"}},
            "resolvedDependencies": null,
        },
        "runDetails": {"builder": {"id": ""}, "metadata": {
            "invocationID": "x", "buildkit_metadata": {"vcs": {"source": "git@git.example:pay/ledger.git", "revision": format!("{SHA}-dirty")}}}},
    });
    let said = read(&statement("v1", &buildkit)).unwrap();
    assert_eq!(
        said.source.as_deref(),
        Some("git@git.example:pay/ledger.git")
    );
    assert_eq!(said.commit.as_deref(), Some(SHA));
}

#[test]
fn what_is_fetched_besides_is_not_the_source() {
    let predicate = json!({"buildDefinition": {"resolvedDependencies": [
        {"uri": "pkg:npm/left-pad@1", "digest": {"sha1": "b".repeat(40)}},
        {"uri": "https://a.example/x.tar", "digest": {"sha256": "c".repeat(64)}},
    ]}});
    let said = read(&statement("v1", &predicate)).unwrap();
    assert!(!said.says_something(), "{said:?}");
}

#[test]
fn a_statement_about_another_image_is_refused() {
    let good = statement("v0.2", &json!({"builder": {"id": "x"}}));
    assert!(read(&good).is_ok());
    let other = Digest::of(Algorithm::Sha256, b"other");
    for subject in [
        json!([{"name": "x", "digest": {"sha256": other.hex()}}]),
        // the right digest by the wrong name, and by its beginning
        json!([{"digest": {"sha512": image().hex()}}]),
        json!([{"digest": {"sha256": &image().hex()[..32]}}]),
        json!([{"digest": {"sha256": image().hex().to_uppercase()}}]),
        json!([{"name": image().to_string()}]),
        json!([]),
        json!(null),
    ] {
        let mut bad = good.clone();
        bad["subject"] = subject;
        assert_eq!(read(&bad), Err(Unreadable::OtherImage), "{bad}");
    }
    let several =
        json!([{"digest": {"sha256": other.hex()}}, {"digest": {"sha256": image().hex()}}]);
    let mut of_both = good;
    of_both["subject"] = several;
    assert!(read(&of_both).is_ok());
}

#[test]
fn what_is_no_statement_is_refused_and_nothing_breaks() {
    let malformed = |text: &str| {
        let said = Provenance::read(text.as_bytes(), &image());
        assert!(matches!(said, Err(Unreadable::Malformed(_))), "{said:?}");
    };
    for text in ["", "null", "[]", "{}", "\u{0}", "{\"_type\":", "\"x\""] {
        malformed(text);
    }
    // deep, where it is read and where it is not
    for depth in [200, 100_000] {
        malformed(&"[".repeat(depth));
        let deep = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let text = statement(
            "v0.2",
            &json!({"buildConfig": "DEEP", "builder": {"id": "x"}}),
        );
        let text = text.to_string().replace("\"DEEP\"", &deep);
        let said = Provenance::read(text.as_bytes(), &image());
        assert!(
            said.is_ok_and(|said| said.builder.as_deref() == Some("x")),
            "{depth}"
        );
        let text = statement("v0.2", &json!({"builder": {"id": "DEEP"}}));
        malformed(&text.to_string().replace("\"DEEP\"", &deep));
    }
    let mut huge = statement("v1", &json!({"buildDefinition": {}}));
    huge["padding"] = json!("x".repeat(MAX_STATEMENT));
    assert_eq!(read(&huge), Err(Unreadable::TooLong));
    let many: Vec<Value> = (0..=MAX_SUBJECTS).map(|_| json!({})).collect();
    let mut crowded = statement("v1", &json!({"buildDefinition": {}}));
    crowded["subject"] = json!(many);
    malformed(&crowded.to_string());
    for version in ["v0.1", "v2", "v1/extra", ""] {
        let unknown = statement(version, &json!({"buildDefinition": {}}));
        assert_eq!(read(&unknown), Err(Unreadable::Unknown), "{version}");
    }
    let mut other = statement("v1", &json!({"buildDefinition": {}}));
    other["_type"] = json!("https://in-toto.io/Statement/v9");
    malformed(&other.to_string());
}

#[test]
fn values_of_other_kinds_say_nothing_and_texts_are_cut() {
    let predicate = json!({
        "builder": {"id": 7},
        "buildType": ["x"],
        "invocation": {"configSource": {"uri": {"x": 1}, "digest": {"sha1": 5, "sha256": "zz"}, "entryPoint": null}},
        "metadata": {"buildInvocationId": "a\u{0}b\n".to_owned() + &"ü".repeat(1000), "buildStartedOn": "yesterday"},
    });
    let said = read(&statement("v0.2", &predicate)).unwrap();
    let invocation = said.invocation.clone().unwrap_or_default();
    assert_eq!(invocation.chars().count(), LONGEST);
    assert!(invocation.starts_with("abü"), "{invocation}");
    assert_eq!(
        said,
        Provenance {
            invocation: Some(invocation),
            ..Provenance::default()
        }
    );
}

#[test]
fn sources_and_commits_are_compared_however_they_are_written() {
    for other in [
        "https://git.example/pay/ledger.git",
        "http://user:secret@git.example/pay/ledger/",
        "git@git.example:pay/ledger.git",
        "ssh://git@GIT.example/pay/ledger",
        "git+https://git.example/pay/ledger@refs/heads/main",
        "https://git.example/pay/ledger#main",
    ] {
        assert!(
            is_same_source("https://git.example/pay/ledger", other),
            "{other}"
        );
    }
    for other in [
        "https://git.example/pay/other",
        "https://evil.example/pay/ledger",
        "https://git.example@evil.example/pay/ledger",
        "",
    ] {
        assert!(
            !is_same_source("https://git.example/pay/ledger", other),
            "{other}"
        );
    }
    assert!(is_same_commit(SHA, "9F2C1AB") && is_same_commit("9f2c1ab", SHA));
    for other in ["", "9f2c1a", "9f2c1ac", "x"] {
        assert!(!is_same_commit(SHA, other), "{other}");
    }
}
