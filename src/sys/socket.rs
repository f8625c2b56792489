//! Sockets, beyond reading and writing.

use std::os::fd::{AsFd, AsRawFd};

use std::io;

use nix::errno::Errno;
use nix::sys::socket::{Backlog, MsgFlags, listen, recv};

/// Lets so many connections wait to be accepted at a socket that listens already, as far as the
/// system allows (listen(2), `net.core.somaxconn`).
///
/// # Errors
/// What listen(2) said.
pub fn lengthen_queue(socket: &impl AsFd, most: i32) -> io::Result<()> {
    Ok(listen(&socket, Backlog::new(most)?)?)
}

/// Whether a connected socket has nothing to be read: no byte, no end, no error (recv(2) with
/// `MSG_PEEK` and `MSG_DONTWAIT`).
pub fn is_quiet(socket: &impl AsFd) -> bool {
    let look = MsgFlags::MSG_PEEK | MsgFlags::MSG_DONTWAIT;
    recv(socket.as_fd().as_raw_fd(), &mut [0], look) == Err(Errno::EAGAIN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::os::unix::net::UnixStream;

    #[test]
    fn a_socket_is_quiet_until_something_comes_or_ends() {
        let (here, mut there) = UnixStream::pair().unwrap();
        assert!(is_quiet(&here));
        there.write_all(b"x").unwrap();
        assert!(!is_quiet(&here));
        let (here, there) = UnixStream::pair().unwrap();
        drop(there);
        assert!(!is_quiet(&here));
    }
}
