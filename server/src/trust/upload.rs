//! What a client uploads: a form whose parts are files, each named after its role (note, section 1.3). It is bounded in bytes, parts and
//! time, and large ones share their room in memory.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use ::trust::{
    Refusal, Upload,
    update::{MAX_PARTS, MAX_UPLOAD},
};
use axum::{
    body::Body,
    extract::{
        FromRequest as _, Multipart,
        multipart::{Field, MultipartError},
    },
    http::{Request, header, request::Parts},
};
use http_body_util::Limited;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

use super::{
    failure::{Failure, Outcome, inside},
    trickle::{Steady, Trickles},
};
use crate::{caller, registry::identity::Visitor};

/// Bytes that every upload may have without asking for room.
const SMALL: usize = 1 << 20;
/// Room for large uploads, in mebibytes: what they are parsed into is some times as large.
const ROOM: u32 = 128;
/// What a form may have around its parts.
const AROUND: usize = MAX_PARTS * 1024;

/// How long an upload may take in all.
const LONGEST: Duration = Duration::from_mins(5);
/// Updates that are decided about at once: each holds a connection to the database, and what it reads in memory.
const TURNS: usize = 2;

/// Room in memory for large uploads, and turns to publish.
#[derive(Debug)]
pub(crate) struct Room {
    uploads: Arc<Semaphore>,
    turns: Arc<Semaphore>,
    /// Who has a part of the room or waits for one: one upload of each account.
    within: Arc<Mutex<HashSet<Uuid>>>,
}

/// A part of the room, or a turn. It goes wherever what fills it goes: work that was begun goes on when its request is given up.
pub(super) type Permit = OwnedSemaphorePermit;

/// An account's part of the room, or of those who wait for it.
pub(super) struct Place {
    within: Arc<Mutex<HashSet<Uuid>>>,
    account: Uuid,
    permit: Option<Permit>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut within = self.within.lock().unwrap_or_else(PoisonError::into_inner);
        within.remove(&self.account);
    }
}

impl Default for Room {
    fn default() -> Self {
        Self {
            uploads: Arc::new(Semaphore::new(ROOM as usize)),
            turns: Arc::new(Semaphore::new(TURNS)),
            within: Arc::default(),
        }
    }
}

impl Room {
    /// Waits for room for a whole upload, of which all is taken at once: who had a part of theirs could wait for each other. An account
    /// that has a part of the room, or waits for it, gets no more, and is told so at once: who waits is in a queue, and nobody takes up
    /// all of it.
    async fn take(&self, account: Uuid, bytes: usize, patience: Duration) -> Outcome<Place> {
        let mut place = self.enter(account).ok_or(Failure::Busy)?;
        let mebibytes = u32::try_from(bytes.div_ceil(1 << 20)).unwrap_or(ROOM);
        let permits = Arc::clone(&self.uploads).acquire_many_owned(mebibytes.clamp(1, ROOM));
        let Ok(Ok(permit)) = tokio::time::timeout(patience, permits).await else {
            return Err(Failure::Busy);
        };
        place.permit = Some(permit);
        Ok(place)
    }

    /// A place of which nothing is taken yet; none where the account has one.
    fn enter(&self, account: Uuid) -> Option<Place> {
        let mut within = self.within.lock().unwrap_or_else(PoisonError::into_inner);
        within.insert(account).then(|| Place {
            within: Arc::clone(&self.within),
            account,
            permit: None,
        })
    }

    /// Waits for a turn to publish, before anything is locked.
    pub(super) async fn turn(&self, patience: Duration) -> Outcome<Permit> {
        match tokio::time::timeout(patience, Arc::clone(&self.turns).acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            _ => Err(Failure::Busy),
        }
    }
}

/// The files that a body brings.
struct Receiver {
    patience: Duration,
    bytes: usize,
}

/// An upload, and its room in memory, where it is a large one.
pub(super) type Received = (Upload, Option<Place>);

/// Receives an upload, and reads it; its room is given back when what is answered with it is dropped. Where it is too large or too slow,
/// no more of it is taken.
pub(super) async fn receive(visitor: &Visitor<'_>, parts: &Parts, body: Body) -> Outcome<Received> {
    let received = tokio::time::timeout(LONGEST, receive_all(visitor, parts, body)).await;
    received.map_err(|_| Failure::Stalled)?
}

async fn receive_all(visitor: &Visitor<'_>, parts: &Parts, body: Body) -> Outcome<Received> {
    let state = visitor.state;
    let patience = state.config.limits.upload_idle;
    let announced = caller::text(&parts.headers, header::CONTENT_LENGTH)
        .and_then(|text| text.parse::<usize>().ok());
    if announced.is_some_and(|bytes| bytes > MAX_UPLOAD + AROUND) {
        return Err(Refusal::MalformedUpload.into());
    }
    // Before anything is read: what stands around the files is in memory too. Who does not say how much it is may send all there may be.
    let whole = announced.unwrap_or(MAX_UPLOAD);
    let room = if whole > SMALL {
        // Of the public nobody publishes; a job of CI comes as the trust that it is by.
        let account = visitor.account().unwrap_or_default();
        Some(state.trust_room.take(account, whole, patience).await?)
    } else {
        None
    };
    let body = Body::new(Limited::new(Steady::new(body), MAX_UPLOAD + AROUND));
    let mut request = Request::new(body);
    request.headers_mut().clone_from(&parts.headers);
    request.extensions_mut().clone_from(&parts.extensions);
    let form = Multipart::from_request(request, &()).await;
    let mut form = form.map_err(|_| Refusal::MalformedUpload)?;
    let mut receiver = Receiver { patience, bytes: 0 };
    let mut files: Vec<(Option<String>, Vec<u8>)> = Vec::new();
    while let Some(field) = receiver.next(&mut form).await? {
        if files.len() >= MAX_PARTS {
            return Err(Refusal::MalformedUpload.into());
        }
        let name = field.file_name().map(str::to_owned);
        files.push((name, receiver.file(field).await?));
    }
    let size = receiver.bytes;
    let parse = move || {
        let mut upload = Upload::default();
        for (name, content) in files {
            upload.add(name.as_deref(), content)?;
        }
        Ok::<_, Refusal>((upload, room))
    };
    let upload = if size > SMALL / 16 {
        let parsed = tokio::task::spawn_blocking(parse).await;
        parsed.map_err(|error| inside(&error))?
    } else {
        parse()
    };
    Ok(upload?)
}

impl Receiver {
    async fn next<'f>(&mut self, form: &'f mut Multipart) -> Outcome<Option<Field<'f>>> {
        let field = tokio::time::timeout(self.patience, form.next_field()).await;
        field.map_err(|_| Failure::Stalled)?.map_err(broken)
    }

    async fn file(&mut self, mut field: Field<'_>) -> Outcome<Vec<u8>> {
        let mut content = Vec::new();
        loop {
            let chunk = tokio::time::timeout(self.patience, field.chunk()).await;
            let Some(chunk) = chunk.map_err(|_| Failure::Stalled)?.map_err(broken)? else {
                return Ok(content);
            };
            self.bytes = self.bytes.saturating_add(chunk.len());
            if self.bytes > MAX_UPLOAD {
                return Err(Refusal::MalformedUpload.into());
            }
            content.extend_from_slice(&chunk);
        }
    }
}

/// A form that is none, or ends before it should; or the connection sends nothing any more, or too little.
fn broken(error: MultipartError) -> Failure {
    let mut cause: Option<&dyn std::error::Error> = Some(&error);
    while let Some(error) = cause {
        if error.is::<crate::serve::body::Stalled>() || error.is::<Trickles>() {
            return Failure::Stalled;
        }
        cause = error.source();
    }
    Refusal::MalformedUpload.into()
}
