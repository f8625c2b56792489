//! One request to the IDE, up to the head of its answer.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Sleep, sleep};

use super::failure::Failure;
use super::upload::Upload;
use crate::gateway::client::{Client, Gone};
use crate::gateway::http1::syntax::HeadEnd;
use crate::gateway::http1::{Body, ResponseHead, framing};
use crate::gateway::wire::Link;

/// The longest head of an answer, in bytes.
const MOST_HEAD: usize = 256 * 1024;
/// How much is read before it is known what it is, in bytes.
const READ: usize = 16 * 1024;
/// How many interim answers (1xx) may come before the answer.
const MOST_INTERIM: u32 = 100;

/// How long the IDE may take to ask for a body that the client holds back.
const CONTINUE: Duration = Duration::from_secs(1);

/// A request that is on its way, and its answer.
#[derive(Debug)]
pub struct Exchange {
    /// The connection to the IDE.
    pub link: Link,
    /// The request's body.
    pub upload: Upload,
    search: HeadEnd,
    interim: u32,
    heard: bool,
    /// Goes off when the client is to be asked for its body although the IDE has not done so.
    impatience: Option<Pin<Box<Sleep>>>,
}

/// A head that has come.
#[derive(Debug)]
pub enum Received {
    /// An interim answer: more follows.
    Interim,
    /// The answer, whose body follows.
    Final(Body),
}

impl Exchange {
    /// A request whose head waits in `link` to be sent; `body` follows it.
    pub fn new(link: Link, body: Body) -> Exchange {
        let upload = Upload::new(body);
        let search = HeadEnd::default();
        Exchange { link, upload, search, interim: 0, heard: false, impatience: None }
    }

    /// The client holds its body back until it is asked for it (RFC 9110 §10.1.1). The IDE decides;
    /// one that does not know of this says nothing, and a client should not wait for ever.
    pub fn await_continue(&mut self) {
        self.impatience = Some(Box::pin(sleep(CONTINUE)));
    }

    /// Whether it can be sent once more over another connection: nothing came, and nothing of the
    /// client's is lost.
    pub fn is_unheard(&self) -> bool {
        !self.heard
    }

    /// Sends the request, and waits for the next head of an answer, which is read into `head`.
    pub fn poll_head(
        &mut self,
        cx: &mut Context<'_>,
        client: &mut Client,
        head: &mut ResponseHead,
        to_head: bool,
    ) -> Poll<Result<Received, Failure>> {
        self.poll_impatience(cx, client);
        let came = self.upload(cx, client)?;
        loop {
            if let Some(length) = self.find_head()? {
                return Poll::Ready(self.take_head(length, head, to_head));
            }
            match self.link.poll_fill(cx, READ) {
                Poll::Ready(Ok(0)) | Poll::Ready(Err(_)) => {
                    let lost = if self.heard { Failure::BrokeOff } else { Failure::HungUp };
                    return Poll::Ready(Err(lost));
                }
                Poll::Ready(Ok(_)) => self.heard = true,
                Poll::Pending => break,
            }
        }
        if !client.link.outgoing.is_empty() {
            let _ = client.flush(cx)?;
        }
        self.poll_client(cx, client, came)
    }

    fn poll_impatience(&mut self, cx: &mut Context<'_>, client: &mut Client) {
        if let Some(sleep) = &mut self.impatience
            && sleep.as_mut().poll(cx).is_ready()
        {
            self.impatience = None;
            client.link.outgoing.buffer().extend_from_slice(b"HTTP/1.1 100 Continue\r\n\r\n");
        }
    }

    /// Carries the request's body on; whether something of it came.
    pub fn upload(&mut self, cx: &mut Context<'_>, client: &mut Client) -> Result<bool, Failure> {
        if self.upload.is_sent(&self.link) {
            return Ok(false);
        }
        let came = self.upload.poll(cx, client, &mut self.link)?;
        if came {
            self.impatience = None;
        }
        Ok(came)
    }

    /// Watches the client while the IDE has to do something; `came`: some of its body has, just now.
    /// What a client sends that is still uploading is its body, and read there.
    pub fn poll_client<T>(
        &mut self,
        cx: &mut Context<'_>,
        client: &mut Client,
        came: bool,
    ) -> Poll<Result<T, Failure>> {
        self.expect(client, came);
        let gone = if self.upload.is_read() {
            client.poll_gone(cx)
        } else if client.is_expected() {
            client.poll_too_slow(cx).map(|()| Gone::TooSlow)
        } else {
            client.poll_absent(cx)
        };
        gone.map(|gone| Err(gone.into()))
    }

    /// The client has to send more of its body where the IDE takes it, or to take more of its answer.
    fn expect(&self, client: &mut Client, came: bool) {
        if self.upload.waits_for_client(&self.link) {
            if came || !client.is_expected() {
                client.expect_progress();
            }
        } else if client.is_expected() && client.link.outgoing.is_empty() {
            client.expect_nothing();
        }
    }

    fn find_head(&mut self) -> Result<Option<usize>, Failure> {
        let bytes = self.link.incoming.bytes();
        if bytes.is_empty() {
            return Ok(None);
        }
        let found = self.search.find(bytes).map_err(garbage)?;
        if found.unwrap_or(self.search.seen()) > MOST_HEAD {
            return Err(Failure::Garbage("its head is too large".into()));
        }
        Ok(found)
    }

    fn take_head(
        &mut self,
        length: usize,
        head: &mut ResponseHead,
        to_head: bool,
    ) -> Result<Received, Failure> {
        let bytes = self.link.incoming.bytes().get(..length).unwrap_or_default();
        head.read(bytes).map_err(garbage)?;
        self.link.incoming.skip(length);
        self.search = HeadEnd::default();
        let body = framing::of_response(head, to_head).map_err(garbage)?;
        if head.status() >= 200 || head.status() == 101 {
            return Ok(Received::Final(body));
        }
        self.interim += 1;
        self.impatience = None;
        if self.interim > MOST_INTERIM {
            return Err(Failure::Garbage("it sends interim answers without end".into()));
        }
        Ok(Received::Interim)
    }
}

fn garbage(error: impl std::fmt::Display) -> Failure {
    Failure::Garbage(error.to_string())
}
