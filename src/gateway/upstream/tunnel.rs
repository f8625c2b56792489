//! A WebSocket, carried through.
//!
//! Bytes are copied as they are: extensions, subprotocols and close codes are the two ends' own
//! affair, and half-closed connections as long as something comes or is taken ([`Lull`]). Only when
//! the gateway is told to end does it say something itself.

use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::timeout;

use super::frames::Frames;
use super::lull::{Lull, Lulls};
use crate::gateway::ending::Ending;
use crate::gateway::wire::{Link, scratch};

/// A close frame with code 1001, "going away" (RFC 6455 §7.4.1), as a server sends it: unmasked.
const GOING_AWAY: [u8; 4] = [0x88, 0x02, 0x03, 0xe9];

/// How long the last of it may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Once one end has closed.
    pub lull: Lulls,
    /// To tell the client that the gateway ends.
    pub last: Duration,
}

/// Carries bytes both ways until both ends have closed, or one has and nothing happens any more, or
/// until the gateway is to end: then the client is told so, between two frames.
pub async fn carry(
    client: &mut Link,
    backend: &mut Link,
    mut ending: Ending,
    limits: Limits,
) -> io::Result<()> {
    let (to_client, to_backend) = (Way::followed(), Way::plain());
    let lull = Lull::new(limits.lull);
    let mut tunnel = Tunnel { client, backend, to_client, to_backend, lull };
    let told = {
        let mut come = std::pin::pin!(ending.come());
        poll_fn(|cx| match tunnel.poll(cx) {
            Poll::Ready(ended) => Poll::Ready(Err(ended)),
            Poll::Pending => come.as_mut().poll(cx).map(Ok),
        })
        .await
    };
    match told {
        Err(ended) => ended,
        Ok(()) => tunnel.say_goodbye(limits.last).await,
    }
}

struct Tunnel<'a> {
    client: &'a mut Link,
    backend: &'a mut Link,
    to_client: Way,
    to_backend: Way,
    lull: Lull,
}

/// One direction.
struct Way {
    ended: bool,
    /// Where the frames end that were sent; none where nobody needs to know.
    frames: Option<Frames>,
}

impl Tunnel<'_> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let to_client = self.to_client.poll(cx, self.backend, self.client)?;
        let to_backend = self.to_backend.poll(cx, self.client, self.backend)?;
        match (self.to_client.ended, self.to_backend.ended) {
            (true, true) => Poll::Ready(Ok(())),
            (false, false) => Poll::Pending,
            _ => {
                let waiting = || self.client.waiting() + self.backend.waiting();
                let ended = self.lull.poll_ended(cx, to_client || to_backend, waiting);
                ended.map(|()| Err(io::ErrorKind::TimedOut.into()))
            }
        }
    }

    /// Goes on until the frame that is on its way to the client is complete, and closes.
    async fn say_goodbye(&mut self, last: Duration) -> io::Result<()> {
        let _ = timeout(last / 2, poll_fn(|cx| self.poll_frame_end(cx))).await;
        if self.to_client.is_between_frames() && self.client.outgoing.is_empty() {
            self.client.outgoing.buffer().extend_from_slice(&GOING_AWAY);
            let _ = timeout(last / 2, poll_fn(|cx| self.client.poll_flush(cx))).await;
        }
        self.client.socket.end_sending();
        Ok(())
    }

    fn poll_frame_end(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            if self.client.poll_flush(cx)?.is_pending() {
                return Poll::Pending;
            }
            let Some(most) = self.to_client.to_frame_end() else {
                return Poll::Ready(Ok(()));
            };
            if !self.to_client.step(cx, self.backend, self.client, most)? {
                return Poll::Pending;
            }
        }
    }
}

impl Way {
    fn plain() -> Way {
        Way { ended: false, frames: None }
    }

    fn followed() -> Way {
        Way { ended: false, frames: Some(Frames::default()) }
    }

    fn is_between_frames(&self) -> bool {
        self.frames.as_ref().is_none_or(Frames::between)
    }

    /// How much may be sent without going past a frame's end; none where it is at one.
    fn to_frame_end(&self) -> Option<usize> {
        let frames = self.frames.as_ref().filter(|frames| !frames.between() && !self.ended);
        frames.map(Frames::to_frame_end)
    }

    /// Passes on what there is; whether something came or got through.
    fn poll(&mut self, cx: &mut Context<'_>, from: &mut Link, to: &mut Link) -> io::Result<bool> {
        let before = to.outgoing.sent();
        let mut came = false;
        while !self.ended && to.poll_flush(cx)?.is_ready() && self.step(cx, from, to, usize::MAX)? {
            came = true;
        }
        to.outgoing.trim();
        Ok(came || to.outgoing.sent() != before)
    }

    /// Passes on what is there, once; false where nothing is.
    fn step(
        &mut self,
        cx: &mut Context<'_>,
        from: &mut Link,
        to: &mut Link,
        most: usize,
    ) -> io::Result<bool> {
        let mut scratch = scratch::take();
        let waiting = from.incoming.bytes();
        let count = if waiting.is_empty() {
            let most = most.min(scratch.len());
            match from.socket.poll_read(cx, scratch.get_mut(..most).unwrap_or_default()) {
                Poll::Pending => return Ok(false),
                Poll::Ready(count) => count?,
            }
        } else {
            let count = waiting.len().min(scratch.len()).min(most);
            let room = scratch.get_mut(..count).unwrap_or_default();
            room.copy_from_slice(waiting.get(..count).unwrap_or_default());
            from.incoming.skip(count);
            count
        };
        let piece = scratch.get(..count).unwrap_or_default();
        if piece.is_empty() {
            self.ended = true;
            to.socket.end_sending();
            return Ok(false);
        }
        if let Some(frames) = &mut self.frames {
            frames.pass(piece);
        }
        // What is not taken at once is kept, and asked for before anything more is read.
        let _ = to.poll_send(cx, piece)?;
        Ok(true)
    }
}
