//! The names on the wire: DTR's and eNZi's clients read these, so a changed name is a broken client.

use api::{
    account::{Account, CreateAccount, UpdateAccount},
    change::TagChange,
    manifest::{DockerfileLine, ImageConfig, Kind, Manifest, PlatformManifest},
    repository::{
        AccessLevel, CreateRepository, NamespaceType, Repository, UpdateRepository, Visibility,
    },
    settings::Features,
    tag::{AttachedSigner, AttachedTool, PushingJob, Tag},
};
use serde_json::{Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

fn keys(value: &Value) -> Vec<&str> {
    value
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
        .collect()
}

#[test]
fn a_repository_has_dtrs_names_and_ours() {
    let repository = Repository {
        id: Uuid::nil(),
        namespace: "admin".to_owned(),
        namespace_type: NamespaceType::Organization,
        name: "app".to_owned(),
        short_description: String::new(),
        long_description: None,
        visibility: Visibility::Private,
        scan_on_push: true,
        immutable_tags: false,
        immutable_tag_patterns: Vec::new(),
        enable_manifest_lists: false,
        tag_limit: 0,
        pulls: 1,
        pushes: 2,
        permission: AccessLevel::ReadWrite,
        tag_count: 3,
        size: 4,
        created_at: OffsetDateTime::UNIX_EPOCH,
        last_pushed_at: None,
    };
    let json = serde_json::to_value(&repository).expect("JSON");
    assert_eq!(
        json,
        json!({
            "id": "00000000-0000-0000-0000-000000000000", "namespace": "admin", "namespaceType": "organization",
            "name": "app", "shortDescription": "", "visibility": "private", "scanOnPush": true, "immutableTags": false,
            "enableManifestLists": false, "tagLimit": 0, "pulls": 1, "pushes": 2, "permission": "read-write",
            "tagCount": 3, "size": 4, "createdAt": "1970-01-01T00:00:00Z",
        })
    );
    assert_eq!(
        serde_json::from_value::<Repository>(json).expect("a repository"),
        repository
    );
}

fn attestation() -> PlatformManifest {
    PlatformManifest {
        digest: "sha256:1".to_owned(),
        media_type: "a/b".to_owned(),
        kind: Kind::Attestation,
        os: None,
        architecture: None,
        variant: None,
        os_version: None,
        size: 1,
        subject: None,
        vuln_summary: None,
    }
}

#[test]
fn a_tag_has_dtrs_names_and_ours() {
    let tag = Tag {
        name: "1".to_owned(),
        digest: "sha256:1".to_owned(),
        author: "admin".to_owned(),
        job: Some(PushingJob {
            name: "acme/app main, job 1".to_owned(),
            url: Some("https://ci".to_owned()),
        }),
        created_at: OffsetDateTime::UNIX_EPOCH,
        updated_at: OffsetDateTime::UNIX_EPOCH,
        in_notary: false,
        hash_mismatch: false,
        signatures: Vec::new(),
        attached_signers: vec![AttachedSigner {
            tool: AttachedTool::Cosign,
            user: None,
            trust: Some("ci".to_owned()),
        }],
        manifest: Manifest {
            digest: "sha256:1".to_owned(),
            media_type: Some("a/b".to_owned()),
            kind: Kind::Image,
            artifact_type: None,
            os: Some("linux".to_owned()),
            architecture: Some("arm".to_owned()),
            variant: Some("v7".to_owned()),
            os_version: Some("1".to_owned()),
            author: Some("me".to_owned()),
            created_at: Some(OffsetDateTime::UNIX_EPOCH),
            pushed_at: None,
            size: Some(1),
            config_digest: Some("sha256:2".to_owned()),
            config_media_type: Some("c/d".to_owned()),
            dockerfile: Some(vec![DockerfileLine {
                is_empty: false,
                layer_digest: "sha256:3".to_owned(),
                line: "ADD".to_owned(),
                media_type: None,
                size: 1,
                urls: Vec::new(),
                annotations: std::collections::BTreeMap::new(),
            }]),
            config: Some(ImageConfig::default()),
            annotations: std::collections::BTreeMap::new(),
            subject: None,
        },
        media_type: "a/b".to_owned(),
        size: 1,
        platforms: vec![attestation()],
        referrers: 0,
        promotion: None,
        vuln_summary: None,
    };
    let json = serde_json::to_value(&tag).expect("JSON");
    assert_eq!(
        keys(&json),
        [
            "attachedSigners",
            "author",
            "createdAt",
            "digest",
            "hashMismatch",
            "inNotary",
            "job",
            "manifest",
            "mediaType",
            "name",
            "platforms",
            "referrers",
            "size",
            "updatedAt"
        ]
    );
    assert_eq!(
        keys(&json["manifest"]),
        [
            "architecture",
            "author",
            "config",
            "configDigest",
            "configMediaType",
            "createdAt",
            "digest",
            "dockerfile",
            "kind",
            "mediaType",
            "os",
            "osVersion",
            "size",
            "variant"
        ]
    );
    assert_eq!(
        json["manifest"]["dockerfile"][0],
        json!({"isEmpty": false, "layerDigest": "sha256:3", "line": "ADD", "size": 1})
    );
    assert_eq!(json["platforms"][0]["kind"], "attestation");
    assert_eq!(serde_json::from_value::<Tag>(json).expect("a tag"), tag);
}

#[test]
fn forms_take_what_dtrs_and_enzis_clients_send_and_nothing_else() {
    let form = json!({
        "enableManifestLists": false, "immutableTags": true, "longDescription": "", "name": "app", "scanOnPush": true,
        "shortDescription": "", "tagLimit": 0, "visibility": "public",
    });
    let form: CreateRepository = serde_json::from_value(form).expect("DTR's form");
    assert!(form.immutable_tags && form.visibility == Visibility::Public);
    let least: CreateRepository =
        serde_json::from_value(json!({"name": "app"})).expect("the least");
    assert!(least.visibility == Visibility::Private && least.scan_on_push);
    let form = json!({
        "name": "ann", "fullName": "", "isOrg": false, "isAdmin": false, "isActive": true, "password": "x", "searchLDAP": false,
    });
    assert!(
        serde_json::from_value::<CreateAccount>(form)
            .expect("eNZi's form")
            .is_active
    );
    assert!(
        serde_json::from_value::<CreateAccount>(json!({"name": "ann"}))
            .expect("the least")
            .is_active
    );
    assert!(
        serde_json::from_value::<CreateRepository>(json!({"name": "a", "owner": "x"})).is_err()
    );
    assert!(serde_json::from_value::<UpdateRepository>(json!({"name": "a"})).is_err());
    assert!(serde_json::from_value::<UpdateAccount>(json!({"IsAdmin": true})).is_err());
    assert_eq!(
        serde_json::to_value(UpdateAccount::default()).expect("JSON"),
        json!({})
    );
}

#[test]
fn odd_names_are_as_they_always_were() {
    let features = Features {
        scanning_enabled: false,
        scanning_licensed: false,
        promotion_licensed: false,
        mirroring_licensed: false,
        online_gc_enabled: false,
        ldap_enabled: false,
    };
    assert_eq!(
        keys(&serde_json::to_value(features).expect("JSON")),
        [
            "ldapEnabled",
            "mirroringLicensed",
            "onlineGCEnabled",
            "promotionLicensed",
            "scanningEnabled",
            "scanningLicensed"
        ]
    );
    let account = Account {
        id: Uuid::nil(),
        name: "ann".to_owned(),
        full_name: String::new(),
        is_org: false,
        is_admin: false,
        is_active: true,
        is_imported: false,
        members_count: None,
        teams_count: None,
    };
    assert_eq!(
        keys(&serde_json::to_value(account).expect("JSON")),
        [
            "fullName",
            "id",
            "isActive",
            "isAdmin",
            "isImported",
            "isOrg",
            "name"
        ]
    );
    let gone = TagChange {
        repository: "a/b".to_owned(),
        tag: "1".to_owned(),
        digest: None,
    };
    assert_eq!(
        serde_json::to_value(gone).expect("JSON"),
        json!({"repository": "a/b", "tag": "1"})
    );
}
