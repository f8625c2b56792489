//! What is expected of the client, and how long that may take.

use std::task::{Context, Poll, ready};
use std::time::Duration;

use super::{Client, Gone};
use crate::sys::socket::Presence;

/// Which look at the client follows when the patience ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// There was all of the time.
    Only,
    /// Half of it.
    First,
    /// The other half: so many bytes were still to be taken at the first look.
    Second(usize),
    /// Nothing is expected, and nobody reads what it sends. What had moved when it was seen to have
    /// ended its side; none: it had not.
    Presence(Option<Moved>),
}

/// What moves where somebody is at work: how many bytes the server still has to take, and how many
/// were sent to the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moved {
    left: usize,
    sent: u64,
}

impl Client {
    /// The client may ask for something more.
    pub fn expect_request(&mut self) {
        self.allow(self.limits.idle());
    }

    /// Whether something is expected of the client.
    pub fn is_expected(&self) -> bool {
        self.patience.is_set() && !matches!(self.look, Look::Presence(_))
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
                Look::Only | Look::Presence(_) => return Poll::Ready(()),
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
    /// first, which still has to take `left` bytes. One that has ended its side alone may wait for
    /// its answer: it is gone where nothing moves either for as long as one may take nothing.
    pub fn poll_absent(&mut self, cx: &mut Context<'_>, left: impl Fn() -> usize) -> Poll<Gone> {
        if self.is_expected() || !self.patience.is_set() {
            self.look_later(None);
        }
        loop {
            ready!(self.patience.poll_ended(cx));
            let now = Moved { left: left(), sent: self.link.outgoing.sent() };
            match (self.link.socket.presence(), self.look) {
                (Presence::Gone, _) => return Poll::Ready(Gone::HungUp),
                (Presence::There, _) => self.look_later(None),
                (Presence::HalfThere, Look::Presence(Some(then))) if !now.is_further_than(then) => {
                    return Poll::Ready(Gone::HalfClosed);
                }
                (Presence::HalfThere, _) => self.look_later(Some(now)),
            }
        }
    }

    fn look_later(&mut self, moved: Option<Moved>) {
        self.look = Look::Presence(moved);
        let stalled = self.limits.stalled();
        self.patience.allow(if moved.is_some() { stalled } else { stalled / 2 });
    }
}

impl Moved {
    fn is_further_than(self, then: Moved) -> bool {
        self.left < then.left || self.sent != then.sent
    }
}
