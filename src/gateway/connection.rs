//! One client's connection: request after request, each with its answer.

use std::future::poll_fn;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use http::StatusCode;
use tokio::time::timeout;

use super::app::App;
use super::client::send::{self, Manner};
use super::client::{Client, Next, Unreadable};
use super::http1::syntax::{HeadEnd, Malformed};
use super::http1::{RequestHead, ResponseHead};
use super::listener::Accepted;
use super::places::Place;
use super::respond::{self, Answer};
use super::tunnel::{self, Limits, Lulls};
use super::turn::{Outcome, Turn, keeps_open};
use super::way;
use super::wire::{Incoming, Link, Socket, Stream};

/// How long a client that is hung up on may still send, so that it gets to read what it was told: a
/// socket that is closed with something unread resets the connection (RFC 9112 §9.6). One that said
/// itself that it would send nothing more is not waited for.
const LINGER: Duration = Duration::from_secs(1);
/// And how much, in bytes.
const MOST_LINGER: usize = 4 * 1024 * 1024;

/// Serves a client until it goes, or until the gateway is to end: then what is being answered is
/// still answered. As long it has its place.
pub async fn serve(app: Arc<App>, accepted: Accepted, _place: Option<Place>) {
    let (socket, peer) = match accepted {
        Accepted::Tcp(stream, peer) => (Socket::Tcp(stream), Some(peer)),
        Accepted::Unix(stream) => (Socket::Unix(stream), None),
    };
    let mut connection = Connection::new(app, socket, peer);
    loop {
        match connection.turn().await {
            After::Turn => {}
            After::Nothing => return,
            After::Tunnel(backend) => {
                let (app, client) = connection.into_link();
                return Box::pin(carry(&app, client, *backend)).await;
            }
        }
    }
}

/// Carries a WebSocket to its end.
async fn carry(app: &App, client: Link, backend: Link) {
    let _open = app.metrics.websocket_opened();
    let lull = Lulls { idle: app.timeouts.half_closed(), stalled: app.timeouts.stalled() };
    let limits = Limits { lull, last: app.timeouts.drain() * 2 / 3 };
    let ending = app.ending.clone();
    if let Err(error) = tunnel::carry(client, backend, &app.carrier, ending, limits).await {
        tracing::debug!(%error, "a WebSocket ended");
    }
}

/// What follows a request and its answer.
enum After {
    /// Another request.
    Turn,
    /// Nothing.
    Nothing,
    /// A WebSocket, over this connection to a server.
    Tunnel(Box<Link>),
}

struct Connection {
    app: Arc<App>,
    client: Client,
    request: RequestHead,
    response: ResponseHead,
    ending: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl Connection {
    fn new(app: Arc<App>, socket: Socket, peer: Option<IpAddr>) -> Connection {
        let mut ending = app.ending.clone();
        Connection {
            client: Client::new(Link::new(socket), peer, app.timeouts),
            request: RequestHead::default(),
            response: ResponseHead::default(),
            ending: Box::pin(async move { ending.come().await }),
            app,
        }
    }

    /// Gives up all that requests needed.
    fn into_link(self) -> (Arc<App>, Link) {
        (self.app, self.client.link)
    }

    /// One request and its answer.
    async fn turn(&mut self) -> After {
        let body = match self.next().await {
            Next::Request(body) => body,
            Next::Nothing => return After::Nothing,
            Next::Unreadable(reason) => {
                self.refuse(reason).await;
                return After::Nothing;
            }
        };
        self.client.expect_nothing();
        let had_no_body = body.is_done();
        let turn = Turn::new(&self.app, &mut self.client, &self.request, &mut self.response, body);
        match way::answer(turn).await {
            Outcome::Next => {
                self.rest();
                return After::Turn;
            }
            Outcome::Last if had_no_body && self.is_last_request() => {}
            Outcome::Last => self.linger().await,
            Outcome::Over => {}
            Outcome::WebSocket(backend) => return After::Tunnel(backend),
        }
        After::Nothing
    }

    /// Whether the client has said that nothing follows, and nothing has.
    fn is_last_request(&self) -> bool {
        !keeps_open(&self.request) && !self.client.has_unread()
    }

    async fn next(&mut self) -> Next {
        let mut search = HeadEnd::default();
        self.client.expect_request();
        poll_fn(|cx| {
            let next = self.client.poll_next(cx, &mut search, &mut self.request);
            if next.is_ready() || !self.client.link.incoming.is_empty() {
                return next;
            }
            self.ending.as_mut().poll(cx).map(|()| Next::Nothing)
        })
        .await
    }

    /// Gives back what space an exchange took.
    fn rest(&mut self) {
        self.client.link.outgoing.trim();
        if self.client.link.incoming.is_empty() {
            self.client.link.incoming.trim();
        }
        self.request.trim();
        self.response.trim();
    }

    /// Says why nothing more is read, and hangs up.
    async fn refuse(&mut self, reason: Unreadable) {
        tracing::debug!(%reason, peer = ?self.client.peer, "a request was refused");
        let answer = refusal(reason);
        self.app.metrics.answered(answer.status().as_u16());
        self.client.expect_progress();
        let sent = send::send(&mut self.client, answer, Manner::last()).await;
        if sent.is_ok() {
            self.linger().await;
        }
    }

    /// Ends our side and takes for a while what the client still sends.
    async fn linger(&mut self) {
        let client = &mut self.client;
        client.link.socket.end_sending();
        let mut left = MOST_LINGER;
        let rest = poll_fn(|cx| {
            while left > 0 {
                client.link.incoming = Incoming::default();
                match client.link.poll_fill(cx, usize::MAX) {
                    Poll::Ready(Ok(0) | Err(_)) => return Poll::Ready(()),
                    Poll::Ready(Ok(count)) => left = left.saturating_sub(count),
                    Poll::Pending => return Poll::Pending,
                }
            }
            Poll::Ready(())
        });
        let _ = timeout(LINGER, rest).await;
    }
}

fn refusal(reason: Unreadable) -> Answer {
    let (status, code) = match reason {
        Unreadable::Malformed(Malformed::Version) => {
            (StatusCode::HTTP_VERSION_NOT_SUPPORTED, "version_not_supported")
        }
        Unreadable::Malformed(Malformed::TooManyFields) | Unreadable::HeadTooLarge => {
            (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "head_too_large")
        }
        Unreadable::Malformed(Malformed::Connect) => {
            return respond::method_not_allowed(way::METHODS, reason.to_string());
        }
        Unreadable::TargetTooLong => (StatusCode::URI_TOO_LONG, "target_too_long"),
        Unreadable::TooSlow => (StatusCode::REQUEST_TIMEOUT, "too_slow"),
        Unreadable::TooMany => (StatusCode::SERVICE_UNAVAILABLE, "too_many_large_heads"),
        Unreadable::Malformed(_) | Unreadable::Ambiguous(_) => {
            (StatusCode::BAD_REQUEST, "bad_request")
        }
    };
    respond::error(status, code, reason.to_string())
}
