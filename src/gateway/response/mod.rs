//! What is made of the IDE's answers on their way to the client.

mod change;
mod head;

pub use change::{Change, Unchangeable};
pub use head::{Form, write_head};
