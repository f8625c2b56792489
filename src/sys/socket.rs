//! Sockets, beyond reading and writing.

use std::os::fd::{AsFd, AsRawFd};

use std::io;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{Backlog, MsgFlags, listen, recv, setsockopt, sockopt};

/// After how many silent seconds the other end is asked whether it is still there, how many seconds
/// apart, and after how many questions without an answer it is gone.
const ASKED_AFTER: u32 = 60;
const ASKED_EACH: u32 = 10;
const ASKED_TIMES: u32 = 6;

/// Lets so many connections wait to be accepted at a socket that listens already, as far as the
/// system allows (listen(2), `net.core.somaxconn`).
///
/// # Errors
/// What listen(2) said.
pub fn lengthen_queue(socket: &impl AsFd, most: i32) -> io::Result<()> {
    Ok(listen(&socket, Backlog::new(most)?)?)
}

/// Finds out whether the other end of a silent TCP connection is still there, a machine that went
/// away without a word within two minutes (tcp(7), `SO_KEEPALIVE`); where something was sent to it
/// that it did not confirm, the kernel's own limit counts (`tcp_retries2`). What a listening socket
/// accepts inherits it.
///
/// # Errors
/// What setsockopt(2) said.
pub fn ask_whether_there(socket: &impl AsFd) -> io::Result<()> {
    setsockopt(socket, sockopt::TcpKeepIdle, &ASKED_AFTER)?;
    setsockopt(socket, sockopt::TcpKeepInterval, &ASKED_EACH)?;
    setsockopt(socket, sockopt::TcpKeepCount, &ASKED_TIMES)?;
    Ok(setsockopt(socket, sockopt::KeepAlive, &true)?)
}

/// What a connected socket has to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unread {
    /// Nothing so far.
    Nothing,
    /// Bytes.
    Bytes,
    /// Nothing any more: the other end has ended its side, or the connection broke.
    End,
}

/// Looks at what there is to be read and leaves it there (recv(2) with `MSG_PEEK` and
/// `MSG_DONTWAIT`).
pub fn unread(socket: &impl AsFd) -> Unread {
    let look = MsgFlags::MSG_PEEK | MsgFlags::MSG_DONTWAIT;
    match recv(socket.as_fd().as_raw_fd(), &mut [0], look) {
        Err(Errno::EAGAIN) => Unread::Nothing,
        Ok(0) | Err(_) => Unread::End,
        Ok(_) => Unread::Bytes,
    }
}

/// Whether a connection broke, or both ends have closed it, whatever has come and was not read
/// (poll(2), `POLLHUP` and `POLLERR`). One that a process closed which then sent nothing more looks
/// half open, until it is asked ([`ask_whether_there`]) and nobody knows it.
pub fn is_gone(socket: &impl AsFd) -> bool {
    let mut asked = [PollFd::new(socket.as_fd(), PollFlags::empty())];
    // It may be interrupted, and is asked again soon.
    let _ = poll(&mut asked, PollTimeout::ZERO);
    asked.iter().any(|asked| asked.any().unwrap_or_default())
}

/// How many bytes of what was sent the other end's system has not confirmed yet (tcp(7),
/// `SIOCOUTQ`); over a Unix socket, roughly those that nobody has read. 0 where that can't be told.
pub fn unconfirmed(socket: &impl AsFd) -> usize {
    let mut bytes: libc::c_int = 0;
    // SAFETY: TIOCOUTQ, which is the same number, writes one int.
    unsafe { libc::ioctl(socket.as_fd().as_raw_fd(), libc::TIOCOUTQ, &mut bytes) };
    usize::try_from(bytes).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::sys::socket::getsockopt;
    use std::io::Write;
    use std::net::{Shutdown, TcpListener, TcpStream};
    use std::os::unix::net::UnixStream;

    #[test]
    fn what_is_unread_is_told_from_the_end() {
        let (here, mut there) = UnixStream::pair().unwrap();
        assert_eq!(unread(&here), Unread::Nothing);
        there.write_all(b"x").unwrap();
        drop(there);
        assert_eq!(unread(&here), Unread::Bytes);
        assert_eq!(unread(&here), Unread::Bytes, "it is still there");
        let (here, there) = UnixStream::pair().unwrap();
        drop(there);
        assert_eq!(unread(&here), Unread::End);
    }

    #[test]
    fn the_end_is_seen_behind_what_nobody_has_read() {
        let (here, mut there) = UnixStream::pair().unwrap();
        there.write_all(b"x").unwrap();
        assert!(!is_gone(&here));
        there.shutdown(Shutdown::Write).unwrap();
        assert!(!is_gone(&here), "it may wait for an answer");
        drop(there);
        assert!(is_gone(&here));
    }

    #[test]
    fn what_nobody_reads_is_not_confirmed() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (accepted, _) = listener.accept().unwrap();
        assert_eq!(unconfirmed(&client), 0);
        client.set_nonblocking(true).unwrap();
        while client.write(&[0; 65_536]).is_ok() {}
        assert!(unconfirmed(&client) > 0);
        drop(accepted);
    }

    #[test]
    fn what_is_accepted_is_asked_whether_it_is_there() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        ask_whether_there(&listener).unwrap();
        let _client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (accepted, _) = listener.accept().unwrap();
        assert!(getsockopt(&accepted, sockopt::KeepAlive).unwrap());
        assert_eq!(getsockopt(&accepted, sockopt::TcpKeepIdle).unwrap(), ASKED_AFTER);
    }
}
