//! An answer's body on its way to the client: nothing is kept, nothing is limited, and what breaks
//! on one side breaks on the other.

use std::io;
use std::task::{Context, Poll};

use super::exchange::Exchange;
use super::failure::Failure;
use crate::gateway::client::{Client, Gone};
use crate::gateway::http1::{Body, write};
use crate::gateway::response::{Change, Unchangeable};
use crate::gateway::wire::{Incoming, Stream, scratch};

/// How a body that is changed on its way is taken in steps: at most so much comes of each, in bytes,
/// so that a few bytes that decompress to gigabytes hold up nobody else.
const STEP: usize = 64 * 1024;

/// After how many steps, each of them a piece that was read or written, others get their turn.
const TURN: u32 = 16;

/// The body, and where it is.
pub struct Relay {
    body: Body,
    /// Whether the client gets it in chunks.
    chunked: bool,
    change: Option<Changing>,
    ended: bool,
}

/// What is made of a body.
struct Changing {
    change: Box<Change>,
    /// What has come and was not looked at yet.
    waiting: Incoming,
}

impl Relay {
    /// A body whose head waits in the client's link to be sent.
    pub fn new(body: Body, chunked: bool, change: Option<Box<Change>>) -> Relay {
        let changing = |change| Changing { change, waiting: Incoming::default() };
        Relay { body, chunked, change: change.map(changing), ended: false }
    }

    /// Carries on. Ready when the client has everything.
    pub fn poll(
        &mut self,
        cx: &mut Context<'_>,
        client: &mut Client,
        exchange: &mut Exchange,
    ) -> Poll<Result<(), Failure>> {
        // Whether the IDE reads all of the request is its own affair now.
        let came = exchange.upload(cx, client)?;
        let mut steps = 0;
        loop {
            steps += 1;
            if steps > TURN {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            let may_add = !self.ended && !client.link.outgoing.is_full();
            if may_add && self.advance(cx, client, exchange)? {
                continue;
            }
            if client.flush(cx)?.is_pending() || may_add {
                break;
            }
            if self.ended {
                return Poll::Ready(Ok(()));
            }
        }
        exchange.poll_client(cx, client, came)
    }

    /// One step. Returns false where the IDE has nothing more to say for now.
    fn advance(
        &mut self,
        cx: &mut Context<'_>,
        client: &mut Client,
        exchange: &mut Exchange,
    ) -> Result<bool, Failure> {
        if self.change_step(client)? {
            return Ok(true);
        }
        if self.body.is_done() {
            self.finish(client)?;
            return Ok(true);
        }
        if !exchange.link.incoming.is_empty() {
            let mut waiting = std::mem::take(&mut exchange.link.incoming);
            let used = self.pass(cx, client, waiting.bytes());
            used.iter().for_each(|&used| waiting.skip(used));
            exchange.link.incoming = waiting;
            return used.map(|_| true);
        }
        let mut scratch = scratch::take();
        match exchange.link.socket.poll_read(cx, &mut scratch) {
            Poll::Pending => self.say_what_is_known(client),
            Poll::Ready(Ok(0)) => {
                self.body.close().map_err(|_| Failure::BrokeOff)?;
                Ok(true)
            }
            Poll::Ready(Err(_)) => Err(Failure::BrokeOff),
            Poll::Ready(Ok(count)) => {
                let came = scratch.get(..count).unwrap_or_default();
                let used = self.pass(cx, client, came)?;
                exchange.link.incoming.put(came.get(used..).unwrap_or_default());
                Ok(true)
            }
        }
    }

    /// Passes on what of `bytes` belongs to the body; returns how much that was.
    fn pass(
        &mut self,
        cx: &mut Context<'_>,
        client: &mut Client,
        bytes: &[u8],
    ) -> Result<usize, Failure> {
        let mut at = 0;
        while !self.body.is_done() {
            let rest = bytes.get(at..).unwrap_or_default();
            let (used, content) = self.body.read(rest).map_err(|_| Failure::BrokeOff)?;
            if used == 0 {
                break;
            }
            at += used;
            match &mut self.change {
                Some(changing) => changing.waiting.put(content),
                None => send(cx, client, content, self.chunked)?,
            }
        }
        Ok(at)
    }

    /// Changes some of what has come; returns whether there was anything.
    fn change_step(&mut self, client: &mut Client) -> Result<bool, Failure> {
        let Some(changing) = &mut self.change else { return Ok(false) };
        if changing.waiting.is_empty() && !changing.change.has_more() {
            return Ok(false);
        }
        let bytes = changing.waiting.bytes();
        let mut made = scratch::room(bytes.len().min(STEP));
        let used = changing.change.write(bytes, &mut made, STEP).map_err(broke_off)?;
        changing.waiting.skip(used);
        put(client, &made, self.chunked);
        scratch::give_back(made);
        Ok(true)
    }

    /// The IDE pauses: what it has said so far must not wait for more.
    fn say_what_is_known(&mut self, client: &mut Client) -> Result<bool, Failure> {
        let Some(changing) = &mut self.change else { return Ok(false) };
        let mut made = Vec::new();
        changing.change.flush(&mut made).map_err(broke_off)?;
        put(client, &made, self.chunked);
        Ok(!made.is_empty())
    }

    fn finish(&mut self, client: &mut Client) -> Result<(), Failure> {
        if let Some(changing) = &mut self.change {
            let mut made = Vec::new();
            changing.change.finish(&mut made).map_err(broke_off)?;
            put(client, &made, self.chunked);
        }
        if self.chunked {
            let body = &self.body;
            write::last_chunk(client.link.outgoing.buffer(), |take| body.with_trailers(take));
        }
        self.ended = true;
        Ok(())
    }
}

fn broke_off(_: Unchangeable) -> Failure {
    Failure::BrokeOff
}

fn send(
    cx: &mut Context<'_>,
    client: &mut Client,
    content: &[u8],
    chunked: bool,
) -> Result<(), Gone> {
    if chunked {
        put(client, content, true);
        return Ok(());
    }
    match client.link.poll_send(cx, content) {
        Poll::Ready(Err(error)) => Err(io::Error::into(error)),
        Poll::Ready(Ok(())) | Poll::Pending => Ok(()),
    }
}

fn put(client: &mut Client, content: &[u8], chunked: bool) {
    client.link.outgoing.make_room(content.len() + 32);
    let out = client.link.outgoing.buffer();
    if chunked {
        write::chunk(out, content);
    } else {
        out.extend_from_slice(content);
    }
}
