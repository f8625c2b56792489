//! What the gateway counts.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The classes of answers, by the first digit of their status.
pub const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// The counters. Each is read and written on its own; no order between them is promised.
#[derive(Debug, Default)]
pub struct Metrics {
    answers: [AtomicU64; 5],
    upstream_errors: AtomicU64,
    websockets: AtomicU64,
}

impl Metrics {
    /// Counts an answer.
    pub fn answered(&self, status: u16) {
        let class = usize::from(status / 100).saturating_sub(1);
        if let Some(counter) = self.answers.get(class) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Counts a request that the IDE failed to answer.
    pub fn upstream_failed(&self) {
        self.upstream_errors.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a WebSocket for as long as what it returns lives.
    pub fn websocket_opened(self: &Arc<Self>) -> OpenWebSocket {
        self.websockets.fetch_add(1, Ordering::Relaxed);
        OpenWebSocket(self.clone())
    }

    /// The answers so far, in the order of [`CLASSES`].
    pub fn answers(&self) -> [u64; 5] {
        std::array::from_fn(|class| {
            self.answers.get(class).map_or(0, |counter| counter.load(Ordering::Relaxed))
        })
    }

    /// The requests so far that the IDE failed to answer.
    pub fn upstream_errors(&self) -> u64 {
        self.upstream_errors.load(Ordering::Relaxed)
    }

    /// The WebSockets that are open now.
    pub fn websockets(&self) -> u64 {
        self.websockets.load(Ordering::Relaxed)
    }
}

/// A WebSocket that is open.
#[derive(Debug)]
pub struct OpenWebSocket(Arc<Metrics>);

impl Drop for OpenWebSocket {
    fn drop(&mut self) {
        self.0.websockets.fetch_sub(1, Ordering::Relaxed);
    }
}
