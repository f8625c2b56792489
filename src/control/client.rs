//! The control socket's client side, for the command line.

use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::protocol::{Reply, Request};
use crate::sys::creds;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why nobody could be asked.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// There is no socket, or nobody listens.
    #[error(
        "{}: {reason}. Is waiide-init running in this container, and done with the home and the \
         start hooks (its log tells)? If it is not PID 1 and was given a --run-dir, give the same \
         here",
        path.display()
    )]
    Connect {
        /// The socket.
        path: PathBuf,
        /// Why.
        reason: io::Error,
    },
    /// The answer did not come in time.
    #[error(
        "waiide-init has not answered within {} s: is it stopped, or the machine overloaded?",
        PATIENCE.as_secs()
    )]
    Late,
    /// The answer can't be read.
    #[error("no usable answer: {0}")]
    Answer(io::Error),
    /// The request was refused.
    #[error("{0}")]
    Refused(String),
}

/// A connection.
#[derive(Debug)]
pub struct Client(BufReader<UnixStream>);

impl Client {
    /// Connects. Root without the right to override permissions becomes the socket's owner first:
    /// a health check runs as root in a container that may have lost that right.
    pub fn connect(path: &Path) -> Result<Self, ClientError> {
        let failed = |reason| ClientError::Connect { path: path.to_owned(), reason };
        let stream = match UnixStream::connect(path) {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied && creds::uid() == 0 => {
                become_owner(path).map_err(failed)?;
                UnixStream::connect(path)
            }
            other => other,
        };
        let stream = stream.map_err(failed)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Client(BufReader::new(stream)))
    }

    /// Asks, and takes one answer.
    pub fn ask(&mut self, request: &Request) -> Result<Reply, ClientError> {
        self.send(request)?;
        self.next_reply()
    }

    /// Asks.
    pub fn send(&mut self, request: &Request) -> Result<(), ClientError> {
        let mut line = serde_json::to_vec(request).map_err(io::Error::from)?;
        line.push(b'\n');
        Ok(self.0.get_mut().write_all(&line)?)
    }

    /// Takes the next answer.
    pub fn next_reply(&mut self) -> Result<Reply, ClientError> {
        let mut line = String::new();
        if self.0.read_line(&mut line)? == 0 {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
        match serde_json::from_str(&line).map_err(io::Error::from)? {
            Reply::Error(error) => Err(ClientError::Refused(error.message)),
            reply => Ok(reply),
        }
    }

    /// Waits for answers as long as it takes.
    pub fn be_patient(&self) -> Result<(), ClientError> {
        Ok(self.0.get_ref().set_read_timeout(None)?)
    }
}

impl From<io::Error> for ClientError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => ClientError::Late,
            _ => ClientError::Answer(error),
        }
    }
}

/// Whether somebody serves the socket. As whoever this process is, without changing that.
pub fn is_served(path: &Path) -> bool {
    UnixStream::connect(path).is_ok()
}

fn become_owner(path: &Path) -> io::Result<()> {
    let dir = path.parent().unwrap_or(path);
    let owner = std::fs::metadata(dir)?;
    creds::set_groups(&[])?;
    creds::set_gid(owner.gid())?;
    creds::set_uid(owner.uid())
}
