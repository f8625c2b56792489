//! A socket outside the event loop: what it is ready for is what whoever watches it has heard.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::task::{Context, Poll};

use crate::gateway::wire::{Piece, Socket, Stream, one_or_both};
use crate::sys::epoll::Event;

/// The socket.
#[derive(Debug)]
pub struct Watched {
    socket: Plain,
    readable: bool,
    writable: bool,
    /// Whether the end comes behind what is to be read.
    ends: bool,
    /// How much of it may still be read in this turn, in bytes.
    left: usize,
}

#[derive(Debug)]
enum Plain {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Watched {
    /// Takes a socket out of the event loop.
    ///
    /// # Errors
    /// What epoll_ctl(2) said.
    pub fn from_event_loop(socket: Socket) -> io::Result<Watched> {
        let socket = match socket {
            Socket::Tcp(stream) => Plain::Tcp(stream.into_std()?),
            Socket::Unix(stream) => Plain::Unix(stream.into_std()?),
        };
        Ok(Watched { socket, readable: false, writable: false, ends: false, left: 0 })
    }

    /// Puts it back.
    ///
    /// # Errors
    /// What epoll_ctl(2) said.
    pub fn into_event_loop(self) -> io::Result<Socket> {
        Ok(match self.socket {
            Plain::Tcp(stream) => Socket::Tcp(tokio::net::TcpStream::from_std(stream)?),
            Plain::Unix(stream) => Socket::Unix(tokio::net::UnixStream::from_std(stream)?),
        })
    }

    /// Takes note of what was heard.
    pub fn note(&mut self, event: Event) {
        self.readable |= event.readable;
        self.writable |= event.writable;
        self.ends |= event.ends;
    }

    /// Whether its other side is closed, behind what is still to be read.
    pub fn has_ended(&self) -> bool {
        self.ends
    }

    /// So many bytes may be read before others get their turn.
    pub fn begin_turn(&mut self, bytes: usize) {
        self.left = bytes;
    }

    /// Whether it could be read from, and its turn is over.
    pub fn is_to_go_on(&self) -> bool {
        self.readable && self.left == 0
    }
}

impl Stream for Watched {
    fn poll_read(&mut self, _: &mut Context<'_>, into: &mut [u8]) -> Poll<io::Result<usize>> {
        if !self.readable || self.left == 0 {
            return Poll::Pending;
        }
        let most = into.len().min(self.left);
        match self.socket.read(into.get_mut(..most).unwrap_or_default()) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.readable = false;
                Poll::Pending
            }
            Ok(count) => {
                self.left -= count;
                // What comes behind it will be heard of (epoll(7), question 9).
                if count < most && !self.ends {
                    self.readable = false;
                }
                Poll::Ready(Ok(count))
            }
            error => Poll::Ready(error),
        }
    }

    fn poll_write(
        &mut self,
        _: &mut Context<'_>,
        first: &[u8],
        second: &[u8],
    ) -> Poll<io::Result<usize>> {
        if !self.writable {
            return Poll::Pending;
        }
        match self.socket.write(first, second) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.writable = false;
                Poll::Pending
            }
            Ok(count) => {
                self.writable = count == first.len() + second.len();
                Poll::Ready(Ok(count))
            }
            error => Poll::Ready(error),
        }
    }

    fn end_sending(&mut self) {
        // A connection that is gone needs no telling.
        let _ = match &self.socket {
            Plain::Tcp(stream) => stream.shutdown(Shutdown::Write),
            Plain::Unix(stream) => stream.shutdown(Shutdown::Write),
        };
    }
}

impl AsFd for Watched {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match &self.socket {
            Plain::Tcp(stream) => stream.as_fd(),
            Plain::Unix(stream) => stream.as_fd(),
        }
    }
}

impl Plain {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Plain::Tcp(stream) => stream.read(into),
            Plain::Unix(stream) => stream.read(into),
        }
    }

    fn write(&mut self, first: &[u8], second: &[u8]) -> io::Result<usize> {
        match (self, one_or_both(first, second)) {
            (Plain::Tcp(stream), Piece::One(one)) => stream.write(one),
            (Plain::Tcp(stream), Piece::Both(both)) => stream.write_vectored(&both),
            (Plain::Unix(stream), Piece::One(one)) => stream.write(one),
            (Plain::Unix(stream), Piece::Both(both)) => stream.write_vectored(&both),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::task::Waker;

    const READY: Event = Event { number: 0, readable: true, writable: true, ends: false };

    /// One that is ready, and holds these bytes.
    fn holding(bytes: &[u8]) -> (Watched, UnixStream) {
        let (here, there) = tokio::net::UnixStream::pair().unwrap();
        let mut there = there.into_std().unwrap();
        there.write_all(bytes).unwrap();
        let mut watched = Watched::from_event_loop(Socket::Unix(here)).unwrap();
        watched.note(READY);
        (watched, there)
    }

    /// How much comes at once, of at most four bytes.
    fn read(watched: &mut Watched) -> Option<usize> {
        match watched.poll_read(&mut Context::from_waker(Waker::noop()), &mut [0; 4]) {
            Poll::Ready(count) => Some(count.unwrap()),
            Poll::Pending => None,
        }
    }

    #[tokio::test]
    async fn a_turn_is_over_after_so_much_and_the_next_goes_on() {
        let (mut watched, _there) = holding(&[7; 14]);
        watched.begin_turn(7);
        assert_eq!([(); 3].map(|()| read(&mut watched)), [Some(4), Some(3), None]);
        assert!(watched.is_to_go_on());
        watched.begin_turn(100);
        assert_eq!([(); 3].map(|()| read(&mut watched)), [Some(4), Some(3), None]);
        watched.begin_turn(0);
        assert!(!watched.is_to_go_on(), "there is nothing more");
    }

    #[tokio::test]
    async fn the_end_behind_the_last_bytes_is_read() {
        let (mut watched, there) = holding(&[7; 2]);
        drop(there);
        watched.note(Event { ends: true, ..READY });
        watched.begin_turn(100);
        assert_eq!([(); 2].map(|()| read(&mut watched)), [Some(2), Some(0)]);
    }

    #[tokio::test]
    async fn what_is_full_is_not_written_to_before_it_is_heard_of() {
        let (mut watched, mut there) = holding(&[]);
        let write = |watched: &mut Watched| {
            watched.poll_write(&mut Context::from_waker(Waker::noop()), &[], &[7; 100_000])
        };
        while write(&mut watched).is_ready() {}
        assert_eq!(there.read(&mut [0; 50_000]).unwrap(), 50_000);
        assert!(write(&mut watched).is_pending());
        watched.note(READY);
        assert!(write(&mut watched).is_ready());
    }
}
