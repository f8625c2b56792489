//! The IDE's side: connections to it, and what is sent over them.

mod cookies;
mod drain;
mod exchange;
mod failure;
mod forwarded;
mod onward;
mod pool;
mod relay;
mod upload;

pub use drain::poll_drain;
pub use exchange::{Exchange, Received};
pub use failure::Failure;
pub use onward::Onward;
pub use pool::Upstream;
pub use relay::Relay;
