//! What is in an image, and what is wrong with it. Only `Read`: no async, no network, no clock.
//!
//! * [`vulnerability`]: known vulnerabilities, the version orders, and which of them a component has.

pub mod vulnerability;
