//! The thread that carries the WebSockets of which both ends are open.
//!
//! The event loop hands each over, and gets it back when an end closes or breaks, or it asks for it.
//! Where there can be no thread, or a socket can't be watched, a tunnel stays in the event loop.

#[cfg(test)]
mod tests;
mod thread;

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::sync::oneshot;
use tokio::task::yield_now;

use self::thread::Thread;
use super::watched::Watched;
use super::ways::Tunnel;
use crate::sys::epoll::Bell;

/// The thread's stack, in bytes: what is read goes to the heap.
const STACK: usize = 256 * 1024;

/// How a tunnel comes back.
type Back = oneshot::Sender<Box<Tunnel<Watched>>>;

/// Has WebSockets carried. The thread starts with the first, and ends with this.
#[derive(Debug, Default)]
pub struct Carrier(OnceLock<Arc<Post>>);

/// What the event loop and the thread share.
#[derive(Debug)]
struct Post {
    /// In the order in which they were written.
    letters: Mutex<Vec<Letter>>,
    bell: Bell,
    /// How many tunnels were handed over so far.
    count: AtomicU64,
}

/// What the thread is told.
#[derive(Debug)]
enum Letter {
    /// To carry a tunnel, which has this number.
    Carry(u64, Box<Tunnel<Watched>>, Back),
    /// To give it back.
    Recall(u64),
    /// That nothing follows.
    Last,
}

/// A tunnel that was handed over. Whoever drops this asks for it back.
struct HandedOver<'a>(&'a Post, u64);

impl Carrier {
    /// Has a tunnel carried as long as both its ends are open, and until `recall` is ready.
    ///
    /// # Errors
    /// What went wrong with one of its connections.
    pub async fn carry(
        &self,
        tunnel: Tunnel,
        recall: Pin<&mut impl Future<Output = ()>>,
    ) -> io::Result<Tunnel> {
        let Some(post) = self.post() else { return Ok(tunnel) };
        let (back, mut comes) = oneshot::channel();
        let handed_over = post.hand_over(Box::new(tunnel.with(Watched::from_event_loop)?), back);
        let came = tokio::select! {
            came = &mut comes => {
                // There is nothing to ask for.
                std::mem::forget(handed_over);
                came
            }
            () = recall => {
                drop(handed_over);
                comes.await
            }
        };
        let tunnel = came.map_err(|_| io::ErrorKind::BrokenPipe)?;
        let tunnel = tunnel.with(Watched::into_event_loop)?;
        // What its ends are ready for is known once the event loop has turned.
        yield_now().await;
        Ok(tunnel)
    }

    /// Where that fails, it is tried again with the next.
    fn post(&self) -> Option<&Post> {
        if self.0.get().is_none() {
            match start() {
                Ok(post) => drop(self.0.set(post)),
                Err(error) => {
                    tracing::warn!(%error, "no thread for a WebSocket, which goes without");
                }
            }
        }
        self.0.get().map(Arc::as_ref)
    }
}

impl Drop for Carrier {
    fn drop(&mut self) {
        if let Some(post) = self.0.get() {
            post.write(Letter::Last);
        }
    }
}

fn start() -> io::Result<Arc<Post>> {
    let thread = Thread::new()?;
    let post = Arc::clone(&thread.post);
    let builder = std::thread::Builder::new().name("websockets".to_owned()).stack_size(STACK);
    builder.spawn(move || thread.run())?;
    Ok(post)
}

impl Post {
    fn new() -> io::Result<Post> {
        Ok(Post { letters: Mutex::default(), bell: Bell::new()?, count: AtomicU64::new(0) })
    }

    fn hand_over(&self, tunnel: Box<Tunnel<Watched>>, back: Back) -> HandedOver<'_> {
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        self.write(Letter::Carry(number, tunnel, back));
        HandedOver(self, number)
    }

    fn write(&self, letter: Letter) {
        self.letters().push(letter);
        self.bell.ring();
    }

    fn letters(&self) -> MutexGuard<'_, Vec<Letter>> {
        self.letters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for HandedOver<'_> {
    fn drop(&mut self) {
        self.0.write(Letter::Recall(self.1));
    }
}
