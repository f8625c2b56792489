//! How long a client may take.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

/// A limit that is moved far more often than it is reached: to put it off costs no timer.
#[derive(Debug)]
pub struct Patience {
    sleep: Option<Pin<Box<Sleep>>>,
    ends: Option<Instant>,
}

impl Patience {
    /// No limit.
    pub fn new() -> Patience {
        Patience { sleep: None, ends: None }
    }

    /// From now on, so long.
    pub fn allow(&mut self, time: Duration) {
        let ends = Instant::now() + time;
        self.ends = Some(ends);
        if let Some(sleep) = &mut self.sleep
            && sleep.deadline() > ends
        {
            sleep.as_mut().reset(ends);
        }
    }

    /// As long as they like.
    pub fn forget(&mut self) {
        self.ends = None;
    }

    /// Whether a limit is set.
    pub fn is_set(&self) -> bool {
        self.ends.is_some()
    }

    /// Ready when the limit has been reached.
    pub fn poll_ended(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(ends) = self.ends else { return Poll::Pending };
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep_until(ends)));
        while sleep.as_mut().poll(cx).is_ready() {
            if Instant::now() >= ends {
                return Poll::Ready(());
            }
            sleep.as_mut().reset(ends);
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;

    #[tokio::test(start_paused = true)]
    async fn it_ends_when_the_last_allowance_does() {
        let mut patience = Patience::new();
        let began = Instant::now();
        patience.allow(Duration::from_secs(1));
        let early =
            tokio::time::timeout(Duration::from_millis(900), poll_fn(|cx| patience.poll_ended(cx)));
        assert!(early.await.is_err());
        patience.allow(Duration::from_secs(5));
        poll_fn(|cx| patience.poll_ended(cx)).await;
        assert_eq!(began.elapsed().as_millis(), 5900);
        patience.allow(Duration::from_secs(50));
        patience.allow(Duration::from_secs(1));
        poll_fn(|cx| patience.poll_ended(cx)).await;
        assert_eq!(began.elapsed().as_millis(), 6900);
    }
}
