//! A request's body on its way to the IDE: nothing is kept, nothing is limited.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::sync::Notify;

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
