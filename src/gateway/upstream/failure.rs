//! Why a request to the IDE comes to nothing.

use crate::gateway::client::Gone;
use crate::gateway::http1::Broken;

/// Why there is no answer, or no more of it.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The connection ended before any of an answer came.
    #[error("the IDE hung up instead of answering")]
    HungUp,
    /// It ended, or broke, in an answer.
    #[error("the IDE's answer broke off")]
    BrokeOff,
    /// What came is no answer.
    #[error("what the IDE sent is not an answer: {0}")]
    Garbage(String),
    /// The client is no more.
    #[error(transparent)]
    Client(#[from] Gone),
    /// The request's body is not what it should be.
    #[error("the request: {0}")]
    Request(Broken),
}
