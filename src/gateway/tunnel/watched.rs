//! A socket outside the event loop: what it is ready for is what whoever watches it has heard.

use std::io::{self, IoSlice, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::task::{Context, Poll};

use crate::gateway::wire::{Socket, Stream};
use crate::sys::epoll::Event;

/// How often it is read from before others get their turn.
const TURN: u8 = 8;

/// The socket.
#[derive(Debug)]
pub struct Watched {
    socket: Plain,
    readable: bool,
    writable: bool,
    /// Whether the end comes behind what is to be read.
    ends: bool,
    /// How often it may still be read from in this turn.
    left: u8,
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
    pub fn take(socket: Socket) -> io::Result<Watched> {
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
    pub fn give_back(self) -> io::Result<Socket> {
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

    /// It may be read from so often again.
    pub fn begin_turn(&mut self) {
        self.left = TURN;
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
        self.left -= 1;
        match self.socket.read(into) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.readable = false;
                Poll::Pending
            }
            Ok(count) => {
                // There is nothing behind it, or it will be heard of.
                if count < into.len() && !self.ends {
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
        let both = [IoSlice::new(first), IoSlice::new(second)];
        let one = if first.is_empty() { second } else { first };
        let alone = first.is_empty() || second.is_empty();
        match self {
            Plain::Tcp(stream) if alone => stream.write(one),
            Plain::Tcp(stream) => stream.write_vectored(&both),
            Plain::Unix(stream) if alone => stream.write(one),
            Plain::Unix(stream) => stream.write_vectored(&both),
        }
    }
}
