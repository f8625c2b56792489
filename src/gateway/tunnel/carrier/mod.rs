//! The thread that carries the WebSockets of which both ends are open.
//!
//! The event loop hands each over, and gets it back when an end closes or it asks for it. Where
//! there can be no thread, or no descriptors for it, everything stays in the event loop.

#[cfg(test)]
mod tests;
mod thread;

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::sync::oneshot;

use self::thread::Thread;
use super::watched::Watched;
use super::ways::Tunnel;
use crate::sys::epoll::Bell;

/// The thread's stack, in bytes: what is read goes to the heap.
const STACK: usize = 256 * 1024;

/// How a tunnel comes back.
type Back = oneshot::Sender<io::Result<Tunnel<Watched>>>;

/// Has WebSockets carried. The thread starts with the first, and ends with this.
#[derive(Debug, Default)]
pub struct Carrier(OnceLock<Option<Arc<Post>>>);

/// What the event loop and the thread share.
#[derive(Debug)]
struct Post {
    letters: Mutex<Letters>,
    bell: Bell,
}

/// What the thread is told the next time that it looks.
#[derive(Debug, Default)]
struct Letters {
    tunnels: Vec<(u64, Tunnel<Watched>, Back)>,
    recalled: Vec<u64>,
    /// How many tunnels were handed over so far.
    count: u64,
    is_last: bool,
}

/// One that was handed over, which comes back when nobody waits for it any more.
struct Carried<'a>(&'a Post, u64);

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
        let Some(post) = self.0.get_or_init(start) else { return Ok(tunnel) };
        let (back, mut comes) = oneshot::channel();
        let carried = post.hand_over(tunnel.with(Watched::take)?, back);
        let came = tokio::select! {
            came = &mut comes => came,
            () = recall => {
                drop(carried);
                comes.await
            }
        };
        let tunnel = came.map_err(|_| io::ErrorKind::BrokenPipe)??;
        tunnel.with(Watched::give_back)
    }
}

impl Drop for Carrier {
    fn drop(&mut self) {
        if let Some(Some(post)) = self.0.get() {
            post.tell(|letters| letters.is_last = true);
        }
    }
}

fn start() -> Option<Arc<Post>> {
    let started = Thread::new().and_then(|thread| {
        let post = Arc::clone(&thread.post);
        let builder = std::thread::Builder::new().name("websockets".to_owned()).stack_size(STACK);
        builder.spawn(move || thread.run()).map(|_| post)
    });
    started
        .inspect_err(|error| tracing::warn!(%error, "no thread for WebSockets; they go without"))
        .ok()
}

impl Post {
    fn hand_over(&self, tunnel: Tunnel<Watched>, back: Back) -> Carried<'_> {
        let number = self.tell(|letters| {
            letters.count += 1;
            letters.tunnels.push((letters.count, tunnel, back));
            letters.count
        });
        Carried(self, number)
    }

    fn tell<T>(&self, what: impl FnOnce(&mut Letters) -> T) -> T {
        let told = what(&mut self.letters());
        self.bell.ring();
        told
    }

    fn letters(&self) -> MutexGuard<'_, Letters> {
        self.letters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Carried<'_> {
    fn drop(&mut self) {
        self.0.tell(|letters| letters.recalled.push(self.1));
    }
}
