//! The IDE's side: connections to it, and what is sent over them.

mod cookies;
mod exchange;
mod forwarded;
mod frames;
mod hop_by_hop;
mod pool;
mod request_body;
mod response_body;
mod tunnel;

pub use exchange::{Exchange, Failure};
pub use pool::Upstream;
