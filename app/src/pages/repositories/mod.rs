//! All repositories that the visitor may see, and making a new one.

pub mod list;
pub mod new;
