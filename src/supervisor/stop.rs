//! The stop sequence: front, IDE, everything else, and the deadline for all of it.

use std::time::Duration;

use super::machine::{Action, Machine};

/// How far the stop has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The services with the public port were told to end.
    Front,
    /// So was the IDE.
    Ide,
    /// So was everything that is left.
    Rest,
    /// The time is up: everything was killed.
    Killed,
}

/// A stop that has begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    /// The exit code at its end.
    pub code: i32,
    /// How far it has come.
    pub stage: Stage,
    /// When whatever is left is killed.
    pub deadline: Duration,
    /// When the present stage is over at the latest.
    pub next: Duration,
    began: Duration,
}

/// Parts of the budget after which the next stage begins even if the one before has not ended.
const FRONT_SHARE: f64 = 0.4;
const IDE_SHARE: f64 = 0.75;
/// A process that SIGKILL does not end within this time waits in the kernel, for a file system
/// perhaps; it goes with the namespace.
const AFTER_KILL: Duration = Duration::from_millis(500);

impl Stop {
    /// A stop that may take as long as `budget`.
    pub fn begin(code: i32, now: Duration, budget: Duration) -> Self {
        Stop {
            code,
            stage: Stage::Front,
            deadline: now + budget,
            next: now + budget.mul_f64(FRONT_SHARE),
            began: now,
        }
    }

    /// Goes on to the next stages, as far as processes and time allow.
    pub fn advance(&mut self, machine: &mut Machine, now: Duration, todo: &mut Vec<Action>) {
        let budget = self.deadline.saturating_sub(self.began);
        if self.stage == Stage::Front && (!machine.any_alive(true) || self.next <= now) {
            self.stage = Stage::Ide;
            self.next = self.began + budget.mul_f64(IDE_SHARE);
            machine.end_all(false, self.deadline, todo);
        }
        if self.stage == Stage::Ide && (!machine.any_alive(false) || self.next <= now) {
            self.stage = Stage::Rest;
            self.next = self.deadline;
            todo.push(Action::SignalAll(libc::SIGTERM));
        }
        if self.stage == Stage::Rest && self.next <= now {
            self.kill(now, todo);
        }
        if self.stage == Stage::Killed && self.next <= now {
            todo.push(Action::Exit(self.code));
        }
    }

    /// Kills everything.
    pub fn kill(&mut self, now: Duration, todo: &mut Vec<Action>) {
        if self.stage != Stage::Killed {
            self.stage = Stage::Killed;
            self.next = now + AFTER_KILL;
            todo.push(Action::SignalAll(libc::SIGKILL));
        }
    }
}
