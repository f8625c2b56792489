//! One service's part of the machine's state.

use std::time::Duration;

use super::events::Traits;
use crate::control::protocol::{SILENCE, State};
use crate::supervisor::restart::History;

/// How long a service that was ready may be not ready until it is started anew.
pub const DEAF: Duration = Duration::from_secs(30);

/// A service's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    /// It has no process, and gets none by itself.
    Down(State),
    /// It did what it had to do, and needs no process.
    Done,
    /// It gets a process once the services that it needs are ready.
    Held,
    /// Its process is being started.
    Spawning,
    /// It has a process.
    Up(Up),
    /// Its process was told to end.
    Ending {
        /// Which one.
        pid: i32,
        /// Since when it ran.
        since: Duration,
        /// What follows.
        then: Then,
        /// When it is killed.
        kill_at: Duration,
    },
    /// It has no process until then.
    Waiting {
        /// When it is started again.
        until: Duration,
    },
}

/// A process at work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Up {
    /// Which one.
    pub pid: i32,
    /// Since when it runs.
    pub since: Duration,
    /// The probe's last word, or its own, as long as that holds.
    pub is_ready: bool,
    /// Whether it has ever been ready.
    pub was_ready: bool,
    /// Since when `is_ready` is what it is, or has been waited for.
    pub changed: Duration,
    /// When it was last said to be ready.
    pub heard: Duration,
}

impl Up {
    /// A process that has just been started.
    pub fn new(pid: i32, is_ready: bool, now: Duration) -> Self {
        Up { pid, since: now, is_ready, was_ready: is_ready, changed: now, heard: now }
    }

    /// Takes note of readiness. Returns whether that is news.
    pub fn note(&mut self, is_ready: bool, now: Duration) -> bool {
        if is_ready {
            self.heard = now;
        }
        let is_news = self.is_ready != is_ready;
        if is_news {
            self.is_ready = is_ready;
            self.changed = now;
        }
        self.was_ready |= is_ready;
        is_news
    }
}

/// What follows an end that was brought about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// Nothing.
    Stay,
    /// A new start.
    Start,
    /// What follows a crash.
    Fail,
}

/// What the machine knows of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// What kind of service it is.
    pub traits: Traits,
    /// Where it is in its life.
    pub life: Life,
    /// How it has ended so far.
    pub history: History,
    /// How often it was started.
    pub starts: u64,
}

impl Slot {
    /// A service that was not started yet.
    pub fn new(traits: Traits) -> Self {
        Slot { traits, life: Life::Down(State::Stopped), history: History::default(), starts: 0 }
    }

    /// Its state, in the words of the HTTP API.
    pub fn state(&self) -> State {
        match self.life {
            Life::Down(state) => state,
            Life::Done => State::Stopped,
            Life::Up(up) if up.is_ready => State::Running,
            Life::Held | Life::Spawning | Life::Up(_) => State::Starting,
            Life::Ending { .. } => State::Stopping,
            Life::Waiting { .. } => State::Backoff,
        }
    }

    /// Whether those that need it may be started.
    pub fn is_ready(&self) -> bool {
        matches!(self.life, Life::Done | Life::Up(Up { is_ready: true, .. }))
    }

    /// Its main process.
    pub fn pid(&self) -> Option<i32> {
        match self.life {
            Life::Up(Up { pid, .. }) | Life::Ending { pid, .. } => Some(pid),
            _ => None,
        }
    }

    /// Since when it is ready, where it is.
    pub fn ready_since(&self) -> Option<Duration> {
        match self.life {
            Life::Up(up) if up.is_ready => Some(up.changed),
            _ => None,
        }
    }

    /// When something is due. Readiness was not asked for before `asked_since`.
    pub fn deadline(&self, asked_since: Duration) -> Option<Duration> {
        match self.life {
            Life::Waiting { until } => Some(until),
            Life::Ending { kill_at, .. } => Some(kill_at),
            Life::Up(up) if up.is_ready => self.traits.gives_signs.then_some(up.heard + SILENCE),
            Life::Up(up) => Some(up.changed.max(asked_since) + self.patience(up)?),
            _ => None,
        }
    }

    /// How long its process may stay not ready.
    pub fn patience(&self, up: Up) -> Option<Duration> {
        let patience = self.traits.patience?;
        Some(if up.was_ready { patience.min(DEAF) } else { patience })
    }
}
