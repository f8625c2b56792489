//! Carries a request to a server behind us, and its answer back.

mod destination;
mod keep;
mod kept;
mod passing;

use std::future::poll_fn;

use http::StatusCode;

pub use self::destination::Destination;
use self::passing::{Passed, head, reuse};
use super::client::Gone;
use super::http1::{Body, Name, Names, Version};
use super::respond::{self, Answer};
use super::response::{Form, Plan, write_head};
use super::turn::{Outcome, Turn};
use super::upstream::{Exchange, Failure, Onward, Received, Relay};
use super::wire::Link;

/// What became of a request.
pub enum Forwarded {
    /// It was answered, as far as that could be done.
    Done(Outcome),
    /// It was not, and this is what to say.
    Answer(Box<Answer>),
    /// The server hung up on it, and this is what to say.
    HungUp(Box<Answer>),
    /// Nobody listens there; the request is as it was.
    Unreachable,
}

/// How often the IDE is asked again because what is kept is not what it has now, before nothing
/// kept is looked for.
const TRIES: u32 = 3;

/// Sends a request to a server and its answer to the client.
///
/// A request that may be sent twice (RFC 9110 §9.2.2) and has no body goes over an idle connection,
/// and once more over a new one if the server has hung up in the meantime. Any other gets a
/// connection of its own, since it could not be sent again.
pub async fn forward(turn: &mut Turn<'_>, to: &Destination<'_>) -> Forwarded {
    let (mut to, mut tries) = (*to, TRIES);
    let repeatable = turn.head.is_idempotent() && turn.body.is_done() && !to.onward.websocket;
    // The answer could be there before the body, or be asked for again without it.
    if !turn.body.is_done() {
        to.assets = None;
    }
    loop {
        let idle = if repeatable { to.upstream.take_idle() } else { None };
        let again = idle.is_some();
        let link = match idle {
            Some(link) => link,
            None => match Box::pin(to.upstream.connect()).await {
                Ok(link) => link,
                Err(error) => {
                    tracing::debug!(%error, "{} cannot be reached", to.upstream.name());
                    turn.app.metrics.upstream_failed();
                    return Forwarded::Unreachable;
                }
            },
        };
        let mut exchange = begin(turn, link, &to.onward);
        match receive(turn, &mut exchange).await {
            Ok(body) => {
                to.upstream.note_answer();
                match pass_on(turn, &to, exchange, body).await {
                    Passed::Done(outcome) => return Forwarded::Done(outcome),
                    Passed::Again if tries == 0 => to.assets = None,
                    Passed::Again => tries -= 1,
                }
            }
            Err(Failure::HungUp) if again && exchange.is_unheard() => {}
            Err(failure) => return failed(turn, to.upstream.name(), &failure),
        }
    }
}

fn begin(turn: &mut Turn<'_>, mut link: Link, onward: &Onward<'_>) -> Exchange {
    onward.write(link.outgoing.buffer(), turn.head, &turn.body);
    let body = std::mem::replace(&mut turn.body, Body::Empty);
    let held_back = !body.is_done()
        && turn.head.version() == Version::Http11
        && turn.head.fields().has_token(Name::Expect, "100-continue");
    let mut exchange = Exchange::new(link, body);
    if held_back {
        exchange.await_continue();
    }
    exchange
}

/// Waits for the answer's head; interim ones are passed on.
async fn receive(turn: &mut Turn<'_>, exchange: &mut Exchange) -> Result<Body, Failure> {
    let to_head = turn.head.is_head();
    loop {
        let received =
            poll_fn(|cx| exchange.poll_head(cx, turn.client, turn.response, to_head)).await?;
        match received {
            Received::Final(body) => return Ok(body),
            // HTTP/1.0 knows no interim answers (RFC 9110 §15.2).
            Received::Interim if turn.head.version() == Version::Http10 => {}
            Received::Interim => {
                let out = turn.client.link.outgoing.buffer();
                write_head(out, turn.head, turn.response, Form::None, Names::NONE);
                out.extend_from_slice(b"\r\n");
            }
        }
    }
}

/// Passes an answer on whose head has come.
async fn pass_on(
    turn: &mut Turn<'_>,
    to: &Destination<'_>,
    mut exchange: Exchange,
    body: Body,
) -> Passed {
    if turn.response.status() == 101 {
        return Passed::Done(Box::pin(switch(turn, exchange, &to.onward)).await);
    }
    let reusable = is_reusable(turn, &body, to.onward.get_for_head);
    let plan = Plan::of(turn.head, turn.response, &body, &to.scope);
    let mut change = plan.change(&to.scope, body.length()).map(Box::new);
    if let Some(change) = &mut change
        && let Some(assets) = to.assets
    {
        match keep::look(turn, &plan, &body, to, assets, change) {
            keep::Found::Nothing => {}
            keep::Found::Form(kept, plan) => {
                let etag = turn.response.fields().first(Name::Etag).map(<[u8]>::to_vec);
                let upstream = to.upstream;
                let answered =
                    kept::Answered { exchange, body, etag, kept, plan, upstream, reusable };
                return Box::pin(kept::send(turn, answered)).await;
            }
        }
    }
    let keep = turn.keep && plan.form != Form::UntilClose && exchange.upload.is_read();
    head(turn, &plan, keep);
    let mut relay = Relay::new(body, plan.form == Form::Chunked, change);
    let relayed = poll_fn(|cx| relay.poll(cx, turn.client, &mut exchange)).await;
    if let Err(failure) = relayed {
        tracing::debug!(%failure, "an answer broke off");
        // What came of it is the client's; that its end is missing shows in how it ends.
        if !matches!(failure, Failure::Client(_)) {
            let _ = turn.flush().await;
        }
        return Passed::Done(Outcome::Over);
    }
    let read = exchange.upload.is_read();
    reuse(to.upstream, exchange, reusable);
    Passed::Done(if keep && read { Outcome::Next } else { Outcome::Last })
}

/// Whether the connection that an answer comes over can be used for another one. One to `HEAD` that
/// was asked for with `GET` has a body that nobody reads.
fn is_reusable(turn: &Turn<'_>, body: &Body, get_for_head: bool) -> bool {
    let response = &turn.response;
    let closes = response.fields().has_token(Name::Connection, "close");
    let ends_alone = !matches!(body, Body::UntilClose);
    response.version() == Version::Http11
        && !closes
        && ends_alone
        && !(get_for_head && turn.head.is_head())
}

/// Tells the client that both connections carry a WebSocket from now on.
async fn switch(turn: &mut Turn<'_>, exchange: Exchange, onward: &Onward<'_>) -> Outcome {
    let websocket = turn.response.fields().has_token(Name::Upgrade, "websocket");
    if !onward.websocket || !websocket {
        turn.app.metrics.upstream_failed();
        turn.keep = false;
        let message = "the server changed to a protocol that was not asked for";
        return turn.send(respond::error(StatusCode::BAD_GATEWAY, "bad_gateway", message)).await;
    }
    turn.app.metrics.answered(101);
    let out = turn.client.link.outgoing.buffer();
    write_head(out, turn.head, turn.response, Form::None, Names::NONE);
    out.extend_from_slice(b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    Outcome::WebSocket(Box::new(exchange.link))
}

/// What a request gets that the server behind us did not answer.
fn failed(turn: &mut Turn<'_>, name: &str, failure: &Failure) -> Forwarded {
    tracing::debug!(%failure, "a request was not answered");
    let (status, code, message) = match failure {
        Failure::Client(Gone::TooSlow) => {
            (StatusCode::REQUEST_TIMEOUT, "too_slow", "the request's body did not come".to_owned())
        }
        Failure::Client(_) => return Forwarded::Done(Outcome::Over),
        Failure::Request(broken) => (StatusCode::BAD_REQUEST, "bad_request", broken.to_string()),
        Failure::HungUp | Failure::BrokeOff => (
            StatusCode::BAD_GATEWAY,
            "bad_gateway",
            format!("{name} took the request and ended the connection before it answered"),
        ),
        Failure::Garbage(what) => (
            StatusCode::BAD_GATEWAY,
            "bad_gateway",
            format!("what {name} sent is not an answer: {what}"),
        ),
    };
    if status == StatusCode::BAD_GATEWAY {
        turn.app.metrics.upstream_failed();
    }
    turn.keep = false;
    let answer = Box::new(respond::error(status, code, message));
    match failure {
        Failure::HungUp | Failure::BrokeOff => Forwarded::HungUp(answer),
        _ => Forwarded::Answer(answer),
    }
}
