//! Bodies on their way through: nothing is kept, nothing is limited, and what breaks on one side
//! breaks on the other.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::sync::Notify;

use super::pool::{Connection, Upstream};
use crate::gateway::respond::BoxError;

/// How long the IDE may take to say `100 Continue`, before the body is sent anyway (RFC 9110
/// §10.1.1: a client that gets no such answer should not wait for ever).
const CONTINUE: Duration = Duration::from_secs(1);

type Wait = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What a client sends to the IDE.
pub struct RequestBody {
    incoming: Option<Incoming>,
    wait: Option<Wait>,
}

impl std::fmt::Debug for RequestBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RequestBody")
    }
}

impl RequestBody {
    /// No body.
    pub fn none() -> RequestBody {
        RequestBody { incoming: None, wait: None }
    }

    /// The body that comes from a client.
    pub fn new(incoming: Incoming) -> RequestBody {
        RequestBody { incoming: Some(incoming), wait: None }
    }
}

/// Holds a request's body back until the IDE asks for it. The client is asked for it in turn when
/// the body is first read, so that a refusal reaches it before it has sent anything.
pub fn await_continue(request: &mut Request<RequestBody>) {
    let asked_for = Arc::new(Notify::new());
    let bell = asked_for.clone();
    hyper::ext::on_informational(request, move |response| {
        if response.status() == StatusCode::CONTINUE {
            bell.notify_one();
        }
    });
    request.body_mut().wait = Some(Box::pin(async move {
        let _ = tokio::time::timeout(CONTINUE, asked_for.notified()).await;
    }));
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        if let Some(wait) = &mut self.wait {
            ready!(wait.as_mut().poll(cx));
            self.wait = None;
        }
        match &mut self.incoming {
            Some(incoming) => Pin::new(incoming).poll_frame(cx),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.as_ref().map_or(SizeHint::with_exact(0), Body::size_hint)
    }
}

/// What the IDE sends to a client. Once it has come to its end, its connection can be used again;
/// when the client goes before that, the connection is closed, and the IDE knows.
pub struct ResponseBody {
    incoming: Incoming,
    connection: Option<(Connection, Arc<Upstream>)>,
}

impl ResponseBody {
    /// The body that comes over a connection.
    pub fn new(incoming: Incoming, connection: Connection, upstream: Arc<Upstream>) -> Self {
        ResponseBody { incoming, connection: Some((connection, upstream)) }
    }

    fn give_back(&mut self) {
        if let Some((connection, upstream)) = self.connection.take() {
            upstream.give_back(connection);
        }
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let frame = ready!(Pin::new(&mut self.incoming).poll_frame(cx));
        match &frame {
            None => self.give_back(),
            Some(Err(error)) => {
                tracing::debug!(%error, "the IDE's answer broke off");
                self.connection = None;
            }
            Some(Ok(_)) => {}
        }
        Poll::Ready(frame.map(|frame| frame.map_err(BoxError::from)))
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}

impl Drop for ResponseBody {
    fn drop(&mut self) {
        // hyper does not ask a body of known length for its end once it has all of it.
        if self.incoming.is_end_stream() {
            self.give_back();
        }
    }
}
