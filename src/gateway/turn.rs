//! One request, from its head to the end of its answer.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use super::access::embedding::Verdict;
use super::app::App;
use super::client::send::{self, Manner};
use super::client::{BodyError, Client, Gone};
use super::http1::{Body, Name, RequestHead, ResponseHead, Version};
use super::policy;
use super::respond::Answer;
use super::wire::Link;

/// What follows an answer.
#[derive(Debug)]
pub enum Outcome {
    /// The next request.
    Next,
    /// Nothing, and the client was told so.
    Last,
    /// Nothing: the connection is gone.
    Over,
    /// A WebSocket, over this connection to a server.
    WebSocket(Box<Link>),
}

/// A request and whatever its answer needs.
pub struct Turn<'a> {
    /// What all requests share.
    pub app: &'a Arc<App>,
    /// Who asks.
    pub client: &'a mut Client,
    /// The request's head.
    pub head: &'a RequestHead,
    /// Where the head of the IDE's answer is put.
    pub response: &'a mut ResponseHead,
    /// The request's body.
    pub body: Body,
    /// Whether the connection may stay open.
    pub keep: bool,
    /// What another site's page has to do with it; as long as nobody knows, the worst.
    pub verdict: Verdict,
}

impl<'a> Turn<'a> {
    /// A request whose head was read.
    pub fn new(
        app: &'a Arc<App>,
        client: &'a mut Client,
        head: &'a RequestHead,
        response: &'a mut ResponseHead,
        body: Body,
    ) -> Turn<'a> {
        let keep = keeps_open(head) && !app.ending.has_come();
        Turn { app, client, head, response, body, keep, verdict: Verdict::Refused }
    }

    /// Sends an answer of our own, with what every answer gets.
    pub async fn finish(mut self, answer: Answer) -> Outcome {
        let (method, path, status) =
            (self.head.method(), self.head.path(), answer.status().as_u16());
        tracing::debug!(method, path, status, "request");
        let answer = policy::keep_apart(answer, self.verdict, &self.app.frame_ancestors);
        let answer = policy::apply(answer, self.app.permissions.as_ref());
        self.send(answer).await
    }

    /// Sends an answer as it is. A body that nobody has read ends the connection.
    pub async fn send(&mut self, answer: Answer) -> Outcome {
        let endless = answer.body().is_stream() && self.head.version() == Version::Http10;
        let keep = self.keep && self.body.is_done() && !endless;
        let manner = Manner { version: self.head.version(), head_only: self.head.is_head(), keep };
        self.app.metrics.answered(answer.status().as_u16());
        match send::send(self.client, answer, manner).await {
            Ok(()) if keep => Outcome::Next,
            Ok(()) => Outcome::Last,
            Err(gone) => {
                tracing::debug!(%gone, "an answer was not taken");
                Outcome::Over
            }
        }
    }

    /// Sends what waits.
    pub async fn flush(&mut self) -> Result<(), Gone> {
        send::flush(self.client).await
    }

    /// Reads the body whole, `most` bytes of it at most; none where it is longer or does not come.
    pub async fn read_body(&mut self, most: usize) -> Option<Vec<u8>> {
        self.ask_for_body().await.ok()?;
        let mut whole = Vec::new();
        while !self.body.is_done() && whole.len() <= most {
            self.client.expect_progress();
            poll_fn(|cx| {
                let (client, body) = (&mut *self.client, &mut self.body);
                let mut take = |content: &[u8]| whole.extend_from_slice(content);
                match client.poll_body(cx, body, &mut take) {
                    Poll::Pending => client.poll_too_slow(cx).map(|()| Err(too_slow())),
                    ready => ready,
                }
            })
            .await
            .ok()?;
        }
        self.client.expect_nothing();
        (whole.len() <= most).then_some(whole)
    }

    /// A client that waits to be asked for its body is asked (RFC 9110 §10.1.1).
    async fn ask_for_body(&mut self) -> Result<(), std::io::Error> {
        let waits = self.head.fields().has_token(Name::Expect, "100-continue");
        if waits && !self.body.is_done() && self.head.version() == Version::Http11 {
            let out = self.client.link.outgoing.buffer();
            out.extend_from_slice(b"HTTP/1.1 100 Continue\r\n\r\n");
            poll_fn(|cx| self.client.link.poll_flush(cx)).await?;
        }
        Ok(())
    }
}

fn too_slow() -> BodyError {
    Gone::TooSlow.into()
}

/// Whether the client wants the connection kept open (RFC 9112 §9.3).
pub fn keeps_open(head: &RequestHead) -> bool {
    let fields = head.fields();
    match head.version() {
        Version::Http11 => !fields.has_token(Name::Connection, "close"),
        Version::Http10 => {
            fields.has_token(Name::Connection, "keep-alive")
                && !fields.has_token(Name::Connection, "close")
        }
    }
}
