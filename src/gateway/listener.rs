//! Where clients come in.

use std::fs;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream, UnixListener, UnixStream};

use super::config::Listen;
use crate::sys;

/// The mode of a Unix socket: its owner and group may connect.
const SOCKET_MODE: u32 = 0o660;
/// How many connections may wait to be accepted; the system has a limit of its own. One for which
/// there is no place is tried again only after a second.
const QUEUE: i32 = 4096;
/// The pause after running out of descriptors or memory: time for some to come free.
const PAUSE: Duration = Duration::from_millis(100);

/// Why the gateway cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// An address cannot be bound.
    #[error("cannot listen on {address}: {reason}; {remedy}")]
    Tcp {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        reason: io::Error,
        /// What to do about it.
        remedy: &'static str,
    },
    /// A socket cannot be made.
    #[error("cannot listen on {path}: {reason}; the run directory must be writable (--run-dir or WAIIDE_RUN_DIR)", path = path.display())]
    Unix {
        /// The socket.
        path: PathBuf,
        /// What the system said.
        reason: io::Error,
    },
}

/// A bound socket.
#[derive(Debug)]
pub enum Listener {
    /// On an address.
    Tcp(TcpListener),
    /// On a path.
    Unix(UnixListener),
}

/// A client's connection.
#[derive(Debug)]
pub enum Accepted {
    /// Over the network, from an address.
    Tcp(TcpStream, IpAddr),
    /// From the same machine.
    Unix(UnixStream),
}

impl Listener {
    /// Binds.
    pub async fn bind(listen: &Listen) -> Result<Listener, ListenError> {
        match listen {
            Listen::Tcp(address) => bind_tcp(*address).map(Listener::Tcp),
            Listen::Unix(path) => bind_unix(path)
                .map(Listener::Unix)
                .map_err(|reason| ListenError::Unix { path: path.clone(), reason }),
        }
    }

    /// Where it listens, in words.
    pub fn place(&self) -> String {
        let place = match self {
            Listener::Tcp(listener) => listener.local_addr().map(|address| address.to_string()),
            Listener::Unix(listener) => listener.local_addr().map(|address| format!("{address:?}")),
        };
        place.unwrap_or_else(|error| error.to_string())
    }

    /// The port that it listens on; none on a Unix socket.
    pub fn port(&self) -> Option<u16> {
        match self {
            Listener::Tcp(listener) => listener.local_addr().ok().map(|address| address.port()),
            Listener::Unix(_) => None,
        }
    }

    /// The next client. What goes wrong with one client, or for want of descriptors, is no reason
    /// to stop listening.
    pub async fn accept(&self) -> Accepted {
        loop {
            let accepted = match self {
                Listener::Tcp(listener) => listener
                    .accept()
                    .await
                    .map(|(stream, address)| Accepted::Tcp(stream, address.ip())),
                Listener::Unix(listener) => listener.accept().await.map(|(s, _)| Accepted::Unix(s)),
            };
            match accepted {
                Ok(accepted) => return accepted,
                Err(error) if is_one_clients(&error) => tracing::debug!(%error, "accept"),
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection; trying again");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }
}

/// Whether an error is about a connection that is gone already (accept(2)).
fn is_one_clients(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionReset | Interrupted)
}

/// What is accepted inherits the options (tcp(7) on Linux), at no system call of its own.
fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    // Some sandboxes know no such options, and serve all the same.
    let options = socket.set_nodelay(true).and_then(|()| sys::socket::ask_whether_there(&socket));
    if let Err(error) = options {
        tracing::debug!(%error, "TCP_NODELAY, SO_KEEPALIVE");
    }
    socket.bind(address)?;
    socket.listen(QUEUE.unsigned_abs())
}

fn bind_tcp(address: SocketAddr) -> Result<TcpListener, ListenError> {
    listen(address).map_err(|reason| {
        let remedy = match reason.kind() {
            io::ErrorKind::AddrInUse => {
                "another process holds the port: stop it, or choose another port with --port or WAIIDE_PORT"
            }
            io::ErrorKind::PermissionDenied => {
                "ports below 1024 are for root: choose another with --port or WAIIDE_PORT"
            }
            _ => "choose an address of this machine with --bind or WAIIDE_BIND",
        };
        ListenError::Tcp { address, reason, remedy }
    })
}

/// Binds a Unix socket in the place of one that an earlier run has left; another kind of file stays
/// and is an error.
fn bind_unix(path: &Path) -> io::Result<UnixListener> {
    if fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket()) {
        fs::remove_file(path)?;
    }
    let listener = UnixListener::bind(path)?;
    sys::socket::lengthen_queue(&listener, QUEUE)?;
    fs::set_permissions(path, fs::Permissions::from_mode(SOCKET_MODE))?;
    Ok(listener)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_accepted_sends_at_once() {
        let listener = listen("127.0.0.1:0".parse().unwrap()).unwrap();
        let _client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (accepted, _) = listener.accept().await.unwrap();
        assert!(accepted.nodelay().unwrap());
    }
}
