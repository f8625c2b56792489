//! The client's end of a connection, and how the answers that are our own get there.

pub mod date;
mod expected;
pub mod send;

use std::io;
use std::net::IpAddr;
use std::task::{Context, Poll, ready};

use tokio::sync::{Semaphore, SemaphorePermit};

use self::expected::Look;
use crate::gateway::config::Timeouts;
use crate::gateway::http1::syntax::{HeadEnd, Malformed};
use crate::gateway::http1::{Body, Broken, RequestHead, framing, framing::Ambiguous};
use crate::gateway::wire::{Link, Patience};
use crate::sys::socket::Unread;

/// The longest head of a request, in bytes.
const MOST_HEAD: usize = 64 * 1024;
/// The longest first line of a request, in bytes.
const MOST_FIRST_LINE: usize = 32 * 1024;
/// How much is read at a time before it is known what it is, in bytes.
const READ: usize = 16 * 1024;
/// How much of further requests may wait behind the one that is being answered, in bytes.
const MOST_WAITING: usize = 16 * 1024;

/// How much of a head may have come until it counts as large, in bytes, and how many large ones may
/// be waited for at a time. Anybody may send them, a token or not.
const LARGE_HEAD: usize = 8 * 1024;
static LARGE_HEADS: Semaphore = Semaphore::const_new(256);

/// A client.
#[derive(Debug)]
pub struct Client {
    /// Its socket.
    pub link: Link,
    /// Its address; none on a Unix socket.
    pub peer: Option<IpAddr>,
    /// How long it may take for what it does now.
    patience: Patience,
    /// The limits that the patience is set to.
    pub limits: Timeouts,
    /// Whether it has said that it will send nothing more.
    pub has_ended: bool,
    /// How much it had taken when it last made progress.
    taken: u64,
    /// How far the patience has come.
    look: Look,
    /// The leave to send a large head.
    leave: Option<SemaphorePermit<'static>>,
}

/// The client is no more, or there is no more time for it.
#[derive(Debug, thiserror::Error)]
pub enum Gone {
    /// Its connection broke.
    #[error("the client's connection broke: {0}")]
    Broken(#[from] io::Error),
    /// It hung up before its request was whole, or answered.
    #[error("the client hung up")]
    HungUp,
    /// It ended its side a while ago, and probably the other side as well.
    #[error("the client ended its side of the connection")]
    HalfClosed,
    /// It neither sent nor took anything for too long.
    #[error("the client took too long")]
    TooSlow,
}

/// Why a request cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Its syntax.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// Its framing.
    #[error(transparent)]
    Ambiguous(#[from] Ambiguous),
    /// Its first line does not come to an end.
    #[error("the request target is longer than {} KB", MOST_FIRST_LINE / 1024)]
    TargetTooLong,
    /// Its head does not come to an end.
    #[error("the request's head is larger than {} KB", MOST_HEAD / 1024)]
    HeadTooLarge,
    /// Its head took too long.
    #[error("the request's head took too long")]
    TooSlow,
    /// It is large, and so are too many others that have not come to their end.
    #[error("too many large heads are on their way; try again, or send a smaller one")]
    TooMany,
}

/// What comes next on a connection.
#[derive(Debug)]
pub enum Next {
    /// A request, whose head was read, and its body.
    Request(Body),
    /// Nothing.
    Nothing,
    /// Something that cannot be read.
    Unreadable(Unreadable),
}

impl Client {
    /// Takes a connection.
    pub fn new(link: Link, peer: Option<IpAddr>, limits: Timeouts) -> Client {
        let patience = Patience::new();
        Client {
            link,
            peer,
            patience,
            limits,
            has_ended: false,
            taken: 0,
            look: Look::Only,
            leave: None,
        }
    }

    /// Whether bytes have come that nobody has read.
    pub fn has_unread(&self) -> bool {
        !self.link.incoming.is_empty() || self.link.socket.unread() == Unread::Bytes
    }

    /// Waits for the next request's head and reads it into `head`. `search` is a new one for each
    /// request.
    pub fn poll_next(
        &mut self,
        cx: &mut Context<'_>,
        search: &mut HeadEnd,
        head: &mut RequestHead,
    ) -> Poll<Next> {
        loop {
            match self.find_head(search, head) {
                Ok(Some(body)) => return Poll::Ready(Next::Request(body)),
                Ok(None) if self.has_ended => return Poll::Ready(Next::Nothing),
                Ok(None) => {}
                Err(reason) => return Poll::Ready(Next::Unreadable(reason)),
            }
            let began = !self.link.incoming.is_empty();
            match self.link.poll_fill(cx, READ) {
                Poll::Ready(Ok(0)) => self.has_ended = true,
                Poll::Ready(Ok(_)) if !began => self.allow(self.limits.head()),
                Poll::Ready(Ok(_)) => {}
                Poll::Ready(Err(_)) => return Poll::Ready(Next::Nothing),
                Poll::Pending => return self.wait_for_head(cx),
            }
        }
    }

    fn wait_for_head(&mut self, cx: &mut Context<'_>) -> Poll<Next> {
        ready!(self.patience.poll_ended(cx));
        let began = !self.link.incoming.is_empty();
        let slow = Next::Unreadable(Unreadable::TooSlow);
        Poll::Ready(if began { slow } else { Next::Nothing })
    }

    fn find_head(
        &mut self,
        search: &mut HeadEnd,
        head: &mut RequestHead,
    ) -> Result<Option<Body>, Unreadable> {
        let bytes = self.link.incoming.bytes();
        // Some clients send an empty line behind a body (RFC 9112 §2.2): one is forgiven.
        let blank = if search.is_new() && bytes.starts_with(b"\r\n") { 2 } else { 0 };
        self.link.incoming.skip(blank);
        let bytes = self.link.incoming.bytes();
        if bytes.is_empty() || bytes == b"\r" {
            return Ok(None);
        }
        let found = search.find(bytes)?;
        self.is_within_limits(search)?;
        let Some(length) = found else {
            return self.take_leave(search.seen()).map(|()| None);
        };
        self.leave = None;
        if length > MOST_HEAD {
            return Err(Unreadable::HeadTooLarge);
        }
        head.read(bytes.get(..length).unwrap_or_default())?;
        self.link.incoming.skip(length);
        Ok(Some(framing::of_request(head)?))
    }

    fn is_within_limits(&self, search: &HeadEnd) -> Result<(), Unreadable> {
        if search.first_line() > MOST_FIRST_LINE {
            Err(Unreadable::TargetTooLong)
        } else if search.seen() > MOST_HEAD {
            Err(Unreadable::HeadTooLarge)
        } else {
            Ok(())
        }
    }

    fn take_leave(&mut self, seen: usize) -> Result<(), Unreadable> {
        if seen > LARGE_HEAD && self.leave.is_none() {
            self.leave = Some(LARGE_HEADS.try_acquire().map_err(|_| Unreadable::TooMany)?);
        }
        Ok(())
    }

    /// Whether enough of further requests waits.
    fn is_full(&self) -> bool {
        self.link.incoming.bytes().len() >= MOST_WAITING
    }

    /// Watches for the client's end while its request is being answered. Pending as long as it is
    /// there.
    pub fn poll_gone(&mut self, cx: &mut Context<'_>) -> Poll<Gone> {
        while !self.has_ended && !self.is_full() {
            match self.link.poll_fill(cx, READ) {
                Poll::Ready(Ok(0)) => {
                    self.has_ended = true;
                    self.taken = u64::MAX;
                }
                Poll::Ready(Ok(_)) => {}
                Poll::Ready(Err(error)) => return Poll::Ready(Gone::Broken(error)),
                Poll::Pending => break,
            }
        }
        // One that really hung up answers what is sent to it with a reset.
        let sent = self.link.outgoing.sent();
        if self.has_ended && self.taken != sent {
            self.taken = sent;
            self.allow(self.limits.half_closed());
        }
        if !self.has_ended && !self.is_expected() && self.is_full() {
            return self.poll_absent(cx);
        }
        ready!(self.poll_too_slow(cx));
        Poll::Ready(if self.has_ended { Gone::HalfClosed } else { Gone::TooSlow })
    }

    /// Reads some of a body and hands its content to `take`. Ready when there was some, or when the
    /// body has come to its end.
    pub fn poll_body(
        &mut self,
        cx: &mut Context<'_>,
        body: &mut Body,
        take: &mut dyn FnMut(&[u8]),
    ) -> Poll<Result<(), BodyError>> {
        if self.link.incoming.is_empty() {
            let most = READ;
            match ready!(self.link.poll_fill(cx, most)) {
                Ok(0) => return Poll::Ready(Err(Gone::HungUp.into())),
                Ok(_) => {}
                Err(error) => return Poll::Ready(Err(Gone::from(error).into())),
            }
        }
        let mut all = 0;
        while !body.is_done() {
            let rest = self.link.incoming.bytes().get(all..).unwrap_or_default();
            let (used, content) = body.read(rest)?;
            if used == 0 {
                break;
            }
            take(content);
            all += used;
        }
        self.link.incoming.skip(all);
        Poll::Ready(Ok(()))
    }
}

/// Why a body cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// There is nobody who sends it.
    #[error(transparent)]
    Gone(#[from] Gone),
    /// It is not what it should be.
    #[error(transparent)]
    Broken(#[from] Broken),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::wire::Socket;
    use std::time::Duration;
    use tokio::io::AsyncWriteExt;
    use tokio::net::UnixStream;
    use tokio::task::yield_now;

    /// A socket that is closed with something unread resets the connection.
    #[tokio::test]
    async fn bytes_that_nobody_has_read_are_told_from_the_end() {
        let (here, mut there) = UnixStream::pair().unwrap();
        let client = Client::new(Link::new(Socket::Unix(here)), None, Timeouts::default());
        assert!(!client.has_unread());
        there.write_all(b"x").await.unwrap();
        let told = async {
            while !client.has_unread() {
                yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), told).await.unwrap();
        let (here, there) = UnixStream::pair().unwrap();
        drop(there);
        let client = Client::new(Link::new(Socket::Unix(here)), None, Timeouts::default());
        yield_now().await;
        assert!(!client.has_unread());
    }
}
