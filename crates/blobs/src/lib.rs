//! Content by digest, on files: what was pushed, and uploads on their way.
//!
//! ```text
//! <root>/blobs/sha256/ab/<hex>            one file per content
//! <root>/uploads/<owner>/<upload>         what has arrived of an upload
//! <root>/uploads/<owner>/<upload>.state   its running digest, so that it goes on without reading all again
//! <root>/uploads/<owner>/<id>.part        a content that is pushed in one request
//! <root>/quarantine/sha256-<hex>          what was found damaged and is not served any more
//! ```
//!
//! A blob that was acknowledged is durable: its bytes are synced, then it is renamed into place, then the folder is
//! synced. What is in place is therefore whole, and a failed write leaves nothing there. Nothing is walked when the
//! store is opened. Only this crate touches stored bytes.
//!
//! A store may hand small content back ([`BlobStore::handing_back`]) instead of giving it a file: who asked keeps it with
//! the row that makes it visible, durable in that one transaction, where a file of its own would cost two syncs more.

mod blob;
mod disk;
mod error;
mod locks;
mod maintenance;
mod receive;
mod state;
mod store;
mod upload;
mod writer;

#[cfg(test)]
mod tests;

pub use blob::{Blob, BlobReader, BlobStream, FilePart, HandOver};
pub use error::Error;
pub use maintenance::Verification;
pub use receive::Limits;
pub use store::{Arrived, BlobStore, UploadKey};
pub use upload::Upload;
