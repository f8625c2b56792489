//! One service's part of the machine's state.

use std::time::Duration;

use super::events::Traits;
use crate::control::protocol::State;
use crate::supervisor::restart::History;

/// A service's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    /// It has no process, and gets none by itself.
    Down(State),
    /// Its process is being started.
    Spawning,
    /// It has a process.
    Up {
        /// Which one.
        pid: i32,
        /// Since when.
        since: Duration,
        /// The probe's last word.
        ready: bool,
    },
    /// Its process was told to end.
    Ending {
        /// Which one.
        pid: i32,
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

/// What follows an end that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// Nothing.
    Stay,
    /// A new start.
    Start,
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
    /// How often it was started again.
    pub restarts: u64,
    /// Whether it was started at all.
    pub was_started: bool,
}

impl Slot {
    /// A service that was not started yet.
    pub fn new(traits: Traits) -> Self {
        Slot {
            traits,
            life: Life::Down(State::Stopped),
            history: History::default(),
            restarts: 0,
            was_started: false,
        }
    }

    /// Its state, in the words of the HTTP API.
    pub fn state(&self) -> State {
        match self.life {
            Life::Down(state) => state,
            Life::Up { ready: true, .. } => State::Running,
            Life::Spawning | Life::Up { .. } => State::Starting,
            Life::Ending { .. } => State::Stopping,
            Life::Waiting { .. } => State::Backoff,
        }
    }

    /// Its main process.
    pub fn pid(&self) -> Option<i32> {
        match self.life {
            Life::Up { pid, .. } | Life::Ending { pid, .. } => Some(pid),
            _ => None,
        }
    }

    /// When something is due.
    pub fn deadline(&self) -> Option<Duration> {
        match self.life {
            Life::Waiting { until } => Some(until),
            Life::Ending { kill_at, .. } => Some(kill_at),
            _ => None,
        }
    }
}
