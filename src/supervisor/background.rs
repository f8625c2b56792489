//! The helper that the start has left to walk the home, with rights that this process has given up.

use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::net::unix::pipe::Receiver;
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::{AbortHandle, spawn_local};

use crate::control::ownership::{Ownership, State};

/// How often the log tells how it gets on.
const EACH: Duration = Duration::from_secs(30);

/// The helper, by the two pipes that it is held by.
#[derive(Debug)]
pub struct Background {
    /// How it gets on: [`Ownership`], a line of JSON at a time.
    pub output: OwnedFd,
    /// While this is open, it goes on. It can't be sent a signal.
    pub leash: OwnedFd,
    /// Told now and then how it gets on, and how it ends.
    pub tell: fn(&Ownership),
}

/// A helper that is followed. It ends when this is dropped.
#[derive(Debug)]
pub struct Leash {
    _held: OwnedFd,
    follower: AbortHandle,
}

impl Drop for Leash {
    /// What was ended is not told of as something that went wrong.
    fn drop(&mut self) {
        self.follower.abort();
    }
}

impl Background {
    /// Passes on what it says, in a task of its own, until it ends.
    ///
    /// # Errors
    /// What epoll_ctl(2) said.
    pub fn follow(self, heard: UnboundedSender<Ownership>) -> std::io::Result<Leash> {
        let lines = BufReader::new(Receiver::from_owned_fd(self.output)?).lines();
        let follower = spawn_local(follow(lines, heard, self.tell)).abort_handle();
        Ok(Leash { _held: self.leash, follower })
    }
}

async fn follow(
    mut lines: Lines<BufReader<Receiver>>,
    heard: UnboundedSender<Ownership>,
    tell: fn(&Ownership),
) {
    let mut last = Ownership::default();
    let mut told = Instant::now();
    while let Ok(Some(line)) = lines.next_line().await {
        let Ok(said) = serde_json::from_str(&line) else { continue };
        last = said;
        if last.state.is_going_on() && told.elapsed() >= EACH {
            tell(&last);
            told = Instant::now();
        }
        // The runner is gone only when all is over.
        let _ = heard.send(last.clone());
    }
    if last.state.is_going_on() {
        last.state = State::Failed;
        let _ = heard.send(last.clone());
    }
    tell(&last);
}
