//! What the registry tells others by webhooks, and how: everything about it that needs no network, no database and no clock.
//!
//! * [`kind`] names what can happen; [`contents`] says what is told of it, in DTR's words; [`envelope`] makes the body of the request.
//! * [`endpoint`] is where it goes, [`headers`] what the receiver asked to be sent along. Both may hold secrets, and show none.
//! * [`signature`] proves to the receiver whose request it is.
//! * [`filter`] is what of all this a hook takes; [`retry`] when to try again, when to give up, and when to pause the hook.
//!
//! Which addresses may be connected to is decided where the connection is made, not here.
#![cfg_attr(not(test), warn(clippy::indexing_slicing, clippy::panic))]

pub mod contents;
pub mod endpoint;
pub mod envelope;
pub mod filter;
pub mod headers;
pub mod kind;
mod mask;
pub mod retry;
pub mod signature;
mod stamp;

pub use contents::Contents;
pub use endpoint::Endpoint;
pub use envelope::{Event, EventId, Format};
pub use filter::Filter;
pub use headers::CustomHeaders;
pub use kind::{Kind, Scope};
pub use retry::{Next, Outcome};
pub use signature::{Secret, Secrets};
