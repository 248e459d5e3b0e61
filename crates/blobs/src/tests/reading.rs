//! Blobs that are read: from memory, from the disk, in part.

use super::*;
use crate::Blob;
use futures::TryStreamExt;
use rustix::fs::{Advice, fadvise};
use std::sync::Arc;

async fn part(blob: Blob, start: u64, end: u64) -> io::Result<Vec<u8>> {
    let chunks: Vec<Bytes> = blob.stream(start, end).try_collect().await?;
    assert!(chunks.iter().all(|chunk| !chunk.is_empty()));
    Ok(chunks.concat())
}

/// Makes the system forget the bytes, so that they come from the disk; `tmpfs` does not, and then they come from memory.
fn forget(place: &Place, digest: &Digest) {
    let file = fs::File::open(place.store.disk.blob(digest)).unwrap();
    file.sync_all().unwrap();
    fadvise(file, 0, None, Advice::DontNeed).unwrap();
}

#[tokio::test]
async fn ranges_from_memory_and_from_disk() {
    let place = Place::new();
    let content = content(3_000_000);
    let digest = place.put(&content).await;
    let size = content.len() as u64;
    for (start, end) in [
        (0, size),
        (0, 0),
        (0, 1),
        (size - 1, size),
        (size, size),
        (1000, 33_000),
        (262_143, 262_145),
        (262_144, 524_288),
        (100, size - 100),
    ] {
        let expected = &content[usize::try_from(start).unwrap()..usize::try_from(end).unwrap()];
        for _ in 0..2 {
            let blob = place.store.open_blob(&digest).await.unwrap().unwrap();
            assert_eq!(blob.size, size);
            assert!(
                part(blob, start, end).await.unwrap() == expected,
                "{start}..{end}"
            );
            forget(&place, &digest);
        }
    }
    assert!(place.read(&digest).await.unwrap() == content);
}

#[tokio::test]
async fn readers_do_not_share_what_they_hold() {
    let place = Place::new();
    let contents: Vec<_> = (0..4)
        .map(|i| [&[i; 10], &content(600_000)[..]].concat())
        .collect();
    let mut streams = vec![];
    for content in &contents {
        let digest = place.put(content).await;
        streams.push(
            place
                .store
                .open_blob(&digest)
                .await
                .unwrap()
                .unwrap()
                .stream(0, content.len() as u64),
        );
    }
    let mut read = vec![vec![]; 4];
    for _ in 0..3 {
        for (stream, read) in streams.iter_mut().zip(&mut read) {
            read.extend(stream.try_next().await.unwrap());
        }
    }
    for (read, content) in read.iter().zip(&contents) {
        assert!(read.concat() == *content);
    }
}

#[tokio::test]
async fn what_is_not_there_is_none() {
    let place = Place::new();
    let digest = Digest::of(SHA256, b"x");
    assert!(place.store.open_blob(&digest).await.unwrap().is_none());
    assert!(!place.store.remove(&digest).await.unwrap());
    place.put(b"x").await;
    let blob = place.store.open_blob(&digest).await.unwrap().unwrap();
    assert!(place.store.remove(&digest).await.unwrap());
    assert!(place.store.open_blob(&digest).await.unwrap().is_none());
    assert_eq!(blob.read_all().await.unwrap(), "x");
}

#[tokio::test]
async fn a_blob_that_was_cut_is_an_error_not_an_end() {
    let place = Place::new();
    let digest = place.put(&content(1_000_000)).await;
    let open = async || place.store.open_blob(&digest).await.unwrap().unwrap();
    let (whole, streamed, behind) = (open().await, open().await, open().await);
    fs::File::options()
        .write(true)
        .open(place.store.disk.blob(&digest))
        .unwrap()
        .set_len(300_000)
        .unwrap();
    assert_eq!(
        whole.read_all().await.unwrap_err().kind(),
        io::ErrorKind::UnexpectedEof
    );
    assert_eq!(
        part(streamed, 0, 1_000_000).await.unwrap_err().kind(),
        io::ErrorKind::UnexpectedEof
    );
    assert_eq!(
        part(behind, 400_000, 400_001).await.unwrap_err().kind(),
        io::ErrorKind::UnexpectedEof
    );
}

#[tokio::test]
async fn many_read_at_once() {
    let place = Place::new();
    let content: Arc<[u8]> = content(2_000_000).into();
    let digest = place.put(&content).await;
    let readers = (0..40).map(|_| {
        let (store, content) = (place.store.clone(), content.clone());
        tokio::spawn(async move {
            let blob = store.open_blob(&digest).await.unwrap().unwrap();
            part(blob, 0, 2_000_000).await.unwrap() == *content
        })
    });
    assert!(
        futures::future::join_all(readers)
            .await
            .into_iter()
            .all(Result::unwrap)
    );
}

#[tokio::test]
async fn what_is_in_memory_is_handed_over() {
    let place = Place::new();
    let content = content(3_000_000);
    let digest = place.put(&content).await;
    for (start, end) in [(0, 3_000_000), (5, 6), (1000, 1_049_577), (7, 7)] {
        let parts = Arc::new(std::sync::Mutex::new(vec![]));
        let taken = Arc::clone(&parts);
        let blob = place.store.open_blob(&digest).await.unwrap().unwrap();
        let stream = blob.stream(start, end).handing_over(Box::new(move |part| {
            let stand_in = Bytes::from(vec![b'?'; part.length]);
            taken.lock().unwrap().push(part);
            stand_in
        }));
        let sent: Vec<Bytes> = stream.try_collect().await.unwrap();
        assert!(sent.iter().flatten().all(|byte| *byte == b'?'));
        let mut read = vec![];
        for part in parts.lock().unwrap().iter() {
            assert!((1..=crate::FilePart::MAX).contains(&part.length));
            let mut bytes = vec![0; part.length];
            std::os::unix::fs::FileExt::read_exact_at(&*part.file, &mut bytes, part.at).unwrap();
            read.extend(bytes);
        }
        let expected = &content[usize::try_from(start).unwrap()..usize::try_from(end).unwrap()];
        assert!(read == expected, "{start}..{end}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_not_handed_over() {
    let place = Place::new();
    let digest = place.put(b"short").await;
    let blob = place.store.open_blob(&digest).await.unwrap().unwrap();
    let stream = blob
        .stream(0, 10)
        .handing_over(Box::new(|_| panic!("its end is not in memory")));
    let error = stream.try_collect::<Vec<_>>().await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
}
