//! A tunnel's two ends, and the ways between them.

use std::io;
use std::task::{Context, Poll};

use super::frames::Frames;
use crate::gateway::wire::{Incoming, Link, Outgoing, Socket, Stream, scratch};

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
    /// Whether an end is known to have closed its side before that was read.
    pub is_closing: bool,
}

/// One direction.
#[derive(Debug)]
pub struct Way {
    state: State,
    /// Where the frames end that were sent; none where nobody needs to know.
    frames: Option<Frames>,
}

/// How far it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// What comes is passed on.
    Open,
    /// The receiver takes nothing any more. What comes is thrown away: closed with something unread,
    /// the sender's connection would be reset, and what it was told last be lost with it.
    Deaf,
    /// The sender sends nothing any more.
    Ended,
}

impl Tunnel<Socket> {
    /// Between two connections.
    pub fn new(mut client: Link, mut backend: Link) -> Tunnel {
        client.incoming.trim();
        backend.incoming.trim();
        let way = |frames| Way { state: State::Open, frames };
        let (to_client, to_backend) = (way(Some(Frames::default())), way(None));
        Tunnel { client, backend, to_client, to_backend, is_closing: false }
    }
}

impl<S: Stream> Tunnel<S> {
    /// Passes on what there is, both ways; whether something came or got through. That one breaks
    /// ends nothing but itself: the other may still bring what was said last.
    pub fn pass(&mut self, cx: &mut Context<'_>) -> bool {
        let to_client = self.to_client.pass(cx, &mut self.backend, &mut self.client);
        let to_backend = self.to_backend.pass(cx, &mut self.client, &mut self.backend);
        to_client || to_backend
    }

    /// Whether neither end has closed its side.
    pub fn is_open(&self) -> bool {
        !self.is_closing && self.states() == [State::Open; 2]
    }

    /// Whether both have.
    pub fn is_over(&self) -> bool {
        self.states() == [State::Ended; 2]
    }

    fn states(&self) -> [State; 2] {
        [self.to_client.state, self.to_backend.state]
    }

    /// The same with what `change` makes of each socket.
    ///
    /// # Errors
    /// What `change` said; both connections are closed then.
    pub fn with<T>(self, change: fn(S) -> io::Result<T>) -> io::Result<Tunnel<T>> {
        let Tunnel { client, backend, to_client, to_backend, is_closing } = self;
        let (client, backend) = (client.with(change)?, backend.with(change)?);
        Ok(Tunnel { client, backend, to_client, to_backend, is_closing })
    }
}

impl Tunnel<Socket> {
    /// How many bytes are on their way to an end that may still take them.
    pub fn waiting(&self) -> usize {
        let ways = [(&self.to_client, &self.client), (&self.to_backend, &self.backend)];
        let heard = ways.into_iter().filter(|(way, _)| way.state != State::Deaf);
        heard.map(|(_, end)| end.waiting()).sum()
    }
}

impl Way {
    /// Whether the receiver stands between two frames.
    pub fn is_between_frames(&self) -> bool {
        self.frames.as_ref().is_none_or(Frames::between)
    }

    /// How much may be sent without going past a frame's end; none where it is at one.
    pub fn to_frame_end(&self) -> Option<usize> {
        let frames = self.frames.as_ref().filter(|it| !it.between() && self.state == State::Open);
        frames.map(Frames::to_frame_end)
    }

    fn pass<S: Stream>(
        &mut self,
        cx: &mut Context<'_>,
        from: &mut Link<S>,
        to: &mut Link<S>,
    ) -> bool {
        let before = to.outgoing.sent();
        let came = self.pass_all(cx, from, to).unwrap_or_else(|_| {
            self.state = State::Deaf;
            to.outgoing = Outgoing::default();
            true
        });
        if self.state == State::Deaf {
            self.throw_away(cx, from);
        }
        to.outgoing.trim();
        came || to.outgoing.sent() != before
    }

    /// Whether something came. It fails where it can't be sent.
    fn pass_all<S: Stream>(
        &mut self,
        cx: &mut Context<'_>,
        from: &mut Link<S>,
        to: &mut Link<S>,
    ) -> io::Result<bool> {
        let mut came = false;
        while self.state == State::Open
            && to.poll_flush(cx)?.is_ready()
            && self.step(cx, from, to, usize::MAX)?
        {
            came = true;
        }
        Ok(came)
    }

    fn throw_away<S: Stream>(&mut self, cx: &mut Context<'_>, from: &mut Link<S>) {
        from.incoming = Incoming::default();
        let mut scratch = scratch::take();
        while let Poll::Ready(read) = from.socket.poll_read(cx, &mut scratch) {
            if read.unwrap_or_default() == 0 {
                self.state = State::Ended;
                return;
            }
        }
    }

    /// Passes on at most `most` bytes of what is there, once; false where nothing is. A sender that
    /// can't be read from has ended; it fails where nothing can be sent.
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
                Poll::Ready(count) => count.unwrap_or_default(),
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
            self.state = State::Ended;
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
