//! How long a connection is kept of which one end has closed its side.
//!
//! One that hung up looks like one that still listens. So what still happens on it decides: what
//! comes, what is passed on, and what the other end's system confirms.

use std::task::{Context, Poll};
use std::time::Duration;

use crate::gateway::wire::Patience;

/// How long nothing may happen.
#[derive(Debug, Clone, Copy)]
pub struct Lulls {
    /// When all was taken.
    pub idle: Duration,
    /// While an end still has something to take.
    pub stalled: Duration,
}

/// Since when nothing has happened.
#[derive(Debug)]
pub struct Lull {
    patience: Patience,
    limits: Lulls,
    /// How many bytes nobody had taken yet at the last look.
    waiting: usize,
}

impl Lull {
    /// None yet.
    pub fn new(limits: Lulls) -> Lull {
        Lull { patience: Patience::new(), limits, waiting: 0 }
    }

    /// Ready once nothing has happened for too long. `happened` says that something has, just now,
    /// and `waiting` how many bytes nobody has taken yet.
    pub fn poll_ended(
        &mut self,
        cx: &mut Context<'_>,
        happened: bool,
        waiting: impl Fn() -> usize,
    ) -> Poll<()> {
        if self.was_taken(waiting()) || happened || !self.patience.is_set() {
            self.begin_anew();
        }
        while self.patience.poll_ended(cx).is_ready() {
            if !self.was_taken(waiting()) {
                return Poll::Ready(());
            }
            self.begin_anew();
        }
        Poll::Pending
    }

    fn was_taken(&mut self, waiting: usize) -> bool {
        waiting < std::mem::replace(&mut self.waiting, waiting)
    }

    fn begin_anew(&mut self) {
        let all_taken = self.waiting == 0;
        self.patience.allow(if all_taken { self.limits.idle } else { self.limits.stalled });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::future::poll_fn;
    use tokio::time::Instant;

    const LIMITS: Lulls = Lulls { idle: Duration::from_secs(10), stalled: Duration::from_secs(60) };

    /// After how many seconds it ends, with so many bytes waiting at each look.
    async fn ends_after(looks: &[usize]) -> u64 {
        let (mut lull, next, began) = (Lull::new(LIMITS), Cell::new(0), Instant::now());
        let waiting = || {
            let at = next.replace(next.get() + 1).min(looks.len() - 1);
            looks[at]
        };
        poll_fn(|cx| lull.poll_ended(cx, false, waiting)).await;
        began.elapsed().as_secs()
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_longer_while_something_is_to_be_taken_and_begins_anew_when_it_was() {
        assert_eq!(ends_after(&[0]).await, 10);
        assert_eq!(ends_after(&[5]).await, 60);
        // It was polled at the first, looked again when that time was over, and so on.
        assert_eq!(ends_after(&[5, 4, 4]).await, 120);
        assert_eq!(ends_after(&[5, 0, 0]).await, 70);
    }
}
