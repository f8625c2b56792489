//! The stop sequence: front, IDE, everything else, and the deadline for all of it.

use std::time::Duration;

/// How far the stop has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The services with the public port were told to end.
    Front,
    /// So was the IDE.
    Ide,
    /// So was everything that is left.
    Rest,
    /// The time is up: everything was killed.
    Killed,
}

/// What the next stage asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Tell the services behind the front to end.
    EndIde,
    /// Tell everything that is left to end.
    EndRest,
    /// Kill everything that is left.
    KillRest,
    /// Wait no longer.
    Leave,
}

/// Which main processes there still are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alive {
    /// One of a service with the public port.
    pub front: bool,
    /// One of a service behind it.
    pub ide: bool,
}

/// A stop that has begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    /// The exit code at its end.
    pub code: i32,
    /// When whatever is left is killed.
    pub deadline: Duration,
    /// When the present stage is over at the latest.
    pub next: Duration,
    stage: Stage,
    ide_until: Duration,
}

/// Parts of the budget after which the next stage begins even if the one before has not ended.
const FRONT_SHARE: f64 = 0.4;
const IDE_SHARE: f64 = 0.75;
/// A process that SIGKILL does not end within this time waits in the kernel, for a file system
/// perhaps; it goes with the namespace.
const AFTER_KILL: Duration = Duration::from_millis(500);

impl Stop {
    /// A stop that may take as long as `budget`. The front was told to end.
    pub fn begin(code: i32, now: Duration, budget: Duration) -> Self {
        Stop {
            code,
            deadline: now + budget,
            next: now + budget.mul_f64(FRONT_SHARE),
            stage: Stage::Front,
            ide_until: now + budget.mul_f64(IDE_SHARE),
        }
    }

    /// Goes one stage on, if processes or time allow it.
    pub fn advance(&mut self, alive: Alive, now: Duration) -> Option<Step> {
        let is_due = self.next <= now;
        let (stage, next, step) = match self.stage {
            Stage::Front if !alive.front || is_due => (Stage::Ide, self.ide_until, Step::EndIde),
            Stage::Ide if !alive.ide || is_due => (Stage::Rest, self.deadline, Step::EndRest),
            Stage::Rest if is_due => (Stage::Killed, now + AFTER_KILL, Step::KillRest),
            Stage::Killed if is_due => (Stage::Killed, now + AFTER_KILL, Step::Leave),
            _ => return None,
        };
        self.stage = stage;
        self.next = next;
        Some(step)
    }

    /// Skips to the end.
    pub fn hurry(&mut self, now: Duration) {
        if self.stage != Stage::Killed {
            self.stage = Stage::Rest;
            self.next = now;
        }
    }
}
