//! A sample of each type of event, for receivers to be tried with.

use ::webhooks::{Contents, Kind};

/// The sample of a type. Its image is in no registry.
pub(super) fn of(kind: Kind) -> Option<Contents> {
    const AT: &str = "2015-01-02T15:04:05Z";
    const DIGEST: &str = "sha256:b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c";
    let image = |tag: bool, extra: &str| {
        let (tag, name) = if tag {
            (
                r#""tag":"latest","#,
                "dtr.example.com/foo/bar:latest".to_owned(),
            )
        } else {
            ("", format!("dtr.example.com/foo/bar@{DIGEST}"))
        };
        format!(
            r#"{{"namespace":"foo","repository":"bar",{tag}"digest":"{DIGEST}","imageName":"{name}","os":"linux","architecture":"amd64","author":"alice",{extra}}}"#
        )
    };
    let at = |field: &str| format!(r#""{field}":"{AT}""#);
    let policy = "8ea1c8ae-44e0-4bd2-9d0b-3c5d1d0c9d8b";
    let promoted = format!(
        r#"{},"sourceRepository":"foo/build","sourceTag":"latest","targetRepository":"foo/bar","targetTag":"latest","promotionPolicyID":"{policy}""#,
        at("pushedAt")
    );
    let mirrored = format!(
        r#"{},"remoteHost":"https://registry.example.com","remoteRepository":"foo/bar","remoteTag":"latest","mirroringPolicyID":"{policy}""#,
        at("pushedAt")
    );
    let json = match kind {
        Kind::TagPush => image(true, &at("pushedAt")),
        Kind::TagPull => image(true, &at("pulledAt")),
        Kind::TagDelete => image(true, &at("deletedAt")),
        Kind::ManifestPush => image(false, &at("pushedAt")),
        Kind::ManifestPull => image(false, &at("pulledAt")),
        Kind::ManifestDelete => image(false, &at("deletedAt")),
        Kind::Promotion => image(true, &promoted),
        Kind::PushMirroring | Kind::PollMirroring => image(true, &mirrored),
        Kind::ScanCompleted => format!(
            r#"{{"namespace":"foo","repository":"bar","tag":"latest","imageName":"dtr.example.com/foo/bar:latest","scanSummary":{{"namespace":"foo","reponame":"bar","tag":"latest","critical":5,"major":3,"minor":0,"last_scan_status":6,"check_completed_at":"{AT}","should_rescan":false,"has_foreign_layers":false}}}}"#
        ),
        Kind::ScanFailed => r#"{"namespace":"foo","repository":"bar","tag":"latest","imageName":"dtr.example.com/foo/bar:latest","error":"a layer could not be read"}"#.to_owned(),
        Kind::RepoEvent => r#"{"namespace":"foo","repository":"bar","event":"REPO_CREATED","author":"alice","data":{"id":"8ea1c8ae-44e0-4bd2-9d0b-3c5d1d0c9d8b","namespace":"foo","namespaceType":"organization","name":"bar","shortDescription":"","visibility":"private","scanOnPush":true,"immutableTags":false,"enableManifestLists":false,"tagLimit":0,"pulls":0,"pushes":0}}"#.to_owned(),
        Kind::ScannerUpdateCompleted => format!(
            r#"{{"scanner_version":"1","scanner_updated_at":"{AT}","db_version":7,"db_updated_at":"{AT}","success":true,"replicas":{{}}}}"#
        ),
    };
    Contents::read(kind, &json).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_of_each_type() {
        for kind in Kind::ALL {
            let sample = of(kind).unwrap_or_else(|| panic!("{kind}"));
            assert_eq!(sample.kind(), kind);
        }
    }
}
