//! Puts manifest, configuration and what the database knows into the API's answers.

use std::collections::{BTreeMap, HashMap};

use api::manifest::{Kind, Manifest, PlatformManifest, Referrer};
use db::manifests::Summary;
use oci::{
    Descriptor,
    manifest::{DOCKER_CONFIG, DOCKER_LIST, OCI_CONFIG, OCI_INDEX},
};

use super::{config::Config, dockerfile};

/// How `BuildKit` marks, in an index, a manifest that is about another one there.
const REFERENCE_TYPE: &str = "vnd.docker.reference.type";
/// Digest of the manifest that it is about.
const REFERENCE_DIGEST: &str = "vnd.docker.reference.digest";
/// Platform that `BuildKit` gives to what runs nowhere.
const UNKNOWN: &str = "unknown";
/// Artifact type of `BuildKit`'s attestations where it makes OCI artifacts of them.
const ATTESTATION: &str = "application/vnd.docker.attestation.manifest.v1+json";

/// Manifests of one index that are listed; no honest one has so many, and each tag of a list has its own.
const MAX_LISTED: usize = 100;

/// What a manifest is about, by what the database knows of it.
pub(crate) fn kind(row: &Summary) -> Kind {
    match row.artifact_type.as_deref() {
        _ if matches!(row.media_type.as_str(), OCI_INDEX | DOCKER_LIST) => Kind::Index,
        Some(ATTESTATION) => Kind::Attestation,
        Some(OCI_CONFIG | DOCKER_CONFIG) if row.os.as_deref() == Some(UNKNOWN) => Kind::Attestation,
        Some(OCI_CONFIG | DOCKER_CONFIG) => Kind::Image,
        _ => Kind::Artifact,
    }
}

/// A manifest as lists show it: without its Dockerfile and configuration.
pub(crate) fn summary(row: &Summary) -> Manifest {
    let kind = kind(row);
    Manifest {
        digest: row.digest.clone(),
        media_type: Some(row.media_type.clone()),
        kind,
        artifact_type: row.artifact_type.clone().filter(|_| kind == Kind::Artifact),
        os: row.os.clone(),
        architecture: row.architecture.clone(),
        variant: row.variant.clone(),
        os_version: row.os_version.clone(),
        author: None,
        created_at: None,
        pushed_at: Some(row.pushed_at),
        size: Some(size(row)),
        config_digest: row.config_digest.clone(),
        config_media_type: None,
        dockerfile: None,
        config: None,
        annotations: annotations(row),
        subject: row.subject_digest.clone(),
    }
}

/// A manifest in full. `config` is absent where it is no image's, or cannot be read; the layers then stand without lines.
pub(crate) fn details(row: &Summary, manifest: &oci::Manifest, config: Option<Config>) -> Manifest {
    let mut details = summary(row);
    details.config_media_type = manifest
        .config
        .as_ref()
        .map(|config| config.media_type.clone());
    details.annotations.clone_from(&manifest.annotations);
    let history = config.as_ref().map_or(&[][..], |config| &config.history);
    details.dockerfile =
        (!manifest.is_index()).then(|| dockerfile::lines(history, &manifest.layers));
    if let Some(config) = config {
        details.author = config.author;
        details.created_at = config.created;
        details.config = Some(config.start);
    }
    details
}

/// The manifests of an index as lists show them: images first, by platform, at most [`MAX_LISTED`].
pub(crate) fn children(rows: &[Summary]) -> Vec<PlatformManifest> {
    let mut platforms: Vec<_> = rows.iter().map(platform).collect();
    arrange(&mut platforms);
    platforms
}

/// The manifests of an index, with what the index itself says of them: images first, by platform, at most [`MAX_LISTED`]. A
/// child that the repository no longer has is left out.
pub(crate) fn platforms(
    index: &oci::Manifest,
    rows: &HashMap<String, Summary>,
) -> Vec<PlatformManifest> {
    let mut platforms: Vec<_> = index
        .manifests
        .iter()
        .filter_map(|child| {
            Some(as_listed(
                platform(rows.get(&child.digest.to_string())?),
                child,
            ))
        })
        .collect();
    arrange(&mut platforms);
    platforms
}

/// One manifest as a member of a list of platforms.
pub(crate) fn platform(row: &Summary) -> PlatformManifest {
    PlatformManifest {
        digest: row.digest.clone(),
        media_type: row.media_type.clone(),
        kind: kind(row),
        os: row.os.clone(),
        architecture: row.architecture.clone(),
        variant: row.variant.clone(),
        os_version: row.os_version.clone(),
        size: size(row),
        subject: None,
        vuln_summary: None,
    }
}

/// A referrer, as the database knows it.
pub(crate) fn referrer(row: &Summary) -> Referrer {
    Referrer {
        digest: row.digest.clone(),
        artifact_type: row.artifact_type.clone(),
        media_type: row.media_type.clone(),
        size: unsigned(row.size),
        annotations: annotations(row),
    }
}

/// Compressed bytes of a pull: the manifest and all that it lists.
pub(crate) fn size(row: &Summary) -> u64 {
    unsigned(row.size).saturating_add(unsigned(row.image_size))
}

/// The index's own word on a child goes before the child's configuration.
fn as_listed(mut platform: PlatformManifest, child: &Descriptor) -> PlatformManifest {
    if let Some(listed) = &child.platform {
        platform.os = said(&listed.os);
        platform.architecture = said(&listed.architecture);
        platform.variant = listed.variant.as_deref().and_then(said);
        platform.os_version = listed.os_version.as_deref().and_then(said);
    }
    if child.annotations.contains_key(REFERENCE_TYPE) {
        platform.kind = Kind::Attestation;
        platform.subject = child.annotations.get(REFERENCE_DIGEST).cloned();
    }
    platform
}

fn arrange(platforms: &mut Vec<PlatformManifest>) {
    let rank = |platform: &PlatformManifest| {
        (
            platform.kind == Kind::Attestation,
            platform.os.clone(),
            platform.architecture.clone(),
            platform.variant.clone(),
            platform.os_version.clone(),
        )
    };
    platforms.sort_by_cached_key(rank);
    platforms.truncate(MAX_LISTED);
}

fn said(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// The manifest's annotations.
pub(crate) fn annotations(row: &Summary) -> BTreeMap<String, String> {
    row.annotations
        .clone()
        .and_then(|json| serde_json::from_value(json).ok())
        .unwrap_or_default()
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use super::*;
    use crate::image::config;

    const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

    fn digest(content: &str) -> String {
        oci::Digest::of(oci::Algorithm::Sha256, content.as_bytes()).to_string()
    }

    fn row(
        name: &str,
        media_type: &str,
        artifact_type: Option<&str>,
        platform: Option<(&str, &str)>,
    ) -> Summary {
        Summary {
            digest: digest(name),
            media_type: media_type.to_owned(),
            artifact_type: artifact_type.map(str::to_owned),
            config_digest: None,
            subject_digest: None,
            annotations: None,
            os: platform.map(|(os, _)| os.to_owned()),
            architecture: platform.map(|(_, architecture)| architecture.to_owned()),
            variant: None,
            os_version: None,
            size: 500,
            image_size: 1000,
            pushed_by: None,
            pushed_at: OffsetDateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_manifest_is_of_one_kind() {
        for (media_type, artifact_type, platform, expected) in [
            (OCI_INDEX, None, None, Kind::Index),
            (DOCKER_LIST, None, None, Kind::Index),
            (
                MANIFEST,
                Some(OCI_CONFIG),
                Some(("linux", "amd64")),
                Kind::Image,
            ),
            (MANIFEST, Some(DOCKER_CONFIG), None, Kind::Image),
            (
                MANIFEST,
                Some(OCI_CONFIG),
                Some(("unknown", "unknown")),
                Kind::Attestation,
            ),
            (MANIFEST, Some(ATTESTATION), None, Kind::Attestation),
            (
                MANIFEST,
                Some("application/vnd.cncf.helm.config.v1+json"),
                None,
                Kind::Artifact,
            ),
            (MANIFEST, None, None, Kind::Artifact),
        ] {
            assert_eq!(
                kind(&row("x", media_type, artifact_type, platform)),
                expected,
                "{artifact_type:?}"
            );
        }
    }

    #[test]
    fn an_index_lists_its_platforms_and_what_its_attestations_are_about() {
        let child = |name: &str, more: &str| {
            let digest = digest(name);
            format!(r#"{{"mediaType":"{MANIFEST}","digest":"{digest}","size":500,{more}}}"#)
        };
        let attested = digest("amd");
        let json = format!(
            r#"{{"schemaVersion":2,"mediaType":"{OCI_INDEX}","manifests":[{},{},{},{}]}}"#,
            child(
                "gone",
                r#""platform":{"os":"linux","architecture":"riscv64"}"#
            ),
            child(
                "proof",
                &format!(
                    r#""platform":{{"os":"unknown","architecture":"unknown"}},
                       "annotations":{{"{REFERENCE_TYPE}":"attestation-manifest","{REFERENCE_DIGEST}":"{attested}"}}"#
                )
            ),
            child(
                "arm",
                r#""platform":{"os":"linux","architecture":"arm","variant":"v7"}"#
            ),
            child("amd", r#""annotations":{}"#),
        );
        let index = oci::manifest::parse(None, json.as_bytes()).expect("an index");
        let rows = [
            row("amd", MANIFEST, Some(OCI_CONFIG), Some(("linux", "amd64"))),
            row("arm", MANIFEST, Some(OCI_CONFIG), Some(("linux", "arm"))),
            row(
                "proof",
                MANIFEST,
                Some(OCI_CONFIG),
                Some(("unknown", "unknown")),
            ),
        ];
        let rows: HashMap<_, _> = rows
            .into_iter()
            .map(|row| (row.digest.clone(), row))
            .collect();
        let platforms = platforms(&index, &rows);
        let seen: Vec<_> = platforms
            .iter()
            .map(|platform| {
                (
                    platform.architecture.as_deref(),
                    platform.variant.as_deref(),
                    platform.kind,
                )
            })
            .collect();
        assert_eq!(
            seen,
            [
                (Some("amd64"), None, Kind::Image),
                (Some("arm"), Some("v7"), Kind::Image),
                (Some("unknown"), None, Kind::Attestation),
            ]
        );
        assert_eq!(
            platforms.last().and_then(|proof| proof.subject.as_deref()),
            Some(attested.as_str())
        );
        assert_eq!(platforms.first().map(|platform| platform.size), Some(1500));
    }

    #[test]
    fn an_image_without_a_readable_configuration_still_has_layers() {
        let json = format!(
            r#"{{"schemaVersion":2,"mediaType":"{MANIFEST}","config":{{"mediaType":"{OCI_CONFIG}","digest":"{}","size":2}},
                "layers":[{{"mediaType":"x/y","digest":"{}","size":7}}],"annotations":{{"a":"b"}}}}"#,
            digest("{}"),
            digest("layer"),
        );
        let manifest = oci::manifest::parse(None, json.as_bytes()).expect("a manifest");
        let row = row("x", MANIFEST, Some(OCI_CONFIG), None);
        let bare = details(&row, &manifest, None);
        let lines = bare.dockerfile.expect("layers");
        assert_eq!(
            (lines.len(), lines[0].size, lines[0].line.as_str()),
            (1, 7, "")
        );
        assert_eq!(bare.config, None);
        assert_eq!(bare.annotations.get("a").map(String::as_str), Some("b"));

        let config = config::parse(
            br#"{"author":"me","history":[{"created_by":"COPY x /"}],"config":{"User":"1"}}"#,
        );
        let full = details(&row, &manifest, config.ok());
        assert_eq!(full.dockerfile.expect("layers")[0].line, "COPY x /");
        assert_eq!(
            (
                full.author.as_deref(),
                full.config.map(|config| config.user)
            ),
            (Some("me"), Some("1".to_owned()))
        );
    }
}
