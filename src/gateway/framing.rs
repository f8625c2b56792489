//! Finds requests whose length two servers may read differently (request smuggling).
//!
//! RFC 9112 §6.3 lets a server take a request with both Content-Length and Transfer-Encoding, or
//! with the same Content-Length twice, and hyper does: it drops the one and folds the other before
//! anybody sees them. The gateway would rather refuse. So the bytes of each head are looked at as
//! they come in, before hyper reads them.
//!
//! A connection on which a request used Transfer-Encoding is closed after the answer (RFC 9112
//! §6.1), so bodies of a known length are all that has to be skipped to find the next head.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The largest head that is looked at, in bytes. hyper refuses longer ones on its own.
const MAX_HEAD: usize = 512 * 1024;
/// The most header fields that are looked at: as many as hyper reads.
const MAX_FIELDS: usize = 100;

/// Whether an ambiguous request was seen on a connection.
#[derive(Debug, Clone, Default)]
pub struct Ambiguous(Arc<AtomicBool>);

impl Ambiguous {
    /// Whether one was seen.
    pub fn seen(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Where in the stream of requests the reader is.
#[derive(Debug)]
enum Position {
    /// In a head, of which these bytes came so far.
    Head(Vec<u8>),
    /// In a body, of which so many bytes are still to come.
    Body(u64),
    /// Past what can be followed: a chunked body, an upgrade, or what hyper refuses anyway.
    Beyond,
}

/// What a head says about what follows it.
#[derive(Debug, PartialEq, Eq)]
enum Head {
    Incomplete,
    Complete { length: usize, body: u64 },
    Unfollowed,
    Ambiguous,
}

/// A connection whose incoming bytes are looked at.
pub struct Watched<IO> {
    io: IO,
    position: Position,
    ambiguous: Ambiguous,
}

impl<IO> Watched<IO> {
    /// Watches a connection; the second value tells what was seen.
    pub fn new(io: IO) -> (Watched<IO>, Ambiguous) {
        let ambiguous = Ambiguous::default();
        let position = Position::Head(Vec::new());
        (Watched { io, position, ambiguous: ambiguous.clone() }, ambiguous)
    }

    fn look(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let followed = match &mut self.position {
                Position::Beyond => return,
                Position::Body(left) => {
                    let skipped = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                    *left -= skipped as u64;
                    if *left == 0 {
                        self.position = Position::Head(Vec::new());
                    }
                    skipped
                }
                Position::Head(seen) => {
                    let before = seen.len();
                    let head = extend_head(seen, bytes);
                    self.after_head(head, before, bytes.len())
                }
            };
            bytes = bytes.get(followed..).unwrap_or_default();
        }
    }

    /// Moves on from a head of which `before` bytes had come and `came` more came now; returns how
    /// many of these belong to it.
    fn after_head(&mut self, head: Head, before: usize, came: usize) -> usize {
        let (position, followed) = match head {
            Head::Incomplete => return came,
            Head::Complete { length, body: 0 } => {
                (Position::Head(Vec::new()), length.saturating_sub(before))
            }
            Head::Complete { length, body } => {
                (Position::Body(body), length.saturating_sub(before))
            }
            Head::Unfollowed => (Position::Beyond, came),
            Head::Ambiguous => {
                self.ambiguous.0.store(true, Ordering::Relaxed);
                (Position::Beyond, came)
            }
        };
        self.position = position;
        followed
    }
}

/// Adds bytes to a head, and reads it where it may be complete.
fn extend_head(seen: &mut Vec<u8>, bytes: &[u8]) -> Head {
    let new = seen.len().saturating_sub(3);
    seen.extend_from_slice(bytes);
    if ends_head(seen.get(new..).unwrap_or_default()) || seen.len() > MAX_HEAD {
        read_head(seen)
    } else {
        Head::Incomplete
    }
}

/// Whether an empty line is among the bytes: only then is it worth parsing the head again.
fn ends_head(bytes: &[u8]) -> bool {
    let crlf = bytes.windows(3).any(|three| three == b"\n\r\n");
    crlf || bytes.windows(2).any(|two| two == b"\n\n")
}

fn read_head(bytes: &[u8]) -> Head {
    let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
    let mut request = httparse::Request::new(&mut fields);
    match request.parse(bytes) {
        Ok(httparse::Status::Complete(length)) => judge(request.headers, length),
        Ok(httparse::Status::Partial) if bytes.len() < MAX_HEAD => Head::Incomplete,
        _ => Head::Unfollowed,
    }
}

fn judge(fields: &[httparse::Header<'_>], length: usize) -> Head {
    let named =
        |name: &str| fields.iter().filter(move |f| f.name.eq_ignore_ascii_case(name)).count();
    let (lengths, encodings) = (named("content-length"), named("transfer-encoding"));
    if lengths + encodings > 1 {
        return Head::Ambiguous;
    }
    if encodings > 0 || named("upgrade") > 0 {
        return Head::Unfollowed;
    }
    let value = fields.iter().find(|f| f.name.eq_ignore_ascii_case("content-length"));
    match value.map(|f| std::str::from_utf8(f.value).ok().and_then(|v| v.trim().parse().ok())) {
        None => Head::Complete { length, body: 0 },
        Some(Some(body)) => Head::Complete { length, body },
        Some(None) => Head::Unfollowed,
    }
}

impl<IO: AsyncRead + Unpin> AsyncRead for Watched<IO> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.io).poll_read(cx, buf))?;
        self.look(buf.filled().get(before..).unwrap_or_default());
        Poll::Ready(Ok(()))
    }
}

impl<IO: AsyncWrite + Unpin> AsyncWrite for Watched<IO> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ambiguous_in_pieces(stream: &[u8], piece: usize) -> bool {
        let (mut watched, ambiguous) = Watched::new(tokio::io::empty());
        stream.chunks(piece.max(1)).for_each(|bytes| watched.look(bytes));
        ambiguous.seen()
    }

    #[test]
    fn shapes_that_two_servers_may_read_differently_are_found() {
        for fields in [
            "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
            "transfer-encoding: chunked\r\ncontent-length: 5\r\n",
            "Content-Length: 5\r\nContent-Length: 5\r\n",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        ] {
            let stream = format!("POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\nhello");
            for piece in [1, 3, 7, 4096] {
                assert!(ambiguous_in_pieces(stream.as_bytes(), piece), "{fields}");
            }
        }
    }

    #[test]
    fn plain_requests_are_let_be_and_bodies_are_skipped() {
        let body = "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n";
        let stream = format!(
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{body}GET / HTTP/1.1\r\n\r\n",
            body.len()
        );
        for piece in [1, 2, 5, 64, 4096] {
            assert!(!ambiguous_in_pieces(stream.as_bytes(), piece));
        }
    }

    #[test]
    fn the_second_request_on_a_connection_is_looked_at_too() {
        let first = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";
        let second = "GET / HTTP/1.1\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n";
        assert!(ambiguous_in_pieces(format!("{first}{second}").as_bytes(), 4096));
    }

    proptest! {
        #[test]
        fn any_bytes_in_any_pieces_are_survived(bytes: Vec<u8>, piece in 1usize..64) {
            ambiguous_in_pieces(&bytes, piece);
        }
    }
}
