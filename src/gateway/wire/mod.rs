//! One end of a connection: its socket, what has come and is not read yet, what is to be sent and
//! the system did not take yet.

mod incoming;
mod outgoing;
mod patience;
pub mod scratch;
mod socket;

use std::io;
use std::task::{Context, Poll};

pub use incoming::Incoming;
pub use outgoing::Outgoing;
pub use patience::Patience;
pub use socket::{Piece, Socket, Stream, one_or_both};

/// One end of a connection.
#[derive(Debug)]
pub struct Link<S = Socket> {
    /// The socket.
    pub socket: S,
    /// What has come.
    pub incoming: Incoming,
    /// What is to be sent.
    pub outgoing: Outgoing,
}

impl Link {
    /// Takes a socket.
    pub fn new(socket: Socket) -> Link {
        Link { socket, incoming: Incoming::default(), outgoing: Outgoing::default() }
    }

    /// How many bytes are on their way to the other end: what the system has not taken, and what
    /// it has not got rid of.
    pub fn waiting(&self) -> usize {
        self.outgoing.waiting() + self.socket.unconfirmed()
    }

    /// Reads once, at most `most` bytes; 0 is the end.
    pub fn poll_fill(&mut self, cx: &mut Context<'_>, most: usize) -> Poll<io::Result<usize>> {
        self.incoming.poll_fill(cx, &mut self.socket, most)
    }
}

impl<S: Stream> Link<S> {
    /// Sends what waits; ready when nothing waits any more.
    pub fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.outgoing.poll_send(cx, &mut self.socket, &[])
    }

    /// Sends `piece` behind what waits. What the system does not take is kept, and then it is
    /// pending: nothing more should come before [`Link::poll_flush`] is ready.
    pub fn poll_send(&mut self, cx: &mut Context<'_>, piece: &[u8]) -> Poll<io::Result<()>> {
        self.outgoing.poll_send(cx, &mut self.socket, piece)
    }

    /// The same with what `change` makes of its socket.
    ///
    /// # Errors
    /// What `change` said; the connection is closed then.
    pub fn with<T>(self, change: impl FnOnce(S) -> io::Result<T>) -> io::Result<Link<T>> {
        let Link { socket, incoming, outgoing } = self;
        Ok(Link { socket: change(socket)?, incoming, outgoing })
    }
}
