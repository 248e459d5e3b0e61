//! A job shows its ID token: whether a trust takes it, and what it may do then.

use std::{net::IpAddr, sync::Arc};

use auth::{
    issuer::{Claims, FetchError, IdTokenError},
    jwt::{self, Access},
    workload::{Conditions, Issuer, Job, MAX_AGE, Unmet, claimed_issuer},
};
use db::{
    entities::{repository, workload_trust as row},
    grants::Level,
};
use oci::scope::{Scope, ScopeKind};
use time::OffsetDateTime;
use url::Url;
use uuid::Uuid;

use super::kind;
use crate::{
    access::Action,
    error::{ApiError, ApiResult},
    events::{self, Event, Kind, ObjectType},
    outgoing::Reach,
    state::AppState,
    token::grant,
};

/// Scopes in one request.
const MAX_SCOPES: usize = 64;

/// Characters of a job's name, and bytes of its address, beside a tag.
const MAX_JOB: usize = 200;
const MAX_URL: usize = 500;

/// A job that a trust has taken.
#[derive(Debug)]
pub(crate) struct Workload {
    /// The trust's id, for which its registry tokens stand.
    pub(crate) id: Uuid,
    org: Uuid,
    namespace_level: Option<Level>,
    /// The job, as the tags that it pushes say it.
    pub(crate) job: jwt::Job,
}

/// Why a token is not taken: for the record, and for the trust's owner.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("the issuer cannot be asked: {0}")]
    Issuer(#[from] FetchError),
    #[error("{0}")]
    Token(#[from] IdTokenError),
    #[error("{0}")]
    Condition(#[from] Unmet),
    #[error("the trust's conditions cannot be read")]
    Conditions,
}

/// Takes an ID token for the trust `name` (`organization/trust`), or refuses it in the same words whatever was wrong: it is told to
/// the trust's owner which it was.
pub(crate) async fn prove(
    state: &AppState,
    name: &str,
    token: &str,
    client: IpAddr,
) -> ApiResult<Workload> {
    let refused = || {
        ApiError::not_authenticated(
            "The ID token is not accepted: there is no such trust that is switched on, or the token does not meet it. The \
             organization's owners find the reason beside the trust.",
        )
    };
    let Some(trust) = find(state, name).await? else {
        events::refused(state, name, None, client, "there is no such trust").await?;
        return Err(refused());
    };
    // Only who is signed for by the right issuer is worth a note for the owner.
    if claimed_issuer(token).as_deref() != Some(trust.issuer.as_str()) {
        events::refused(
            state,
            name,
            None,
            client,
            "the ID token is of another issuer",
        )
        .await?;
        return Err(refused());
    }
    match check(state, &trust, token).await {
        Ok(claims) => {
            let job = Job::of(kind(&trust.kind), &trust.issuer, &claims);
            note_use(state, name, &trust, &job, client).await?;
            Ok(Workload {
                id: trust.id,
                org: trust.org_id,
                namespace_level: trust.namespace_level,
                job: pushing(&job),
            })
        }
        Err(error) => {
            let reason = error.to_string();
            events::refused(state, name, None, client, &reason).await?;
            if state.pace.is_new((trust.id, reason.clone(), client)) {
                let now = OffsetDateTime::now_utc();
                db::workload_trusts::refused(&state.db, trust.id, &reason, now).await?;
            }
            Err(refused())
        }
    }
}

/// The trust of that name, if it and its organization are switched on.
async fn find(state: &AppState, name: &str) -> ApiResult<Option<row::Model>> {
    let Some((org, name)) = name.split_once('/') else {
        return Ok(None);
    };
    let org = db::accounts::find(&state.db, org).await?;
    let Some(org) = org.filter(|org| org.is_org && org.is_active) else {
        return Ok(None);
    };
    let trust = db::workload_trusts::find(&state.db, org.id, name).await?;
    Ok(trust.filter(|trust| trust.is_active))
}

async fn check(state: &AppState, trust: &row::Model, token: &str) -> Result<Claims, Refused> {
    let client = state.outgoing.client(Reach::Public, None)?;
    let now = OffsetDateTime::now_utc();
    let fetch = Issuer::fetch(&trust.issuer, &client, now);
    let issuer: Arc<Issuer> = state.issuers.get(&trust.issuer, None, fetch).await?;
    let claims = issuer
        .verify(token, &trust.audience, MAX_AGE, &client, now)
        .await?;
    let conditions: Conditions =
        serde_json::from_value(trust.conditions.clone()).map_err(|_| Refused::Conditions)?;
    conditions.met_by(&claims)?;
    Ok(claims)
}

/// Records that a job came, to the minute.
async fn note_use(
    state: &AppState,
    name: &str,
    trust: &row::Model,
    job: &Job,
    client: IpAddr,
) -> ApiResult<()> {
    let said = said(job);
    if !state.pace.is_new((trust.id, said.clone(), client)) {
        return Ok(());
    }
    let event = Event::new(Kind::Get, ObjectType::WorkloadTrust, trust.id, name)
        .because("the job's ID token meets the conditions")
        .detail(serde_json::json!({
            "project": job.project,
            "projectId": job.project_id,
            "ref": job.git_ref,
            "commit": job.commit,
            "environment": job.environment,
            "job": job.job_id,
            "pipeline": job.pipeline_id,
            "url": job.run_url,
            "actor": job.actor,
        }));
    let db = state.recording_by(None, client, event);
    db::workload_trusts::used(&db, trust.id, &said, OffsetDateTime::now_utc()).await?;
    Ok(())
}

/// The job in one line.
fn said(job: &Job) -> String {
    let project = job.project.as_deref().unwrap_or_default();
    let git_ref = job.git_ref.as_deref().unwrap_or_default();
    format!("{project} {git_ref}").trim().to_owned()
}

/// The job as a tag says it. What a CI system says of a job, whoever writes its pipeline may have chosen.
fn pushing(job: &Job) -> jwt::Job {
    let number = job
        .job_id
        .as_ref()
        .filter(|id| id.bytes().all(|byte| byte.is_ascii_digit()))
        .map(|id| format!("job {id}"))
        .or_else(|| job.pipeline_id.as_ref().map(|id| format!("run {id}")));
    let parts = [(!said(job).is_empty()).then(|| said(job)), number];
    let name: Vec<String> = parts.into_iter().flatten().collect();
    let is_web = |url: &Url| matches!(url.scheme(), "https" | "http");
    jwt::Job {
        name: name
            .join(", ")
            .chars()
            .filter(|letter| !letter.is_control())
            .take(MAX_JOB)
            .collect(),
        url: job
            .run_url
            .as_ref()
            .filter(|url| url.len() <= MAX_URL)
            .and_then(|url| Url::parse(url).ok())
            .filter(is_web)
            .map(String::from),
    }
}

impl Workload {
    /// What a registry token for it says: for each repository that was asked for, the part that the trust holds.
    pub(crate) async fn grant(
        &self,
        state: &AppState,
        scopes: Vec<Scope>,
    ) -> ApiResult<Vec<Access>> {
        let mut access = Vec::with_capacity(scopes.len().min(MAX_SCOPES));
        for scope in scopes.into_iter().take(MAX_SCOPES) {
            if scope.kind == ScopeKind::Repository {
                access.push(self.repository(state, scope).await?);
            }
        }
        Ok(access)
    }

    async fn repository(&self, state: &AppState, scope: Scope) -> ApiResult<Access> {
        let mut granted = Access {
            kind: "repository".to_owned(),
            name: scope.name.clone(),
            actions: Vec::new(),
            id: None,
            may_push: false,
        };
        let Some(name) = grant::named(state, &scope.name) else {
            return Ok(granted);
        };
        if let Some(repository) = state.repository(&name).await? {
            granted.id = Some(repository.id);
            let level = self.level(state, &repository).await?;
            granted.actions = [Action::Pull, Action::Push, Action::Delete]
                .into_iter()
                .filter(|action| scope.has(action.as_str()))
                .filter(|action| level.is_some_and(|level| level >= action.level()))
                .map(|action| action.as_str().to_owned())
                .collect();
        }
        Ok(granted)
    }

    /// What it may do in a repository: what the trust says, in the organization's own; and what is public.
    async fn level(
        &self,
        state: &AppState,
        repository: &repository::Model,
    ) -> ApiResult<Option<Level>> {
        let public = repository.is_public.then_some(Level::ReadOnly);
        if repository.account_id != self.org {
            return Ok(public);
        }
        let own = db::workload_trusts::grant(&state.db, self.id, repository.id).await?;
        let held = [public, own, self.namespace_level]
            .into_iter()
            .flatten()
            .max();
        Ok(held.map(|level| level.min(Level::ReadWrite)))
    }
}
