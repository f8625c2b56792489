//! What is made of the IDE's answers on their way to the client.

pub mod ask;
mod change;
pub mod facts;
mod head;
mod plan;
mod webviews;

pub use change::{Change, Unchangeable};
pub use head::{Form, write_head};
pub use plan::{Plan, Scope};
