//! Answers that are read as they come: files that are too large to be held.

use std::{net::IpAddr, time::Duration};

use auth::issuer::FetchError;
use axum::http::{HeaderMap, Request, StatusCode, Uri};
use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::{body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::timeout,
};
use tokio_util::task::AbortOnDropHandle;
use url::Url;

use super::{Client, Proxy, at_origin, place, unreachable};

/// Until the answer begins.
const HEAD_LIMIT: Duration = Duration::from_secs(30);
/// Between two parts of an answer.
const STALL_LIMIT: Duration = Duration::from_mins(1);

/// What went wrong. No message repeats a body or a credential.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DownloadError {
    /// There was no answer.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// It did not begin in time.
    #[error("no answer within {} seconds", HEAD_LIMIT.as_secs())]
    Silent,
    /// It stopped on its way.
    #[error("nothing more came for {} seconds", STALL_LIMIT.as_secs())]
    Stalled,
    /// It ended before its end.
    #[error("the answer was cut off on its way")]
    Cut,
    /// The proxy lets nobody through.
    #[error("the proxy answered with status {0}")]
    Proxy(StatusCode),
}

/// A connection, whatever it leads through.
pub(super) trait Io: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Io for S {}
pub(super) type Stream = Box<dyn Io>;

/// An answer whose body is still to come.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Its status; redirects are not followed.
    pub(crate) status: StatusCode,
    /// Its headers.
    pub(crate) headers: HeaderMap,
    body: Incoming,
    _driving: AbortOnDropHandle<()>,
}

impl Client {
    /// Begins to get what is at `url`, through `proxy` if there is one.
    pub(crate) async fn open(
        &self,
        url: &Url,
        headers: HeaderMap,
        proxy: Option<&Proxy>,
    ) -> Result<Answer, DownloadError> {
        match timeout(HEAD_LIMIT, self.begin(url, headers, proxy)).await {
            Ok(answer) => answer,
            Err(_) => Err(DownloadError::Silent),
        }
    }

    async fn begin(
        &self,
        url: &Url,
        headers: HeaderMap,
        proxy: Option<&Proxy>,
    ) -> Result<Answer, DownloadError> {
        let uri: Uri = url.as_str().parse().map_err(|_| FetchError::Request)?;
        let (stream, _) = self.stream(&uri, proxy).await?;
        let mut request = Request::new(Vec::new());
        *request.uri_mut() = uri;
        *request.headers_mut() = headers;
        answer(stream, request).await
    }

    /// A connection over which what is at `uri` can be asked, and to which address it leads; through a proxy nobody knows.
    pub(super) async fn stream(
        &self,
        uri: &Uri,
        proxy: Option<&Proxy>,
    ) -> Result<(Stream, Option<IpAddr>), DownloadError> {
        let (host, port, is_secure) = place(uri);
        let (stream, peer): (Stream, _) = if let Some(proxy) = proxy {
            (self.through(proxy, &host, port, is_secure).await?, None)
        } else {
            let stream = self.connect(&host, port, is_secure).await?;
            let peer = stream.peer_addr().ok().map(|peer| peer.ip().to_canonical());
            (Box::new(stream), peer)
        };
        if is_secure {
            return Ok((Box::new(self.secured(host, stream).await?), peer));
        }
        Ok((stream, peer))
    }
}

async fn answer<S>(stream: S, request: Request<Vec<u8>>) -> Result<Answer, DownloadError>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(unreachable)?;
    // what fails here fails the body too
    let driving = AbortOnDropHandle::new(tokio::spawn(async move { drop(connection.await) }));
    let answer = sender.send_request(at_origin(request)?).await;
    let (parts, body) = answer.map_err(unreachable)?.into_parts();
    Ok(Answer {
        status: parts.status,
        headers: parts.headers,
        body,
        _driving: driving,
    })
}

impl Answer {
    /// The next part of the body; `None` at its end.
    pub(crate) async fn chunk(&mut self) -> Result<Option<Bytes>, DownloadError> {
        loop {
            let frame = timeout(STALL_LIMIT, self.body.frame())
                .await
                .map_err(|_| DownloadError::Stalled)?;
            match frame {
                None => return Ok(None),
                Some(Err(_)) => return Err(DownloadError::Cut),
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        return Ok(Some(data));
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    /// What becomes of an answer that is sent like this; then the connection ends, or nothing more comes.
    async fn of(sent: &str, ends: bool) -> Result<Vec<u8>, DownloadError> {
        let (ours, mut theirs) = tokio::io::duplex(1024);
        let sent = sent.to_owned();
        let peer = tokio::spawn(async move {
            let mut request = [0; 16];
            theirs.read_exact(&mut request).await.expect("a request");
            theirs.write_all(sent.as_bytes()).await.expect("sent");
            if !ends {
                std::future::pending::<()>().await;
            }
        });
        let _peer = AbortOnDropHandle::new(peer);
        let mut request = Request::new(Vec::new());
        *request.uri_mut() = Uri::from_static("http://a.example/file");
        let mut answer = answer(ours, request).await?;
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await? {
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_stops_is_not_whole() {
        let head = "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n";
        let whole = of(&format!("{head}abcdef"), false).await;
        assert_eq!(whole.expect("whole"), b"abcdef");
        let stalled = of(&format!("{head}abc"), false).await;
        assert!(
            matches!(stalled, Err(DownloadError::Stalled)),
            "{stalled:?}"
        );
        let cut = of(&format!("{head}abc"), true).await;
        assert!(matches!(cut, Err(DownloadError::Cut)), "{cut:?}");
    }
}
