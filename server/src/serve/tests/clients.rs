//! Clients that do not simply ask and read: those that take nothing of their answer, and those that have said all they will.

use std::{
    io::{Read as _, Write as _},
    net::Shutdown,
};

use tokio::time::Instant;

use super::*;

const LENGTH: u64 = 64 << 20;
/// The default of `limits.download_idle`.
const IDLE: Duration = Duration::from_mins(1);

/// `/file`: 64 MiB, by `sendfile` where there is an outlet; more than sockets and TLS hold.
fn large(folder: &TempDir) -> Router {
    let file = std::fs::File::create_new(folder.path().join("file")).expect("file");
    file.set_len(LENGTH).expect("length");
    let file = std::fs::File::open(folder.path().join("file")).expect("file");
    let file = Arc::new(file);
    let send = async move |outlet: Option<Extension<Outlet>>| {
        let pieces = (0..LENGTH)
            .step_by(FilePart::MAX)
            .map(move |at| match &outlet {
                Some(Extension(outlet)) => outlet.announce(FilePart {
                    file: Arc::clone(&file),
                    at,
                    length: FilePart::MAX,
                }),
                None => bytes::Bytes::from(vec![0; FilePart::MAX]),
            });
        Body::from_stream(futures::stream::iter(
            pieces.map(Ok::<_, std::convert::Infallible>),
        ))
    };
    Router::new()
        .merge(what_is_known())
        .route("/file", get(send))
}

const ASK: &[u8] = b"GET /file HTTP/1.0\r\n\r\n";

/// Asks again until there is a place: the one client that has it is the one that stalls. The clock stands still, and moves
/// only while everybody waits for it.
async fn until_there_is_a_place(running: &Running) {
    let began = Instant::now();
    let closing = "GET /known HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let mut answer = String::new();
    while answer.is_empty() {
        assert!(began.elapsed() < IDLE * 2, "there is no place");
        tokio::time::sleep(IDLE / 4).await;
        answer = exchange(running.http, closing).await;
    }
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(began.elapsed() > IDLE / 2, "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn who_takes_nothing_of_a_file_loses_his_place() {
    let folder = tempfile::tempdir().expect("directory");
    let running = start(large(&folder), &[("PLIMSOLL_LIMITS_CONNECTIONS", "1")]).await;
    let mut stalling = TcpStream::connect(running.http).await.expect("connection");
    stalling.write_all(ASK).await.expect("request");
    let mut some = [0; 12];
    stalling.read_exact(&mut some).await.expect("answer");
    assert_eq!(&some, b"HTTP/1.0 200");
    until_there_is_a_place(&running).await;
    let mut rest = Vec::new();
    drop(stalling.read_to_end(&mut rest).await);
    assert!((rest.len() as u64) < LENGTH, "the answer came whole");
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn who_takes_nothing_by_tls_loses_his_place() {
    let folder = tempfile::tempdir().expect("directory");
    let running = start(large(&folder), &[("PLIMSOLL_LIMITS_CONNECTIONS", "1")]).await;
    let mut stalling = running.connect_by_tls().await;
    let mut stalling = tokio::task::spawn_blocking(move || {
        stalling.write_all(ASK).expect("request");
        let mut some = [0; 12];
        stalling.read_exact(&mut some).expect("answer");
        assert_eq!(&some, b"HTTP/1.0 200");
        stalling
    })
    .await
    .expect("client");
    until_there_is_a_place(&running).await;
    let length = tokio::task::spawn_blocking(move || {
        let mut rest = Vec::new();
        drop(stalling.read_to_end(&mut rest));
        rest.len() as u64
    });
    assert!(
        length.await.expect("client") < LENGTH,
        "the answer came whole"
    );
    running.stop().await;
}

#[tokio::test]
async fn who_has_said_all_gets_the_whole_answer() {
    let folder = tempfile::tempdir().expect("directory");
    let running = start(large(&folder), &[]).await;
    let mut stream = TcpStream::connect(running.http).await.expect("connection");
    stream.write_all(ASK).await.expect("request");
    stream.shutdown().await.expect("half-closed");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("answer");
    assert!(answer.len() as u64 > LENGTH, "{} bytes", answer.len());
    running.stop().await;
}

#[tokio::test]
async fn what_is_said_too_late_costs_nothing_of_the_answer() {
    let folder = tempfile::tempdir().expect("directory");
    let running = start(large(&folder), &[("PLIMSOLL_LIMITS_CONNECTIONS", "1")]).await;
    let mut stream = TcpStream::connect(running.http).await.expect("connection");
    stream.write_all(ASK).await.expect("request");
    let mut some = [0; 12];
    stream.read_exact(&mut some).await.expect("answer");
    // Nobody will read this: the server is sending, and closes the connection after that.
    stream.write_all(ASK).await.expect("another request");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("answer");
    assert!(answer.len() as u64 > LENGTH, "{} bytes", answer.len());
    // Its place is free when it is closed: by then it would have been reset.
    let closing = "GET /known HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    while exchange(running.http, closing).await.is_empty() {}
    assert_eq!(stream.take_error().expect("socket").map(|e| e.kind()), None);
    running.stop().await;
}

#[tokio::test]
async fn who_has_said_all_by_tls_gets_the_whole_answer() {
    let folder = tempfile::tempdir().expect("directory");
    let running = start(large(&folder), &[]).await;
    let mut stream = running.connect_by_tls().await;
    let length = tokio::task::spawn_blocking(move || {
        stream.write_all(ASK).expect("request");
        stream.conn.send_close_notify();
        stream.flush().expect("sent");
        stream.sock.shutdown(Shutdown::Write).expect("half-closed");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("answer");
        answer.len() as u64
    });
    let length = length.await.expect("client");
    assert!(length > LENGTH, "{length} bytes");
    running.stop().await;
}
