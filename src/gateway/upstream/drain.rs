//! Takes in an answer's body that is not passed on.

use std::task::{Context, Poll};

use super::exchange::Exchange;
use super::failure::Failure;
use crate::gateway::client::Client;
use crate::gateway::http1::Body;
use crate::gateway::wire::{Stream, scratch};

/// After how many bytes others get their turn.
const TURN: usize = 1024 * 1024;

/// Reads the body to its end and hands its content to `take`.
pub fn poll_drain(
    cx: &mut Context<'_>,
    client: &mut Client,
    exchange: &mut Exchange,
    body: &mut Body,
    take: &mut dyn FnMut(&[u8]),
) -> Poll<Result<(), Failure>> {
    let mut taken = 0;
    while !body.is_done() {
        if taken > TURN {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let came = exchange.link.incoming.bytes();
        if !came.is_empty() {
            let used = pass(body, came, take)?;
            taken += used;
            exchange.link.incoming.skip(used);
            continue;
        }
        let mut scratch = scratch::take();
        match exchange.link.socket.poll_read(cx, &mut scratch) {
            Poll::Pending => return client.poll_gone(cx).map(|gone| Err(gone.into())),
            Poll::Ready(Ok(0)) => body.close().map_err(|_| Failure::BrokeOff)?,
            Poll::Ready(Err(_)) => return Poll::Ready(Err(Failure::BrokeOff)),
            Poll::Ready(Ok(count)) => {
                let came = scratch.get(..count).unwrap_or_default();
                let used = pass(body, came, take)?;
                taken += used;
                exchange.link.incoming.put(came.get(used..).unwrap_or_default());
            }
        }
    }
    Poll::Ready(Ok(()))
}

fn pass(body: &mut Body, bytes: &[u8], take: &mut dyn FnMut(&[u8])) -> Result<usize, Failure> {
    let mut at = 0;
    while !body.is_done() {
        let rest = bytes.get(at..).unwrap_or_default();
        let (used, content) = body.read(rest).map_err(|_| Failure::BrokeOff)?;
        if used == 0 {
            break;
        }
        take(content);
        at += used;
    }
    Ok(at)
}
