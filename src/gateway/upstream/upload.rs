//! A request's body on its way to the IDE: nothing is kept, nothing is limited.

use std::task::{Context, Poll};

use super::failure::Failure;
use crate::gateway::client::{Client, Gone};
use crate::gateway::http1::{Body, write};
use crate::gateway::wire::{Link, Stream, scratch};

/// The body, and where it is.
#[derive(Debug)]
pub struct Upload {
    body: Body,
    chunked: bool,
    /// Whether the IDE takes no more of it; its answer may still come.
    refused: bool,
    ended: bool,
}

impl Upload {
    /// What follows a head that is on its way already.
    pub fn new(body: Body) -> Upload {
        let chunked = body.length().is_none();
        Upload { ended: body.is_done(), body, chunked, refused: false }
    }

    /// Whether the client's part is done: everything behind it is another request.
    pub fn is_read(&self) -> bool {
        self.body.is_done()
    }

    /// Whether the IDE has all of it.
    pub fn is_sent(&self, link: &Link) -> bool {
        self.ended && link.outgoing.is_empty() && !self.refused
    }

    /// Whether the client is expected to send.
    pub fn waits_for_client(&self, link: &Link) -> bool {
        !self.body.is_done() && !self.refused && link.outgoing.is_empty()
    }

    /// Carries on as far as it goes; returns whether anything came from the client.
    pub fn poll(
        &mut self,
        cx: &mut Context<'_>,
        client: &mut Client,
        link: &mut Link,
    ) -> Result<bool, Failure> {
        let mut came = false;
        while !self.refused {
            let may_add = !self.body.is_done() && !link.outgoing.is_full();
            if may_add && self.read(cx, client, link)? {
                came = true;
                continue;
            }
            match link.poll_flush(cx) {
                Poll::Ready(Ok(())) if may_add || self.body.is_done() => break,
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(error)) => self.refuse(&error),
                Poll::Pending => break,
            }
        }
        Ok(came)
    }

    fn refuse(&mut self, error: &std::io::Error) {
        tracing::debug!(%error, "the IDE takes no more of a request");
        self.refused = true;
    }

    /// Reads once; returns whether there was anything.
    fn read(
        &mut self,
        cx: &mut Context<'_>,
        client: &mut Client,
        link: &mut Link,
    ) -> Result<bool, Failure> {
        if !client.link.incoming.is_empty() {
            let mut waiting = std::mem::take(&mut client.link.incoming);
            let used = self.pass(cx, waiting.bytes(), link);
            used.iter().for_each(|&used| waiting.skip(used));
            client.link.incoming = waiting;
            return used.map(|_| true);
        }
        let mut scratch = scratch::take();
        match client.link.socket.poll_read(cx, &mut scratch) {
            Poll::Pending => Ok(false),
            Poll::Ready(Ok(0)) => Err(Gone::HungUp.into()),
            Poll::Ready(Err(error)) => Err(Gone::from(error).into()),
            Poll::Ready(Ok(count)) => {
                let came = scratch.get(..count).unwrap_or_default();
                let used = self.pass(cx, came, link)?;
                client.link.incoming.put(came.get(used..).unwrap_or_default());
                Ok(true)
            }
        }
    }

    /// Passes on what of `bytes` belongs to the body; returns how much that was.
    fn pass(
        &mut self,
        cx: &mut Context<'_>,
        bytes: &[u8],
        link: &mut Link,
    ) -> Result<usize, Failure> {
        let mut at = 0;
        while !self.body.is_done() {
            let rest = bytes.get(at..).unwrap_or_default();
            let (used, content) = self.body.read(rest).map_err(Failure::Request)?;
            if used == 0 {
                break;
            }
            at += used;
            if self.chunked {
                link.outgoing.make_room(content.len() + 32);
                write::chunk(link.outgoing.buffer(), content);
            } else if let Poll::Ready(Err(error)) = link.poll_send(cx, content) {
                self.refuse(&error);
            }
        }
        if self.body.is_done() && !self.ended {
            self.ended = true;
            if self.chunked {
                let trailers = &self.body;
                write::last_chunk(link.outgoing.buffer(), |take| trailers.with_trailers(take));
            }
        }
        Ok(at)
    }
}
