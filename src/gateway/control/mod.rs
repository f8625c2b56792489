//! The gateway's side of the control socket: commands over short connections, and a mirror of the
//! services' state over a lasting one.

pub mod mirror;
mod signs;
pub mod view;

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::time::timeout;

use crate::control::protocol::{Reply, Request};

/// How long PID 1 may take to answer. It answers from memory; this is for when it is stuck.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why there is no answer from PID 1.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// The socket cannot be reached.
    #[error("the control socket {path} cannot be reached: {source}", path = path.display())]
    Unreachable {
        /// The socket.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The connection broke, or ended before there was an answer.
    #[error("the control connection broke: {0}")]
    Broken(#[from] io::Error),
    /// The answer is not one of the protocol's.
    #[error("the control socket's answer cannot be read: {0}")]
    Unreadable(#[from] serde_json::Error),
    /// No answer within [`PATIENCE`].
    #[error("the control socket did not answer within {} s", PATIENCE.as_secs())]
    Silent,
}

/// The control socket.
#[derive(Debug, Clone)]
pub struct Control {
    path: PathBuf,
}

impl Control {
    /// The socket at a path; nothing is opened yet.
    pub fn new(path: &Path) -> Control {
        Control { path: path.to_owned() }
    }

    /// Asks one thing and returns the one answer.
    pub async fn ask(&self, request: &Request) -> Result<Reply, ControlError> {
        let answer = async {
            let (_requests, mut replies) = self.open(request).await?;
            replies.next().await
        };
        let answered = timeout(PATIENCE, answer).await.map_err(|_| ControlError::Silent)??;
        answered.ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof).into())
    }

    /// Asks something and returns the connection: what else is asked, and where the answers come from.
    pub async fn open(&self, request: &Request) -> Result<(Requests, Replies), ControlError> {
        let stream = UnixStream::connect(&self.path)
            .await
            .map_err(|source| ControlError::Unreachable { path: self.path.clone(), source })?;
        let (read, write) = stream.into_split();
        let mut requests = Requests(write);
        requests.send(request).await?;
        Ok((requests, Replies(BufReader::new(read))))
    }
}

/// What is asked over one connection.
#[derive(Debug)]
pub struct Requests(OwnedWriteHalf);

impl Requests {
    /// Asks.
    pub async fn send(&mut self, request: &Request) -> Result<(), ControlError> {
        let mut line = serde_json::to_vec(request)?;
        line.push(b'\n');
        Ok(self.0.write_all(&line).await?)
    }
}

/// The answers that come over one connection.
#[derive(Debug)]
pub struct Replies(BufReader<OwnedReadHalf>);

impl Replies {
    /// The next answer; none once the connection has ended.
    pub async fn next(&mut self) -> Result<Option<Reply>, ControlError> {
        let mut line = String::new();
        if self.0.read_line(&mut line).await? == 0 {
            return Ok(None);
        }
        Ok(Some(serde_json::from_str(&line)?))
    }
}
