//! A tunnel's two ends, and the ways between them.

use std::io;
use std::task::{Context, Poll};

use super::frames::Frames;
use crate::gateway::wire::{Link, Socket, Stream, scratch};

/// Both ends and both ways.
#[derive(Debug)]
pub struct Tunnel<S = Socket> {
    /// The client's end.
    pub client: Link<S>,
    /// The server's.
    pub backend: Link<S>,
    /// To the client.
    pub to_client: Way,
    /// To the server.
    pub to_backend: Way,
}

/// One direction.
#[derive(Debug)]
pub struct Way {
    ended: bool,
    /// Where the frames end that were sent; none where nobody needs to know.
    frames: Option<Frames>,
}

impl Tunnel<Socket> {
    /// Between two connections.
    pub fn new(mut client: Link, mut backend: Link) -> Tunnel {
        client.incoming.trim();
        backend.incoming.trim();
        let way = |frames| Way { ended: false, frames };
        let (to_client, to_backend) = (way(Some(Frames::default())), way(None));
        Tunnel { client, backend, to_client, to_backend }
    }
}

impl<S: Stream> Tunnel<S> {
    /// Passes on what there is, both ways; whether something came or got through.
    pub fn pass(&mut self, cx: &mut Context<'_>) -> io::Result<bool> {
        let to_client = self.to_client.pass(cx, &mut self.backend, &mut self.client)?;
        let to_backend = self.to_backend.pass(cx, &mut self.client, &mut self.backend)?;
        Ok(to_client || to_backend)
    }

    /// Whether neither end has closed its side.
    pub fn is_open(&self) -> bool {
        !self.to_client.ended && !self.to_backend.ended
    }

    /// Whether both have.
    pub fn is_over(&self) -> bool {
        self.to_client.ended && self.to_backend.ended
    }

    /// The same with what `change` makes of each socket.
    ///
    /// # Errors
    /// What `change` said; both connections are closed then.
    pub fn with<T>(self, change: fn(S) -> io::Result<T>) -> io::Result<Tunnel<T>> {
        let Tunnel { client, backend, to_client, to_backend } = self;
        let (client, backend) = (client.with(change)?, backend.with(change)?);
        Ok(Tunnel { client, backend, to_client, to_backend })
    }
}

impl Way {
    /// Whether the receiver stands between two frames.
    pub fn is_between_frames(&self) -> bool {
        self.frames.as_ref().is_none_or(Frames::between)
    }

    /// How much may be sent without going past a frame's end; none where it is at one.
    pub fn to_frame_end(&self) -> Option<usize> {
        let frames = self.frames.as_ref().filter(|frames| !frames.between() && !self.ended);
        frames.map(Frames::to_frame_end)
    }

    fn pass<S: Stream>(
        &mut self,
        cx: &mut Context<'_>,
        from: &mut Link<S>,
        to: &mut Link<S>,
    ) -> io::Result<bool> {
        let before = to.outgoing.sent();
        let mut came = false;
        while !self.ended && to.poll_flush(cx)?.is_ready() && self.step(cx, from, to, usize::MAX)? {
            came = true;
        }
        to.outgoing.trim();
        Ok(came || to.outgoing.sent() != before)
    }

    /// Passes on at most `most` bytes of what is there, once; false where nothing is.
    pub fn step<S: Stream>(
        &mut self,
        cx: &mut Context<'_>,
        from: &mut Link<S>,
        to: &mut Link<S>,
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
