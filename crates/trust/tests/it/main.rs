//! The crate as a registry uses it, against clients made here and what a real one made.

mod attached;
mod attacks;
mod bodies;
mod client;
mod delegations;
mod limits;
mod marks;
mod matrix;
mod publish;
mod renew;
mod roots;
mod server;
mod server_keys;
mod signed;
mod size;
mod snapshots;
mod vectors;
mod view;
