//! What is expected of the client, and how long that may take.

use std::task::{Context, Poll, ready};
use std::time::Duration;

use super::{Client, Gone};

/// Which look at the client follows when the patience ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// There was all of the time.
    Only,
    /// Half of it.
    First,
    /// The other half: so many bytes were still to be taken at the first look.
    Second(usize),
    /// Nothing is expected, and nobody reads what it sends: it is only looked whether it is there.
    Presence,
}

impl Client {
    /// The client may ask for something more.
    pub fn expect_request(&mut self) {
        self.allow(self.limits.idle());
    }

    /// Whether something is expected of the client.
    pub fn is_expected(&self) -> bool {
        self.patience.is_set() && self.look != Look::Presence
    }

    /// The client has to do something now, or has done it.
    pub fn expect_progress(&mut self) {
        self.look = Look::First;
        self.patience.allow(self.limits.stalled() / 2);
    }

    pub fn allow(&mut self, all: Duration) {
        self.look = Look::Only;
        self.patience.allow(all);
    }

    /// Ready once it did nothing for too long. The system takes megabytes ahead of one who takes
    /// little by little, and then nothing for minutes: what was confirmed in the second half of the
    /// time counts, too.
    pub fn poll_too_slow(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            if !self.is_expected() {
                return Poll::Pending;
            }
            ready!(self.patience.poll_ended(cx));
            let left = self.link.waiting();
            match self.look {
                Look::Only | Look::Presence => return Poll::Ready(()),
                Look::Second(before) if left >= before => return Poll::Ready(()),
                Look::First | Look::Second(_) => self.look = Look::Second(left),
            }
            self.patience.allow(self.limits.stalled() / 2);
        }
    }

    /// Sends what waits. Pending: the client has to take more of it.
    pub fn flush(&mut self, cx: &mut Context<'_>) -> Result<Poll<()>, Gone> {
        let before = self.link.outgoing.waiting();
        if self.link.poll_flush(cx)?.is_ready() {
            // Where nothing waited, something else may be expected of it.
            if before > 0 {
                self.expect_nothing();
            }
            return Ok(Poll::Ready(()));
        }
        if self.link.outgoing.waiting() != before || !self.is_expected() {
            self.expect_progress();
        }
        Ok(Poll::Pending)
    }

    /// Nothing is expected of the client any more.
    pub fn expect_nothing(&mut self) {
        if !self.has_ended {
            self.patience.forget();
        }
    }

    /// Watches for the client's end while nobody reads what it sends, as the server has to do something
    /// first. One that has only ended its side may wait for its answer, however long.
    pub fn poll_absent(&mut self, cx: &mut Context<'_>) -> Poll<Gone> {
        if self.is_expected() || !self.patience.is_set() {
            self.look_later();
        }
        loop {
            ready!(self.patience.poll_ended(cx));
            if self.link.socket.is_gone() {
                return Poll::Ready(Gone::HungUp);
            }
            self.look_later();
        }
    }

    fn look_later(&mut self) {
        self.look = Look::Presence;
        self.patience.allow(self.limits.stalled() / 2);
    }
}
