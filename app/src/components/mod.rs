//! Parts that pages are put together from.

pub mod choice;
pub mod clock;
pub mod copy;
pub mod delete;
pub mod dialog;
pub mod field;
pub mod filter;
pub mod focus;
pub mod icon;
pub mod job;
pub mod live;
pub mod load;
pub mod namespace;
pub mod owned;
pub mod pager;
pub mod people;
pub mod relabel;
pub mod remove;
pub mod rename;
pub mod scan;
pub mod severity;
pub mod suggest;
pub mod table;
pub mod tabs;
pub mod task;
pub mod toast;
