//! Requests to the receiver of a webhook, one after the other on one connection. The answer is read as far as it is kept: a receiver that
//! sends without end, or nothing, costs what one that behaves well costs, but for the time.

use std::time::Duration;

use axum::http::{Request, Response, StatusCode, Uri, header::RETRY_AFTER};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::{
    body::Incoming,
    client::conn::http1::{Builder, SendRequest},
};
use hyper_util::rt::TokioIo;
use tokio::time::timeout;
use tokio_util::task::AbortOnDropHandle;

use super::{Client, DownloadError, Proxy, Reach, at_origin, unreachable};

/// For a request, until its answer begins.
const LIMIT: Duration = Duration::from_secs(10);
/// For the part of the body that is kept.
const BODY_LIMIT: Duration = Duration::from_secs(2);
/// Bytes that are kept of an answer.
const KEPT: usize = 4 * 1024;
/// Bytes that the headers of an answer may have.
const MAX_HEAD: usize = 64 * 1024;

/// A connection to a receiver, kept from one request to the next.
pub(crate) struct Line {
    sender: SendRequest<Full<Bytes>>,
    is_internal: bool,
    _driving: AbortOnDropHandle<()>,
}

/// What a receiver answered.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Answered {
    /// Its status; redirects are not followed.
    pub(crate) status: StatusCode,
    /// When it wants to be asked again.
    pub(crate) retry_after: Option<String>,
    /// The beginning of the body.
    pub(crate) body: Vec<u8>,
    /// The receiver is not at an address that everybody can ask, or nobody knows where it is.
    pub(crate) is_internal: bool,
}

impl Client {
    /// Sends a request on `line`, or on a new connection that becomes it; through `proxy`, if there is one.
    pub(crate) async fn send(
        &self,
        line: &mut Option<Line>,
        request: Request<Vec<u8>>,
        proxy: Option<&Proxy>,
    ) -> Result<Answered, DownloadError> {
        let begun = timeout(LIMIT, self.begin_answer(line.take(), request, proxy)).await;
        let (on, answer) = begun.map_err(|_| unreachable("no answer within ten seconds"))??;
        let (answered, is_whole) = read(answer, on.is_internal).await;
        *line = Some(on).filter(|_| is_whole);
        Ok(answered)
    }

    async fn begin_answer(
        &self,
        kept: Option<Line>,
        request: Request<Vec<u8>>,
        proxy: Option<&Proxy>,
    ) -> Result<(Line, Response<Incoming>), DownloadError> {
        let uri = request.uri().clone();
        let request = at_origin(request)?;
        if let Some(mut on) = kept
            && on.sender.ready().await.is_ok()
            // who ended the connection meanwhile is asked on a new one
            && let Ok(answer) = on.sender.send_request(request.clone()).await
        {
            return Ok((on, answer));
        }
        let mut on = self.open_line(&uri, proxy).await?;
        let answer = on.sender.send_request(request).await.map_err(unreachable)?;
        Ok((on, answer))
    }

    async fn open_line(&self, uri: &Uri, proxy: Option<&Proxy>) -> Result<Line, DownloadError> {
        let (stream, peer) = self.stream(uri, proxy).await?;
        let (sender, connection) = Builder::new()
            .max_buf_size(MAX_HEAD)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(unreachable)?;
        let driving = tokio::spawn(async move { drop(connection.await) });
        Ok(Line {
            sender,
            is_internal: !peer.is_some_and(|peer| Reach::Public.allows(peer, &[])),
            _driving: AbortOnDropHandle::new(driving),
        })
    }
}

/// The part of an answer that is kept, and whether that is all of it.
async fn read(answer: Response<Incoming>, is_internal: bool) -> (Answered, bool) {
    let (parts, mut rest) = answer.into_parts();
    let retry_after = parts.headers.get(RETRY_AFTER);
    let retry_after = retry_after.and_then(|value| value.to_str().ok());
    let mut body = Vec::new();
    let reading = async {
        while let Some(frame) = rest.frame().await {
            let Ok(frame) = frame else {
                return false;
            };
            if let Some(data) = frame.data_ref() {
                body.extend(data.iter().take(KEPT - body.len()));
                if body.len() == KEPT {
                    return false;
                }
            }
        }
        true
    };
    let is_whole = timeout(BODY_LIMIT, reading).await.unwrap_or(false);
    let answered = Answered {
        status: parts.status,
        retry_after: retry_after.map(str::to_owned),
        body,
        is_internal,
    };
    (answered, is_whole)
}
