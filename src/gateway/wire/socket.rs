//! A stream, over the network or on one machine.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};

use crate::sys;
use crate::sys::socket::Unread;

/// One end of a connection, which nobody is ever held up by.
pub trait Stream {
    /// Reads what is there; 0 is the end.
    fn poll_read(&mut self, cx: &mut Context<'_>, into: &mut [u8]) -> Poll<io::Result<usize>>;

    /// Writes some of the first, then of the second.
    fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        first: &[u8],
        second: &[u8],
    ) -> Poll<io::Result<usize>>;

    /// Says that nothing more will be sent (shutdown(2) with SHUT_WR).
    fn end_sending(&mut self);
}

/// What is written at once.
pub enum Piece<'a> {
    /// With write(2).
    One(&'a [u8]),
    /// With writev(2), which costs more.
    Both([IoSlice<'a>; 2]),
}

/// How the first and then the second are written.
pub fn one_or_both<'a>(first: &'a [u8], second: &'a [u8]) -> Piece<'a> {
    match (first, second) {
        ([], one) | (one, []) => Piece::One(one),
        _ => Piece::Both([IoSlice::new(first), IoSlice::new(second)]),
    }
}

/// A connected socket, in the event loop.
#[derive(Debug)]
pub enum Socket {
    /// Over TCP.
    Tcp(TcpStream),
    /// Over a Unix socket.
    Unix(UnixStream),
}

impl Stream for Socket {
    fn poll_read(&mut self, cx: &mut Context<'_>, into: &mut [u8]) -> Poll<io::Result<usize>> {
        let mut buffer = ReadBuf::new(into);
        let read = match self {
            Socket::Tcp(stream) => Pin::new(stream).poll_read(cx, &mut buffer),
            Socket::Unix(stream) => Pin::new(stream).poll_read(cx, &mut buffer),
        };
        ready!(read)?;
        Poll::Ready(Ok(buffer.filled().len()))
    }

    fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        first: &[u8],
        second: &[u8],
    ) -> Poll<io::Result<usize>> {
        match (self, one_or_both(first, second)) {
            (Socket::Tcp(stream), Piece::One(one)) => Pin::new(stream).poll_write(cx, one),
            (Socket::Tcp(stream), Piece::Both(both)) => {
                Pin::new(stream).poll_write_vectored(cx, &both)
            }
            (Socket::Unix(stream), Piece::One(one)) => Pin::new(stream).poll_write(cx, one),
            (Socket::Unix(stream), Piece::Both(both)) => {
                Pin::new(stream).poll_write_vectored(cx, &both)
            }
        }
    }

    fn end_sending(&mut self) {
        let mut nobody = Context::from_waker(Waker::noop());
        // Neither kind ever has to wait for that; a connection that is gone needs no telling.
        let _ = match self {
            Socket::Tcp(stream) => Pin::new(stream).poll_shutdown(&mut nobody),
            Socket::Unix(stream) => Pin::new(stream).poll_shutdown(&mut nobody),
        };
    }
}

impl Socket {
    /// How many bytes of what was sent the other end has not taken yet.
    pub fn unconfirmed(&self) -> usize {
        match self {
            Socket::Tcp(stream) => sys::socket::unconfirmed(stream),
            Socket::Unix(stream) => sys::socket::unconfirmed(stream),
        }
    }

    /// Whether nobody is at the other end any more, whatever has come and was not read.
    pub fn is_gone(&self) -> bool {
        match self {
            Socket::Tcp(stream) => sys::socket::is_gone(stream),
            Socket::Unix(stream) => sys::socket::is_gone(stream),
        }
    }

    /// What has come and was not read, as of the event loop's last turn. Only where something has is
    /// the system asked what it is. Nobody may be waiting to read: the wait would be forgotten.
    pub fn unread(&self) -> Unread {
        let mut nobody = Context::from_waker(Waker::noop());
        match self {
            Socket::Tcp(stream) if stream.poll_read_ready(&mut nobody).is_pending() => {
                Unread::Nothing
            }
            Socket::Unix(stream) if stream.poll_read_ready(&mut nobody).is_pending() => {
                Unread::Nothing
            }
            Socket::Tcp(stream) => sys::socket::unread(stream),
            Socket::Unix(stream) => sys::socket::unread(stream),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::io::AsyncWriteExt;
    use tokio::task::yield_now;

    async fn comes_to(socket: &Socket, expected: Unread) {
        let comes = async {
            while socket.unread() != expected {
                yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), comes).await.unwrap();
    }

    #[tokio::test]
    async fn what_is_unread_is_known_once_the_event_loop_has_turned() {
        let (here, mut there) = UnixStream::pair().unwrap();
        let here = Socket::Unix(here);
        assert_eq!(here.unread(), Unread::Nothing);
        there.write_all(b"x").await.unwrap();
        comes_to(&here, Unread::Bytes).await;
        let (here, there) = UnixStream::pair().unwrap();
        drop(there);
        comes_to(&Socket::Unix(here), Unread::End).await;
    }
}
