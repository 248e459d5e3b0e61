//! Which job it was, for the account of what happened.

use super::Kind;
use crate::issuer::Claims;

/// The job that showed a token, in words that are the same for all CI systems.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Job {
    /// The project: `group/project` or `owner/repository`.
    pub project: Option<String>,
    /// The project's id, which survives a renaming.
    pub project_id: Option<String>,
    /// The branch or tag: `main` from GitLab, `refs/heads/main` from GitHub.
    pub git_ref: Option<String>,
    /// The commit.
    pub commit: Option<String>,
    /// The environment that it deploys to.
    pub environment: Option<String>,
    /// The job's id; GitHub has none in the token, and says the job's workflow instead.
    pub job_id: Option<String>,
    /// The id of the pipeline or the run.
    pub pipeline_id: Option<String>,
    /// Where to look at it.
    pub run_url: Option<String>,
    /// Who set it off, as the CI system knows them.
    pub actor: Option<String>,
}

impl Job {
    /// The job that `claims`, of the issuer `issuer`, are about.
    pub fn of(kind: Kind, issuer: &str, claims: &Claims) -> Self {
        let text = |name| claims.text(name);
        match kind {
            Kind::GitLab => {
                let (project, job_id) = (text("project_path"), text("job_id"));
                Self {
                    run_url: project
                        .as_ref()
                        .zip(job_id.as_ref())
                        .map(|(project, job)| format!("{issuer}/{project}/-/jobs/{job}")),
                    project,
                    job_id,
                    project_id: text("project_id"),
                    git_ref: text("ref"),
                    commit: text("sha"),
                    environment: text("environment"),
                    pipeline_id: text("pipeline_id"),
                    actor: text("user_login"),
                }
            }
            Kind::GitHub => {
                let (project, run) = (text("repository"), text("run_id"));
                Self {
                    run_url: project.as_ref().zip(run.as_ref()).map(|(project, run)| {
                        format!("{}/{project}/actions/runs/{run}", github(issuer))
                    }),
                    project,
                    pipeline_id: run,
                    project_id: text("repository_id"),
                    git_ref: text("ref"),
                    commit: text("sha"),
                    environment: text("environment"),
                    job_id: text("job_workflow_ref"),
                    actor: text("actor"),
                }
            }
        }
    }
}

/// The address of the GitHub whose tokens `issuer` signs: `https://HOST/_services/token` on an enterprise server.
fn github(issuer: &str) -> String {
    match issuer.strip_prefix("https://token.actions.") {
        Some(rest) if rest.starts_with("githubusercontent.com") => "https://github.com".to_owned(),
        Some(rest) => format!("https://{rest}"),
        None => issuer
            .strip_suffix("/_services/token")
            .unwrap_or(issuer)
            .to_owned(),
    }
}
