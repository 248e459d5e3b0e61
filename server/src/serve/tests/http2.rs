//! HTTP/2 (RFC 9113) by hand: frames that no well-behaved client would send.

use std::io::{Read as _, Write as _};

use super::*;

/// The longest frame that may be sent to us, and the longest headers' frames are made of.
const FRAME: usize = 16 * 1024;
const HEADERS: u8 = 1;
const GOAWAY: u8 = 7;
const CONTINUATION: u8 = 9;

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("short").to_be_bytes();
    let mut frame = length[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

/// A request with a header of so many bytes, in as many frames as it takes.
fn request(weight: usize) -> Vec<u8> {
    // HPACK (RFC 7541): `:method GET`, `:scheme https` and `:path /` of the static table, then a literal.
    let mut block = vec![0x82, 0x87, 0x84, 0x00, 1, b'x', 0x7f];
    let mut rest = weight - 0x7f;
    while rest >= 0x80 {
        block.push(u8::try_from(rest % 0x80).expect("seven bits") | 0x80);
        rest /= 0x80;
    }
    block.push(u8::try_from(rest).expect("seven bits"));
    block.resize(block.len() + weight, b'a');
    let mut sent = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    sent.extend(frame(4, 0, 0, &[]));
    let pieces: Vec<&[u8]> = block.chunks(FRAME).collect();
    for (index, piece) in pieces.iter().enumerate() {
        let kind = if index == 0 { HEADERS } else { CONTINUATION };
        let end_stream = u8::from(index == 0);
        let end_headers = if index + 1 == pieces.len() { 4 } else { 0 };
        sent.extend(frame(kind, end_stream | end_headers, 1, piece));
    }
    sent
}

/// What comes first of an answer and the connection's end: the kind of its frame, and what is in it. `None` where the
/// connection was closed before anything could be read: who still writes then may lose what was said.
async fn answer(running: &Running, weight: usize) -> Option<(u8, Vec<u8>)> {
    let mut stream = running.connect_by_tls().await;
    let request = request(weight);
    tokio::task::spawn_blocking(move || {
        let sent = stream.write_all(&request);
        loop {
            let mut head = [0; 9];
            if stream.read_exact(&mut head).is_err() {
                assert!(sent.is_err(), "all was taken, and nothing answered");
                return None;
            }
            let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
            let mut payload = vec![0; usize::try_from(length).expect("short")];
            stream.read_exact(&mut payload).expect("its payload");
            if [HEADERS, GOAWAY].contains(&head[3]) {
                return Some((head[3], payload));
            }
        }
    })
    .await
    .expect("client")
}

#[tokio::test]
async fn headers_beyond_what_is_read_are_answered_too() {
    // `:status 431`, as a literal in Huffman's code, and as one in a table that the next answers would use.
    let too_large = [
        &[0x48, 0x83][..],
        &[0x08, 0x83],
        &[0x48, 0x03],
        &[0x08, 0x03],
    ];
    let running = start(what_is_known(), &[]).await;
    for weight in [MAX_HEADERS, 140 * 1024] {
        let (kind, payload) = answer(&running, weight).await.expect("an answer");
        assert_eq!(kind, HEADERS, "{weight}");
        assert!(
            too_large.contains(&&payload[..2]),
            "{weight}: {payload:02x?}"
        );
    }
    // The library counts frames, and breaks off.
    if let Some((kind, payload)) = answer(&running, 400 * 1024).await {
        assert_eq!(
            (kind, &payload[4..8]),
            (GOAWAY, &[0, 0, 0, 11][..]),
            "{payload:02x?}"
        );
    }
    running.stop().await;
}
