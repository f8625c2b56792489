//! The stop sequence: wave after wave of services, then everything else, and one deadline for all
//! of it.

use std::time::Duration;

/// How far the stop has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The services of this wave, and of those before it, were told to end.
    Wave(usize),
    /// So was everything that is left.
    Rest,
    /// The time is up: everything was killed.
    Killed,
}

/// What the next stage asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Tell the services of this wave to end.
    EndWave(usize),
    /// Tell everything that is left to end.
    EndRest,
    /// Kill everything that is left.
    KillRest,
    /// Wait no longer.
    Leave,
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
    last_wave: usize,
    began: Duration,
    budget: Duration,
}

/// A process that SIGKILL does not end within this time waits in the kernel, for a file system
/// perhaps; it goes with the namespace.
const AFTER_KILL: Duration = Duration::from_millis(500);

/// The part of the budget after which the stage behind a wave begins even if the wave has not
/// ended: the front, the IDE, and evenly what others need.
fn share(wave: usize, last_wave: usize) -> f64 {
    match wave {
        0 => 0.4,
        1 => 0.75,
        _ => 0.75 + 0.15 * (wave - 1) as f64 / (last_wave.max(2) - 1) as f64,
    }
}

impl Stop {
    /// A stop that may take as long as `budget`. The first wave was told to end.
    pub fn begin(code: i32, now: Duration, budget: Duration, last_wave: usize) -> Self {
        Stop {
            code,
            deadline: now + budget,
            next: now + budget.mul_f64(share(0, last_wave)),
            stage: Stage::Wave(0),
            last_wave,
            began: now,
            budget,
        }
    }

    /// Goes one stage on, if processes or time allow it. `first_alive` is the first wave that is
    /// not over.
    pub fn advance(&mut self, first_alive: Option<usize>, now: Duration) -> Option<Step> {
        let is_due = self.next <= now;
        let (stage, next, step) = match self.stage {
            Stage::Wave(wave) if is_due || first_alive.is_none_or(|first| first > wave) => {
                self.after(wave)
            }
            Stage::Rest if is_due => (Stage::Killed, now + AFTER_KILL, Step::KillRest),
            Stage::Killed if is_due => (Stage::Killed, now + AFTER_KILL, Step::Leave),
            _ => return None,
        };
        self.stage = stage;
        self.next = next;
        Some(step)
    }

    fn after(&self, wave: usize) -> (Stage, Duration, Step) {
        if wave >= self.last_wave {
            return (Stage::Rest, self.deadline, Step::EndRest);
        }
        let wave = wave + 1;
        let until = self.began + self.budget.mul_f64(share(wave, self.last_wave));
        (Stage::Wave(wave), until, Step::EndWave(wave))
    }

    /// Whether everything that is left was told to end.
    pub fn has_told_all(&self) -> bool {
        matches!(self.stage, Stage::Rest | Stage::Killed)
    }

    /// Skips to the end.
    pub fn hurry(&mut self, now: Duration) {
        if self.stage != Stage::Killed {
            self.stage = Stage::Rest;
            self.next = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wave_has_its_share_and_the_rest_has_what_is_left() {
        for last in 0..6 {
            let shares: Vec<_> = (0..=last).map(|wave| share(wave, last)).collect();
            assert!(shares.is_sorted() && shares.iter().all(|share| *share <= 0.9), "{shares:?}");
        }
    }
}
