//! What is to be sent.

use std::io;
use std::task::{Context, Poll};

use super::scratch;
use super::socket::Stream;

/// What is worth a system call of its own, in bytes.
const FULL: usize = 16 * 1024;

/// What is cheaper to copy behind what waits than to hand over apart from it (writev(2) costs more
/// than send(2)), in bytes.
const SMALL: usize = 4 * 1024;

/// The bytes that wait. Whoever fills it stops at the first sign that they do: then it holds one
/// piece at most, and what was written into it for that.
#[derive(Debug, Default)]
pub struct Outgoing {
    bytes: Vec<u8>,
    start: usize,
    sent: u64,
}

impl Outgoing {
    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.start >= self.bytes.len()
    }

    /// How many bytes were sent so far.
    pub fn sent(&self) -> u64 {
        self.sent
    }

    /// How many bytes wait.
    pub fn waiting(&self) -> usize {
        self.bytes.len().saturating_sub(self.start)
    }

    /// Whether so much waits that nothing should be added before it is sent. What is less is sent
    /// together with what comes next, in one system call.
    pub fn is_full(&self) -> bool {
        self.waiting() > FULL
    }

    /// A place to write to: what is put there is sent with the next piece.
    pub fn buffer(&mut self) -> &mut Vec<u8> {
        if self.bytes.capacity() == 0 {
            self.bytes = scratch::room(0);
        }
        &mut self.bytes
    }

    /// Sends what waits and then `piece`. Pending: some of it still waits.
    pub fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        socket: &mut impl Stream,
        mut piece: &[u8],
    ) -> Poll<io::Result<()>> {
        if !self.is_empty() && piece.len() <= SMALL {
            self.keep(piece);
            piece = &[];
        }
        loop {
            let waiting = self.bytes.get(self.start..).unwrap_or_default();
            if waiting.is_empty() && piece.is_empty() {
                self.clear();
                return Poll::Ready(Ok(()));
            }
            let first = waiting.len();
            match socket.poll_write(cx, waiting, piece) {
                Poll::Pending => {
                    self.keep(piece);
                    return Poll::Pending;
                }
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(Ok(count)) => {
                    self.sent += count as u64;
                    self.start += count.min(first);
                    piece = piece.get(count.saturating_sub(first)..).unwrap_or_default();
                }
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
            }
        }
    }

    fn keep(&mut self, piece: &[u8]) {
        if !piece.is_empty() {
            self.make_room(piece.len());
            self.bytes.extend_from_slice(piece);
        }
    }

    /// Makes room for so many bytes more. A lot of it is borrowed from what others have given back.
    pub fn make_room(&mut self, more: usize) {
        if self.bytes.capacity() - self.bytes.len() >= more {
            return;
        }
        let waiting = self.bytes.get(self.start..).unwrap_or_default();
        let mut room = scratch::room(waiting.len() + more);
        room.extend_from_slice(waiting);
        scratch::give_back(std::mem::replace(&mut self.bytes, room));
        self.start = 0;
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.start = 0;
    }

    /// Gives back the space, where nothing waits.
    pub fn trim(&mut self) {
        if self.is_empty() && self.bytes.capacity() > 0 {
            scratch::give_back(std::mem::take(&mut self.bytes));
            self.start = 0;
        }
    }
}

impl Drop for Outgoing {
    fn drop(&mut self) {
        scratch::give_back(std::mem::take(&mut self.bytes));
    }
}
