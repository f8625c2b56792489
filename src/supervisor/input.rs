//! What tasks tell the runner.

use tokio::sync::mpsc::{Receiver, Sender, UnboundedReceiver};

use super::signals::Source;
use crate::control::ownership::Ownership;
use crate::control::protocol::{Reply, Request};

/// A client's request.
#[derive(Debug)]
pub struct Asked {
    /// What it asked.
    pub request: Request,
    /// Where the answer goes.
    pub client: Sender<Reply>,
}

/// A signal that was read.
#[derive(Debug)]
pub struct Signal {
    /// Which one.
    pub number: i32,
    /// Where it comes from.
    pub source: Source,
}

/// Where the runner hears of signals and requests. They come apart, and no faster than they are
/// dealt with, so that neither a storm of the ones nor a flood of the others drowns the rest.
#[derive(Debug)]
pub struct Inputs {
    /// The signals that were read.
    pub signals: Receiver<Signal>,
    /// What clients asked.
    pub requests: Receiver<Asked>,
    /// How the helper in the background gets on.
    pub ownership: UnboundedReceiver<Ownership>,
}
