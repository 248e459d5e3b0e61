//! The rules as a caller uses them: out of JSON, against an image, to a verdict with reasons.

mod fields;
mod hostile;
mod image;
mod logic;
mod oracle;
mod policies;
mod reasons;
mod refused;
