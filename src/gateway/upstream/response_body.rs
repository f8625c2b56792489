//! A response's body on its way to the client: nothing is kept, nothing is limited, and what breaks
//! on one side breaks on the other.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};

use super::pool::{Connection, Upstream};
use crate::gateway::respond::BoxError;

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
