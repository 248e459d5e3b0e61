//! One image: of which registry it is, what it is there, and how it stands.

use rules::signing::{Mode, Sight};
use serde_json::json;
use uuid::Uuid;

use super::{super::evaluate, review::Request};
use crate::{
    caller::Caller,
    error::ApiResult,
    events::{Event, Kind, ObjectType},
    origin,
    registry::pulled::Lane,
    repositories::Found,
    state::AppState,
    trust::policy::{self, For},
};

/// How an image stands.
#[derive(Debug)]
pub(super) enum Verdict {
    /// It may run; with what does not hold, where that is only warned of.
    Admitted {
        /// In words.
        warning: Option<String>,
    },
    /// It may not, and why.
    Refused(String),
}

/// An image that was judged.
#[derive(Debug)]
pub(super) struct Judged {
    /// As it is named.
    image: String,
    /// Where it is ours and there: what it is.
    at: Option<(Found, policy::Asked)>,
    /// How it stands.
    pub(super) verdict: Verdict,
    /// The same image by its digest, where that is wanted and it is named by a tag alone.
    pub(super) pinned: Option<String>,
}

impl Judged {
    /// Judges an image by its name, as the cluster would pull it.
    pub(super) async fn of(
        state: &AppState,
        caller: &Caller,
        image: &str,
        (others, pins): (bool, bool),
    ) -> ApiResult<Self> {
        let without = |verdict| Self {
            image: image.to_owned(),
            at: None,
            verdict,
            pinned: None,
        };
        let Some(ours) = ours(state, image) else {
            return Ok(without(if others {
                Verdict::Admitted { warning: None }
            } else {
                Verdict::Refused(format!(
                    "{image} is not of this registry, and nothing of another is admitted"
                ))
            }));
        };
        let found = match evaluate::reference(ours) {
            Some((named, reference)) => evaluate::find(state, caller, &named, reference).await?,
            None => None,
        };
        let Some((found, asked)) = found else {
            return Ok(without(Verdict::Refused(format!(
                "{image} is not there, or the account of the cluster's token may not pull it"
            ))));
        };
        let (_, verdict) = policy::verdict(state, &found.row, &asked, For::Running).await?;
        let nobody = Sight::default();
        let is_admitted = verdict.admits();
        let verdict = if is_admitted {
            let warns = verdict.warning().next().is_some();
            let warning =
                warns.then(|| format!("{image}: {}", verdict.missing(Mode::Warn, &nobody)));
            Verdict::Admitted { warning }
        } else {
            Verdict::Refused(format!(
                "{image} may not run: {}",
                verdict.missing(Mode::Enforce, &nobody)
            ))
        };
        let pinned = if is_admitted && pins {
            pinned(state, &found, &asked, image).await?
        } else {
            None
        };
        Ok(Self {
            image: image.to_owned(),
            at: Some((found, asked)),
            verdict,
            pinned,
        })
    }

    /// Why not, or what does not hold all the same.
    fn reason(&self) -> &str {
        match &self.verdict {
            Verdict::Admitted { warning } => warning.as_deref().unwrap_or_default(),
            Verdict::Refused(reason) => reason,
        }
    }
}

/// What is behind our host, if it is ours. A host has a dot or a port, or is `localhost`; without one the image is Docker Hub's.
fn ours<'i>(state: &AppState, image: &'i str) -> Option<&'i str> {
    let (host, rest) = image.split_once('/')?;
    let is_host = host.contains(['.', ':']) || host == "localhost";
    (is_host && origin::reaches_us(&state.config, host)).then_some(rest)
}

/// With its digest, where the digest is admitted by itself: it is what will be pulled.
async fn pinned(
    state: &AppState,
    found: &Found,
    asked: &policy::Asked,
    image: &str,
) -> ApiResult<Option<String>> {
    let policy::Asked::Tag(tag, digest) = asked else {
        return Ok(None);
    };
    let by_digest = policy::Asked::Digest(digest.clone());
    let (_, verdict) = policy::verdict(state, &found.row, &by_digest, For::Running).await?;
    if !verdict.admits() {
        return Ok(None);
    }
    // Where no tag is written, `latest` is meant.
    let has_tag = image.ends_with(&format!(":{tag}"));
    let tag = if has_tag {
        String::new()
    } else {
        format!(":{tag}")
    };
    Ok(Some(format!("{image}{tag}@{digest}")))
}

/// Each decision is, but that an image is refused that is not ours or not there, which asks for no work: the same once in an hour.
fn is_recorded(state: &AppState, caller: &Caller, decided: Decided<'_>) -> bool {
    let account = caller.known().map(|known| known.account.id);
    match decided {
        Decided::Image(judged)
            if judged.at.is_none() && matches!(judged.verdict, Verdict::Refused(_)) =>
        {
            let what = (Some(judged.image.as_str()), judged.reason());
            state
                .pulled
                .is_new(Lane::Admissions, account, Uuid::nil(), what)
        }
        _ => state.pulled.has_room(Lane::Admissions, account),
    }
}

/// What was decided.
#[derive(Clone, Copy, Debug)]
pub(super) enum Decided<'j> {
    /// Of an image.
    Image(&'j Judged),
    /// That nothing of it may run.
    All(&'j str),
    /// Nothing: it could not be judged, and so it is not run.
    Nothing(&'j str),
}

/// Records what was decided, each time, up to so many in an hour of an account. Of what is only tried nothing is kept (`sideEffects: NoneOnDryRun`).
pub(super) fn record(state: &AppState, caller: &Caller, request: &Request, decided: Decided<'_>) {
    if request.dry_run || !is_recorded(state, caller, decided) {
        return;
    }
    let (judged, reason) = match decided {
        Decided::Image(judged) => (Some(judged), judged.reason()),
        Decided::All(reason) | Decided::Nothing(reason) => (None, reason),
    };
    let is_admitted =
        judged.is_some_and(|judged| matches!(judged.verdict, Verdict::Admitted { .. }));
    let kind = if is_admitted { Kind::Get } else { Kind::Fail };
    let name = judged.map_or("", |judged| judged.image.as_str());
    let at = judged.and_then(|judged| judged.at.as_ref());
    let mut event = Event::new(kind, ObjectType::Admission, None, name);
    if let Some((found, _)) = at {
        event = event.with(ObjectType::Repository, found.row.id, found.full_name());
    }
    let mut detail = json!({
        "digest": at.map(|(_, asked)| asked.wanted_digest()),
        "admitted": is_admitted,
        "uid": request.uid,
        "kind": request.kind.kind,
        "namespace": request.namespace,
        "name": request.name,
        "operation": request.operation,
    });
    if let (Decided::Nothing(_), Some(detail)) = (decided, detail.as_object_mut()) {
        detail.insert("decision".to_owned(), "unjudged".into());
    }
    let event = event.because(reason).detail(detail);
    let event = event.by(caller.known(), caller.client);
    state.pulled.add(Lane::Admissions, event);
}
