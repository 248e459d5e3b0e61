//! Every kind's contents, byte for byte. Pushes, deletions and scans have the names and the structure of captured DTR payloads.

use super::*;

const TAG: &str = r#""namespace":"foo","repository":"bar","tag":"latest","digest":"sha256:b5bb","imageName":"dtr.example.com/foo/bar:latest","os":"linux","architecture":"amd64","author":"alice""#;
const MANIFEST: &str = r#""namespace":"foo","repository":"bar","digest":"sha256:b5bb","imageName":"dtr.example.com/foo/bar@sha256:b5bb","os":"linux","architecture":"amd64","author":"alice""#;
const SCAN: &str = r#""namespace":"foo","repository":"bar","tag":"latest","imageName":"dtr.example.com/foo/bar:latest""#;

fn all() -> Vec<(Kind, String)> {
    let promoted = r#""sourceRepository":"foo/bar_build","sourceTag":"66","targetRepository":"foo/bar","targetTag":"latest","promotionPolicyID":"p1""#;
    let mirrored = r#""remoteHost":"hub.example.com","remoteRepository":"foo/bar","remoteTag":"latest","mirroringPolicyID":"m1""#;
    let summary = r#"{"namespace":"foo","reponame":"bar","tag":"latest","critical":5,"major":3,"minor":0,"last_scan_status":6,"check_completed_at":"2015-01-02T15:04:05Z","should_rescan":false,"has_foreign_layers":false}"#;
    let data = r#"{"id":"7c1e3b5a-0000-4000-8000-000000000001","namespace":"foo","namespaceType":"organization","name":"bar","shortDescription":"Ledger","visibility":"private","scanOnPush":true,"immutableTags":false,"enableManifestLists":false,"tagLimit":0,"pulls":3,"pushes":2}"#;
    let replica =
        r#"{"db_updated_at":"2015-01-02T15:04:05Z","version":"7","replica_id":"a1b2c3d4e5f6"}"#;
    let at = |name: &str| format!(r#""{name}":"2015-01-02T15:04:05Z""#);
    let pushed = at("pushedAt");
    vec![
        (Kind::TagPush, format!("{{{TAG},{pushed}}}")),
        (Kind::TagPull, format!("{{{TAG},{}}}", at("pulledAt"))),
        (Kind::TagDelete, format!("{{{TAG},{}}}", at("deletedAt"))),
        (Kind::ManifestPush, format!("{{{TAG},{pushed}}}")),
        (Kind::ManifestPush, format!("{{{MANIFEST},{pushed}}}")),
        (Kind::ManifestPull, format!("{{{TAG},{}}}", at("pulledAt"))),
        (
            Kind::ManifestDelete,
            format!("{{{TAG},{}}}", at("deletedAt")),
        ),
        (
            Kind::ScanCompleted,
            format!(r#"{{{SCAN},"scanSummary":{summary}}}"#),
        ),
        (
            Kind::ScanFailed,
            format!(r#"{{{SCAN},"error":"layer 2 is not a tar"}}"#),
        ),
        (Kind::Promotion, format!("{{{TAG},{pushed},{promoted}}}")),
        (
            Kind::PushMirroring,
            format!("{{{TAG},{pushed},{mirrored}}}"),
        ),
        (
            Kind::PollMirroring,
            format!("{{{TAG},{pushed},{mirrored}}}"),
        ),
        (
            Kind::RepoEvent,
            format!(
                r#"{{"namespace":"foo","repository":"bar","event":"REPO_CREATED","author":"alice","data":{data}}}"#
            ),
        ),
        (
            Kind::ScannerUpdateCompleted,
            format!(
                r#"{{"scanner_version":"1.2.0",{},"db_version":7,{},"success":true,"replicas":{{"a1b2c3d4e5f6":{replica}}}}}"#,
                at("scanner_updated_at"),
                at("db_updated_at")
            ),
        ),
    ]
}

#[test]
fn every_kind_is_written_as_it_is_read() {
    for kind in Kind::ALL {
        assert!(all().iter().any(|(tested, _)| *tested == kind), "{kind}");
    }
    for (kind, json) in all() {
        let contents = Contents::read(kind, &json).unwrap_or_else(|e| panic!("{kind}: {e}"));
        assert_eq!(contents.kind(), kind);
        assert_eq!(serde_json::to_string(&contents).unwrap(), json, "{kind}");
    }
}

/// The structure of a captured body, in which fields stand in another order.
#[test]
fn the_order_of_fields_does_not_matter() {
    let json = r#"{"namespace":"foo","repository":"bar","tag":"latest","digest":"sha256:b5bb","os":"linux","architecture":"amd64",
        "imageName":"dtr.example.com/foo/bar:latest","author":"alice","deletedAt":"2015-01-02T15:04:05Z"}"#;
    let (_, ours) = &all()[2];
    assert_eq!(
        Contents::read(Kind::TagDelete, json).unwrap(),
        Contents::read(Kind::TagDelete, ours).unwrap()
    );
}

#[test]
fn the_shape_of_another_kind_is_refused() {
    let (_, push) = &all()[0];
    assert!(Contents::read(Kind::TagPush, push).is_ok());
    for kind in [
        Kind::TagDelete,
        Kind::TagPull,
        Kind::Promotion,
        Kind::ScanCompleted,
        Kind::RepoEvent,
    ] {
        assert!(Contents::read(kind, push).is_err(), "{kind}");
    }
    let misnamed = all()[7].1.replace("reponame", "repository");
    assert!(Contents::read(Kind::ScanCompleted, &misnamed).is_err());
}

#[test]
fn each_has_its_page_and_its_subject() {
    let tag = ("/repositories/foo/bar/tags/latest", Some("foo/bar:latest"));
    let manifest = (
        "/repositories/foo/bar/manifests/sha256:b5bb",
        Some("foo/bar@sha256:b5bb"),
    );
    for (kind, json) in all() {
        let contents = Contents::read(kind, &json).unwrap();
        let found = (contents.location(), contents.subject());
        let (location, subject) = match kind {
            Kind::ManifestPush | Kind::ManifestPull | Kind::ManifestDelete => manifest,
            Kind::RepoEvent => ("/repositories/foo/bar", Some("foo/bar")),
            Kind::ScannerUpdateCompleted => ("/system/security", None),
            _ => tag,
        };
        assert_eq!(
            found,
            (location.into(), subject.map(String::from)),
            "{kind}"
        );
    }
}
