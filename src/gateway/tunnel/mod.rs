//! A WebSocket, carried through.
//!
//! Bytes are copied as they are: extensions, subprotocols and close codes are the two ends' own
//! affair, and half-closed connections as long as something comes or is taken ([`Lulls`]). Only
//! when the gateway is told to end does it say something itself.
//!
//! While both ends are open, a thread that does nothing else carries it ([`Carrier`]): what somebody
//! types waits for no page that is being compressed, and costs little more than its system calls.

mod carrier;
mod frames;
mod lull;
mod watched;
mod ways;

use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::timeout;

pub use self::carrier::Carrier;
use self::lull::Lull;
pub use self::lull::Lulls;
use self::ways::Tunnel;
use super::ending::Ending;
use super::wire::{Link, Socket, Stream};

/// A close frame with code 1001, "going away" (RFC 6455 §7.4.1), as a server sends it: unmasked.
const GOING_AWAY: [u8; 4] = [0x88, 0x02, 0x03, 0xe9];

/// How long the last of it may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Once one end has closed.
    pub lull: Lulls,
    /// To tell the client that the gateway ends.
    pub last: Duration,
}

/// Carries bytes both ways until both ends have closed, or one has and nothing happens any more, or
/// until the gateway is to end: then the client is told so, between two frames.
pub async fn carry(
    client: Link,
    backend: Link,
    carrier: &Carrier,
    mut ending: Ending,
    limits: Limits,
) -> io::Result<()> {
    let tunnel = Tunnel::new(client, backend);
    let mut tunnel = carrier.carry(tunnel, pin!(ending.come())).await?;
    let (mut lull, mut come) = (Lull::new(limits.lull), pin!(ending.come()));
    let came = poll_fn(|cx| match tunnel.poll(cx, &mut lull) {
        Poll::Ready(ended) => Poll::Ready(Came::ToItsEnd(ended)),
        Poll::Pending => come.as_mut().poll(cx).map(|()| Came::ToOurs),
    });
    match came.await {
        Came::ToItsEnd(ended) => ended,
        Came::ToOurs => tunnel.say_goodbye(limits.last).await,
    }
}

/// What a tunnel has come to.
enum Came {
    ToItsEnd(io::Result<()>),
    /// The gateway is to end.
    ToOurs,
}

impl Tunnel<Socket> {
    fn poll(&mut self, cx: &mut Context<'_>, lull: &mut Lull) -> Poll<io::Result<()>> {
        let happened = self.pass(cx);
        if self.is_over() {
            return Poll::Ready(Ok(()));
        }
        if self.is_open() {
            return Poll::Pending;
        }
        let ended = lull.poll_ended(cx, happened, || self.waiting());
        ended.map(|()| Err(io::ErrorKind::TimedOut.into()))
    }

    /// Goes on until the frame that is on its way to the client is complete, and closes.
    async fn say_goodbye(&mut self, last: Duration) -> io::Result<()> {
        let _ = timeout(last / 2, poll_fn(|cx| self.poll_frame_end(cx))).await;
        if self.to_client.is_between_frames() && self.client.outgoing.is_empty() {
            self.client.outgoing.buffer().extend_from_slice(&GOING_AWAY);
            let _ = timeout(last / 2, poll_fn(|cx| self.client.poll_flush(cx))).await;
        }
        self.client.socket.end_sending();
        Ok(())
    }

    fn poll_frame_end(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            if self.client.poll_flush(cx)?.is_pending() {
                return Poll::Pending;
            }
            let Some(most) = self.to_client.to_frame_end() else {
                return Poll::Ready(Ok(()));
            };
            if !self.to_client.step(cx, &mut self.backend, &mut self.client, most)? {
                return Poll::Pending;
            }
        }
    }
}
