//! A PostgreSQL that says no, in each of its ways, and what we make of it.

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use super::*;

/// Answers that it speaks no TLS, hears who wants what, and answers with an error of this code and message.
async fn refuse(client: &mut TcpStream, code: &str, message: &str) {
    let mut request = [0; 8];
    client.read_exact(&mut request).await.expect("SSLRequest");
    client.write_all(b"N").await.expect("no TLS");
    let length = client.read_u32().await.expect("length");
    let mut startup = vec![0; usize::try_from(length).expect("short") - 4];
    client.read_exact(&mut startup).await.expect("startup");
    let fields = format!("SFATAL\0VFATAL\0C{code}\0M{message}\0\0");
    let length = u32::try_from(fields.len() + 4).expect("short");
    client.write_all(b"E").await.expect("an error");
    client.write_u32(length).await.expect("length");
    client.write_all(fields.as_bytes()).await.expect("fields");
}

/// What is said of a PostgreSQL that answers with these codes and messages, one after the other; its port is `PORT`.
async fn said(answers: &'static [(&'static str, &'static str)]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("socket");
    let port = listener.local_addr().expect("address").port();
    let server = tokio::spawn(async move {
        for (code, message) in answers {
            let (mut client, _) = listener.accept().await.expect("client");
            refuse(&mut client, code, message).await;
        }
    });
    let url = format!("postgres://ada:s3cret@127.0.0.1:{port}/harbour");
    let error = reach(&url).await.expect_err("refused").to_string();
    server.await.expect("server");
    assert!(!error.contains("s3cret"), "{error}");
    error.replace(&port.to_string(), "PORT")
}

#[tokio::test]
async fn nobody_there() {
    let free = TcpListener::bind("127.0.0.1:0").await.expect("socket");
    let port = free.local_addr().expect("address").port();
    drop(free);
    let url = format!("postgres://ada:s3cret@127.0.0.1:{port}/harbour");
    let error = reach(&url).await.expect_err("refused").to_string();
    assert_eq!(
        error.replace(&port.to_string(), "PORT"),
        "nothing listens at 127.0.0.1:PORT (connection refused), where PostgreSQL should have the database `harbour` \
         for the user `ada`; start it there, or correct --database-url"
    );
}

#[tokio::test]
async fn no_entry() {
    assert_eq!(
        said(&[("28P01", "password authentication failed for user \"ada\"")]).await,
        "PostgreSQL at 127.0.0.1:PORT refuses the database `harbour` for the user `ada`: password authentication failed \
         for user \"ada\"; correct the user and the password in --database-url"
    );
}

#[tokio::test]
async fn no_database() {
    assert_eq!(
        said(&[("3D000", "database \"harbour\" does not exist")]).await,
        "PostgreSQL at 127.0.0.1:PORT lets the user `ada` in, but has no database `harbour`; make it there with \
         CREATE DATABASE, or name another with --database-url"
    );
}

#[tokio::test]
async fn who_comes_up_is_asked_again() {
    assert_eq!(
        said(&[
            ("57P03", "the database system is starting up"),
            ("53300", "sorry, too many clients already"),
        ])
        .await,
        "PostgreSQL at 127.0.0.1:PORT refuses the database `harbour` for the user `ada`: sorry, too many clients already"
    );
}

#[tokio::test(start_paused = true)]
async fn silence() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("socket");
    let port = listener.local_addr().expect("address").port();
    let asked = Instant::now();
    let url = format!("postgres://ada:s3cret@127.0.0.1:{port}/harbour");
    let error = reach(&url).await.expect_err("silence").to_string();
    assert_eq!(asked.elapsed().as_secs(), PATIENCE.as_secs());
    assert_eq!(
        error.replace(&port.to_string(), "PORT"),
        "PostgreSQL at 127.0.0.1:PORT did not answer within 10 s, when asked for the database `harbour` for the user \
         `ada`; see whether it runs and a firewall lets us through, or correct --database-url"
    );
}

#[tokio::test]
async fn another_program() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("socket");
    let port = listener.local_addr().expect("address").port();
    let server = tokio::spawn(async move {
        let (mut client, _) = listener.accept().await.expect("client");
        client.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await
    });
    let url = format!("postgres://ada:s3cret@127.0.0.1:{port}/harbour");
    let error = reach(&url).await.expect_err("HTTP").to_string();
    server.await.expect("server").expect("written");
    assert!(
        error.starts_with(&format!(
            "PostgreSQL at 127.0.0.1:{port}, asked for the database `harbour` for the user `ada`, cannot be spoken to: "
        )),
        "{error}"
    );
    assert!(!error.contains("s3cret"), "{error}");
}

#[tokio::test]
async fn an_address_that_cannot_be_read() {
    let url = "postgres://ada:s3cret@127.0.0.1/harbour?sslmode=sometimes";
    let error = reach(url).await.expect_err("unreadable").to_string();
    assert!(
        error.starts_with("the address of PostgreSQL cannot be read: ")
            && error.ends_with("; correct --database-url")
            && !error.contains("s3cret"),
        "{error}"
    );
}
