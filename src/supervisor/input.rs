//! What tasks tell the runner.

use tokio::sync::mpsc::Sender;

use crate::control::protocol::{Reply, Request};

/// What comes in from tasks.
#[derive(Debug)]
pub enum Input {
    /// A signal was read.
    Signal(i32),
    /// A client asked for something.
    Asked(Request, Sender<Reply>),
}
