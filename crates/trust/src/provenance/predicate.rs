//! The two versions of SLSA's predicate, as `BuildKit`, GitLab's runners and GitHub's workflows fill them in.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Provenance, Text, is_same_source, or_default, same::plain_source};

/// The length of a commit's id in hex: SHA-1, as git has it.
const COMMIT: usize = 40;
/// The same of repositories with SHA-256.
const LONG_COMMIT: usize = 64;

/// Version 0.2.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Version02 {
    #[serde(default, deserialize_with = "or_default")]
    builder: Builder,
    build_type: Option<Text>,
    #[serde(default, deserialize_with = "or_default")]
    invocation: Invocation,
    #[serde(default, deserialize_with = "or_default")]
    metadata: Metadata,
    #[serde(default, deserialize_with = "or_default")]
    materials: Vec<Resource>,
}

/// Version 1.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Version1 {
    build_definition: Definition,
    #[serde(default, deserialize_with = "or_default")]
    run_details: Run,
}

#[derive(Default, Deserialize)]
struct Builder {
    id: Option<Text>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    #[serde(default, deserialize_with = "or_default")]
    config_source: Resource,
}

/// A thing with its digests. `BuildKit` and version 0.2 say what of it is run.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Resource {
    uri: Option<Text>,
    #[serde(default, deserialize_with = "or_default")]
    digest: BTreeMap<String, Text>,
    #[serde(alias = "path")]
    entry_point: Option<Text>,
}

#[derive(Default, Deserialize)]
struct Metadata {
    #[serde(
        rename = "invocationId",
        alias = "invocationID",
        alias = "buildInvocationId",
        alias = "buildInvocationID"
    )]
    invocation: Option<Text>,
    #[serde(rename = "startedOn", alias = "buildStartedOn")]
    started: Option<Text>,
    #[serde(rename = "finishedOn", alias = "buildFinishedOn")]
    finished: Option<Text>,
    #[serde(
        default,
        rename = "buildkit_metadata",
        alias = "https://mobyproject.org/buildkit@v1#metadata",
        deserialize_with = "or_default"
    )]
    buildkit: BuildKit,
}

/// What buildx knows of the directory that it builds from.
#[derive(Default, Deserialize)]
struct BuildKit {
    #[serde(default, deserialize_with = "or_default")]
    vcs: Vcs,
}

#[derive(Default, Deserialize)]
struct Vcs {
    source: Option<Text>,
    revision: Option<Text>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Definition {
    build_type: Option<Text>,
    #[serde(default, deserialize_with = "or_default")]
    external_parameters: External,
    #[serde(default, deserialize_with = "or_default")]
    resolved_dependencies: Vec<Resource>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct External {
    /// `BuildKit`'s.
    #[serde(default, deserialize_with = "or_default")]
    config_source: Resource,
    /// GitLab's, a text; also found as a resource.
    source: Option<Source>,
    entry_point: Option<Text>,
    /// GitHub's.
    #[serde(default, deserialize_with = "or_default")]
    workflow: Workflow,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Source {
    Resource(Resource),
    Text(Text),
}

#[derive(Default, Deserialize)]
struct Workflow {
    repository: Option<Text>,
    path: Option<Text>,
}

#[derive(Default, Deserialize)]
struct Run {
    #[serde(default, deserialize_with = "or_default")]
    builder: Builder,
    #[serde(default, deserialize_with = "or_default")]
    metadata: Metadata,
}

/// A source, and the commit of it if that is said.
#[derive(Default)]
struct Origin {
    source: Option<String>,
    commit: Option<String>,
    entry_point: Option<String>,
    is_git: bool,
}

impl Resource {
    fn read(self) -> Origin {
        let uri = text(self.uri);
        let is_git = uri.as_ref().is_some_and(|uri| uri.starts_with("git"));
        let named = self.digest.contains_key("gitCommit");
        let mut digest = self.digest;
        // GitLab calls the commit's SHA-1 sha256
        let commit = ["gitCommit", "sha1", "sha256"]
            .into_iter()
            .find_map(|name| commit(digest.remove(name)?.kept()?, name != "sha256"));
        Origin {
            source: uri.as_deref().and_then(plain_source),
            commit,
            entry_point: text(self.entry_point),
            is_git: is_git || named,
        }
    }
}

impl Vcs {
    fn read(self) -> Origin {
        Origin {
            source: text(self.source).as_deref().and_then(plain_source),
            commit: text(self.revision).and_then(|text| commit(text, true)),
            ..Origin::default()
        }
    }
}

impl Metadata {
    fn times(self, said: &mut Provenance) -> Vcs {
        said.invocation = text(self.invocation);
        said.started = self.started.and_then(Text::moment);
        said.finished = self.finished.and_then(Text::moment);
        self.buildkit.vcs
    }
}

fn text(said: Option<Text>) -> Option<String> {
    said.and_then(Text::kept)
}

/// A commit, if it is one. SHA-256 names a commit where the name of the digest says that it is one of git's.
fn commit(text: String, may_be_long: bool) -> Option<String> {
    // buildx marks what was not committed
    let text = text.trim_end_matches("-dirty").to_ascii_lowercase();
    let is_one = text.len() == COMMIT || may_be_long && text.len() == LONG_COMMIT;
    (is_one && text.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(text)
}

/// The source of a build: what the builder was told to build from, with the commit that it found there, else what it fetched with git,
/// else what buildx said of the directory.
fn source(told: Origin, fetched: Vec<Resource>, vcs: Vcs, said: &mut Provenance) {
    said.entry_point = told.entry_point;
    if told.commit.is_some() {
        (said.source, said.commit) = (told.source, told.commit);
        return;
    }
    let is_of = |from: &Origin| match (&told.source, &from.source) {
        (Some(told), Some(found)) => is_same_source(told, found),
        _ => false,
    };
    let mut fetched = fetched.into_iter().map(Resource::read);
    let of_git = fetched.find(|from| from.commit.is_some() && (from.is_git || is_of(from)));
    let found = of_git.unwrap_or_else(|| vcs.read());
    said.commit = found.commit;
    said.source = found.source.or(told.source);
}

impl From<Version02> for Provenance {
    fn from(of: Version02) -> Self {
        let mut said = Self {
            builder: text(of.builder.id),
            build_type: text(of.build_type),
            ..Self::default()
        };
        let vcs = of.metadata.times(&mut said);
        let told = of.invocation.config_source.read();
        source(told, of.materials, vcs, &mut said);
        said
    }
}

impl From<Version1> for Provenance {
    fn from(of: Version1) -> Self {
        let mut said = Self {
            builder: text(of.run_details.builder.id),
            build_type: text(of.build_definition.build_type),
            ..Self::default()
        };
        let vcs = of.run_details.metadata.times(&mut said);
        let external = of.build_definition.external_parameters;
        let mut told = external.config_source.read();
        if let Some(source) = external.source {
            told = match source {
                Source::Resource(resource) => resource.read(),
                Source::Text(uri) => Origin {
                    source: uri.kept().as_deref().and_then(plain_source),
                    ..told
                },
            };
        }
        let workflow = text(external.workflow.repository);
        told.source = told
            .source
            .or_else(|| workflow.as_deref().and_then(plain_source));
        told.entry_point = text(external.entry_point)
            .or(told.entry_point)
            .or_else(|| text(external.workflow.path));
        source(
            told,
            of.build_definition.resolved_dependencies,
            vcs,
            &mut said,
        );
        said
    }
}
