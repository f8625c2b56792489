//! What has come over a socket and has not been read yet.

use std::io;
use std::task::{Context, Poll, ready};

use super::scratch;
use super::socket::{Socket, Stream};

/// The capacity that is kept when everything was read, in bytes.
const KEPT: usize = 16 * 1024;

/// The bytes.
#[derive(Debug, Default)]
pub struct Incoming {
    bytes: Vec<u8>,
    start: usize,
}

impl Incoming {
    /// Reads once from the socket, at most `most` bytes; 0 is the end.
    pub fn poll_fill(
        &mut self,
        cx: &mut Context<'_>,
        socket: &mut Socket,
        most: usize,
    ) -> Poll<io::Result<usize>> {
        let mut scratch = scratch::take();
        let most = most.min(scratch.len());
        let room = scratch.get_mut(..most).unwrap_or_default();
        let count = ready!(socket.poll_read(cx, room))?;
        self.put(scratch.get(..count).unwrap_or_default());
        Poll::Ready(Ok(count))
    }

    /// What has come.
    pub fn bytes(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }

    /// Whether everything was read.
    pub fn is_empty(&self) -> bool {
        self.start >= self.bytes.len()
    }

    /// Adds bytes.
    pub fn put(&mut self, bytes: &[u8]) {
        if self.is_empty() {
            self.bytes.clear();
            self.start = 0;
        } else if self.start > KEPT {
            self.bytes.drain(..self.start);
            self.start = 0;
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// The first `count` were read.
    pub fn skip(&mut self, count: usize) {
        self.start = self.start.saturating_add(count).min(self.bytes.len());
        if self.is_empty() {
            self.bytes.clear();
            self.start = 0;
            if self.bytes.capacity() > KEPT {
                self.bytes = Vec::new();
            }
        }
    }

    /// Gives back the space, where nothing needs it.
    pub fn trim(&mut self) {
        if self.is_empty() {
            self.bytes = Vec::new();
            self.start = 0;
        }
    }
}
