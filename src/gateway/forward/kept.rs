//! Sends a kept form of what the IDE answers, once it is known to be one.

use std::future::poll_fn;

use super::passing::{Passed, head, reuse};
use crate::gateway::assets::{Digest, Kept};
use crate::gateway::http1::Body;
use crate::gateway::response::{Form, Plan};
use crate::gateway::turn::{Outcome, Turn};
use crate::gateway::upstream::{Exchange, Failure, Upstream, poll_drain};

/// An answer that there is a kept form of.
pub struct Answered<'a> {
    /// The connection that it comes over.
    pub exchange: Exchange,
    /// Its body.
    pub body: Body,
    /// Its strong tag.
    pub etag: Option<Vec<u8>>,
    /// The form.
    pub kept: Kept,
    /// What the client gets with it.
    pub plan: Plan,
    /// Where the connection goes back to.
    pub upstream: &'a Upstream,
    /// Whether it can be used again.
    pub reusable: bool,
}

/// Takes in what the IDE sends, and sends the form if it is one of that. If not, the IDE has to be
/// asked again.
pub async fn send(turn: &mut Turn<'_>, answered: Answered<'_>) -> Passed {
    let Answered { mut exchange, mut body, etag, kept, plan, upstream, reusable } = answered;
    if !etag.is_some_and(|etag| kept.has_tag(&etag)) {
        match is_of(turn, &mut exchange, &mut body, &kept).await {
            Ok(true) => {}
            Ok(false) => return Passed::Again,
            Err(failure) => {
                tracing::debug!(%failure, "an answer broke off");
                return Passed::Done(Outcome::Over);
            }
        }
    }
    if body.is_done() {
        reuse(upstream, exchange, reusable);
    }
    let keep = turn.keep && plan.form != Form::UntilClose;
    head(turn, &plan, keep);
    Passed::Done(match send_form(turn, &kept).await {
        Some(()) if keep => Outcome::Next,
        Some(()) => Outcome::Last,
        None => Outcome::Over,
    })
}

async fn is_of(
    turn: &mut Turn<'_>,
    exchange: &mut Exchange,
    body: &mut Body,
    kept: &Kept,
) -> Result<bool, Failure> {
    let mut digest = Digest::default();
    if body.length().is_some_and(|length| length != kept.identity().length) {
        return Ok(kept.is_of(digest.finish()));
    }
    let mut take = |content: &[u8]| digest.update(content);
    poll_fn(|cx| poll_drain(cx, turn.client, exchange, body, &mut take)).await?;
    Ok(kept.is_of(digest.finish()))
}

async fn send_form(turn: &mut Turn<'_>, kept: &Kept) -> Option<()> {
    let (mut reader, mut block) = (kept.reader(), Vec::new());
    loop {
        if let Err(damaged) = reader.read(&mut block) {
            tracing::warn!(%damaged, "a kept form broke off");
            return None;
        }
        if block.is_empty() {
            return turn.flush().await.ok();
        }
        turn.client.link.outgoing.buffer().extend_from_slice(&block);
        turn.flush().await.ok()?;
    }
}
