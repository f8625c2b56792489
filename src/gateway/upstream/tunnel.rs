//! A WebSocket, carried through.
//!
//! Bytes are copied as they are: extensions, subprotocols, close codes and half-closed connections
//! are the two ends' own affair. Only when the gateway is told to end does it say something itself.

use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf, copy_bidirectional_with_sizes};

use tokio::time::timeout;

use super::frames::Frames;
use crate::gateway::ending::Ending;

/// The size of each direction's buffer, in bytes. Smaller ones cost a third of the throughput,
/// larger ones only memory.
const BUFFER: usize = 32 * 1024;
/// How long to wait for the end of the frame that is being sent when the gateway is to end.
const LAST_FRAME: Duration = Duration::from_millis(200);
/// A close frame with code 1001, "going away" (RFC 6455 §7.4.1), as a server sends it: unmasked.
const GOING_AWAY: [u8; 4] = [0x88, 0x02, 0x03, 0xe9];

/// Carries bytes both ways until both ends have closed, or until the gateway is to end: then the
/// client is told so, between two frames.
pub async fn carry(client: OnUpgrade, backend: OnUpgrade, mut ending: Ending) -> io::Result<()> {
    let (client, backend) = tokio::try_join!(client, backend).map_err(io::Error::other)?;
    let halt = Arc::new(Halt::default());
    let mut client = Followed::new(TokioIo::new(client), halt.clone());
    let mut backend = TokioIo::new(backend);
    let ended = {
        let copy = copy_bidirectional_with_sizes(&mut client, &mut backend, BUFFER, BUFFER);
        let mut copy = pin!(copy);
        tokio::select! {
            copied = &mut copy => Some(copied),
            () = ending.come() => halt.at_frame_end(copy).await,
        }
    };
    match ended {
        Some(result) => result.map(|_| ()),
        None => say_goodbye(&mut client).await,
    }
}

async fn say_goodbye<C: AsyncWrite + Unpin>(client: &mut Followed<C>) -> io::Result<()> {
    if client.sent.between() {
        client.io.write_all(&GOING_AWAY).await?;
    }
    client.io.shutdown().await
}

/// Stops what is sent to a client at the end of a frame.
#[derive(Debug, Default)]
struct Halt {
    wanted: AtomicBool,
    within_frame: AtomicBool,
}

impl Halt {
    /// Goes on copying until the frame that is on its way to the client is complete, for as long
    /// as [`LAST_FRAME`]. The value is the copying's, where that ended first.
    async fn at_frame_end<F: Future>(&self, mut copy: Pin<&mut F>) -> Option<F::Output> {
        self.wanted.store(true, Ordering::Relaxed);
        let complete = poll_fn(|cx| {
            let copied =
                if self.is_within_frame() { copy.as_mut().poll(cx) } else { Poll::Pending };
            match copied {
                Poll::Ready(copied) => Poll::Ready(Some(copied)),
                Poll::Pending if self.is_within_frame() => Poll::Pending,
                Poll::Pending => Poll::Ready(None),
            }
        });
        timeout(LAST_FRAME, complete).await.ok().flatten()
    }

    fn is_within_frame(&self) -> bool {
        self.within_frame.load(Ordering::Relaxed)
    }
}

/// The client's end, with an eye on the frames that are sent to it.
struct Followed<IO> {
    io: IO,
    sent: Frames,
    halt: Arc<Halt>,
}

impl<IO> Followed<IO> {
    fn new(io: IO, halt: Arc<Halt>) -> Followed<IO> {
        Followed { io, sent: Frames::default(), halt }
    }
}

impl<IO: AsyncRead + Unpin> AsyncRead for Followed<IO> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buf)
    }
}

impl<IO: AsyncWrite + Unpin> AsyncWrite for Followed<IO> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        let halting = this.halt.wanted.load(Ordering::Relaxed);
        if halting && this.sent.between() {
            // Nobody needs to be woken: whoever wants the halt looks right after this.
            return Poll::Pending;
        }
        let most = if halting { this.sent.to_frame_end() } else { usize::MAX };
        let part = buf.get(..most.min(buf.len())).unwrap_or(buf);
        let written = ready!(Pin::new(&mut this.io).poll_write(cx, part))?;
        this.sent.pass(part.get(..written).unwrap_or_default());
        this.halt.within_frame.store(!this.sent.between(), Ordering::Relaxed);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
